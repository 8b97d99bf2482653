/* SPDX-License-Identifier: MIT */
/* What the whole run means for each core: findings that only its end can tell. */
#include "emu/chip/chip.h"
#include "emu/cli/faults.h"
#include "emu/doctor/doctor.h"

#include <string.h>

#define MASKED_LONG    20           /* samples of 1 ms: no critical section is that long */
#define WAITS_LONG     (20 * VT_MS) /* longer than any oscillator but LSE, PLL or regulator needs */
#define HELD_LONG      (VT_S / 2)   /* a semaphore */
#define RECOVERED      (5 * VT_MS)  /* the program goes on so long after a fault */
#define LEAST_READS    20
#define IN_VAIN        (200 * VT_US)
#define STILL          (3 * VT_MS) /* a wait that goes on was looked at so recently */
#define FEW            6           /* instructions of the last loop of a program */
#define RCC_CR         0x58024400u
#define RCC_CR_D2CKRDY (1u << 15)
#define RCC_BDCR       0x58024470u
#define HSEM           0x58026400u
#define SCB_VTOR       0xE000ED08u
#define NVIC_ISER      0xE000E100u

static const char *register_name(uint32_t addr)
{
    static const struct {
        uint32_t addr;
        const char *name;
    } names[] = {
        {0x58024400, "RCC_CR"},      {0x58024410, "RCC_CFGR"},    {0x58024470, "RCC_BDCR"},
        {0x58024474, "RCC_CSR"},     {0x58024804, "PWR_CSR1"},    {0x5802480C, "PWR_CR3"},
        {0x58024818, "PWR_D3CR"},    {0x52002010, "FLASH_SR1"},   {0x52002110, "FLASH_SR2"},
        {0x5200201C, "FLASH_OPTSR"}, {0x58000420, "SYSCFG_CCCSR"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].addr == addr) {
            return names[i].name;
        }
    }
    return "a register";
}

static bool dead(const struct doctor *d, const struct story *s)
{
    const struct core *c = d->board.m->core[s->id];

    return core_held(c) || core_locked_up(c);
}

/* ---- waits ---- */

static bool in_loop(const struct loop *l)
{
    return l->count > 0 && l->count < LOOP;
}

/* A register that the core has been reading for long, and does nothing else. */
static const struct wait *waits_now(const struct doctor *d, const struct story *s)
{
    for (unsigned i = 0; i < WAITS; i++) {
        const struct wait *w = &s->waits[i];
        if (w->addr && w->reads >= LEAST_READS && w->to - w->from > WAITS_LONG &&
            d->board.m->now - w->to < STILL && in_loop(&s->thread)) {
            return w;
        }
    }
    return NULL;
}

static const struct wait *waited_in_vain(const struct story *s)
{
    const struct wait *best = NULL;
    const struct wait *lists[] = {s->given_up, s->waits};

    for (unsigned k = 0; k < 2; k++) {
        for (unsigned i = 0; i < (k ? WAITS : GIVEN_UP); i++) {
            const struct wait *w = &lists[k][i];
            if (w->addr && w->reads >= LEAST_READS && w->to - w->from > IN_VAIN &&
                (!best || w->to - w->from > best->to - best->from)) {
                best = w;
            }
        }
    }
    return best;
}

/* A modified immediate of Thumb-2 that has one bit (Armv7-M, ThumbExpandImm). */
static uint32_t immediate(uint16_t hw1, uint16_t hw2)
{
    uint32_t imm = (hw1 >> 10 & 1u) << 11 | (hw2 >> 12 & 7u) << 8 | (hw2 & 0xFFu);
    uint32_t value = 0x80u | (imm & 0x7Fu), turn = imm >> 7;

    if (imm >> 10 == 0) {
        return imm & 0x300u ? 0 : imm;
    }
    return value >> turn | value << (32 - turn); /* turn is 8 to 31 here */
}

/* Which bits the code behind a load looks at: TST, AND with a constant, or a shift into the sign;
 * 0 when it cannot be told. */
static uint32_t tested_bits(const struct doctor *d, const struct story *s, uint32_t pc)
{
    for (uint32_t at = pc; at < pc + 14; at += 2) {
        uint16_t hw[2];
        if (!bus_peek(&d->board.m->bus, s->id, at, hw, sizeof(hw))) {
            return 0;
        }
        if ((hw[0] & 0xFBE0u) == 0xF000u && !(hw[1] & 0x8000u)) {
            return immediate(hw[0], hw[1]);
        }
        if (hw[0] < 0x0800u && hw[0] >> 6) { /* LSLS Rd, Rm, #n, then BMI or BPL */
            return 1u << (31 - (hw[0] >> 6));
        }
        at += hw[0] >= 0xE800u ? 2 : 0;
    }
    return 0;
}

