/* SPDX-License-Identifier: MIT */
/*
 * What a reset takes with the data cache: bytes that were stored and had not reached memory yet. It
 * matters when somebody reads them after the reset, before anything was stored there again: a
 * request for the bootloader, as a rule.
 */
#include "emu/cpu/dcache.h"
#include "emu/doctor/doctor.h"

#include <string.h>

#define START_UP (50 * VT_MS) /* after the reset; later reads are of the program's own making */

void lost_before_reset(struct doctor *d)
{
    const struct core *m7 = d->board.m->core[CM7];

    d->nlost = 0;
    if (!core_dcache_on(m7) || d->board.m->reset_cause == RESET_POWER_ON) {
        return;
    }
    for (unsigned i = 0; i < DCACHE_SETS * DCACHE_WAYS && d->nlost < LOST_LINES; i++) {
        const struct cache_line *l = core_dcache_line(m7, i);
        if (l->valid && l->dirty) {
            d->lost[d->nlost++] = *l;
        }
    }
}

static struct cache_line *line_at(struct doctor *d, uint32_t addr)
{
    for (unsigned i = 0; i < d->nlost; i++) {
        if (addr - d->lost[i].addr < DCACHE_LINE) {
            return &d->lost[i];
        }
    }
    return NULL;
}

/* One byte of an access; false when a finding was made, and the rest does not matter. */
static bool look_at_byte(struct story *s, uint32_t addr, bool write, uint32_t pc)
{
    struct doctor *d = s->d;
    struct cache_line *l = line_at(d, addr);
    unsigned at = addr % DCACHE_LINE;
    uint8_t memory = 0;

    if (!l || !(l->dirty >> at & 1)) {
        return true;
    }
    if (write) {
        l->dirty &= ~(1u << at);
        return true;
    }
    bus_peek(&d->board.m->bus, CM7, addr, &memory, 1);
    if (memory == l->data[at]) {
        return true;
    }
    finding_add(
        &d->findings, FIND_AFTER_LOST_AT_RESET, s->id, pc,
        "0x%08X is read here after the reset at %.6f s: memory has 0x%02X; 0x%02X was stored "
        "there before the reset, but only into a line of the data cache",
        (unsigned)addr, (double)d->reset_at / 1e12, memory, l->data[at]);
    return false;
}

void lost_access(struct story *s, uint32_t addr, unsigned size, bool write)
{
    uint32_t pc = core_reg(s->d->board.m->core[s->id], REG_PC);

    for (unsigned i = 0; i < size && look_at_byte(s, addr + i, write, pc); i++) {
    }
}

void lost_settle(struct doctor *d)
{
    if (d->board.m->now - d->reset_at > START_UP) {
        d->nlost = 0;
    }
}
