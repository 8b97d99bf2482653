/* SPDX-License-Identifier: MIT */
/* The public keys that a bootloader trusts. Defined by a file that the build generates from
 * DUO_PUBKEY: see duo_embed_pubkey() in cmake/pubkey.cmake. */
#ifndef DUO_CORE_PUBKEY_H
#define DUO_CORE_PUBKEY_H

#include "core/image/keyring.h"

extern const struct duo_keyring duo_embedded_keys;
#if DUO_LMS
extern const struct duo_lms_ring duo_embedded_lms;
#endif

#endif
