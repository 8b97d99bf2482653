/* SPDX-License-Identifier: MIT */
/*
 * Floating point in thread and interrupt at the same time. If the FPU registers were not saved and
 * restored around an interrupt (a jump that left the FPU in an odd state does that), one of the two
 * sums would come out wrong.
 */
#ifndef EXAMPLE_FPU_CHECK_H
#define EXAMPLE_FPU_CHECK_H

#include <stdint.h>

/*
 * Adds up 1 + 1/2 + 1/4 + ... to `terms` terms, scaled by `seed`, keeping several values in FPU
 * registers all the while; returns 0 if the sum is what it must be, 1 if not.
 */
static inline uint32_t fpu_check(float seed, uint32_t terms)
{
    float sum = 0.0f, term = seed, last = seed;

    for (uint32_t i = 0; i < terms; i++) {
        sum += term;
        last = term;
        term *= 0.5f;
    }
    /* Powers of two: every step is exact, so the comparison may be exact as well. */
    return sum == 2.0f * seed - last ? 0u : 1u;
}

#endif
