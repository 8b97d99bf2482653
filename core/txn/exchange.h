/* SPDX-License-Identifier: MIT */
/*
 * Planning of an exchange: pure functions from the state to sector moves.
 *
 * A core's slot P has n sectors, its staging slot S as many, and there is one spare sector. Let
 * B[0] = spare and B[k] = S[k-1]. Of the two sets a device holds, `other` is stored
 *   - aligned: sector k in S[k] (as downloaded), the spare is free; or
 *   - shifted: sector k in B[k] as far as the current image reaches, the rest where it was, in
 * P[k]. An exchange upwards (k = 0, 1, ...) turns aligned into shifted, one downwards turns it
 * back. Each pair of steps first SAVEs P[k] to a free sector, then PUTs the other set's sector into
 * P[k], which frees the next one. Both cores make their pairs at the same time, and one record ends
 * a step for both; that is what keeps the two banks together without either waiting for the
 * journal, which lies in bank 2, while that bank is busy erasing.
 */
#ifndef DUO_CORE_EXCHANGE_H
#define DUO_CORE_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/map.h"
#include "core/txn/state.h"

enum duo_move_kind {
    DUO_MOVE_NONE,
    DUO_MOVE_SAVE, /* can be done without: then the current set is not kept */
    DUO_MOVE_PUT,
    DUO_MOVE_BOOT /* of a swap: the bootloaders, without which the bank cannot come first */
};

/* One sector's work: make `to` a copy of `from`. */
struct duo_move {
    enum duo_move_kind kind;
    uint32_t from, to;
};

/* Steps of the exchange that `state` describes; 0 when nothing has to move. Before a swap of banks
 * (map->twin) there is one. */
unsigned duo_exchange_steps(const struct duo_map *map, const struct duo_state *state);

/* What a core has to do in a step; DUO_MOVE_NONE when nothing. */
struct duo_move duo_exchange_move(const struct duo_map *map, const struct duo_state *state,
                                  enum duo_core core, unsigned step);

/* Address of sector k of the other set's image for a core (it shares P when differs[] is false). */
uint32_t duo_exchange_other(const struct duo_map *map, const struct duo_state *state,
                            enum duo_core core, unsigned k);

/* A sector as the state names it: 0 for none, else 1 + its number from the first of the chip; and
 * its address. */
uint8_t duo_sector_number(const struct duo_map *map, uint32_t addr);
uint32_t duo_sector_address(const struct duo_map *map, uint8_t number);

/* The state after the last step, or after the swap: the sets have changed places, phase TRIAL or
 * IDLE. */
void duo_exchange_commit(const struct duo_map *map, struct duo_state *state);

/* The state when an exchange ends in its first step, which only copies, or before the swap: both
 * sets are as they were before it. One that brings a bootloader is given up with it. */
void duo_exchange_give_up(struct duo_state *state);

#endif
