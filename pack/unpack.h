/* SPDX-License-Identifier: MIT */
/*
 * Packed firmware: the M7 bootloader lies packed in flash and is unpacked to ITCM at each reset.
 * Written by pack.h on the build machine, read by the reset code; both sides share this file.
 *
 *   8 bytes    two sums over the content, below
 *   stream     tokens, most significant bit of each byte first, until the content is complete:
 *     0 BBBBBBBB      the byte B
 *     1 [R] ...       a match: bytes that are repeated from `offset` bytes back. The bit R is there
 *                     only when the token before was a byte.
 *       R = 1           the offset of the last match again (1 before the first); length = G
 *       R = 0 or none   offset = (G - 1) * 128 + 7 bits + 1; length = G' + 1
 *     G, G'           Elias gamma: z zeros, then a number of z + 1 bits that begins with 1; z <= 12
 *
 * Sums: the content as little-endian 32-bit words w; a = sum of w, b = sum of the a after each w,
 * both modulo 2^32, stored little-endian in this order. They find every single changed word, words
 * that changed places, and content that was cut off or never programmed.
 */
#ifndef DUO_PACK_UNPACK_H
#define DUO_PACK_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACK_SUMS       8u  /* bytes in front of the stream */
#define PACK_RAW_BITS   7u  /* low bits of an offset */
#define PACK_GAMMA_ZERO 12u /* most zeros: a number has at most 25 bits, one window below */

/* The decoder looks ahead this many bytes at most, beyond the last token it uses. */
#define PACK_LOOKAHEAD 12u

struct pack_sums {
    uint32_t a, b;
};

/* Of `size` bytes, a multiple of 4. */
struct pack_sums pack_sums(const uint8_t *content, size_t size);

/*
 * Unpacks the `size` bytes of content (a multiple of 4) to `out`. Reads nothing behind
 * `packed + available` and writes nothing behind `out + size`, whatever is in `packed`; `available`
 * may be larger than what was packed, and must be larger by PACK_LOOKAHEAD. False: damaged; then
 * `out` holds anything.
 *
 * `out` is written byte by byte, and read.
 */
bool unpack(const uint8_t *packed, size_t available, uint8_t *out, size_t size);

#endif
