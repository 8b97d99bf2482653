/* SPDX-License-Identifier: MIT */
/* Nothing is wrong: the bootloader looks at the ECC flags after each word that it checks, and
 * jumps; the application lives from its tick. */
#include "user.h"

static volatile uint32_t sum;

int main(void)
{
#ifndef REPAIRED
    for (uint32_t at = APP; at < APP + 0x4000u; at += 4) {
        sum += R32(at);
        if (FLASH_SR1 & 3u << 25) {
            Error_Handler();
        }
    }
#else
    sum = 0;
#endif
    jump_right(APP);
}
