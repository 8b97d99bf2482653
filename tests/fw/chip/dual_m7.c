/* SPDX-License-Identifier: MIT */
/*
 * Starting the other core and talking to it. SYNC: both cores boot, the CM4 stops itself and waits
 * for a semaphore (D2CKRDY falls and rises). Without SYNC: the CM4 is held until BOOT_C2 (option
 * BCM4 = 0).
 */
#include "chip.h"

enum { POLLS = 0xFFFF };

static volatile uint32_t notified;

static void on_hsem(void)
{
    HSEM(0x100) &= ~BIT(1); /* the vendor's handler disarms, too */
    HSEM(0x104) = BIT(1);
    notified++;
}

static bool wait_d2(bool ready)
{
    for (int32_t timeout = POLLS; timeout > 0; timeout--) {
        if (((RCC(CR) & CR_D2CKRDY) != 0) == ready) {
            return true;
        }
    }
    return false;
}

static bool take(unsigned n)
{
    return HSEM(0x080 + 4 * n) == 0x80000300;
}

static void release(unsigned n)
{
    HSEM(4 * n) = 0x300;
}

static void set_clocks(void)
{
    bool good = supply_smps() && voltage_scale(1) && hse_bypass_on() && pll1_from_hse(4, 400) &&
                switch_to_pll(4);

    RCC(AHB4ENR) |= BIT(25);
    (void)RCC(AHB4ENR);
    if (!good) {
        for (;;) {
        }
    }
}

#ifdef SYNC
static bool start_other_core(void)
{
    bool stopped = wait_d2(false); /* before anything of D2 is enabled */

    hal_init();
    set_clocks();
    bool taken = take(0);
    release(0); /* wakes the CM4 */
    return stopped && taken && wait_d2(true);
}
#else
static bool start_other_core(void)
{
    hal_init();
    set_clocks();
    bool held = !(SYSCFG(0x304) & 1) && !(RCC(CR) & CR_D2CKRDY);
    RCC(GCR) |= BIT(3);
    return held && wait_d2(true);
}
#endif

static bool m4_reaches(uint32_t state, uint32_t timeout_ms)
{
    return wait_bits((volatile uint32_t *)&SHARED->m4_state, 0xFFFFFFFF, state, timeout_ms);
}

/* A ping is a release of semaphore 2 that interrupts the CM4; the answer one of semaphore 1. */
static bool ping(void)
{
    uint32_t before = notified;

    HSEM(0x100) |= BIT(1);
    if (!take(2)) {
        return false;
    }
    release(2);
    for (uint32_t from = ticks; ticks - from < 100;) {
        if (notified != before) {
            return true;
        }
    }
    return false;
}

int main(void)
{
    SHARED->m4_state = SHARED->m4_pings = 0;
    bool started = start_other_core();
    uart_init(100000000);
    expect(started, "the CM4 starts when told");
    irq_handlers[125] = on_hsem;
    irq_enable(125);
    expect(m4_reaches(1, 100), "the CM4 runs");
    expect(SHARED->m4_clock_khz == 200000, "the CM4 runs at 200 MHz");
    for (unsigned i = 1; i <= 5; i++) {
        expect(ping() && SHARED->m4_pings == i, "ping");
    }
    SHARED->command = 1; /* lets the CM4 sleep and be woken by SEV */
    expect(m4_reaches(2, 100), "the CM4 is about to sleep");
    uint32_t from = ticks;
    while (ticks - from < 5) {
    }
    expect(SHARED->m4_state == 2, "the CM4 sleeps");
    __asm volatile("sev");
    expect(m4_reaches(3, 100), "SEV wakes the CM4");
    pass();
}
