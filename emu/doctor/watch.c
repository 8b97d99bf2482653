/* SPDX-License-Identifier: MIT */
/* Ties the observers to the machine: resets, notes, and a look at both cores about once a
 * millisecond. Notes facts; conclude.c and between.c say what they mean. */
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <string.h>

/* Not a whole millisecond: in step with the firmware's own tick it would see the same moment of it
 * each time. */
#define SAMPLE     (971 * VT_US)
#define STALL_LONG 10 /* samples */
#define PENDSTSET  (1u << 26)
#define PENDSVSET  (1u << 28)

/* ---- samples ---- */

/* Looked at every millisecond; a word being programmed takes less, an erase a second. */
static void sample_stall(struct doctor *d, struct story *s)
{
    char place[160];
    uint32_t pc = core_reg(d->board.m->core[s->id], REG_PC);
    bool stalled = d->board.m->clk[s->id].stalled_until == VT_NEVER;

    s->stalled_samples = stalled ? s->stalled_samples + 1 : 0;
    if (s->stalled_samples < STALL_LONG || (s->id == CM4 && !d->m4_expected)) {
        return;
    }
    unsigned bank =
        (pc - MEM_FLASH_BASE) / MEM_BANK_SIZE; /* not told when it runs from RAM: data read */
    if (bank > 1) {
        bank = d->erase[1].addr ? 1 : 0;
    }
    const struct flash_op *op = &d->erase[bank];
    if (!op->addr) {
        return;
    }
    finding_add(
        &d->findings, FIND_AFTER_ERASE_UNDER_CORE, s->id, pc,
        "the sector at 0x%08X is erased by the %s in %s; this core waits for the same bank, "
        "for %.0f ms by now",
        (unsigned)op->addr, op->core == CM7 ? "Cortex-M7" : "Cortex-M4",
        place_of(&d->findings, op->core, d->erase_pc[bank], place, sizeof(place)),
        (double)(s->stalled_samples * SAMPLE) / 1e9);
    if (op->core == (int)s->id) {
        finding_soften(&d->findings, FIND_AFTER_ERASE_UNDER_CORE, s->id,
                       "it erases its own bank and goes on when that is done; its interrupts wait");
    }
}

/* An exception that is enabled and pending, 0: none. */
static unsigned pending_exception(const struct doctor *d, const struct story *s)
{
    uint32_t icsr = doctor_ppb(d, s->id, ADDR(SCS, ICSR));

    for (unsigned w = 0; w < 5; w++) {
        uint32_t bits = doctor_ppb(d, s->id, ADDR(SCS, ISPR0) + 4 * w);
        if (bits) {
            bits &= doctor_ppb(d, s->id, ADDR(SCS, ISER0) + 4 * w);
        }
        if (bits) {
            return 16 + 32 * w + (unsigned)__builtin_ctz(bits);
        }
    }
    return icsr & PENDSTSET ? 15 : icsr & PENDSVSET ? 14 : 0;
}

/* The same one pending as at the last look, and not taken in between: something masks it. */
static void sample_masked(struct doctor *d, struct story *s)
{
    unsigned n = pending_exception(d, s);
    bool same = n && n == s->pending_then && s->entered[n % EXCEPTIONS] <= s->sampled_at;

    s->masked_samples = same && !s->stalled_samples ? s->masked_samples + 1 : 0;
    if (s->masked_samples == 1) {
        s->masked_since = s->sampled_at;
    }
    s->pending_then = n;
}

/* What the bootloader left masked and the application has cleared has done no harm. */
static void sample_unmasked(struct doctor *d, const struct story *s, const struct core *c)
{
    static const char because[] = "the application cleared it itself later, so it works: this one "
                                  "enables interrupts, most do not";

    if (s->primask_at_handover && !(core_reg(c, REG_PRIMASK) & 1)) {
        finding_soften(&d->findings, FIND_JUMP_PRIMASK, s->id, because);
    }
    if (s->basepri_at_handover && !core_reg(c, REG_BASEPRI)) {
        finding_soften(&d->findings, FIND_JUMP_BASEPRI, s->id, because);
    }
}

static void sample_stack(struct doctor *d, struct story *s, const struct core *c)
{
    uint32_t sp = core_reg(c, REG_MSP); /* not PSP: an RTOS has its task stacks where it likes */

    if (!doctor_ram(d, s->id, sp, true)) {
        return;
    }
    s->sp_low = sp < s->sp_low ? sp : s->sp_low;
    s->sp_high = sp > s->sp_high ? sp : s->sp_high;
}

