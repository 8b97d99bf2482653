/* SPDX-License-Identifier: MIT */
/* What one core does to the other. */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>

#define SCR_SEVONPEND SCS_SCR_SEVONPEND

static const char *short_name(int core)
{
    return core == CM7 ? "M7" : "M4";
}

/* ---- erased under it ---- */

static bool inside(const struct flash_op *op, uint32_t addr)
{
    return addr - op->addr < op->len;
}

/* The core fetches from there, or finds its vectors there. */
static bool runs_from(const struct doctor *d, int core, const struct flash_op *op)
{
    const struct core *c = d->board.m->core[core];
    uint32_t table = doctor_table(&d->story[core]);

    return !core_held(c) && !core_locked_up(c) &&
           (inside(op, core_reg(c, REG_PC)) || inside(op, table));
}

/* What a core boots from; nothing is said before it boots again. */
static void note_boot(struct doctor *d, const struct flash_op *op)
{
    for (int i = 0; i < CORES; i++) {
        if (!inside(op, syscfg_boot_addr(d->board.m->syscfg, (enum core_id)i))) {
            continue;
        }
        bool erased = op->erase && op->core >= 0;
        uint32_t pc = erased ? core_reg(d->board.m->core[op->core], REG_PC) : 0;
        d->boot_erased[i] = (struct boot_erased){op->core, pc, op->addr, op->addr + op->len - 1};
    }
}

bool harm_boot_erased(struct doctor *d, int core)
{
    const struct boot_erased *e = &d->boot_erased[core];
    char place[160];

    if (!e->pc) {
        return false;
    }
    finding_add(&d->findings, FIND_CORES_PROGRAM_ERASED, core, e->pc,
                "0x%08X..0x%08X was erased by the %s in %s; the %s boots from there, and found "
                "nothing after the reset",
                (unsigned)e->lo, (unsigned)e->hi, short_name(e->by),
                place_of(&d->findings, e->by, e->pc, place, sizeof(place)), short_name(core));
    return true;
}

void harm_flash(struct doctor *d, const struct flash_op *op)
{
    char place[160];

    note_boot(d, op);

    for (int i = 0; op->erase && i < CORES; i++) {
        if (!runs_from(d, i, op) || (i == CM4 && !d->m4_expected)) {
            continue;
        }
        uint32_t pc = op->core >= 0 ? core_reg(d->board.m->core[op->core], REG_PC) : 0;
        bool whole = op->len > 0x20000u;
        finding_add(&d->findings, FIND_CORES_PROGRAM_ERASED, i, pc,
                    "0x%08X..0x%08X%s is erased by the %s in %s; the %s runs from it (PC 0x%08X, "
                    "vector table 0x%08X)",
                    (unsigned)op->addr, (unsigned)(op->addr + op->len - 1),
                    whole ? ", a whole bank," : "", short_name(op->core),
                    place_of(&d->findings, op->core, pc, place, sizeof(place)), short_name(i),
                    (unsigned)core_reg(d->board.m->core[i], REG_PC),
                    (unsigned)doctor_table(&d->story[i]));
    }
}

/* ---- sleepers ---- */

/* Registers of one core by which a semaphore can wake it (RM0399, HSEM and EXTI). */
static const struct waker {
    uint32_t ier, misr, imr, emr;
    unsigned line, irq_bit; /* bit in IMR3 and EMR3; in the NVIC's fourth word */
} wakers[CORES] = {
    [CM7] = {ADDR(HSEM, C1IER), ADDR(HSEM, C1MISR), ADDR(EXTI, C1IMR3), ADDR(EXTI, C1EMR3), 13, 29},
    [CM4] = {ADDR(HSEM, C2IER), ADDR(HSEM, C2MISR), ADDR(EXTI, C2IMR3), ADDR(EXTI, C2EMR3), 14, 30},
};

static bool may_wake(const struct doctor *d, int core, const struct waker *w)
{
    bool enabled = doctor_ppb(d, core, ADDR(SCS, ISER0) + 12) >> w->irq_bit & 1;
    bool on_pend = doctor_ppb(d, core, ADDR(SCS, SCR)) & SCR_SEVONPEND;
    bool event = doctor_peek(d, core, w->emr) >> w->line & 1;

    return enabled || on_pend || event;
}

static void conclude_sleeper(struct doctor *d, int core)
{
    const struct story *s = &d->story[core];
    const struct waker *w = &wakers[core];
    uint32_t flags = doctor_peek(d, core, w->misr);

    if (s->sleep_since == VT_NEVER || !flags || may_wake(d, core, w)) {
        return;
    }
    finding_add(
        &d->findings, FIND_CORES_HSEM_NO_EVENT, core, core_reg(d->board.m->core[core], REG_PC),
        "semaphore %d has been released and its flag stands, but the %s sleeps since %.6f s: "
        "NVIC interrupt %u is off, SCR.SEVONPEND = 0, EXTI_C%dEMR3 bit %u = 0",
        __builtin_ctz(flags), short_name(core), (double)s->sleep_since / 1e12, 96 + w->irq_bit,
        core == CM7 ? 1 : 2, w->line);
}

void harm_conclude(struct doctor *d)
{
    conclude_sleeper(d, CM7);
    if (d->m4_expected) {
        conclude_sleeper(d, CM4);
    }
}
