/* SPDX-License-Identifier: MIT */
#include "core/txn/clearing.h"

#include <string.h>

void duo_clearing_begin(struct duo_clearing *c, const struct duo_device *dev,
                        const uint8_t sectors[DUO_CORES])
{
    memset(c, 0, sizeof(*c));
    c->dev = dev;
    memcpy(c->sectors, sectors, sizeof(c->sectors));
}

static bool has_spare(const struct duo_clearing *c)
{
    return !(DUO_SWAPS && c->dev->map->twin);
}

/* The last image's spare: nothing comes after it that its erase could go along with. The other's is
 * its last one: at the end of that image the sender is well ahead of the flash again. */
static bool spare_first(const struct duo_clearing *c, unsigned core)
{
    return has_spare(c) && (core == DUO_CM4 || c->sectors[DUO_CM4] == 0);
}

/* What is to be erased for this core: how many sectors, and which is number `at`. */
static unsigned total(const struct duo_clearing *c, unsigned core)
{
    return c->sectors[core] + (has_spare(c) && c->sectors[core] != 0 ? 1u : 0u);
}

static uint32_t address(const struct duo_clearing *c, unsigned core, unsigned at)
{
    const struct duo_map *map = c->dev->map;

    at -= spare_first(c, core) ? 1u : 0u;
    return at < c->sectors[core] ? map->staging[core] + at * map->sector_size : map->spare[core];
}

/* Takes the end of an erase, or why there is none. A spare that is worn out is no error: the
 * installation will find it so, too, and say so; there is a way without. But then it must not read
 * blank, or it would be taken for erased. */
static enum duo_status end_erase(struct duo_clearing *c, unsigned core, uint32_t addr,
                                 enum duo_status begun)
{
    static const uint8_t zeros[DUO_WORD_SIZE];
    enum duo_status status =
        begun == DUO_OK ? duo_flash_wait(c->dev->flash, addr) : duo_flash_refusal(begun);

    if (status == DUO_E_ERASE && has_spare(c) && addr == c->dev->map->spare[core]) {
        (void)duo_flash_program(c->dev->flash, addr, zeros);
        status = DUO_OK;
    }
    if (status == DUO_OK) {
        c->done[core]++;
    }
    return status;
}

static enum duo_status begin_erase(const struct duo_clearing *c, uint32_t addr)
{
    return c->dev->flash->begin_erase(c->dev->flash->ctx, addr);
}

/* The next sector of this core; and of the other one, whose are in the other bank unless the banks
 * are swapped. What goes along and fails is not done, and is told when its turn comes. */
static enum duo_status erase_next(struct duo_clearing *c, unsigned core)
{
    const unsigned other = core == DUO_CM7 ? DUO_CM4 : DUO_CM7;
    const uint32_t addr = address(c, core, c->done[core]);
    const uint32_t along = address(c, other, c->done[other]);
    const enum duo_status begun = begin_erase(c, addr);
    const bool both = begun == DUO_OK && has_spare(c) && c->done[other] < total(c, other) &&
                      begin_erase(c, along) == DUO_OK;
    const enum duo_status status = end_erase(c, core, addr, begun);

    if (status != DUO_OK) {
        c->refused = addr;
    }
    if (both) {
        (void)end_erase(c, other, along, DUO_OK);
    }
    return status;
}

static enum duo_status erase_up_to(struct duo_clearing *c, unsigned core, unsigned want)
{
    const unsigned all = total(c, core);
    enum duo_status status = DUO_OK;

    while (status == DUO_OK && c->done[core] < want && c->done[core] < all) {
        status = erase_next(c, core);
    }
    return status;
}

enum duo_status duo_clearing_reach(struct duo_clearing *c, enum duo_core core, uint32_t offset)
{
    const unsigned before = spare_first(c, core) ? 1u : 0u;

    return erase_up_to(c, core, offset / c->dev->map->sector_size + 1u + before);
}

enum duo_status duo_clearing_finish(struct duo_clearing *c, enum duo_core core)
{
    return erase_up_to(c, core, total(c, core));
}
