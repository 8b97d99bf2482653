/* SPDX-License-Identifier: MIT */
/* The trusted keys, from the M7 bootloader to libduo on the M7: in SRAM4, beside the handoff block,
 * which has room for one. */
#ifndef DUO_LIB_KEYS_H
#define DUO_LIB_KEYS_H

#include <stdbool.h>

#include "core/image/keyring.h"

/* For the bootloader, before either application starts. */
void duo_keys_put(const struct duo_keyring *ring);

/* False when there is none: a bootloader of an earlier version has started this application. */
bool duo_keys_get(struct duo_keyring *ring);

#endif
