/* SPDX-License-Identifier: MIT */
/* What the whole run means for each core: findings that only its end can tell. */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/cli/faults.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#define MASKED_LONG 20          /* samples of 1 ms: no critical section is that long */
#define BACK_LONG   20          /* samples: a call of a function of the bootloader is shorter */
#define RECOVERED   (5 * VT_MS) /* how long the program goes on after a fault */

static bool dead(const struct doctor *d, const struct story *s)
{
    const struct core *c = d->board.m->core[s->id];

    return core_held(c) || core_locked_up(c);
}

/* ---- where a core is at the end ---- */

/* An application that was entered before and resets itself is on its way again. */
static bool still_on_its_way(const struct doctor *d, const struct story *s)
{
    return d->started[s->id] && d->board.m->now - d->reset_at < d->time / 2;
}

static const char *asleep(const struct story *s, char *buf, size_t size)
{
    if (s->sleep_since == VT_NEVER) {
        return "";
    }
    snprintf(buf, size, "; it sleeps there since %.6f s, and nothing has woken it",
             (double)s->sleep_since / 1e12);
    return buf;
}

static void conclude_never(struct doctor *d, struct story *s)
{
    char place[160];
    const struct core *c = d->board.m->core[s->id];

    bool stalled =
        s->stalled_samples && finding_has(&d->findings, FIND_AFTER_ERASE_UNDER_CORE, s->id);
    if ((s->id == CM4 && !d->m4_expected) || s->faulted || stalled || still_on_its_way(d, s)) {
        return;
    }
    const struct wait *now = wait_now(d, s),
                      *then = loop_at_end(&s->thread) ? wait_given_up(d, s) : NULL;
    if (now || then) {
        wait_explain(d, s, now ? now : then, !now);
        return;
    }
    if (resets_asked_to_stay(d)) {
        finding_add(&d->findings, FIND_JUMP_STAYS, s->id, core_reg(c, REG_PC),
                    "it is there since the reset at %.6f s", (double)d->reset_at / 1e12);
        return;
    }
    if (stuck_storm(d, s) || checks_conclude(d, s)) {
        return;
    }
    uint32_t pc = s->thread.count ? s->thread.lo : core_reg(c, REG_PC);
    bool nothing = doctor_peek(d, s->id, (uint32_t)d->app[s->id] + 4) == UINT32_MAX;
    char blank[96] = "", polled[400], sleeps[80];
    if (!*wait_in_loop(d, s, polled, sizeof(polled))) {
        decision_before_loop(d, s, polled, sizeof(polled));
    }
    if (nothing) {
        snprintf(blank, sizeof(blank), "; there is no application at 0x%08X (--load, --app-m%c)",
                 (unsigned)d->app[s->id], s->id == CM7 ? '7' : '4');
    }
    finding_add(
        &d->findings, FIND_JUMP_NEVER, s->id, pc, "at the end of the run it is in %s%s%s%s%s",
        place_of(&d->findings, s->id, pc, place, sizeof(place)), asleep(s, sleeps, sizeof(sleeps)),
        polled, core_reg(c, REG_PRIMASK) & 1 ? "; interrupts are masked (PRIMASK = 1)" : "", blank);
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
    if (d->board.m->now - since < MASKED_LONG * VT_MS || !loop_at_end(&s->handler)) {
        return false;
    }
    bool waits = loop_waits(&s->handler);
    if (waits && s->masked_samples >= MASKED_LONG) {
        return false; /* for an interrupt that it keeps out itself */
    }
    struct finding *f =
        finding_add(&d->findings, FIND_AFTER_DEFAULT_HANDLER, s->id, s->handler.lo,
                    "%s has been active for %.1f ms and loops at 0x%08X",
                    exception_name(active, name, sizeof(name)),
                    (double)(d->board.m->now - since) / 1e9, (unsigned)s->handler.lo);
    if (waits) {
        finding_explain(
            f,
            "The handler waits for something that does not come; what has the same or a "
            "lower priority, and the main program, stand still meanwhile.",
            "Do not wait inside a handler: set a flag, return, and wait in the main "
            "loop.");
    }
    return true;
}

/* It masked interrupts itself and went to rest: what Error_Handler() does. A program that looks at
 * something all the time has not: it waits for a button, or for the other core. */
static bool masked_itself(const struct doctor *d, const struct story *s)
{
    const struct core *c = d->board.m->core[s->id];

    return core_reg(c, REG_PRIMASK) & 1 && !s->primask_at_handover && loop_known(&s->thread) &&
           !loop_waits(&s->thread);
}