static void sample_sleep(struct doctor *d, struct story *s, const struct core *c)
{
    uint64_t insns = core_insns(c);

    if (core_power(c) == POWER_RUN || core_wakeable(c) || insns != s->insns_then) {
        s->sleep_since = VT_NEVER;
    } else if (s->sleep_since == VT_NEVER) {
        s->sleep_since = d->board.m->now;
    }
    s->insns_then = insns;
}

static bool in_bootloader(const struct doctor *d, int core, uint32_t pc)
{
    for (unsigned i = 0; i < d->files.count; i++) {
        const struct program *p = &d->files.program[i];
        bool own = p->kind == (core == CM7 ? PROGRAM_BOOT7 : PROGRAM_BOOT4);
        if (own && pc >= p->low && pc < p->end && !in_app(&d->story[core], pc)) {
            return true;
        }
    }
    return false;
}

static void sample_back(struct doctor *d, struct story *s, const struct core *c)
{
    if (!s->handed_over || !in_bootloader(d, s->id, core_reg(c, REG_PC))) {
        s->back.samples = 0;
        return;
    }
    if (!s->back.samples++) {
        s->back.since = d->board.m->now;
        s->back.from = s->vtor_pc;
        s->back.primask = core_reg(c, REG_PRIMASK) & 1;
        s->back.basepri = core_reg(c, REG_BASEPRI);
        s->back.ipsr = core_reg(c, REG_XPSR) & 0x1FF;
    }
}

static void sample_core(struct doctor *d, struct story *s)
{
    const struct core *c = d->board.m->core[s->id];

    sample_stall(d, s);
    if (story_runs(s)) {
        sample_unmasked(d, s, c);
        sample_masked(d, s);
        sample_back(d, s, c);
        s->masked_itself_since = !(core_reg(c, REG_PRIMASK) & 1) ? 0
                                 : s->masked_itself_since        ? s->masked_itself_since
                                                                 : d->board.m->now;
        sample_stack(d, s, c);
        overflow_sample(s);
    }
    sample_sleep(d, s, c);
    s->sampled_at = d->board.m->now;
}

/* Only a core that keeps time by its clock minds: its SysTick runs, and it is not in Stop. */
static void sample_m4_clock(struct doctor *d)
{
    struct story *m4 = &d->story[CM4], *m7 = &d->story[CM7];
    const struct core *c = d->board.m->core[CM4];
    uint64_t hz = d->board.m->clk[CM4].hz;
    bool keeps_time = story_runs(m4) && d->m4_expected && core_power(c) != POWER_DEEPSLEEP &&
                      doctor_ppb(d, CM4, ADDR(SCS, SYST_CSR)) & 1;

    if (keeps_time && m4->clock_now && hz != m4->clock_now && m7->clock_changes &&
        !m4->clock_changes && !m7->clock_under_m4) {
        m7->clock_under_m4 = true;
        m7->clock_under_pc = m7->clock_pc;
        m7->clock_was = m4->clock_now;
        m7->clock_now = hz;
    }
    m4->clock_now = keeps_time ? hz : 0;
}

/* Nothing more is to be learnt from each of its instructions. A core that is held may be released
 * later. */
static bool on_its_way(const struct doctor *d, int id)
{
    return d->story[id].handed_over || (d->direct[id] && d->board.m->now > 20 * VT_MS);
}

static void on_sample(void *arg)
{
    struct doctor *d = arg;

    for (int i = 0; i < CORES; i++) {
        sample_core(d, &d->story[i]);
    }
    sample_m4_clock(d);
    clocks_sample(d);
    dcache_settle(d);
    territory_sample(d);
    lost_settle(d);
    watch_data(d);
    for (int i = 0; i < CORES; i++) {
        if (d->story[i].stepping && !d->capturing && on_its_way(d, i)) {
            watch_step(d, (enum core_id)i, false);
        }
    }
    sched_at(&d->board.m->sched, &d->sample, d->board.m->now + SAMPLE);
}

/* ---- instructions and data ---- */

static void on_insn(void *arg, struct core *c, uint32_t pc)
{
    struct story *s = arg;

    if (!s->handed_over) {
        before_insn(s, c, pc);
    } else {
        before_entry(s, c, pc);
    }
    if (s->d->capturing) {
        loops_insn(s, c, pc);
    }
}

static void on_data(void *arg, struct core *c, uint32_t addr, unsigned size, uint64_t value,
                    bool write)
{
    struct story *s = arg;

    if (write && s->d->nclaims) {
        territory_store(s, core_reg(c, REG_PC), addr, (uint32_t)value);
    }
    if (write) {
        overflow_store(s, core_reg(c, REG_PC), addr);
    }
    if (s->d->nlost) {
        lost_access(s, addr, size, write);
    }
    if (write && startup_active(s)) {
        startup_store(s, addr, size);
    }
    if (!write && s->id == CM4) {
        dcache_outside_read(s->d, CM4, addr, size);
    }
}

