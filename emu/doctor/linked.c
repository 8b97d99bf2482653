/* SPDX-License-Identifier: MIT */
/* A program that lies at another place than it was linked for, told by its vector table before
 * anything runs: vectors that lead out of the program, or to before its table. */
#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#define SYSTEM_VECTORS 16 /* words of a table that are there whatever interrupts are used */
#define ALIGNMENT      0x400u

static const struct program *program_at(const struct doctor *d, uint32_t addr)
{
    for (unsigned i = 0; i < d->files.count; i++) {
        const struct program *p = &d->files.program[i];
        if (addr >= p->low && addr < p->end) {
            return p;
        }
    }
    return NULL;
}

/* The lowest target of a vector in flash that cannot be meant for a table at `at`; 0: none. */
static uint32_t stray_vector(const struct doctor *d, int core, const struct program *p, uint32_t at)
{
    uint32_t stray = 0;

    for (uint32_t n = 1; n < SYSTEM_VECTORS; n++) {
        uint32_t target = doctor_peek(d, core, at + 4 * n);
        bool flash = (target & 1) && target - MEM_FLASH_BASE < MEM_FLASH_SIZE;
        bool inside = target >= at + 4 * SYSTEM_VECTORS && target < p->end;
        if (flash && !inside && (!stray || target < stray)) {
            stray = target;
        }
    }
    return stray;
}

static void look_at(struct doctor *d, int core, uint32_t at)
{
    const struct program *p = program_at(d, at);
    uint32_t sp = doctor_peek(d, core, at), entry = doctor_peek(d, core, at + 4);
    bool table = p && entry & 1 && doctor_ram(d, core, sp, true);
    uint32_t stray = table ? stray_vector(d, core, p, at) : 0;

    if (stray && (entry < at || entry >= p->end || stray < at)) {
        finding_add(
            &d->findings, FIND_JUMP_LINKED_ELSEWHERE, core, 0,
            "%s lies at 0x%08X..0x%08X with its vector table at 0x%08X; the entry is 0x%08X, "
            "and a vector leads to 0x%08X: it was linked for about 0x%08X",
            p->name, (unsigned)p->low, (unsigned)(p->end - 1), (unsigned)at, (unsigned)entry,
            (unsigned)stray, (unsigned)(stray & ~(ALIGNMENT - 1)));
    }
}

void linked_check(struct doctor *d)
{
    if (flash_swapped(d->board.m->flash)) {
        return; /* the files' addresses are those before the swap */
    }
    for (int i = 0; i < CORES; i++) {
        uint32_t boot = syscfg_boot_addr(d->board.m->syscfg, (enum core_id)i);
        look_at(d, i, boot);
        if ((uint32_t)d->app[i] != boot) {
            look_at(d, i, (uint32_t)d->app[i]);
        }
    }
}
