/* SPDX-License-Identifier: MIT */
/* WFI, WFE, events, SEVONPEND, SLEEPONEXIT. */
#include "test.h"

static volatile uint32_t hits;

static void hit(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    hits++;
    SCB(0x10) = 0;
}

static void tick_soon(void)
{
    SCB(0x14) = 100000; /* long: QEMU's clock is the host's */
    SCB(0x18) = 0;
    SCB(0x10) = 7;
}

static void wfi(void)
{
    handlers[15] = hit;
    hits = 0;
    tick_soon();
    __asm__ volatile("wfi");
    say("wfi.handled", hits);
    __asm__ volatile("cpsid i");
    tick_soon();
    __asm__ volatile("wfi");
    say("wfi.masked-not-handled", hits);
    say("wfi.masked-pending", SCB(0xd04) >> 26 & 1);
    __asm__ volatile("cpsie i\n isb");
    say("wfi.then-handled", hits);
}

/* Ends only because of the event: nothing else would wake it. */
static void wfe(void)
{
    __asm__ volatile("sev\n wfe");
    say("wfe.own-sev", 1);
    __asm__ volatile("cpsid i");
    SCB(0xd10) |= 1u << 4; /* SEVONPEND */
    irq_disable(LINE_A);
    __asm__ volatile("sev\n wfe");
    irq_pend(LINE_A);
    __asm__ volatile("wfe");
    say("wfe.sevonpend", SCB(0x200) >> LINE_A & 1);
    SCB(0x280) = 1u << LINE_A;
    SCB(0xd10) = 0;
    __asm__ volatile("cpsie i\n isb");
    hits = 0;
    tick_soon();
    __asm__ volatile("sev\n wfe"); /* clears the register */
    while (!hits) {
        __asm__ volatile("wfe");
    }
    say("wfe.interrupt", hits);
    __asm__ volatile("wfe"); /* the exception return has set the register */
    say("wfe.after-return", 1);
}

static void on_exit(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    if (++hits == 3) {
        SCB(0xd10) = 0;
        SCB(0x10) = 0;
    }
}

static void sleep_on_exit(void)
{
    handlers[15] = on_exit;
    hits = 0;
    SCB(0xd10) = 1u << 1;
    tick_soon();
    while (!hits) {
        __asm__ volatile("wfi");
    }
    say("sleeponexit", hits); /* thread code saw none of the hits in between */
    handlers[15] = 0;
}

void test_sleep(void)
{
    wfi();
    wfe();
    sleep_on_exit();
}
