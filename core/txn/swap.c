/* SPDX-License-Identifier: MIT */
#include "core/txn/swap.h"

#include "core/txn/exchange.h"

static const struct duo_map *map_of(const struct duo_txn *txn)
{
    return txn->dev->map;
}

/* ---- Which bank comes first ---- */

static bool bank2_first(const struct duo_device *dev)
{
    return dev->flash->first_bank && dev->flash->first_bank(dev->flash->ctx) == 2;
}

static bool other_bank_first(const struct duo_txn *txn)
{
    return DUO_SWAPS && map_of(txn)->twin && txn->journal.content == DUO_JOURNAL_OK &&
           bank2_first(txn->dev) != txn->state.in_bank2;
}

static bool is_ready(const struct duo_txn *txn)
{
    return txn->state.phase == DUO_PHASE_EXCHANGE &&
           txn->state.step >= duo_exchange_steps(map_of(txn), &txn->state);
}

bool duo_swap_done(const struct duo_txn *txn)
{
    return other_bank_first(txn) && is_ready(txn);
}

bool duo_swap_taken_back(const struct duo_txn *txn)
{
    const struct duo_state *s = &txn->state;
    const bool on_trial =
        s->phase == DUO_PHASE_TRIAL ||
        (s->phase == DUO_PHASE_EXCHANGE && s->kind != DUO_EXCHANGE_INSTALL && !is_ready(txn));

    return DUO_SWAPS && other_bank_first(txn) && s->boot_new == DUO_BOOT_CM7 && on_trial;
}

bool duo_swap_elsewhere(const struct duo_txn *txn)
{
    return other_bank_first(txn) && !is_ready(txn);
}

bool duo_swap_guarded(const struct duo_txn *txn)
{
    const struct duo_flash *flash = txn->dev->flash;

    return DUO_SWAPS && flash->guarded && flash->guarded(flash->ctx);
}

void duo_swap_place(const struct duo_txn *txn, struct duo_state *first)
{
    first->twin = map_of(txn)->twin;
    first->in_bank2 = first->twin && bank2_first(txn->dev);
}

enum duo_status duo_swap_begin(const struct duo_txn *txn)
{
    const struct duo_flash *flash = txn->dev->flash;
    const bool to_bank2 = txn->state.in_bank2 != is_ready(txn);
    const bool install = is_ready(txn) && txn->state.kind == DUO_EXCHANGE_INSTALL;

    return flash->begin_swap(flash->ctx, to_bank2 ? 2u : 1u, install ? txn->state.boot_new : 0);
}

/* What a download and a trial write at the most: a manifest, 255 units of progress and their seals,
 * and some records more (core/txn/download_work.c). */
#define UPDATE_WORDS 640u

enum duo_status duo_swap_make_room(struct duo_txn *txn)
{
    const struct duo_map *map = map_of(txn);
    const uint32_t half = map->sector_size / DUO_WORD_SIZE / 2u; /* tests have small sectors */
    const uint32_t in_use = map->journal[txn->journal.half];

    if (!DUO_SWAPS || !map->twin || in_use - map->base < map->bank_size) {
        return DUO_OK; /* the other half is in the second bank, where an erase disturbs nobody */
    }
    return duo_journal_make_room(&txn->journal, &txn->state,
                                 UPDATE_WORDS < half ? UPDATE_WORDS : half);
}

/* ---- The second bank ---- */

static uint32_t boot_sector(const struct duo_map *map)
{
    return map->base;
}

/* The same place in the bank that comes second. */
static uint32_t twin_of(const struct duo_map *map, uint32_t addr)
{
    return addr + map->bank_size;
}

static enum duo_status compare_sector(const struct duo_txn *txn, uint32_t from)
{
    const struct duo_flash *flash = txn->dev->flash;
    const struct duo_map *map = map_of(txn);

    for (uint32_t at = 0; at < map->sector_size; at += DUO_WORD_SIZE) {
        uint8_t here[DUO_WORD_SIZE];
        uint8_t there[DUO_WORD_SIZE];

        if (flash->read(flash->ctx, from + at, here, sizeof(here)) == DUO_WORD_UNREADABLE ||
            flash->read(flash->ctx, twin_of(map, from) + at, there, sizeof(there)) !=
                DUO_WORD_GOOD ||
            !duo_word_equal(here, there)) {
            return DUO_E_READ;
        }
    }
    return DUO_OK;
}

bool duo_swap_boot_copied(const struct duo_txn *txn)
{
    return DUO_SWAPS && txn->state.boot_copied &&
           compare_sector(txn, boot_sector(map_of(txn))) == DUO_OK;
}

/* Always with an erase, whatever the sector reads like: an earlier copy may have been cut. */
static enum duo_status copy_sector(const struct duo_txn *txn, uint32_t from)
{
    const struct duo_flash *flash = txn->dev->flash;
    const struct duo_map *map = map_of(txn);
    enum duo_status status = duo_flash_erase(flash, twin_of(map, from));

    for (uint32_t at = 0; at < map->sector_size && status == DUO_OK; at += DUO_WORD_SIZE) {
        uint8_t word[DUO_WORD_SIZE];

        if (flash->read(flash->ctx, from + at, word, sizeof(word)) == DUO_WORD_UNREADABLE) {
            return DUO_E_READ;
        }
        if (!duo_word_is_blank(word)) {
            status = duo_flash_program(flash, twin_of(map, from) + at, word);
        }
    }
    return status;
}

/* Sector number n of those to be copied; false: there are no more. */
static bool sector_to_copy(const struct duo_map *map, const struct duo_state *s, unsigned n,
                           uint32_t *from)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        const unsigned count = s->differs[c] ? 0 : s->other.sectors[c];

        if (n < count) {
            *from = map->app[c] + n * map->sector_size;
            return true;
        }
        n -= count;
    }
    *from = boot_sector(map);
    return n == 0 && !s->boot_copied && s->boot_new == 0;
}

enum duo_status duo_swap_fill(const struct duo_txn *txn, struct duo_state *state, unsigned *at,
                              unsigned *erases)
{
    uint32_t from;

    while (DUO_SWAPS && sector_to_copy(map_of(txn), state, *at, &from)) {
        if (*erases == 0) {
            return DUO_E_BUSY;
        }
        (*erases)--;
        const enum duo_status status = copy_sector(txn, from);
        if (status != DUO_OK) {
            return status;
        }
        (*at)++;
    }
    state->differs[DUO_CM7] = state->differs[DUO_CM4] = true;
    state->boot_copied = state->boot_new == 0;
    return DUO_OK;
}

unsigned duo_swap_fill_left(const struct duo_txn *txn, const struct duo_state *state, unsigned at)
{
    uint32_t from;
    unsigned left = 0;

    while (DUO_SWAPS && sector_to_copy(map_of(txn), state, at + left, &from)) {
        left++;
    }
    return left;
}
