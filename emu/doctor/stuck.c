/* SPDX-License-Identifier: MIT */
/* Programs that get nowhere although every core runs: an interrupt that is taken again and again,
 * and two cores of which each waits for the other. */
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "emu/cli/faults.h"
#include "emu/doctor/doctor.h"

#define STORM           16 /* of the same exception in the last 2 ms, and nothing else */
#define SCR_SLEEPONEXIT (1u << 1)
#define SCR_SEVONPEND   SCS_SCR_SEVONPEND
#define EXTI_EMR        (EXTI_BASE + 0x84u) /* of the three words */
#define EXTI_C2EMR      (EXTI_BASE + 0xC4u)
#define EXC_RETURN      0xF0000000u /* returned to by an exception that follows another one */

/* ---- interrupts that never end ---- */

void stuck_entered(struct story *s, unsigned number, uint32_t return_pc, uint32_t vector)
{
    struct storm *t = &s->storm;

    if (return_pc < EXC_RETURN) {
        t->pc = return_pc;
    }
    if (!s->d->capturing) {
        return;
    }
    t->count = t->number == number ? t->count + 1 : 1;
    t->number = number;
    t->handler = vector & ~1u;
}

bool stuck_storm(struct doctor *d, struct story *s)
{
    const struct storm *t = &s->storm;
    bool meant = doctor_ppb(d, s->id, ADDR(SCS, SCR)) & SCR_SLEEPONEXIT;
    char name[32], place[160];

    if (s->thread.count || !loop_known(&s->handler) || t->count < STORM || meant) {
        return false;
    }
    finding_add(&d->findings, FIND_AFTER_IRQ_STORM, s->id, t->handler,
                "%s was taken %u times in a row at the end of the run; the program itself executes "
                "nothing between them and stands in %s",
                exception_name(t->number, name, sizeof(name)), t->count,
                place_of(&d->findings, s->id, t->pc, place, sizeof(place)));
    return true;
}

/* ---- sleep ---- */

/* Nothing but its tick can interrupt it. */
static bool undisturbed(const struct doctor *d, const struct story *s)
{
    uint32_t enabled = 0;

    for (unsigned w = 0; w < 5; w++) {
        enabled |= doctor_ppb(d, s->id, ADDR(SCS, ISER0) + 4 * w);
    }
    return !enabled;
}

static bool ticks(const struct doctor *d, const struct story *s)
{
    return (doctor_ppb(d, s->id, ADDR(SCS, SYST_CSR)) & 3) == 3;
}

/* It sleeps, and neither an interrupt nor an event can wake it: only its tick, if that goes on. */
static bool sleeps_alone(const struct doctor *d, const struct story *s)
{
    bool by_event = doctor_ppb(d, s->id, ADDR(SCS, SCR)) & SCR_SEVONPEND;

    for (unsigned w = 0; w < 3; w++) {
        by_event |= doctor_peek(d, s->id, (s->id == CM7 ? EXTI_EMR : EXTI_C2EMR) + 16 * w) != 0;
    }
    return s->sleep_since != VT_NEVER && !by_event && story_runs(s) && undisturbed(d, s);
}

/* A tick that stands still in Stop. */
static void conclude_tick(struct doctor *d, const struct story *s)
{
    const struct core *c = d->board.m->core[s->id];

    if (core_power(c) != POWER_DEEPSLEEP || !ticks(d, s) || !sleeps_alone(d, s)) {
        return;
    }
    finding_add(&d->findings, FIND_AFTER_TICK_STOPPED, s->id, core_reg(c, REG_PC),
                "it sleeps since %.6f s with SLEEPDEEP = 1; SysTick is on, and no interrupt and no "
                "event line is",
                (double)s->sleep_since / 1e12);
}

/* ---- both wait ---- */

/* The loop reads memory that the other core can write, and that is all it does. */
static bool waits_for_other(const struct doctor *d, const struct story *s)
{
    const struct loop *l = &s->thread;
    bool shared = false;

    for (unsigned i = 0; i < l->nreads; i++) {
        bool constant = l->read_at[i] - MEM_FLASH_BASE < MEM_FLASH_SIZE;
        bool common = doctor_ram(d, s->id, l->read_at[i], false) && !in_tcm(l->read_at[i]);
        shared |= common;
        if (!constant && !common) {
            return false;
        }
    }
    return shared && loop_waits(l) && undisturbed(d, s);
}

static bool uses_dma(const struct doctor *d)
{
    const struct bus *b = &d->board.m->bus;
    unsigned by = 0;

    for (unsigned i = 0; i < b->ndevs; i++) {
        by |= territory_is_dma(&b->devs[i]) ? d->writers[i] : 0;
    }
    return by;
}

/* One waits for the other, which sleeps for good: a WFE would need a SEV of the one that waits. */
static void conclude_sleeper(struct doctor *d, const struct story *waits,
                             const struct story *sleeps)
{
    const char *one = waits->id == CM7 ? "M7" : "M4", *other = waits->id == CM7 ? "M4" : "M7";
    char place[160], bed[160], read[200];
    uint32_t pc = core_reg(d->board.m->core[sleeps->id], REG_PC);

    if (!waits_for_other(d, waits) || !sleeps_alone(d, sleeps) || ticks(d, sleeps)) {
        return;
    }
    struct finding *f = finding_add(
        &d->findings, FIND_CORES_BOTH_WAIT, -1, waits->thread.lo,
        "the %s is in %s%s; the %s sleeps since %.6f s in %s, and no interrupt, tick or event is "
        "enabled that could wake it",
        one, place_of(&d->findings, (int)waits->id, waits->thread.lo, place, sizeof(place)),
        wait_in_loop(d, waits, read, sizeof(read)), other, (double)sleeps->sleep_since / 1e12,
        place_of(&d->findings, (int)sleeps->id, pc, bed, sizeof(bed)));
    finding_explain(f,
                    "The core that should change the memory sleeps, and a store of the other one "
                    "wakes nobody.",
                    "Let the sleeping core enable an interrupt or event that the other one raises "
                    "(a release of a hardware semaphore, an EXTI line, SEV for a WFE), or poll.");
}

void stuck_conclude(struct doctor *d)
{
    const struct story *m7 = &d->story[CM7], *m4 = &d->story[CM4];
    char place7[160], place4[160], read7[200], read4[200];

    conclude_tick(d, m7);
    if (!d->m4_expected) {
        return;
    }
    conclude_tick(d, m4);
    if (uses_dma(d)) {
        return;
    }
    conclude_sleeper(d, m7, m4);
    conclude_sleeper(d, m4, m7);
    if (!waits_for_other(d, m7) || !waits_for_other(d, m4)) {
        return;
    }
    finding_add(&d->findings, FIND_CORES_BOTH_WAIT, -1, m7->thread.lo,
                "the M7 is in %s%s; the M4 is in %s%s",
                place_of(&d->findings, CM7, m7->thread.lo, place7, sizeof(place7)),
                wait_in_loop(d, m7, read7, sizeof(read7)),
                place_of(&d->findings, CM4, m4->thread.lo, place4, sizeof(place4)),
                wait_in_loop(d, m4, read4, sizeof(read4)));
}
