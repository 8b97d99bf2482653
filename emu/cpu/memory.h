/* SPDX-License-Identifier: MIT */
/*
 * What a core sees at an address, shared by its three files.
 *
 * RAM and readable flash are mapped into the engine and run at full speed ("direct"). Everything
 * else is mapped without permission over backing pages nobody else uses, so that each access comes
 * to the hooks: devices, the private peripheral bus, reserved space, a busy or damaged flash
 * sector, RAM under an MPU region that one page cannot express, RAM that another window or core
 * runs code from.
 *
 *   pages.c   what is mapped, and with which permissions
 *   code.c    fetching; code that somebody rewrites
 *   memory.c  the accesses that come to the hooks
 */
#ifndef EMU_CPU_MEMORY_H
#define EMU_CPU_MEMORY_H

#include "emu/cpu/internal.h"

static inline bool memory_sees(const struct core *c, const struct mem *mem)
{
    return mem->cores & 1u << c->id;
}

static inline bool memory_in_alias(const struct core *c, uint32_t addr)
{
    return c->id == CM4 && addr < ALIAS_SIZE;
}

/* Address on the bus: the M4 finds its boot memory at 0 too. */
static inline uint32_t memory_bus_addr(const struct core *c, uint32_t addr)
{
    return memory_in_alias(c, addr) ? addr + c->boot_addr : addr;
}

/* pages.c: sets the permissions that [from, to) of `mem` should have; never from inside a hook. */
void memory_refresh_range(struct core *c, const struct mem *mem, uint32_t from, uint32_t to);
/* After enough slow reads of a trapped sector it is looked at again. */
void memory_count_slow_read(struct core *c, uint32_t addr);

/* code.c: RAM at `addr` of `of` was written: by the engine of `own`, which knows it, or by
 * nobody's.
 */
void memory_written(struct machine *m, const struct mem *of, uint32_t addr, uint32_t len,
                    const struct core *own);

#endif
