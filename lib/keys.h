/* SPDX-License-Identifier: MIT */
/* The trusted keys, from the M7 bootloader to libduo on the M7: in SRAM4, beside the handoff block,
 * which has room for one. */
#ifndef DUO_LIB_KEYS_H
#define DUO_LIB_KEYS_H

#include <stdbool.h>

#include "core/image/keyring.h"

/* Words only, so that every write is one full ECC word of the RAM. */
struct duo_keys {
    struct duo_keyring ring;
    uint32_t revoked; /* bit n: key n, for want of a journal */
    uint32_t revokes; /* by the set that is started, when it is confirmed */
};

/* For the bootloader, before either application starts. */
void duo_keys_put(const struct duo_keys *keys);

/* False when there are none: a bootloader of an earlier version has started this application. */
bool duo_keys_get(struct duo_keys *keys);

/* The keys of second signatures, in a block of their own that other builds leave alone. */
void duo_lms_keys_put(const struct duo_lms_ring *lms);

/* False: the bootloader demands no second signature. */
bool duo_lms_keys_get(struct duo_lms_ring *lms);

#endif
