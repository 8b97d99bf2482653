/* SPDX-License-Identifier: MIT */
#include "user.h"

#define REQUEST 0x24000200u
#define RCC_RSR R32(0x580244D0u)

int main(void)
{
    if (RCC_RSR & 1u << 24 && R32(REQUEST) == 0xB007u) {
        R32(REQUEST) = 0;
        for (;;) {
            __WFI(); /* the update */
        }
    }
    R32(REQUEST) = 0;
    jump_right(APP);
}
