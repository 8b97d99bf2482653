/* SPDX-License-Identifier: MIT */
#include "core/txn/exchange.h"

#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned most(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static uint32_t app(const struct duo_map *map, enum duo_core core, unsigned k)
{
    return map->app[core] + k * map->sector_size;
}

static uint32_t staged(const struct duo_map *map, enum duo_core core, unsigned k)
{
    return map->staging[core] + k * map->sector_size;
}

/* B[k]: where the current image's sector k goes in an exchange upwards. */
static uint32_t shifted(const struct duo_map *map, enum duo_core core, unsigned k)
{
    return k == 0 ? map->spare[core] : staged(map, core, k - 1u);
}

/* Sectors of P that both images use; only these are stored shifted. */
static unsigned common(const struct duo_state *s, enum duo_core core)
{
    return least(s->current.sectors[core], s->other.sectors[core]);
}

/* Upwards every sector of the new image is PUT; downwards every sector of the one in P is SAVEd. */
static unsigned pairs(const struct duo_state *s, enum duo_core core)
{
    if (!s->differs[core]) {
        return 0;
    }
    return s->shifted ? s->current.sectors[core] : s->other.sectors[core];
}

static unsigned all_pairs(const struct duo_state *s)
{
    return most(pairs(s, DUO_CM7), pairs(s, DUO_CM4));
}

unsigned duo_exchange_steps(const struct duo_map *map, const struct duo_state *s)
{
    return DUO_SWAPS && map->twin ? 1u : 2u * all_pairs(s);
}

/* Usually there is nothing to copy: the download has done it. With a new bootloader each bank has
 * its own. */
static struct duo_move move_boot(const struct duo_map *map, enum duo_core core)
{
    return core == DUO_CM7 ? (struct duo_move){DUO_MOVE_BOOT, map->base, map->base + map->bank_size}
                           : (struct duo_move){DUO_MOVE_NONE, 0, 0};
}

static struct duo_move move_up(const struct duo_map *map, const struct duo_state *s,
                               enum duo_core core, unsigned k, bool save)
{
    if (!save) {
        return (struct duo_move){DUO_MOVE_PUT, staged(map, core, k), app(map, core, k)};
    }
    if (s->save && k < s->current.sectors[core]) {
        return (struct duo_move){DUO_MOVE_SAVE, app(map, core, k), shifted(map, core, k)};
    }
    return (struct duo_move){DUO_MOVE_NONE, 0, 0};
}

static struct duo_move move_down(const struct duo_map *map, const struct duo_state *s,
                                 enum duo_core core, unsigned k, bool save)
{
    if (save && s->save) {
        return (struct duo_move){DUO_MOVE_SAVE, app(map, core, k), staged(map, core, k)};
    }
    if (!save && k < common(s, core)) {
        return (struct duo_move){DUO_MOVE_PUT, shifted(map, core, k), app(map, core, k)};
    }
    return (struct duo_move){DUO_MOVE_NONE, 0, 0};
}

struct duo_move duo_exchange_move(const struct duo_map *map, const struct duo_state *s,
                                  enum duo_core core, unsigned step)
{
    const unsigned pair = step / 2u;
    const bool save = step % 2u == 0; /* SAVE before PUT: PUT erases what SAVE copies */
    /* Downwards, too, both cores have the same k: the last sectors of two images are rarely full
     * alike, and the banks wait for each other at the end of each step. */
    const unsigned k = s->shifted ? all_pairs(s) - 1u - pair : pair;

    if (DUO_SWAPS && map->twin) {
        return s->boot_new != 0 ? (struct duo_move){DUO_MOVE_NONE, 0, 0} : move_boot(map, core);
    }
    if (k >= pairs(s, core)) {
        return (struct duo_move){DUO_MOVE_NONE, 0, 0};
    }
    return s->shifted ? move_down(map, s, core, k, save) : move_up(map, s, core, k, save);
}

uint32_t duo_exchange_other(const struct duo_map *map, const struct duo_state *s,
                            enum duo_core core, unsigned k)
{
    if (!s->differs[core] || (s->shifted && k >= common(s, core))) {
        return app(map, core, k);
    }
    return s->shifted ? shifted(map, core, k) : staged(map, core, k);
}

uint8_t duo_sector_number(const struct duo_map *map, uint32_t addr)
{
    return (uint8_t)(1u + (addr - map->base) / map->sector_size);
}

uint32_t duo_sector_address(const struct duo_map *map, uint8_t number)
{
    return number == 0 ? 0 : map->base + (number - 1u) * map->sector_size;
}

/* No exchange is under way any more. */
static void end_exchange(struct duo_state *s)
{
    s->phase = s->current.confirmed ? DUO_PHASE_IDLE : DUO_PHASE_TRIAL;
    s->kind = DUO_EXCHANGE_NONE;
    s->save = false;
    s->step = 0;
    s->failures = 0;
}

void duo_exchange_commit(const struct duo_map *map, struct duo_state *s)
{
    const struct duo_set_ref left = s->current;

    s->current = s->other;
    s->other = left;
    if (DUO_SWAPS && map->twin) {
        s->in_bank2 = !s->in_bank2;
        s->boot_copied = s->boot_new == 0; /* it is what has run until now */
        s->boot_new = s->kind == DUO_EXCHANGE_INSTALL ? s->boot_new : 0;
    } else {
        s->shifted = !s->shifted;
    }
    if (!s->save) {
        duo_state_forget_other(s);
    }
    end_exchange(s);
    s->trial_used = 0;
    memset(s->confirmed, 0, sizeof(s->confirmed));
}

void duo_exchange_give_up(struct duo_state *s)
{
    s->boot_copied = false; /* the copy may have been at work */
    if (s->boot_new != 0) {
        duo_state_forget_other(s);
    }
    end_exchange(s);
}
