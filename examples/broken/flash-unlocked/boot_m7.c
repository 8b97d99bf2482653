/* SPDX-License-Identifier: MIT */
/* The bootloader has written its "update done" mark and left the flash unlocked. */
#include "user.h"

int main(void)
{
    FLASH_KEYR1 = 0x45670123u;
    FLASH_KEYR1 = 0xCDEF89ABu;
#ifdef REPAIRED
    FLASH_CR1 |= 1u; /* LOCK */
#endif
    jump_right(APP);
}
