/* SPDX-License-Identifier: MIT */
/* The public key that a bootloader trusts. Defined by a file that the build generates from
 * DUO_PUBKEY: see duo_embed_pubkey() in cmake/pubkey.cmake. */
#ifndef DUO_CORE_PUBKEY_H
#define DUO_CORE_PUBKEY_H

#include "core/image/crypto.h"

extern const struct duo_pubkey duo_embedded_pubkey;

#endif
