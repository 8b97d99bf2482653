/* SPDX-License-Identifier: MIT */
/* The CM4's side of dual_m7.c. */
#include "chip.h"

static volatile uint32_t pinged;

static void on_hsem(void)
{
    HSEM(0x110) &= ~BIT(2);
    HSEM(0x114) = BIT(2);
    pinged++;
}

#ifdef SYNC
/* Stop D2 until semaphore 0 is released; C2EMR3 was set by the CM7, SEVONPEND helps, too. */
static void stop_until_released(void)
{
    HSEM(0x110) |= BIT(0);
    __asm volatile("sev\n wfe"); /* clears a pending event */
    PWR(PWR_CR1) &= ~1u;
    PWR(PWR_CPU2CR) &= ~BIT(1);
    SCB(0xD10) |= BIT(2); /* SLEEPDEEP */
    dsb();
    __asm volatile("wfe");
    SCB(0xD10) &= ~BIT(2);
    HSEM(0x114) = BIT(0);
    HSEM(0x110) &= ~BIT(0);
}
#endif

static void answer(void)
{
    SHARED->m4_pings = SHARED->m4_pings + 1;
    if (HSEM(0x080 + 4) != 0x80000100) {
        return;
    }
    HSEM(4) = 0x100;
}

static void sleep_until_sev(void)
{
    EXTI(0xE4) = BIT(16);  /* line 80 only: the CM7's SEV */
    SCB(0x010) = 0;        /* no tick */
    SCB(0xD10) &= ~BIT(4); /* a pending interrupt is no event */
    __asm volatile("sev\n wfe");
    SHARED->m4_state = 2;
    dsb();
    __asm volatile("wfe");
    SHARED->m4_state = 3;
}

int main(void)
{
    RCC(AHB4ENR) |= BIT(25);
    (void)RCC(AHB4ENR);
#ifdef SYNC
    stop_until_released();
#endif
    hal_init();
    irq_handlers[126] = on_hsem;
    irq_enable(126);
    HSEM(0x110) |= BIT(2);
    SHARED->command = 0;
    SHARED->m4_clock_khz = cpu_hz() / 1000;
    SHARED->m4_state = 1;
    uint32_t seen = 0;
    while (!SHARED->command) {
        __asm volatile("wfi");
        if (pinged == seen) {
            continue;
        }
        seen = pinged;
        HSEM(0x110) |= BIT(2);
        answer();
    }
    sleep_until_sev();
    for (;;) {
        __asm volatile("wfi");
    }
}
