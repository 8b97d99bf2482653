/* SPDX-License-Identifier: MIT */
/* Little-endian fields and the CRC of everything that duoboot stores. */
#ifndef DUO_CORE_BYTES_H
#define DUO_CORE_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t duo_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (p[1] << 8));
}

static inline uint32_t duo_get32(const uint8_t *p)
{
    return (uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24);
}

static inline void duo_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void duo_put32(uint8_t *p, uint32_t v)
{
    duo_put16(p, (uint16_t)v);
    duo_put16(p + 2, (uint16_t)(v >> 16));
}

/* CRC-32 as in zlib and Ethernet (reflected 0x04C11DB7, start and final value all ones). */
uint32_t duo_crc32(const void *data, size_t len);

#endif
