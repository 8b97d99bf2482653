/* SPDX-License-Identifier: MIT */
/*
 * Error correction of one flash word: 256 data bits, 10 check bits, single errors corrected, double
 * errors detected (RM0399, ECC). ST does not publish the code. This one (Hsiao: distinct columns of
 * odd weight) has the properties that are known of the silicon: an erased word reads without an
 * error, and a word of all zeros has check bits of all zeros, so it may be written over anything.
 *
 * A programmed word of all ones has other check bits than an erased one. Whether the silicon
 * differs there is not known; this is the choice that punishes firmware for programming twice.
 */
#include "emu/chip/flash_model.h"

#include <string.h>

#define DATA_BITS 256

static uint16_t table[32][256]; /* check bits of one byte at its place */
static int16_t bit_of[1024];    /* syndrome -> data bit, -1: none */
static bool ready;

/* Columns of weight 3 first, then of weight 5: 120 + 252 are more than the 256 needed. */
static void make_columns(uint16_t column[DATA_BITS])
{
    unsigned n = 0;

    for (int weight = 3; weight <= 5; weight += 2) {
        for (uint16_t c = 0; c < 1024 && n < DATA_BITS; c++) {
            if (__builtin_popcount(c) == weight) {
                column[n++] = c;
            }
        }
    }
}

static void make_tables(void)
{
    uint16_t column[DATA_BITS];

    make_columns(column);
    memset(bit_of, 0xFF, sizeof(bit_of));
    for (int i = 0; i < DATA_BITS; i++) {
        bit_of[column[i]] = (int16_t)i;
    }
    for (int byte = 0; byte < 32; byte++) {
        for (int v = 0; v < 256; v++) {
            for (int bit = 0; bit < 8; bit++) {
                if (v >> bit & 1) {
                    table[byte][v] ^= column[8 * byte + bit];
                }
            }
        }
    }
    ready = true;
}

uint16_t ecc_encode(const uint64_t d[4])
{
    if (!ready) {
        make_tables();
    }
    const uint8_t *bytes = (const uint8_t *)d;
    uint16_t e = 0;
    for (int i = 0; i < 32; i++) {
        e ^= table[i][bytes[i]];
    }
    return e;
}

enum ecc_result ecc_decode(struct cells *c)
{
    if (cells_all_ones(c)) {
        return ECC_BLANK;
    }
    uint16_t syndrome = (uint16_t)(c->e ^ ecc_encode(c->d));
    if (!syndrome) {
        return ECC_GOOD;
    }
    if (!(__builtin_popcount(syndrome) & 1)) {
        return ECC_UNCORRECTABLE;
    }
    if (!(syndrome & (syndrome - 1))) { /* a check bit itself */
        c->e ^= syndrome;
        return ECC_CORRECTED;
    }
    int bit = bit_of[syndrome];
    if (bit < 0) {
        return ECC_UNCORRECTABLE;
    }
    c->d[bit / 64] ^= 1ull << bit % 64; /* three or more errors may be "corrected" into a lie */
    return ECC_CORRECTED;
}
