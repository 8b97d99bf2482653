/* SPDX-License-Identifier: MIT */
/* Supply, voltage, HSE, PLL and switch at 400 and 480 MHz, with the time-outs of vendor code. */
#include "chip.h"

/* Time of 20 characters at 9600 baud from HSI, in ticks of the CPU clock: ties the two clocks. */
static uint32_t ticks_of_20_characters(void)
{
    uart_off();
    RCC(D2CCIP2R) = 3;
    USART3(0x0C) = 64000000 / 9600;
    USART3(0x00) |= 1;
    while (!(USART3(0x1C) & BIT(21))) {
    }
    uint32_t from = ticks;
    print("clock clock clock..\n");
    uart_idle();
    uint32_t took = ticks - from;
    uart_off();
    RCC(D2CCIP2R) = 0;
    return took;
}

static bool about_21_ms(uint32_t t)
{
    return t >= 20 && t <= 22; /* 20 * 10 / 9600 = 20.8 ms */
}

static void at_400(void)
{
    expect(supply_smps(), "supply");
    expect(supply_smps(), "supply, asked again");
    expect(voltage_scale(1), "VOS1");
    expect(hse_bypass_on(), "HSE");
    expect(pll1_from_hse(4, 400), "PLL1 at 800 MHz");
    uart_off();
    bool switched = switch_to_pll(4);
    uart_init(100000000);
    expect(switched, "switch to 400 MHz");
    expect(cpu_hz() == 400000000, "400 MHz by the registers");
    bool good = about_21_ms(ticks_of_20_characters());
    uart_init(100000000);
    expect(good, "400 MHz by the clock");
}

static void back_to_hsi(void)
{
    uart_off();
    RCC(CFGR) &= ~7u;
    bool good = wait_bits(&RCC(CFGR), 7 << 3, 0, 5000);
    RCC(CR) &= ~BIT(24);
    good &= wait_bits(&RCC(CR), BIT(25), 0, 2);
    uart_init(16000000); /* the dividers stay: 64 / 2 / 2 */
    expect(good, "back to HSI");
}

static void at_480(void)
{
    expect(voltage_scale(0), "VOS0");
    expect(pll1_from_hse(4, 480), "PLL1 at 960 MHz");
    uart_off();
    bool switched = switch_to_pll(4);
    uart_init(120000000);
    expect(switched, "switch to 480 MHz");
    bool good = about_21_ms(ticks_of_20_characters());
    uart_init(120000000);
    expect(good, "480 MHz by the clock");
}

int main(void)
{
    hal_init();
    uart_init(64000000);
    expect((RCC(CR) & 0x3F037FFF) == 0x00004025, "RCC_CR after start-up");
    expect(cpu_hz() == 64000000, "64 MHz");
    expect((PWR(PWR_CR3) & 0x3F) == 6, "supply not configured");
    bool good = about_21_ms(ticks_of_20_characters());
    uart_init(64000000);
    expect(good, "64 MHz by the clock");
    at_400();
    back_to_hsi();
    at_480();
    pass();
}
