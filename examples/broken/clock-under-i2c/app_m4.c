/* SPDX-License-Identifier: MIT */
/* Has set up I2C4 for 64 MHz. */
#include "user.h"

#define RCC_APB4ENR R32(0x580244F4u)
#define I2C4        0x58001C00u

int main(void)
{
    tick_start();
    RCC_APB4ENR |= 1u << 7;
    (void)RCC_APB4ENR;
    R32(I2C4 + 0x10) = 0x10707DBC;
    R32(I2C4) = 1;
    for (;;) {
        delay(3);
        heartbeat++;
    }
}