/* Each mask is cleared in its own way. */
static void explain_mask(const struct core *c, unsigned active, struct finding *f)
{
    if (core_reg(c, REG_PRIMASK) & 1) {
        finding_explain(f,
                        "PRIMASK is 1: no interrupt is ever let in, so a loop that waits for one "
                        "never ends.",
                        "Clear it before the jump, or call __enable_irq() at the start of the "
                        "application; where a program masks interrupts itself, unmask them again.");
    } else if (core_reg(c, REG_FAULTMASK) & 1) {
        finding_explain(f, "FAULTMASK is 1: only NMI is ever let in.",
                        "Clear it (CPSIE f); __enable_irq() does not.");
    } else if (core_reg(c, REG_BASEPRI)) {
        finding_explain(f,
                        "BASEPRI masks every interrupt of the same or lower priority, which is "
                        "what a critical section of an RTOS does.",
                        "Write 0 to BASEPRI (__set_BASEPRI(0), or leave the critical section); "
                        "__enable_irq() does not clear it.");
    } else if (active) {
        finding_explain(f,
                        "A handler that is still active lets nothing of the same or lower "
                        "priority in.",
                        "Leave the handler by its return: jump and wait from the main loop.");
    }
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
    struct finding *f = finding_add(
        &d->findings, FIND_AFTER_IRQ_NEVER, s->id, loop_known(l) ? l->lo : 0,
        "%s has been pending for %.0f ms; PRIMASK = %u, BASEPRI = 0x%02X%s%s%s",
        exception_name(s->pending_then, pending, sizeof(pending)),
        (double)(d->board.m->now - s->masked_since) / 1e9, (unsigned)core_reg(c, REG_PRIMASK),
        (unsigned)core_reg(c, REG_BASEPRI), active ? ", inside " : "",
        active ? exception_name(active, name, sizeof(name)) : "",
        loop_known(l) ? "; the core loops meanwhile" : "");
    explain_mask(c, active, f);
}

/* ---- stopped, and why ---- */

/* The last register that was looked at tells most of the time what went wrong. */
static const char *last_read(const struct doctor *d, const struct story *s, char *buf, size_t size)
{
    const struct wait *r = &s->last_read;
    char name[64], place[160];

    if (!r->addr) {
        return "";
    }
    snprintf(buf, size, "; the last register it looked at was %s = 0x%08X, in %s",
             register_name(d, r->addr, name, sizeof(name)), (unsigned)r->value,
             place_of(&d->findings, s->id, r->pc, place, sizeof(place)));
    return buf;
}

static void conclude_stopped(struct doctor *d, struct story *s)
{
    const struct core *c = d->board.m->core[s->id];
    const struct wait *now = wait_now(d, s), *then = wait_given_up(d, s);
    bool masked = masked_itself(d, s);
    char text[320];

    if (now) {
        wait_explain(d, s, now, false);
        return;
    }
    if (core_reg(c, REG_XPSR) & 0x1FF || (!loop_at_end(&s->thread) && !masked)) {
        return;
    }
    supply_stopped(d, s);
    if (then) {
        wait_explain(d, s, then, true);
    } else if (finding_has(&d->findings, FIND_JUMP_CLOCK, CM7) && s->clock_writes == 0 && masked) {
        finding_add(&d->findings, FIND_AFTER_CLOCK_TIMEOUT, s->id, s->thread.lo,
                    "it stopped without changing a clock register: the set-up function refused the "
                    "clock tree it found");
    }
    if (masked && (loop_at_end(&s->thread) || s->masked_samples >= MASKED_LONG)) {
        finding_add(&d->findings, FIND_AFTER_ERROR_HANDLER, s->id, s->thread.lo,
                    "it has set PRIMASK and loops at 0x%08X%s", (unsigned)s->thread.lo,
                    last_read(d, s, text, sizeof(text)));
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
    uint32_t vtor = doctor_ppb(d, s->id, ADDR(SCS, VTOR)), align = vtor & (0u - vtor);
    int irq = -1;

    for (unsigned w = 0; w < 5; w++) {
        uint32_t bits = doctor_ppb(d, s->id, ADDR(SCS, ISER0) + 4 * w);
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

/* An application that went back into the bootloader by a jump: its table and masks came along. */
static void conclude_back(struct doctor *d, struct story *s)
{
    const struct back *b = &s->back;

    if (b->samples < BACK_LONG) {
        return;
    }
    finding_drop(&d->findings, FIND_AFTER_VTOR_MOVED, s->id);
    finding_drop(&d->findings, FIND_AFTER_WRONG_TABLE, s->id);
    struct finding *f = finding_add(&d->findings, FIND_AFTER_JUMP_BACK, s->id, b->from,
                                    "it runs in the bootloader since %.6f s, without a reset; "
                                    "PRIMASK = %u, BASEPRI = 0x%02X, exception %u",
                                    (double)b->since / 1e12, b->primask, b->basepri, b->ipsr);
    if (f && (b->primask || b->basepri || b->ipsr)) {
        f->severity = SEV_ERROR;
    }
}

static void conclude_core(struct doctor *d, struct story *s)
{
    if (dead(d, s) || s->beyond) {
        return;
    }
    if (!story_runs(s)) {
        conclude_never(d, s);
        return;
    }
    conclude_faults(d, s);
    conclude_table(d, s);
    conclude_back(d, s);
    if (!stuck_storm(d, s) && !conclude_handler(d, s)) {
        conclude_masked(d, s);
    }
    conclude_stopped(d, s);
}

void conclude_run(struct doctor *d)
{
    overflow_conclude(&d->story[CM7]);
    overflow_conclude(&d->story[CM4]);
    conclude_core(d, &d->story[CM7]);
    conclude_core(d, &d->story[CM4]);
    resets_conclude(d);
    between_conclude(d);
}
