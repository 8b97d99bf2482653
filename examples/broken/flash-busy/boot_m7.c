/* SPDX-License-Identifier: MIT */
/* The bootloader starts to erase its update area and does not wait for the end. */
#include "user.h"

int main(void)
{
    FLASH_KEYR2 = 0x45670123u;
    FLASH_KEYR2 = 0xCDEF89ABu;
#ifndef REPAIRED
    FLASH_CR2 = 3u << 4 | 1u << 2 | 7u << 8 | 1u << 7; /* sector 7 of the other bank */
#endif
    FLASH_CR2 = 3u << 4 | 1u;
    jump_right(APP);
}
