/* SPDX-License-Identifier: MIT */
/* Exceptions, faults, vector tables: what each core tells of itself. */
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/cli/faults.h"
#include "emu/doctor/doctor.h"

#include <string.h>

#define SYSRESETREQ    (1u << 2)
#define AIRCR_KEY      0x05FAu
#define CFSR_IACCVIOL  (1u << 0)
#define CFSR_IBUSERR   (1u << 8)
#define CFSR_IMPRECISE (1u << 10)
#define CFSR_BFARVALID SCS_CFSR_BFARVALID
#define CFSR_INVSTATE  (1u << 17)
#define CFSR_NOCP      (1u << 19)
#define CFSR_DACCVIOL  (1u << 1)
#define CFSR_UNALIGNED (1u << 24)
#define CFSR_DIVBYZERO (1u << 25)
#define HFSR_DEBUGEVT  (1u << 31)
#define MPU_FIRST      ADDR(SCS, MPU_CTRL)
#define MPU_LAST       (ADDR(SCS, MPU_RASR) + 0x18u) /* its third alias, RASR_A3 */
#define EXC_PENDSV     14
#define EXC_HSEM2      (16 + 126) /* HSEM interrupt of CPU2 (RM0399, NVIC table) */

static bool in_flash(uint32_t addr)
{
    return addr - MEM_FLASH_BASE < MEM_FLASH_SIZE;
}

/* ---- faults ---- */

static void fault_text(struct doctor *d, const struct core *c, uint32_t pc, char *buf, size_t size)
{
    char words[600], place[160], lost[64] = "";
    struct fault_state f = fault_state(c);

    if (f.cfsr & CFSR_IMPRECISE) {
        snprintf(lost, sizeof(lost), "; the store went to 0x%08X", (unsigned)core_lost_store(c));
    }
    snprintf(buf, size, "PC %s, SP 0x%08X, LR 0x%08X: %s%s",
             place_of(&d->findings, (int)core_ident(c), pc, place, sizeof(place)),
             (unsigned)core_reg(c, REG_SP), (unsigned)core_reg(c, REG_LR),
             fault_words(&f, words, sizeof(words)), lost);
}

/* The core never got anywhere: its own boot address is bad. */
static void bad_boot_address(struct doctor *d, const struct story *s)
{
    if (harm_boot_erased(d, s->id)) {
        return;
    }
    uint32_t at = syscfg_boot_addr(d->board.m->syscfg, s->id);
    uint32_t sp = doctor_peek(d, s->id, at), entry = doctor_peek(d, s->id, at + 4);
    bool blank = sp == UINT32_MAX && entry == UINT32_MAX;
    uint32_t by = d->boot_address_pc[s->id];
    d->bad_boot[s->id] = at;
    char place[160], set[200] = "";

    if (by) {
        snprintf(set, sizeof(set), "; that address was written to SYSCFG in %s",
                 place_of(&d->findings, -1, by, place, sizeof(place)));
    }
    struct finding *f = finding_add(
        &d->findings, FIND_CORES_M4_BOOT_ADDRESS, s->id, s->id == CM4 ? d->released_pc : 0,
        "%sthe vector table at the boot address 0x%08X begins with 0x%08X 0x%08X%s%s%s",
        s->id == CM4 && d->released_pc ? "the M4 is released here; " : "", (unsigned)at,
        (unsigned)sp, (unsigned)entry, blank ? ": there is no program" : "",
        s->id == CM4 && !d->args.m4 ? "; no file was given for it (--m4)" : "", set);
    if (by) {
        finding_explain(f,
                        "The program has overwritten the boot address that the option bytes give "
                        "(SYSCFG_UR3), and there is no vector table at the new one.",
                        "Write the upper 16 bits of the address at which the M4's program lies.");
    }
}

/* The branch itself went wrong: nothing of the application was fetched, or only to find bit 0
 * clear. */
