/* SPDX-License-Identifier: MIT */
/*
 * Stands in for core/base/bytes.c where millions of boots are simulated, each of which checks
 * hundreds of records: the same CRC-32, four bytes at a time from tables. test_crc.c holds it
 * against the real one.
 */
#include "core/base/bytes.h"

#include <stdbool.h>
#include <string.h>

#define SLICES 4u

static uint32_t table[SLICES][256];

static void fill(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc & 1u ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        }
        table[0][i] = crc;
    }
    for (unsigned s = 1; s < SLICES; s++) {
        for (unsigned i = 0; i < 256; i++) {
            const uint32_t crc = table[s - 1u][i];
            table[s][i] = crc >> 8 ^ table[0][crc & 0xFFu];
        }
    }
}

uint32_t duo_crc32(const void *data, size_t len)
{
    static bool filled;
    const uint8_t *p = data;
    uint32_t crc = 0xFFFFFFFFu;

    if (!filled) {
        fill();
        filled = true;
    }
    for (; len >= SLICES; len -= SLICES, p += SLICES) {
        crc ^= duo_get32(p);
        crc = table[3][crc & 0xFFu] ^ table[2][crc >> 8 & 0xFFu] ^ table[1][crc >> 16 & 0xFFu] ^
              table[0][crc >> 24];
    }
    while (len-- > 0) {
        crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xFFu];
    }
    return ~crc;
}
