/* SPDX-License-Identifier: MIT */
/* As HAL_PWREx_ConfigSupply() does it: a supply that is configured already is only compared. */
#include "user.h"

#ifdef REPAIRED
#define SUPPLY 4u /* direct SMPS, as the bootloader */
#else
#define SUPPLY 2u /* LDO */
#endif

int main(void)
{
    if ((PWR_CR3 & 7u) != 6u && (PWR_CR3 & 7u) != SUPPLY) {
        Error_Handler();
    }
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
