/* SPDX-License-Identifier: MIT */
/* The bootloader starts the watchdog; the application has never heard of it. */
#include "user.h"

int main(void)
{
    IWDG1_KR = 0xCCCCu;
    IWDG1_KR = 0x5555u;
    IWDG1_PR = 2;
    IWDG1_RLR = 600; /* 4 * 4 * 601 / 32000 = 0.3 s */
    IWDG1_KR = 0xAAAAu;
    jump_right(APP);
}
