/* SPDX-License-Identifier: MIT */
#include "proto/crc16.h"

/* Four bits a step: 32 bytes of table, where 512 would not pay in a bootloader. */
static const uint16_t nibble[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
                                    0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef};

uint16_t duo_crc16(uint16_t crc, const uint8_t *bytes, size_t n)
{
    uint32_t c = crc;

    for (size_t i = 0; i < n; i++) {
        c = ((c << 4) ^ nibble[((c >> 12) ^ (bytes[i] >> 4)) & 0xf]) & 0xffff;
        c = ((c << 4) ^ nibble[((c >> 12) ^ bytes[i]) & 0xf]) & 0xffff;
    }
    return (uint16_t)c;
}
