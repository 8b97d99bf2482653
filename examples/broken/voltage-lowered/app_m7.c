/* SPDX-License-Identifier: MIT */
/* Sets up 400 MHz from PLL1 at voltage scale 1, as the clock is the M7's. */
#include "user.h"

int main(void)
{
    PWR_CR3 = 2u; /* LDO */
    while (!(PWR_CSR1 & 1u << 13))
        ;
    PWR_D3CR = 3u << 14; /* VOS1 */
    while (!(PWR_D3CR & 1u << 13))
        ;
    RCC_PLLCKSELR = 4u << 4; /* HSI by 4: 16 MHz */
    RCC_PLLCFGR = 1u << 16 | 3u << 2;
    RCC_PLL1DIVR = 49u | 1u << 9 | 1u << 16 | 1u << 24; /* 800 MHz by 2 */
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;
    FLASH_ACR = 0x24;
    RCC_D1CFGR = 8u | 4u << 4; /* HCLK by 2, the buses by 2 once more */
    RCC_D2CFGR = 4u << 4 | 4u << 8;
    RCC_D3CFGR = 4u << 4;
    RCC_CFGR = 3u;
    while ((RCC_CFGR >> 3 & 7u) != 3u)
        ;
    R32(0x38001000u) = 0x51554555u; /* the M4 may go on */
    SYST_RVR = 400000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
