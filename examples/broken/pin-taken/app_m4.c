/* SPDX-License-Identifier: MIT */
/* Sets up its LEDs by writing the whole port: PD8 is the M7's serial line. */
#include "user.h"

static void leds(void)
{
    RCC_AHB4ENR |= 1u << 3;
    (void)RCC_AHB4ENR;
#ifndef REPAIRED
    GPIOD_MODER = 0x55555555u;
#else
    GPIOD_MODER = (GPIOD_MODER & ~(3u << 28)) | 1u << 28;
#endif
}

int main(void)
{
    tick_start();
    delay(20);
    leds();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
