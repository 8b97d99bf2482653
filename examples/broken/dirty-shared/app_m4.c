/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    tick_start();
    for (;;) {
        delay(5);
        heartbeat = R32(0x38000100u);
    }
}
