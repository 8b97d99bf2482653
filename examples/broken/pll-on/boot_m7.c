/* SPDX-License-Identifier: MIT */
/* The bootloader runs at 400 MHz and jumps so; the application's clock set-up refuses a PLL that is
 * the system clock. */
#include "user.h"

static void clock_400mhz(void)
{
    PWR_CR3 = 0x04; /* direct SMPS, as on the Nucleo board */
    while (!(PWR_CSR1 & 1u << 13))
        ;
    PWR_D3CR |= 3u << 14; /* VOS1 */
    while (!(PWR_D3CR & 1u << 13))
        ;
    RCC_PLLCKSELR = 4u << 4; /* HSI / 4 = 16 MHz */
    RCC_PLLCFGR = 3u << 2 | 1u << 16;
    RCC_PLL1DIVR = 49u | 1u << 9 | 1u << 16 | 1u << 24; /* x 50 / 2 */
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;
    RCC_D1CFGR = 8; /* HCLK = 200 MHz */
    RCC_CFGR = 3;
    while ((RCC_CFGR >> 3 & 7) != 3)
        ;
}

#ifdef REPAIRED
static void clock_reset_state(void)
{
    RCC_CFGR = 0;
    while (RCC_CFGR >> 3 & 7)
        ;
    RCC_CR &= ~(1u << 24);
    while (RCC_CR & 1u << 25)
        ;
    RCC_D1CFGR = 0;
    RCC_PLL1DIVR = 0x01010280;
    RCC_PLLCFGR = 0x01FF0000;
    RCC_PLLCKSELR = 0x02020200;
}
#endif

int main(void)
{
    clock_400mhz();
#ifdef REPAIRED
    clock_reset_state();
#endif
    jump_right(APP);
}
