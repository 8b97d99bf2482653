/* SPDX-License-Identifier: MIT */
// link: STACK=0x24004000
// link: RAM=0x24000000
/* Blocks from a heap above the variables, and a recursion whose stack comes down into them. */
#include "user.h"

#define BLOCKS 14
#define WORDS  250
#define MARK   0x1234u

extern uint32_t __bss_end;

static volatile uint32_t sums[64];
static uint32_t *heap_end = &__bss_end;

static uint32_t *take(void)
{
    uint32_t *block = heap_end;

    heap_end += WORDS;
    for (uint32_t i = 0; i < WORDS; i++) {
        block[i] = MARK;
    }
    return block;
}

static __attribute__((noinline)) uint32_t sort(uint32_t depth)
{
    volatile uint32_t pivots[16];

    pivots[depth % 16] = depth;
    return depth ? sort(depth - 1) + pivots[depth % 16] : 0;
}

int main(void)
{
    uint32_t *blocks[BLOCKS];

    tick_start();
    delay(12);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        blocks[i] = take();
    }
    for (;;) {
        delay(3);
        sums[heartbeat++ % 64] = sort(80);
        for (uint32_t i = 0; i < BLOCKS; i++) {
            if (blocks[i][WORDS / 2] != MARK) {
                Error_Handler();
            }
        }
    }
}
