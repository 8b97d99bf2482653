/* SPDX-License-Identifier: MIT */
/* The simulated flash refuses: sectors that are worn out, protected, or busy without an end. */
#include <string.h>

#include "tests/txn/sim_parts.h"

static uint32_t sector_start(const struct sim *sim, uint32_t addr)
{
    return addr - (addr - sim->map->base) % sim->map->sector_size;
}

static bool hits(const struct sim *sim, const struct sim_fault *f, bool erase, uint32_t addr)
{
    const bool whole = f->erase || f->span == SIM_FOR_GOOD || f->span == SIM_THIS_POWER_UP;

    return f->there && f->erase == erase &&
           (whole ? sector_start(sim, addr) == sector_start(sim, f->addr) : addr == f->addr);
}

static void add(struct sim *sim, const struct sim_fault *fault)
{
    for (unsigned i = 0; i < SIM_FAULTS_MAX; i++) {
        if (!sim->faults[i].there) {
            sim->faults[i] = *fault;
            return;
        }
    }
}

/* Cells wear out, whichever bank comes first. A change of options has the number of a bank. */
static uint32_t physical(const struct sim *sim, uint32_t addr)
{
    return addr < sim->map->base ? addr : sim->map->base + sim_index(sim, addr) * DUO_WORD_SIZE;
}

bool sim_refuses(struct sim *sim, bool erase, uint32_t mapped, enum sim_refusal *how)
{
    const uint32_t addr = physical(sim, mapped);

    if (sim->fault_at != 0 && sim->ops + 1u == sim->fault_at) {
        sim->next_fault.erase = erase;
        sim->next_fault.addr = addr;
        add(sim, &sim->next_fault);
        sim->fault_at = 0;
    }
    for (unsigned i = 0; i < SIM_FAULTS_MAX; i++) {
        struct sim_fault *f = &sim->faults[i];
        if (hits(sim, f, erase, addr)) {
            *how = (enum sim_refusal)f->how;
            f->there = f->span != SIM_ONCE;
            sim->refused++;
            return true;
        }
    }
    return false;
}

enum duo_status sim_refusal_at_begin(enum sim_refusal how, bool erase)
{
    switch (how) {
    case SIM_NOT_BEGUN:
        return erase ? DUO_E_ERASE : DUO_E_PROGRAM;
    case SIM_BEGIN_PROTECTED:
        return DUO_E_PROTECTED;
    case SIM_BEGIN_BUSY:
        return DUO_E_BUSY;
    default:
        return DUO_OK;
    }
}

/* A torn operation's outcomes, all but those in which it is complete or has not begun. */
static enum sim_outcome torn(uint64_t seed)
{
    return (enum sim_outcome)(SIM_TORN_DOUBLE + seed % (SIM_OUTCOMES - SIM_TORN_DOUBLE));
}

static void tear_by_seed(struct sim *sim, const struct sim_op *op)
{
    const uint64_t seed = sim_mix(sim->ops * 17u + op->addr);

    sim_tear(sim, op, torn(seed), sim_mix(seed));
}

/* Without an error: a word that cannot be read; a sector of which words are left. */
static void bad_effect(struct sim *sim, const struct sim_op *op)
{
    if (op->erase) {
        sim_tear(sim, op, SIM_TORN_GARBAGE, sim->ops);
        sim->uncertain |= (uint16_t)(1u << sim_sector(sim, op->addr));
    } else {
        sim_tear(sim, op, SIM_TORN_DOUBLE, 0);
    }
}

static void weak_effect(struct sim *sim, const struct sim_op *op)
{
    if (op->erase) {
        sim_erase_now(sim, op->addr);
    } else {
        sim_tear(sim, op, SIM_TORN_SINGLE, 0);
    }
}

enum duo_status sim_end_refused(struct sim *sim, const struct sim_op *op)
{
    const enum duo_status failed = op->erase ? DUO_E_ERASE : DUO_E_PROGRAM;

    switch ((enum sim_refusal)op->how) {
    case SIM_ENDS_TORN:
        tear_by_seed(sim, op);
        return failed;
    case SIM_ENDLESS:
        tear_by_seed(sim, op);
        return DUO_E_STUCK;
    case SIM_ENDS_PROTECTED:
        return DUO_E_PROTECTED;
    case SIM_NO_EFFECT:
        if (op->erase) {
            sim->uncertain |= (uint16_t)(1u << sim_sector(sim, op->addr));
        }
        return DUO_OK;
    case SIM_BAD_EFFECT:
        bad_effect(sim, op);
        return DUO_OK;
    case SIM_WEAK_EFFECT:
        weak_effect(sim, op);
        return DUO_OK;
    default:
        return failed; /* SIM_ENDS_UNTOUCHED */
    }
}

void sim_break(struct sim *sim, uint64_t at, enum sim_refusal how, enum sim_span span)
{
    sim->fault_at = at;
    sim->next_fault = (struct sim_fault){.how = (uint8_t)how, .span = (uint8_t)span, .there = true};
}

bool sim_is_broken(const struct sim *sim)
{
    for (unsigned i = 0; i < SIM_FAULTS_MAX; i++) {
        if (sim->faults[i].there) {
            return true;
        }
    }
    return false;
}

void sim_mend(struct sim *sim)
{
    memset(sim->faults, 0, sizeof(sim->faults));
    sim->fault_at = 0;
    sim->refused = 0;
}

void sim_faults_power_cycle(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_FAULTS_MAX; i++) {
        if (sim->faults[i].span == SIM_THIS_POWER_UP) {
            sim->faults[i].there = false;
        }
    }
}

uint64_t sim_faults_hash(const struct sim *sim)
{
    uint64_t h = (uint64_t)(sim->refused != 0) << 63 | (uint64_t)sim->uncertain << 1;

    for (unsigned i = 0; i < SIM_FAULTS_MAX; i++) {
        const struct sim_fault *f = &sim->faults[i];
        if (f->there) {
            h = sim_mix(h ^ ((uint64_t)f->addr << 32 | f->how << 8 | f->span << 4 | f->erase << 1));
        }
    }
    return h;
}