static void explain_semaphore(struct doctor *d, const struct story *s, const struct wait *w)
{
    unsigned n = (w->addr & 0x7F) / 4;
    int owner = hsem_owner(d->board.m->hsem, n);
    vtime_t enough = d->time / 2 < HELD_LONG ? d->time / 2 : HELD_LONG;

    if (owner < 0 || owner == (int)s->id) {
        return; /* it waits for the other core to take it: that may be a matter of time */
    }
    if (w->to - w->from < enough) {
        return; /* an erase, for example, may be guarded by it */
    }
    finding_add(&d->findings, FIND_CORES_HSEM_WAIT, s->id, w->pc,
                "semaphore %u has been held by the %s all the %.1f ms that this core waits for it",
                n, owner == CM7 ? "M7" : "M4", (double)(w->to - w->from) / 1e9);
}

static void explain_wait(struct doctor *d, const struct story *s, const struct wait *w, bool over)
{
    if (w->addr >= HSEM && w->addr < HSEM + 0x100) {
        if (!over) {
            explain_semaphore(d, s, w);
        }
        return;
    }
    uint32_t bits = w->addr == RCC_CR ? tested_bits(d, s, w->pc) : 0;
    bool d2 = w->addr == RCC_CR && s->id == CM7 && w->value & RCC_CR_D2CKRDY &&
              (!bits || bits == RCC_CR_D2CKRDY);
    bool clock = finding_has(&d->findings, FIND_JUMP_CLOCK, CM7) && w->addr >= RCC_CR &&
                 w->addr < RCC_CR + 0x400 && w->addr != RCC_BDCR;
    finding_add(&d->findings,
                d2      ? FIND_AFTER_D2CKRDY
                : clock ? FIND_AFTER_CLOCK_TIMEOUT
                        : FIND_AFTER_POLL_FOREVER,
                s->id, w->pc, "%s%s (0x%08X) was read %llu times in %.1f ms, always 0x%08X%s",
                story_runs(s) ? "" : "in the bootloader: ", register_name(w->addr),
                (unsigned)w->addr, (unsigned long long)w->reads, (double)(w->to - w->from) / 1e9,
                (unsigned)w->value, over ? ", then gave up" : "");
}

/* ---- where a core is at the end ---- */

/* Nothing but a branch to itself, with perhaps a NOP or a WFI in it: the end of a program. */
static bool stopped(const struct loop *l)
{
    return l->count > 0 && l->count <= FEW;
}

/* An application that was entered before and resets itself is on its way again. */
static bool still_on_its_way(const struct doctor *d, const struct story *s)
{
    return d->started[s->id] && d->board.m->now - d->reset_at < d->time / 2;
}

static void conclude_never(struct doctor *d, struct story *s)
{
    char place[160];
    const struct core *c = d->board.m->core[s->id];

    if ((s->id == CM4 && !d->m4_expected) || s->faulted || still_on_its_way(d, s)) {
        return;
    }
    const struct wait *now = waits_now(d, s),
                      *then = stopped(&s->thread) ? waited_in_vain(s) : NULL;
    if (now || then) {
        explain_wait(d, s, now ? now : then, !now);
        return;
    }
    uint32_t pc = s->thread.count ? s->thread.lo : core_reg(c, REG_PC);
    bool nothing = doctor_peek(d, s->id, (uint32_t)d->app[s->id] + 4) == UINT32_MAX;
    char blank[96] = "";
    if (nothing) {
        snprintf(blank, sizeof(blank), "; there is no application at 0x%08X (--load, --app-m%c)",
                 (unsigned)d->app[s->id], s->id == CM7 ? '7' : '4');
    }
    finding_add(&d->findings, FIND_JUMP_NEVER, s->id, pc, "at the end of the run it is in %s%s",
                place_of(&d->findings, s->id, pc, place, sizeof(place)), blank);
}

/* ---- interrupts ---- */

/* One handler that was entered long ago and has not returned. Faults have a story of their own. */
static bool conclude_handler(struct doctor *d, struct story *s)
{
    char name[32];
    unsigned active = core_reg(d->board.m->core[s->id], REG_XPSR) & 0x1FF;

    if (!active || (active >= 3 && active <= 6) || active == s->ipsr_at_handover) {
        return false;
    }
    vtime_t since = s->entered[active % EXCEPTIONS];
    if (d->board.m->now - since < MASKED_LONG * VT_MS || !stopped(&s->handler)) {
        return false;
    }
    finding_add(&d->findings, FIND_AFTER_DEFAULT_HANDLER, s->id, s->handler.lo,
                "%s has been active for %.1f ms and loops at 0x%08X",
                exception_name(active, name, sizeof(name)), (double)(d->board.m->now - since) / 1e9,
                (unsigned)s->handler.lo);
    return true;
}

/* It masked interrupts itself and went to rest: what Error_Handler() does. */
static bool masked_itself(const struct doctor *d, const struct story *s)
{
    const struct core *c = d->board.m->core[s->id];

    return core_reg(c, REG_PRIMASK) & 1 && !s->primask_at_handover && in_loop(&s->thread);
}

