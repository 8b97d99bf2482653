/* SPDX-License-Identifier: MIT */
/* The way to the branch: what the stack pointer goes through, and the hand-over itself. */
#include "emu/chip/chip.h"
#include "emu/doctor/decode.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#define FRAME 0x400u /* a stack frame is hardly larger */
#define FAR   0x10000u
#define LOOK_BACK                                                                                  \
    64 /* instructions after a switch of stacks in which the old one is looked for                 \
        */
#define SYSTEM_VECTORS 16 /* words of a table that are there whatever the chip */
#define ENTRY_STEPS    64 /* instructions in which start-up code loads its stack pointer */

static bool on_process_stack(const struct core *c)
{
    return core_reg(c, REG_CONTROL) & 2;
}

/* What lies at or above the new stack pointer was never pushed there: it is another stack's place.
 */
static void look_above(struct story *s, const struct core *c, uint32_t pc, uint32_t op)
{
    struct stack_view *v = &s->stack;
    char place[160];
    uint32_t sp = core_reg(c, REG_SP);
    int down = decode_store_sp(op), up = decode_load_sp(op);

    if (down >= 0 && sp + (uint32_t)down - v->top < 128) {
        v->written |= 1u << (sp + (uint32_t)down - v->top) / 4;
    }
    if (up < 0 || sp + (uint32_t)up < v->top) {
        return;
    }
    uint32_t word = (sp + (uint32_t)up - v->top) / 4;
    if (word < 32 && v->written >> word & 1) {
        return;
    }
    finding_drop(&s->d->findings, FIND_JUMP_MSP_IN_C,
                 s->id); /* the note on a build that survives */
    finding_add(
        &s->d->findings, FIND_JUMP_MSP_IN_C, s->id, pc,
        "the stack pointer was set to 0x%08X by %s; this instruction then loads from 0x%08X",
        (unsigned)v->top, place_of(&s->d->findings, s->id, v->by, place, sizeof(place)),
        (unsigned)(sp + (uint32_t)up));
    v->switched = false;
}

/* The same mistake in a build that finds its locals by another register. */
static void look_back(struct story *s, const struct core *c, uint32_t pc, uint32_t op)
{
    struct stack_view *v = &s->stack;
    uint32_t addr;
    unsigned target;

    if (!decode_load(c, pc, op, &addr, &target) || addr < v->old_sp || addr >= v->old_top ||
        addr >= v->old_sp + FRAME || s->steps - v->switched_at > LOOK_BACK) {
        return;
    }
    if (finding_add(&s->d->findings, FIND_JUMP_MSP_IN_C, s->id, pc,
                    "the stack pointer was set to 0x%08X; this instruction then loads from 0x%08X, "
                    "on the old stack",
                    (unsigned)v->top, (unsigned)addr)) {
        finding_soften(&s->d->findings, FIND_JUMP_MSP_IN_C, s->id,
                       "this build finds it there by another register; with other optimisation it "
                       "may use SP");
    }
}

static void stack_switched(struct story *s, const struct core *c, uint32_t sp)
{
    struct stack_view *v = &s->stack;

    v->switched = true;
    v->switched_at = s->steps;
    v->process = on_process_stack(c);
    v->by = v->look_pc;
    v->old_sp = v->before;
    v->old_top = v->top;
    v->top = sp;
    v->written = 0;
}

/* The instruction before this one may have exchanged the stack. Leaving a function moves SP, too:
 * up, but not above the top. */
static void settle(struct story *s, const struct core *c)
{
    struct stack_view *v = &s->stack;
    uint32_t sp = core_reg(c, REG_SP);
    bool unwound = sp > v->before && sp < v->top && /* also by MSR, as longjmp() does it */
                   sp != doctor_peek(s->d, s->id, (uint32_t)s->d->app[s->id]);
    bool moved = !unwound && (!v->sets_sp || sp >= v->top || sp + FAR < v->before);

    if (sp == v->before) {
        /* the other stack pointer was written, or nothing changed */
    } else if (moved) {
        stack_switched(s, c, sp);
    } else if (v->switched && sp + FAR < v->top) {
        v->switched = false; /* back on the old stack: the exchange did not last */
        v->top = v->old_top;
    }
    v->look_pc = 0;
}

static void follow_stack(struct story *s, const struct core *c, uint32_t pc, uint32_t op)
{
    struct stack_view *v = &s->stack;
    bool sets_sp = decode_move_to_sp(op), msr = decode_msr_stack(op);

    if (!sets_sp && !msr && !v->look_pc && !v->switched && s->steps) {
        return; /* nearly always */
    }
    if (core_reg(c, REG_XPSR) & 0x1FF) {
        return; /* an RTOS exchanges stacks in its handlers */
    }
    if (s->steps == 0) {
        v->top = core_reg(c, REG_SP);
    }
    if (v->look_pc) {
        settle(s, c);
    }
    if (v->switched && v->process == on_process_stack(c)) {
        look_above(s, c, pc, op);
        look_back(s, c, pc, op);
    }
    if (sets_sp || msr) {
        v->sets_sp = sets_sp;
        v->look_pc = pc;
        v->before = core_reg(c, REG_SP);
    }
}

/* ---- the hand-over ---- */

