/* SPDX-License-Identifier: MIT */
/* Hardware semaphores: who took one by which read, who was refused, who knows of a release. */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#define CR_COREID 0x00000F00u
#define ENOUGH    3 /* reads of RLR by the core that has the semaphore: it looks */

static uint32_t core_number(int core)
{
    return core == CM7 ? 3 : 1; /* COREID (RM0399, Hardware semaphore) */
}

uint32_t semaphores_held(const struct doctor *d, enum core_id id)
{
    uint32_t held = 0;

    for (unsigned n = 0; n < SEMAPHORES; n++) {
        if (hsem_owner(d->board.m->hsem, n) == (int)id) {
            held |= 1u << n;
        }
    }
    return held;
}

/* ---- what happens ---- */

static void note_rlr(struct doctor *d, struct story *s, unsigned n, uint32_t value, uint32_t pc)
{
    struct semaphore *sem = &d->sem[n];

    if (!(value & HSEM_R0_LOCK)) {
        return;
    }
    if (FIELD_GET(HSEM_R0_COREID, value) != core_number(s->id)) {
        sem->refused[s->id]++;
        sem->wanted[s->id] = true;
        sem->refused_pc[s->id] = pc;
    } else if (!sem->taken_by_rlr[s->id]) {
        sem->taken_by_rlr[s->id] = true;
        sem->rlr_pc[s->id] = pc;
    } else {
        sem->looks[s->id]++;
        sem->rlr_pc[s->id] = pc;
    }
}

/* The M4 notices a release while it sleeps, by the interrupt, or by looking. */
static void note_release(struct doctor *d, struct story *s, unsigned n)
{
    bool asleep = core_power(d->board.m->core[CM4]) != POWER_RUN;

    d->sem[n].released[s->id] = true;
    d->sem[n].taken_by_rlr[s->id] = false;
    d->sem[n].looks[s->id] = 0;
    if (s->id == CM7) {
        d->sem[n].unheard = asleep ? 0 : machine_now(d->board.m);
    }
}

void semaphores_heard(struct doctor *d)
{
    for (unsigned n = 0; n < SEMAPHORES; n++) {
        d->sem[n].unheard = 0;
    }
}

/* HSEM_CR frees all that one core holds, whichever core writes it. */
static void note_clear(struct doctor *d, struct story *s, uint32_t value, uint32_t pc)
{
    enum core_id other = s->id == CM7 ? CM4 : CM7;
    uint32_t held = d->held_before_clear;

    if (FIELD_GET(CR_COREID, value) == core_number(other) && held && !semaphores_held(d, other)) {
        finding_add(&d->findings, FIND_CORES_PERIPHERAL_RESET, s->id, pc,
                    "0x%08X is written to HSEM_CR: that frees all semaphores of the %s, which held "
                    "those of mask 0x%08X",
                    (unsigned)value, other == CM7 ? "M7" : "M4", (unsigned)held);
    }
}

void semaphores_before_write(struct doctor *d, enum core_id by, uint32_t addr)
{
    if (addr == HSEM_BASE + HSEM_CR) {
        d->held_before_clear = semaphores_held(d, by == CM7 ? CM4 : CM7);
    }
}

static void note_write(struct doctor *d, struct story *s, uint32_t off, uint32_t value, uint32_t pc)
{
    if (off < 4 * SEMAPHORES && !(value & HSEM_R0_LOCK)) {
        note_release(d, s, off / 4);
    } else if (off < 4 * SEMAPHORES) {
        int owner = hsem_owner(d->board.m->hsem, off / 4);
        d->sem[off / 4].wanted[s->id] |= owner >= 0 && owner != (int)s->id;
    }
    if (off == HSEM_CR) {
        note_clear(d, s, value, pc);
    }
}

void semaphores_access(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, bool write,
                       uint32_t pc)
{
    uint32_t off = addr - HSEM_BASE;
    bool rlr = off - HSEM_RLR0 < 4 * SEMAPHORES;

    if (off >= 0x400) {
        return;
    }
    d->taken[s->id] |= semaphores_held(d, s->id);
    if (write) {
        note_write(d, s, off, value, pc);
        return;
    }
    if (off < 4 * SEMAPHORES) {
        d->sem[off / 4].looked[s->id] = true;
    }
    if (s->id == CM4 && off < HSEM_RLR0 + 4 * SEMAPHORES) {
        d->sem[off / 4 % SEMAPHORES].unheard = 0;
    }
    if (s->id == CM4 && (off == HSEM_C2ISR || off == HSEM_C2MISR)) {
        semaphores_heard(d);
    }
    if (rlr) {
        note_rlr(d, s, (off - HSEM_RLR0) / 4, value, pc);
    }
}

