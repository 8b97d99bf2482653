/* SPDX-License-Identifier: MIT */
/* What stores without a pause: buffers filled and copied by bytes and words, a ring, a stack. */
#include "busy.h"

enum { BYTES = 2048, RING = 64 };

static uint8_t from[BYTES], to[BYTES];
static volatile uint32_t ring[RING];

static void fill(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < BYTES; i++) {
        p[i] = (uint8_t)(value + i);
        __asm__ volatile("" ::: "memory"); /* a byte at a time, as a parser does */
    }
}

static void copy(void)
{
    for (unsigned i = 0; i < BYTES; i += 4) {
        *(volatile uint32_t *)&to[i] = *(volatile uint32_t *)&from[i];
    }
}

static uint32_t __attribute__((noinline)) nested(uint32_t depth)
{
    volatile uint32_t frame[4] = {depth, depth + 1, depth + 2, depth + 3};

    return depth ? nested(depth - 1) + frame[depth & 3] : frame[0];
}

void busy_round(uint32_t round)
{
    fill(from, round);
    copy();
    for (unsigned i = 0; i < 256; i++) {
        ring[(round + i) % RING] = i;
    }
    ring[0] = nested(20);
}
