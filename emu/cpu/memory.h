/* SPDX-License-Identifier: MIT */
/*
 * What a core sees at an address, shared by its three files.
 *
 * RAM and readable flash are mapped into the engine, which loads and fetches from there by itself.
 * Everything else is mapped without permission over backing pages nobody else uses, so that each
 * access comes to the hooks: devices, the private peripheral bus, reserved space, a busy or damaged
 * flash sector, RAM under an MPU region that one page cannot express. Stores always come to the
 * hooks: the engine would look for translated code at each of them, with an allocation or two, and
 * knows nothing of the other core's code.
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

/* pages.c: works out the permissions of [from, to) of `mem`. Legal in hooks. */
void memory_refresh_range(struct core *c, const struct mem *mem, uint32_t from, uint32_t to);
/* After enough slow reads of a trapped sector it is looked at again. */
void memory_count_slow_read(struct core *c, uint32_t addr);
void memory_alias_follow(struct core *c, uint32_t addr, uint32_t len);

/* memory.c: what may be stored to has changed. */
void memory_store_flush(struct core *c);
/* A store to RAM, told before it changes the `size` bytes at `before` (pending.c). */
void pending_stored(struct core *c, uint32_t addr, unsigned size, const uint8_t *before);

/* code.c: drops what core c has translated from [addr, addr + len), an address on the bus. */
void memory_code_changed(struct core *c, uint32_t addr, uint32_t len);
/* RAM at `addr` was written, an address as core c sees it on the bus: drops what any core has
 * translated from there, in whatever window. */
void memory_written(struct core *c, uint32_t addr, uint32_t len);

#endif