/* ---- what it means ---- */

void semaphores_handover(struct doctor *d, const struct story *s)
{
    uint32_t held = semaphores_held(d, s->id);

    d->held_at_handover[s->id] = held;
    if (held) {
        finding_add(&d->findings, FIND_JUMP_HSEM_HELD, s->id, s->jump_from, "semaphore %d",
                    __builtin_ctz(held));
    }
}

/* A semaphore may be a sign to the other core rather than a lock: that one looks at it, and never
 * tries to take it. */
static bool is_a_sign(const struct doctor *d, unsigned n, int owner)
{
    const struct semaphore *sem = &d->sem[n];

    return sem->looked[!owner] && !sem->wanted[!owner];
}

void semaphores_settle(struct doctor *d)
{
    for (int i = 0; i < CORES; i++) {
        bool signs = d->held_at_handover[i] != 0;
        for (unsigned n = 0; n < SEMAPHORES; n++) {
            signs &= !(d->held_at_handover[i] >> n & 1) || is_a_sign(d, n, i);
        }
        if (signs && !finding_has(&d->findings, FIND_CORES_HSEM_WAIT, !i)) {
            finding_drop(&d->findings, FIND_JUMP_HSEM_HELD, i);
        }
    }
}

/* Taken by one read, never given back, and the other core was refused: it may be meant, but more
 * often somebody only wanted to look. */
static void conclude_one_read(struct doctor *d, unsigned n, int core)
{
    const struct semaphore *sem = &d->sem[n];
    char place[160];

    bool told = finding_has(&d->findings, FIND_CORES_HSEM_WAIT, !core); /* with the same place */
    if (!sem->taken_by_rlr[core] || sem->released[core] || !sem->refused[!core] || told) {
        return;
    }
    struct finding *f = finding_add(
        &d->findings, FIND_CORES_RLR_TAKEN, core, sem->rlr_pc[core],
        "a read of HSEM_RLR%u took the semaphore here, and this core has never released it; the "
        "%s was refused it %u times, in %s",
        n, core == CM7 ? "M4" : "M7", (unsigned)sem->refused[!core],
        place_of(&d->findings, !core, sem->refused_pc[!core], place, sizeof(place)));
    if (f) {
        f->severity = SEV_WARNING;
    }
    finding_explain(
        f,
        "A read of RLRn locks a free semaphore for the core that reads. If that read was "
        "only to look, the other core is now kept out; if the semaphore was meant to be "
        "taken, it is never given back.",
        "Read HSEM_Rn to look. Where it was meant to be taken: release it.");
}

static void conclude_one(struct doctor *d, unsigned n)
{
    const struct semaphore *sem = &d->sem[n];

    for (int i = 0; i < CORES; i++) {
        if (hsem_owner(d->board.m->hsem, n) != i) {
            continue;
        }
        if (sem->looks[i] >= ENOUGH) {
            finding_add(&d->findings, FIND_CORES_RLR_TAKEN, i, sem->rlr_pc[i],
                        "HSEM_RLR%u was read %u times more by this core after it had taken the "
                        "semaphore, and it still holds it",
                        n, (unsigned)sem->looks[i]);
        }
        conclude_one_read(d, n, i);
    }
}

void semaphores_conclude(struct doctor *d)
{
    const struct story *m4 = &d->story[CM4];
    uint32_t armed = doctor_peek(d, CM4, HSEM_BASE + HSEM_C2IER);
    bool asleep = m4->sleep_since != VT_NEVER && d->m4_expected;

    semaphores_settle(d);
    for (unsigned n = 0; n < SEMAPHORES; n++) {
        const struct semaphore *sem = &d->sem[n];
        conclude_one(d, n);
        if (asleep && armed >> n & 1 && sem->unheard && sem->unheard < m4->sleep_since) {
            finding_add(&d->findings, FIND_CORES_HSEM_MISSED, CM4,
                        core_reg(d->board.m->core[CM4], REG_PC),
                        "semaphore %u was released at %.6f s, the M4 sleeps since %.6f s", n,
                        (double)sem->unheard / 1e12, (double)m4->sleep_since / 1e12);
        }
    }
}