void watch_data(struct doctor *d)
{
    core_watch_data(d->board.m->core[CM7], startup_active(&d->story[CM7]) || d->nlost);
    core_watch_data(d->board.m->core[CM4], core_dcache_on(d->board.m->core[CM7]) ||
                                               startup_active(&d->story[CM4]) || d->nlost);
}

void watch_step(struct doctor *d, enum core_id id, bool every_instruction)
{
    struct story *s = &d->story[id];
    struct observer o = {.arg = s,
                         .cores = 1u << id,
                         .on_insn = every_instruction ? on_insn : NULL,
                         .insn_hi = UINT32_MAX,
                         .on_exception = exceptions_taken,
                         .on_fault = exceptions_fault,
                         .on_lockup = exceptions_lockup,
                         .on_ppb = exceptions_ppb,
                         .on_data = on_data,
                         .on_cache = dcache_event};

    s->stepping = every_instruction;
    machine_unobserve(d->board.m, s);
    machine_observe(d->board.m, &o);
}

/* ---- flash, notes, resets ---- */

static void on_flash(void *arg, const struct flash_op *op, bool done)
{
    struct doctor *d = arg;

    if (!done) {
        harm_flash(d, op);
    }
    if (op->erase && op->bank < 2) {
        d->erase[op->bank] = done ? (struct flash_op){0} : *op;
        d->erase_pc[op->bank] = op->core >= 0 ? core_reg(d->board.m->core[op->core], REG_PC) : 0;
    }
}

static void begin_story(struct doctor *d, enum core_id id)
{
    static const uint32_t hi[CORES] = {MEM_BANK2_BASE, MEM_FLASH_BASE + MEM_FLASH_SIZE};
    struct story *s = &d->story[id];
    const bool stepping = s->stepping;

    memset(s, 0, sizeof(*s));
    s->d = d;
    s->id = id;
    s->app_lo = (uint32_t)d->app[id];
    s->app_hi = s->app_lo < hi[CM7] ? hi[CM7] : s->app_lo < hi[CM4] ? hi[CM4] : UINT32_MAX;
    s->sleep_since = VT_NEVER;
    s->stepping = stepping;
    if (!stepping) {
        watch_step(d, id, true);
    }
}

static void restart(struct doctor *d)
{
    begin_story(d, CM7);
    begin_story(d, CM4);
    clocks_conclude(d);
    memset(d->clock_write, 0, sizeof(d->clock_write));
    memset(d->rate, 0, sizeof(d->rate));
    memset(&d->settings, 0, sizeof(d->settings));
    semaphores_settle(d);
    memset(d->sem, 0, sizeof(d->sem));
    memset(d->held_at_handover, 0, sizeof(d->held_at_handover));
    memset(d->doubts, 0, sizeof(d->doubts));
    memset(d->unlocked_by, 0, sizeof(d->unlocked_by));
    memset(d->dog, 0, sizeof(d->dog));
    memset(d->erase, 0, sizeof(d->erase));
    memset(d->off, 0, sizeof(d->off));
    memset(d->opened, 0, sizeof(d->opened));
    memset(d->taken, 0, sizeof(d->taken));
    memset(d->boot_address_pc, 0, sizeof(d->boot_address_pc));
    memset(d->races, 0, sizeof(d->races)); /* the set-up of each start is no second change */
    memset(d->writers, 0, sizeof(d->writers));
    memset(d->boot_writers, 0, sizeof(d->boot_writers));
    territory_restart(d);
    watch_data(d);
}

static void on_reset(void *arg, enum reset_cause cause)
{
    struct doctor *d = arg;

    (void)cause;
    d->reset_at = d->board.m->now;
    restart(d);
}

static void on_core_reset(void *arg, enum core_id core, enum reset_cause cause)
{
    struct doctor *d = arg;

    if (resets_watchdog(cause) >= 0) {
        resets_before(d, cause);
        d->resets[cause].alone = true;
    }
    begin_story(d, core);
    d->story[core].alone = true;
}

void watch_start(struct doctor *d)
{
    struct machine *m = d->board.m;

    core_model_dcache(m->core[CM7]);
    restart(d);
    machine_observe(m, &(struct observer){.arg = d,
                                          .before_write = usage_before_write,
                                          .on_access = usage_access,
                                          .on_dma = dcache_dma,
                                          .on_flash = on_flash,
                                          .on_note = chip_notes_take,
                                          .on_reset = on_reset,
                                          .on_core_reset = on_core_reset});
    sched_event_init(&d->sample, "doctor: a look at both cores", on_sample, d);
    sched_at(&m->sched, &d->sample, SAMPLE);
}