static void conclude_masked(struct doctor *d, struct story *s)
{
    char name[32], pending[32];
    const struct core *c = d->board.m->core[s->id];
    unsigned active = core_reg(c, REG_XPSR) & 0x1FF;

    if (s->masked_samples < MASKED_LONG || masked_itself(d, s) || core_power(c) != POWER_RUN) {
        return;
    }
    if (active >= 3 && active <= 6) {
        return; /* in a fault handler: that story is told */
    }
    const struct loop *l = active ? &s->handler : &s->thread;
    finding_add(&d->findings, FIND_AFTER_IRQ_NEVER, s->id, in_loop(l) ? l->lo : 0,
                "%s has been pending for %.0f ms; PRIMASK = %u, BASEPRI = 0x%02X%s%s%s",
                exception_name(s->pending_then, pending, sizeof(pending)),
                (double)(d->board.m->now - s->masked_since) / 1e9,
                (unsigned)core_reg(c, REG_PRIMASK), (unsigned)core_reg(c, REG_BASEPRI),
                active ? ", inside " : "", active ? exception_name(active, name, sizeof(name)) : "",
                in_loop(l) ? "; the core loops meanwhile" : "");
}

/* ---- stopped, and why ---- */

static void conclude_stopped(struct doctor *d, struct story *s)
{
    const struct core *c = d->board.m->core[s->id];
    const struct wait *now = waits_now(d, s), *then = waited_in_vain(s);
    bool masked = masked_itself(d, s);

    if (now) {
        explain_wait(d, s, now, false);
        return;
    }
    if (core_reg(c, REG_XPSR) & 0x1FF || (!stopped(&s->thread) && !masked)) {
        return;
    }
    if (then) {
        explain_wait(d, s, then, true);
    } else if (finding_has(&d->findings, FIND_JUMP_CLOCK, CM7) && s->clock_writes == 0 && masked) {
        finding_add(&d->findings, FIND_AFTER_CLOCK_TIMEOUT, s->id, s->thread.lo,
                    "it stopped without changing a clock register: the set-up function refused the "
                    "clock tree it found");
    }
    if (masked && (stopped(&s->thread) || s->masked_samples >= MASKED_LONG)) {
        finding_add(&d->findings, FIND_AFTER_ERROR_HANDLER, s->id, s->thread.lo,
                    "it has set PRIMASK and loops at 0x%08X", (unsigned)s->thread.lo);
    }
}

/* A handler that returned, and a program that goes on: it knew what it did (an FPU switched on when
 * first used, a probed address, a task ended). */
static void conclude_faults(struct doctor *d, struct story *s)
{
    static const enum finding_id kinds[] = {FIND_AFTER_FAULT, FIND_AFTER_NOCP, FIND_AFTER_TORN_WORD,
                                            FIND_AFTER_BREAKPOINT};
    unsigned active = core_reg(d->board.m->core[s->id], REG_XPSR) & 0x1FF;

    if (!s->faults || (active >= 3 && active <= 6) || !s->handed_over ||
        d->board.m->now - s->fault_at < RECOVERED) {
        return;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        finding_soften(&d->findings, kinds[i], s->id,
                       "its handler returned, and the program goes on");
    }
}

/* The table that is in force at the end, against the interrupts that are enabled. */
static void conclude_table(struct doctor *d, struct story *s)
{
    uint32_t vtor = doctor_ppb(d, s->id, SCB_VTOR), align = vtor & (0u - vtor);
    int irq = -1;

    for (unsigned w = 0; w < 5; w++) {
        uint32_t bits = doctor_ppb(d, s->id, NVIC_ISER + 4 * w);
        irq = bits ? (int)(32 * w + 31 - (unsigned)__builtin_clz(bits)) : irq;
    }
    if (irq < 0 || !align || 4u * (16u + (unsigned)irq) < align) {
        return;
    }
    finding_drop(&d->findings, FIND_JUMP_VTOR_MISALIGNED, s->id);
    struct finding *f =
        finding_add(&d->findings, FIND_JUMP_VTOR_MISALIGNED, s->id, s->jump_from,
                    "VTOR = 0x%08X is a multiple of 0x%X only, and IRQ %d is enabled",
                    (unsigned)vtor, (unsigned)align, irq);
    if (f) {
        f->severity = SEV_ERROR;
    }
}

static void conclude_resets(struct doctor *d, int core)
{
    if (d->soft_resets[core] >= 3) {
        finding_add(&d->findings, FIND_AFTER_RESET_LOOP, core, d->soft_reset_pc[core],
                    "%u resets by SYSRESETREQ in %.3f s", d->soft_resets[core],
                    (double)d->board.m->now / 1e12);
    }
}

static void conclude_core(struct doctor *d, struct story *s)
{
    conclude_resets(d, (int)s->id);
    if (dead(d, s)) {
        return;
    }
    if (!story_runs(s)) {
        conclude_never(d, s);
        return;
    }
    conclude_faults(d, s);
    conclude_table(d, s);
    if (!conclude_handler(d, s)) {
        conclude_masked(d, s);
    }
    conclude_stopped(d, s);
}

void verdict_conclude(struct doctor *d)
{
    conclude_core(d, &d->story[CM7]);
    conclude_core(d, &d->story[CM4]);
    between_conclude(d);
}