static bool bad_branch(struct story *s, const struct fault_state *f, uint32_t pc)
{
    struct doctor *d = s->d;
    uint32_t from = s->steps ? s->history[(s->steps - 1) % HISTORY] : 0;
    uint32_t word0 = doctor_peek(d, s->id, (uint32_t)d->app[s->id]),
             word1 = doctor_peek(d, s->id, (uint32_t)d->app[s->id] + 4);

    if (s->steps == 0) {
        bad_boot_address(d, s);
        return true;
    }
    if (f->cfsr & CFSR_INVSTATE && in_app(s, pc)) {
        finding_add(&d->findings, FIND_JUMP_ENTRY_EVEN, s->id, from,
                    "branch to 0x%08X; word 1 of the vector table is 0x%08X", (unsigned)(pc & ~1u),
                    (unsigned)word1);
        return true;
    }
    if (!(f->cfsr & (CFSR_IBUSERR | CFSR_IACCVIOL | CFSR_INVSTATE))) {
        return false;
    }
    if (d->direct[s->id] && pc != (word1 & ~1u)) {
        return false; /* not the jump to an application that is missing */
    }
    finding_add(&d->findings, FIND_JUMP_ENTRY_WILD, s->id, from,
                "branch to 0x%08X%s; the vector table at 0x%08X begins with 0x%08X 0x%08X%s",
                (unsigned)pc, pc == (word0 & ~1u) ? ", which is the stack pointer (word 0)" : "",
                (unsigned)d->app[s->id], (unsigned)word0, (unsigned)word1,
                word1 == UINT32_MAX ? " (blank flash)" : "");
    return true;
}

static enum finding_id fault_kind(const struct story *s, const struct core *c,
                                  const struct fault_state *f)
{
    struct machine *m = s->d->board.m;
    bool addressed = f->cfsr & CFSR_BFARVALID, lost = f->cfsr & CFSR_IMPRECISE;
    uint32_t addr = addressed ? f->bfar : core_lost_store(c);

    if (f->hfsr & HFSR_DEBUGEVT) {
        return FIND_AFTER_BREAKPOINT;
    }
    if (f->cfsr & CFSR_NOCP) {
        return FIND_AFTER_NOCP;
    }
    if (addressed && in_flash(addr) && flash_word(m->flash, addr) == FW_DOUBLE) {
        return FIND_AFTER_TORN_WORD;
    }
    if (s->id == CM4 && (addressed || lost) && in_tcm(addr)) {
        return FIND_CORES_M4_UNREACHABLE;
    }
    return FIND_AFTER_FAULT;
}

/* Why it cannot be read, where the run has shown it. */
static void explain_torn(const struct doctor *d, uint32_t addr, struct finding *f)
{
    for (unsigned i = 0; i < d->nspoiled; i++) {
        if (d->spoiled[i] / MEM_FLASH_WORD == addr / MEM_FLASH_WORD) {
            finding_explain(
                f,
                "This program has spoiled the word itself, in this run: it was "
                "programmed without being erased, or while something disturbed it.",
                "Program only erased words, once; see chip.flash-spoiled for the place. "
                "Erase the sector to get rid of the word.");
            return;
        }
    }
    if (d->torn_by_reset) {
        finding_explain(f,
                        "A reset came while the flash was at work, in this run; the word was part "
                        "of that operation.",
                        NULL);
    }
}

static const char *trap_name(uint32_t cfsr)
{
    return cfsr & CFSR_DIVBYZERO ? "DIV_0_TRP" : "UNALIGN_TRP";
}

/* A fault by a rule that the bootloader has made and the application does not know. */
static void explain_left(struct story *s, const struct fault_state *f, uint32_t pc,
                         struct finding *n)
{
    struct findings *all = &s->d->findings;
    bool memory = bus_find_mem(&s->d->board.m->bus, pc & ~1u, s->id);
    bool mpu = !s->own_mpu && (f->cfsr & CFSR_DACCVIOL || (f->cfsr & CFSR_IACCVIOL && memory));
    bool trap = f->cfsr & (CFSR_UNALIGNED | CFSR_DIVBYZERO);
    enum finding_id id = mpu ? FIND_JUMP_MPU : FIND_JUMP_SYSTEM_CONTROL;
    struct finding *cause = mpu || trap ? finding_get(all, id, s->id) : NULL;

    if (!n || !cause || (trap && !mpu && !strstr(cause->evidence, trap_name(f->cfsr)))) {
        return;
    }
    cause->severity = SEV_ERROR;
    n->cause = id;
}

