/* SPDX-License-Identifier: MIT */
/* SysTick: counting, the flag, the exception. */
#include "test.h"

static volatile uint32_t ticks;

static void on_tick(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    ticks++;
}

static void wait_flag(void)
{
    while (!(SCB(0x10) & 1u << 16)) {
    }
}

void test_systick(void)
{
    handlers[15] = on_tick;
    SCB(0x14) = 100000; /* long: QEMU's clock is the host's */
    say("tick.rvr", SCB(0x14));
    SCB(0x18) = 123;
    say("tick.cvr-cleared", SCB(0x18));
    SCB(0x10) = 5;
    wait_flag();
    say("tick.flag-cleared-by-read", SCB(0x10) >> 16);
    say("tick.none-without-tickint", ticks);
    say("tick.counts", SCB(0x18) <= 100000);
    wait_flag();
    SCB(0x18) = 0;
    say("tick.cvr-clears-flag", SCB(0x10) >> 16);
    SCB(0x14) = 2000;
    SCB(0x10) = 7;
    while (ticks < 5) {
    }
    SCB(0x10) = 0;
    say("tick.stopped", SCB(0x10) & 7);
    __asm__ volatile("cpsid i");
    ticks = 0;
    SCB(0xd04) = 1u << 26;
    say("tick.pendstset", SCB(0xd04) >> 26 & 1);
    SCB(0xd04) = 1u << 25;
    say("tick.pendstclr", SCB(0xd04) >> 26 & 1);
    SCB(0xd04) = 1u << 26;
    __asm__ volatile("cpsie i\n isb");
    say("tick.software", ticks);
}
