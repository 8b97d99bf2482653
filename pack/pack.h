/* SPDX-License-Identifier: MIT */
/* Packs firmware for unpack.h; runs on the build machine. */
#ifndef DUO_PACK_PACK_H
#define DUO_PACK_PACK_H

#include "pack/unpack.h"

#define PACK_MAX_CONTENT 65536u /* the ITCM */

/* Bytes that packing `size` bytes may need at most: each as a single byte token. */
#define PACK_ROOM(size) (PACK_SUMS + ((size)*9u + 7u) / 8u)

/*
 * Packs `size` bytes, a multiple of 4 and at most PACK_MAX_CONTENT, into `out`, which has
 * PACK_ROOM(size) bytes. Returns the bytes used; 0 when memory is out.
 */
size_t pack(const uint8_t *content, size_t size, uint8_t *out);

#endif