void exceptions_fault(void *arg, struct core *c, unsigned number, uint32_t pc)
{
    struct story *s = arg;
    struct fault_state f = fault_state(c);
    char text[480];

    (void)number;
    if (s->beyond) {
        return;
    }
    if (s->id == CM4 && !s->d->m4_expected) {
        return; /* no program for it: it fails on blank flash, as the chip is delivered */
    }
    s->faults++;
    s->fault_at = machine_now(s->d->board.m);
    s->faulted |= !s->handed_over;
    if (!s->handed_over && bad_branch(s, &f, pc)) {
        return;
    }
    fault_text(s->d, c, pc, text, sizeof(text));
    enum finding_id kind = fault_kind(s, c, &f);
    struct finding *n = finding_add(&s->d->findings, kind, s->id, pc, "%s%s",
                                    story_runs(s) ? "" : "in the bootloader: ", text);
    if (kind == FIND_AFTER_FAULT) {
        flags_explain(&f, n);
    }
    if (f.cfsr & CFSR_BFARVALID && f.bfar - MEM_PPB_BASE < MEM_PPB_SIZE &&
        core_reg(c, REG_CONTROL) & 1) {
        finding_explain(n,
                        "The core runs unprivileged (CONTROL.nPRIV = 1), and the private "
                        "peripheral bus (NVIC, SCB, SysTick) answers privileged code only.",
                        "Start the application privileged: see jump.unprivileged; or go through an "
                        "SVC.");
    }
    explain_left(s, &f, pc, n);
    overflow_fault(s, pc,
                   f.cfsr & CFSR_BFARVALID   ? f.bfar
                   : f.cfsr & CFSR_IMPRECISE ? core_lost_store(c)
                                             : core_reg(c, REG_MSP) - 4);
    if (kind == FIND_AFTER_TORN_WORD) {
        explain_torn(s->d, f.cfsr & CFSR_BFARVALID ? f.bfar : core_lost_store(c), n);
    }
}

/* A core without a program locks up at once; that is harmless, unless the user meant it to run. */
void exceptions_lockup(void *arg, struct core *c, uint32_t pc)
{
    struct story *s = arg;
    char text[480];

    if ((s->id == CM4 && !s->d->m4_expected) || s->beyond) {
        return;
    }
    if (finding_has(&s->d->findings, FIND_JUMP_ENTRY_WILD, s->id) ||
        finding_has(&s->d->findings, FIND_CORES_M4_BOOT_ADDRESS, s->id)) {
        return; /* the story is told */
    }
    fault_text(s->d, c, pc, text, sizeof(text));
    finding_add(&s->d->findings, FIND_AFTER_LOCKUP, s->id, pc, "%s", text);
}

/* ---- vector tables ---- */

/* The M4 sees its boot memory at 0 as well, and VTOR is 0 after reset; for the M7 that is ITCM. */
static uint32_t real_table(const struct story *s, uint32_t table)
{
    if (s->id == CM4 && table < 0x00010000u) {
        return table + syscfg_boot_addr(s->d->board.m->syscfg, CM4);
    }
    return table;
}

uint32_t doctor_table(const struct story *s)
{
    return real_table(s, doctor_ppb(s->d, s->id, ADDR(SCS, VTOR)));
}

/* A table in RAM is somebody's copy: its handlers tell whose. */
static bool foreign(const struct story *s, uint32_t table, uint32_t handler)
{
    table = real_table(s, table);
    if (in_app(s, table) || in_app(s, handler)) {
        return false;
    }
    return in_flash(table) || in_flash(handler);
}

static void early(struct story *s, unsigned number, uint32_t return_pc, uint32_t vector)
{
    char name[32];

    if (!in_app(s, vector & ~1u)) {
        return;
    }
    s->early_handler = number;
    if (number >= EXC_PENDSV) {
        finding_add(&s->d->findings, FIND_JUMP_EARLY_HANDLER, s->id, return_pc,
                    "%s was taken while the bootloader ran; the handler at 0x%08X is the "
                    "application's",
                    exception_name(number, name, sizeof(name)), (unsigned)(vector & ~1u));
    }
}

