/* SPDX-License-Identifier: MIT */
/*
 * Register access narrower than a word: most blocks of the chip take bytes and half-words and act
 * on the bytes written only.
 */
#ifndef EMU_CHIP_REG_H
#define EMU_CHIP_REG_H

#include <stdint.h>

/* The accessed bytes of a register word, in the low bytes. */
static inline uint32_t reg_part(uint32_t word, uint32_t off, unsigned size)
{
    uint32_t v = word >> 8 * (off & 3);

    return size == 4 ? v : v & ((1u << 8 * size) - 1);
}

/* Which bits of the register word an access of `size` bytes at `off` touches. */
static inline uint32_t reg_lanes(uint32_t off, unsigned size)
{
    uint32_t m = size == 4 ? 0xFFFFFFFFu : (1u << 8 * size) - 1;

    return m << 8 * (off & 3);
}

/* The written value at its place in the register word; bytes not written are 0. */
static inline uint32_t reg_shift(uint32_t value, uint32_t off, unsigned size)
{
    return value << 8 * (off & 3) & reg_lanes(off, size);
}

/* `old` with the bits of `mask` taken from `value`. */
static inline uint32_t reg_merge(uint32_t old, uint32_t value, uint32_t mask)
{
    return (old & ~mask) | (value & mask);
}

#define BIT(n) (1u << (n))

#endif
