/* SPDX-License-Identifier: MIT */
/*
 * Memory that is one core's alone, and stores of the other core to it. Whose memory it is follows
 * from the files (variables), from what start-up code has filled, from where the stack is, and from
 * VTOR. What both claim is shared on purpose, or cores.ram-overlap.
 */
#include "chip/stm32h7/memory.h"
#include "emu/doctor/doctor.h"

#include <string.h>

#define STACK_BELOW 256u   /* bytes of stack below what has been seen of it */
#define TABLE_BYTES 0x298u /* 166 vectors */

static const char *const kind_names[] = {"variables", "stack", "vector table"};

static const char *short_name(int core)
{
    return core == CM7 ? "M7" : "M4";
}

static bool overlaps(uint32_t lo, uint32_t hi, uint32_t other_lo, uint32_t other_hi)
{
    return lo < other_hi && other_lo < hi;
}

static bool claimed_by(const struct doctor *d, int core, uint32_t lo, uint32_t hi)
{
    const struct startup *u = &d->story[core].startup;

    for (unsigned i = 0; i < d->files.nram; i++) {
        const struct ram_range *r = &d->files.ram[i];
        uint32_t at = ram_canonical(r->lo);
        if (r->core == core && overlaps(lo, hi, at, at + (r->hi - r->lo))) {
            return true;
        }
    }
    for (unsigned i = 0; i < u->count; i++) {
        if (overlaps(lo, hi, u->done[i].lo, u->done[i].hi)) {
            return true;
        }
    }
    return false;
}

/* Addresses are canonical: see ram_canonical(). */
static void claim(struct doctor *d, int owner, enum claim_kind kind, uint32_t lo, uint32_t hi)
{
    if (in_tcm(lo) || !doctor_ram(d, !owner, lo, false) || hi <= lo ||
        claimed_by(d, !owner, lo, hi) || d->nclaims == CLAIMS) {
        return;
    }
    d->claims[d->nclaims++] = (struct claim){owner, kind, lo, hi};
}

static void claim_all(struct doctor *d, int owner)
{
    const struct story *s = &d->story[owner];
    uint32_t top = doctor_peek(d, owner, (uint32_t)d->app[owner]), table = doctor_table(s);

    for (unsigned i = 0; i < d->files.nram; i++) {
        const struct ram_range *r = &d->files.ram[i];
        if (r->core == owner && r->app) {
            uint32_t at = ram_canonical(r->lo);
            claim(d, owner, CLAIM_VARIABLES, at, at + (r->hi - r->lo));
        }
    }
    if (s->sp_high && s->sp_low <= top && doctor_ram(d, owner, top, true)) {
        claim(d, owner, CLAIM_STACK, ram_canonical(s->sp_low - STACK_BELOW),
              ram_canonical(top - 4) + 4);
    }
    if (doctor_ram(d, owner, table, false)) {
        claim(d, owner, CLAIM_TABLE, ram_canonical(table), ram_canonical(table) + TABLE_BYTES);
    }
}

/* Both windows onto SRAM1 to 3. */
static void watch_claim(struct doctor *d, const struct claim *c)
{
    struct core *other = d->board.m->core[!c->owner];

    core_watch_stores(other, c->lo, c->hi - c->lo);
    if (c->lo - MEM_SRAM123_BASE < MEM_SRAM123_SIZE) {
        core_watch_stores(other, c->lo - MEM_SRAM123_BASE + MEM_SRAM123_ALIAS, c->hi - c->lo);
    }
}

void territory_sample(struct doctor *d)
{
    const struct story *m7 = &d->story[CM7], *m4 = &d->story[CM4];
    bool settled = story_runs(m7) && story_runs(m4) && d->m4_expected && !startup_active(m7) &&
                   !startup_active(m4);

    if (d->claimed || !settled) {
        return;
    }
    d->claimed = true;
    claim_all(d, CM7);
    claim_all(d, CM4);
    for (unsigned i = 0; i < d->nclaims; i++) {
        watch_claim(d, &d->claims[i]);
    }
}

void territory_restart(struct doctor *d)
{
    d->claimed = false;
    d->nclaims = 0;
    core_unwatch_stores(d->board.m->core[CM7]);
    core_unwatch_stores(d->board.m->core[CM4]);
}

/* pc: of the store, or of the last write to the DMA controller that stores. */
static void intrude(struct doctor *d, int by, bool dma, uint32_t pc, uint32_t addr, uint32_t value)
{
    for (unsigned i = 0; i < d->nclaims; i++) {
        const struct claim *c = &d->claims[i];
        if (c->owner == by || addr < c->lo || addr >= c->hi) {
            continue;
        }
        struct finding *f = finding_add(
            &d->findings, FIND_CORES_MEMORY_WRITTEN, by, pc,
            "the %s%s stores 0x%X to 0x%08X; that is in the %s of the %s, 0x%08X..0x%08X",
            short_name(by), dma ? ", by a DMA stream set up here," : "", (unsigned)value,
            (unsigned)addr, kind_names[c->kind], short_name(c->owner), (unsigned)c->lo,
            (unsigned)(c->hi - 1));
        if (f && c->kind == CLAIM_VARIABLES) {
            f->severity = SEV_WARNING;
            finding_explain(f,
                            "The other core's linker has put its variables there, and its compiler "
                            "does not expect them to change. Only a buffer that it has handed over "
                            "on purpose may be written so.",
                            NULL);
        }
        return;
    }
}

void territory_store(struct story *s, uint32_t pc, uint32_t addr, uint32_t value)
{
    intrude(s->d, s->id, false, pc, ram_canonical(addr), value);
}

bool territory_is_dma(const struct dev *dev)
{
    return strstr(dev->name, "DMA") && !strstr(dev->name, "DMAMUX");
}

void territory_dma(struct doctor *d, uint32_t addr, uint32_t value)
{
    unsigned users = 0;

    for (unsigned i = 0; i < d->board.m->bus.ndevs; i++) {
        if (territory_is_dma(&d->board.m->bus.devs[i])) {
            users |= d->writers[i];
        }
    }
    if (users == 1u << CM7 || users == 1u << CM4) {
        int by = users == 1u << CM7 ? CM7 : CM4;
        intrude(d, by, true, d->dma_pc[by], ram_canonical(addr), value);
    }
}