void exceptions_taken(void *arg, struct core *c, unsigned number, uint32_t return_pc,
                      uint32_t vector, uint32_t table)
{
    struct story *s = arg;
    char name[32];

    (void)c;
    s->entered[number % EXCEPTIONS] = machine_now(s->d->board.m);
    stuck_entered(s, number, return_pc, vector);
    if (s->id == CM4 && number == EXC_HSEM2) {
        semaphores_heard(s->d);
    }
    if (!s->handed_over) {
        early(s, number, return_pc, vector);
        return;
    }
    s->exceptions++;
    overflow_sample(s);
    bool empty = doctor_ram(s->d, s->id, table, false) &&
                 (!(vector & 1) || !bus_find_mem(&s->d->board.m->bus, vector & ~1u, s->id));
    if (foreign(s, table, vector & ~1u) || vector == UINT32_MAX || empty) {
        struct finding *f = finding_add(
            &s->d->findings, FIND_AFTER_WRONG_TABLE, s->id, return_pc,
            "%s was taken through the table at 0x%08X, handler 0x%08X; the application's "
            "table is at 0x%08X",
            exception_name(number, name, sizeof(name)), (unsigned)table, (unsigned)vector,
            (unsigned)s->d->app[s->id]);
        if (empty) {
            finding_explain(
                f,
                "The vector table is in RAM and has no handler there: it was not filled "
                "before the interrupt came, or something has overwritten it.",
                "Copy the whole table to RAM first, then set VTOR, then enable "
                "interrupts; with the data cache on, clean the table's lines.");
        }
    }
}

/* Set to a good table before anything used the bad one: a habit, or none at all. */
static void vtor_set(struct story *s, uint32_t pc, uint32_t value)
{
    struct findings *f = &s->d->findings;
    uint32_t table = real_table(s, value);
    bool blank = in_flash(table) && doctor_peek(s->d, s->id, table + 4) == UINT32_MAX;

    if (in_flash(table) && (blank || !in_app(s, table))) {
        s->exceptions_at_move = s->exceptions;
        s->vtor_pc = pc;
        struct finding *n =
            finding_add(f, FIND_AFTER_VTOR_MOVED, s->id, pc,
                        "VTOR = 0x%08X%s, the application's table is at 0x%08X", (unsigned)value,
                        blank ? ", which is blank flash" : "", (unsigned)s->d->app[s->id]);
        if (s->exceptions) {
            finding_explain(
                n,
                "The program runs and takes interrupts already: this is no start-up "
                "code, it gives its vector table away on purpose or by mistake.",
                "Leave VTOR alone after the start; to get back to the bootloader, leave a "
                "request and reset.");
        }
        return;
    }
    if (s->exceptions == s->exceptions_at_move) {
        finding_soften(f, FIND_AFTER_VTOR_MOVED, s->id,
                       "it is set right before anything came through it");
    }
    if (s->exceptions == 0) {
        finding_drop(f, FIND_JUMP_VTOR_BOOTLOADER, s->id);
    }
}

/* ---- registers of the core ---- */

void exceptions_ppb(void *arg, struct core *c, uint32_t addr, uint32_t value, bool write)
{
    struct story *s = arg;

    if (!write) {
        return;
    }
    if (!(core_reg(c, REG_XPSR) & 0x1FF)) {
        s->thread_write = machine_now(s->d->board.m); /* it sets up its tick, for example */
    }
    if (addr >= ADDR(SCS, ISER0) && addr < ADDR(SCS, ISER0) + sizeof(s->ever_enabled)) {
        s->ever_enabled[(addr - ADDR(SCS, ISER0)) / 4] |= value;
    }
    if (addr == ADDR(SCS, AIRCR) && value >> 16 == AIRCR_KEY && value & SYSRESETREQ) {
        s->reset_pc = core_reg(c, REG_PC);
    }
    s->own_mpu |= s->handed_over && addr >= MPU_FIRST && addr <= MPU_LAST;
    if (addr == ADDR(SCS, VTOR) && s->handed_over) {
        vtor_set(s, core_reg(c, REG_PC), value);
    }
}
