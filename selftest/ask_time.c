/* SPDX-License-Identifier: MIT */
/* Times that no source gives, or gives as a range. HCLK is 64 MHz (HSI). */
#include "selftest/ask.h"

#define PER_MS 64000u

/* The RTC on LSI, with its sub-second counter at full speed: 3,200 of its ticks by the core's
 * cycles. */
static uint32_t lsi_hz(void)
{
    REG(PWR, CR1) |= PWR_CR1_DBP;
    REG_AT(RCC_BASE, 0x74u) |= 1u; /* CSR.LSION */
    while (!(REG_AT(RCC_BASE, 0x74u) & 2u)) {
    }
    if ((REG_AT(RCC_BASE, 0x70u) >> 8 & 3u) != 2u) { /* BDCR.RTCSEL: LSI; written once */
        REG_AT(RCC_BASE, 0x70u) |= 1u << 16;
        REG_AT(RCC_BASE, 0x70u) &= ~(1u << 16);
        REG_AT(RCC_BASE, 0x70u) |= 2u << 8;
    }
    REG_AT(RCC_BASE, 0x70u) |= 1u << 15; /* RTCEN */
    REG_AT(RTC_BASE, 0x24u) = 0xCAu;     /* WPR */
    REG_AT(RTC_BASE, 0x24u) = 0x53u;
    REG_AT(RTC_BASE, 0x0Cu) |= 1u << 7; /* ISR.INIT */
    while (!(REG_AT(RTC_BASE, 0x0Cu) & 1u << 6)) {
    }
    REG_AT(RTC_BASE, 0x10u) = 0x7FFFu;  /* PRER: PREDIV_A 0, PREDIV_S 32767 */
    REG_AT(RTC_BASE, 0x08u) |= 1u << 5; /* CR.BYPSHAD */
    REG_AT(RTC_BASE, 0x0Cu) &= ~(1u << 7);
    uint32_t first = REG_AT(RTC_BASE, 0x28u);
    while (REG_AT(RTC_BASE, 0x28u) == first) {
    }
    first = REG_AT(RTC_BASE, 0x28u);
    const uint32_t start = CYCLES;
    while (((first - REG_AT(RTC_BASE, 0x28u)) & 0x7FFFu) < 3200u) {
    }
    const uint32_t cycles = CYCLES - start;
    // cppcheck-suppress zerodiv ; a counter that runs differs from what it was
    return cycles ? (uint32_t)(3200ull * 64000000ull / cycles) : 0;
}

void ask_about_time(void)
{
    tell_range("m7.cyccnt in Sleep, kilocycles of 640", 630, 650, cycles_asleep());
    tell_range("m4.cyccnt in Sleep, kilocycles of 640", 630, 650, ask_m4(M4_CYCLES_ASLEEP));
    tell_range("lsi in Hz", 29000, 34000, lsi_hz());
}
