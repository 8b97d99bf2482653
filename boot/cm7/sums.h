/* SPDX-License-Identifier: MIT */
/*
 * By these the bootloader tells whether what it has copied to RAM is whole: two sums, the second
 * over the first's values, so that a word lost, changed or out of its place shows. The build fills
 * them in (cmake/seal.py).
 */
#ifndef DUO_BOOT_SUMS_H
#define DUO_BOOT_SUMS_H

#include <stdint.h>

struct sums {
    uint32_t first, second;
};

/* Of what reset code copies, and of what recovery brings along. */
extern const struct sums __sums, __recovery_sums;

static inline void sums_add(struct sums *sums, uint32_t word)
{
    sums->first += word;
    sums->second += sums->first;
}

/*
 * Copies by 64 bits: after power-on a word of ITCM or AXI SRAM has a random ECC, and a narrower
 * store would read it first. The sums are over what is read back from RAM, so bad RAM shows as
 * well. volatile: the compiler must not make a call of memcpy() out of it, which is not there yet
 * when reset code calls. Inline, because it runs from flash there, and from RAM for recovery.
 */
static inline __attribute__((always_inline)) void
sums_copy(volatile uint64_t *to, const uint64_t *end, const uint64_t *from, struct sums *sums)
{
    for (; to < end; to++, from++) {
        *to = *from;
        const uint64_t stored = *to;
        sums_add(sums, (uint32_t)stored);
        sums_add(sums, (uint32_t)(stored >> 32));
    }
}

#endif