/* The first fetch shows what the branch was good for: blank flash, or the vector table itself. */
static void look_at_entry(struct story *s, uint32_t pc)
{
    uint32_t table = (uint32_t)s->d->app[s->id], entry = doctor_peek(s->d, s->id, table + 4);
    bool blank = doctor_peek(s->d, s->id, pc & ~3u) == UINT32_MAX;

    if (pc == (entry & ~1u) || (!blank && (pc < table || pc >= table + 4 * SYSTEM_VECTORS))) {
        return;
    }
    finding_add(
        &s->d->findings, FIND_JUMP_ENTRY_WILD, s->id, s->jump_from,
        "the first instruction is fetched from 0x%08X: %s. The entry in the vector table is "
        "0x%08X",
        (unsigned)pc, blank ? "blank flash, outside the image" : "that is the vector table",
        (unsigned)entry);
}

static void note_handover(struct doctor *d, const struct story *s)
{
    struct handover *h = &d->findings.handover[s->id];

    if (h->times++) {
        return;
    }
    h->seen = true;
    h->when = s->handover_at;
    h->insns = core_insns(d->board.m->core[s->id]);
    if (s->jump_from) {
        place_of(&d->findings, s->id, s->jump_from, h->from, sizeof(h->from));
    } else {
        snprintf(h->from, sizeof(h->from), "reset");
    }
}

static bool has_bootloader(const struct doctor *d, enum core_id id)
{
    for (unsigned i = 0; i < d->files.count; i++) {
        if (d->files.program[i].kind == (id == CM7 ? PROGRAM_BOOT7 : PROGRAM_BOOT4)) {
            return true;
        }
    }
    return false;
}

/* The firmware has set the boot address right itself and reset, as a first boot may have to. */
static void cured_boot_address(struct doctor *d, enum core_id id)
{
    uint32_t bad = d->bad_boot[id];

    if (bad && bad != syscfg_boot_addr(d->board.m->syscfg, id)) {
        finding_drop(&d->findings, FIND_CORES_M4_BOOT_ADDRESS, id);
    }
}

static void hand_over(struct story *s, uint32_t pc)
{
    struct doctor *d = s->d;

    memset(s->waits, 0, sizeof(s->waits)); /* what the bootloader waited for is over */
    memset(s->given_up, 0, sizeof(s->given_up));
    s->handed_over = true;
    s->handover_at = machine_now(d->board.m);
    d->started[s->id] = true;
    s->jump_from = s->steps ? s->history[(s->steps - 1) % HISTORY] : 0;
    note_handover(d, s);
    s->sp_low = s->sp_high = core_reg(d->board.m->core[s->id], REG_SP);
    look_at_entry(s, pc);
    overflow_sample(s);
    bool meant = s->id == CM4 && d->released_pc; /* the M7 has chosen the address and let it go */
    if (!s->steps && !meant && has_bootloader(d, s->id)) {
        finding_add(&d->findings, FIND_CORES_BOOTLOADER_SKIPPED, s->id, 0,
                    "the %s boots at 0x%08X, which is its application; its bootloader never runs",
                    s->id == CM7 ? "M7" : "M4",
                    (unsigned)syscfg_boot_addr(d->board.m->syscfg, s->id));
    }
    if (s->steps) { /* else the core boots the application itself: nobody has left anything */
        handover_inspect(d, s);
    }
    watch_data(d);
}

/* A handler of the application that runs because VTOR was set before the jump is not the jump. */
static bool only_its_handler(struct story *s, const struct core *c)
{
    unsigned ipsr = core_reg(c, REG_XPSR) & 0x1FF;

    if (ipsr != s->early_handler) {
        s->early_handler = 0;
    }
    return s->early_handler != 0;
}

void before_insn(struct story *s, struct core *c, uint32_t pc)
{
    if (!s->steps) {
        cured_boot_address(s->d, s->id);
    }
    if (in_app(s, pc) && !only_its_handler(s, c)) {
        hand_over(s, pc);
        before_entry(s, c, pc);
        return;
    }
    uint32_t op = decode_opcode(&s->d->board.m->bus, s->id, pc);
    follow_stack(s, c, pc, op);
    checks_insn(s, c, pc, op);
    decisions_insn(s, c, pc, op);
    s->history[s->steps++ % HISTORY] = pc;
}

void before_entry(struct story *s, struct core *c, uint32_t pc)
{
    static const enum finding_id about[] = {FIND_JUMP_SP_NOT_VECTOR, FIND_JUMP_SP_MISALIGNED,
                                            FIND_JUMP_SP_NOT_RAM};

    if (s->entry_steps++ >= ENTRY_STEPS) {
        return;
    }
    uint32_t sp = core_reg(c, REG_SP), op = decode_opcode(&s->d->board.m->bus, s->id, pc);
    bool other = sp > s->sp_high || sp + FAR < s->sp_low; /* not the way out of a function */
    if (s->entry_set_sp && other && !(sp & 7) && doctor_ram(s->d, s->id, sp, true)) {
        for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
            finding_soften(&s->d->findings, about[i], s->id,
                           "the application's start-up code loads another one at once");
        }
        s->sp_low = s->sp_high = sp;
    }
    s->entry_set_sp = decode_move_to_sp(op) || decode_msr_stack(op) ? pc : 0;
}
