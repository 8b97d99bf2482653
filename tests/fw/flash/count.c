/* SPDX-License-Identifier: MIT */
/* When told to, the M4 counts in SRAM4 as fast as it can, fetching every instruction from bank 2:
 * whoever looks at the counter sees when bank 2 makes it wait. */
#include "sequence.h"
#include "test.h"

void board_init(void)
{
}

void board_putc(char c)
{
    (void)c;
}

void board_end(void)
{
}

/* Sleeps between ticks of 1 ms; masked, so that no handler is needed. */
static void doze(void)
{
    __asm__ volatile("dsb\n wfi" : : : "memory");
    SCB(0xd04) = 1u << 25; /* PENDSTCLR */
}

int main(void)
{
    __asm__ volatile("cpsid i" : : : "memory");
    SCB(0x014) = 64000 - 1;
    SCB(0x018) = 0;
    SCB(0x010) = 7; /* SysTick: core clock, interrupt, on */
    M4_COUNT = 0;
    M4_GO = 0;
    M4_ALIVE = M4_MAGIC;
    for (;;) {
        if (M4_GO) {
            M4_COUNT = M4_COUNT + 1;
        } else {
            doze();
        }
    }
}
