/* SPDX-License-Identifier: MIT */
#include "user.h"

static void wait_d2(uint32_t flag)
{
    for (int patience = 0xFFFF; (RCC_CR & 1u << 15) != flag && patience > 0; patience--)
        ;
}

int main(void)
{
    wait_d2(0);
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    (void)HSEM_RLR(0);
    HSEM_R(0) = 3u << 8;
    wait_d2(1u << 15); /* in vain when the M4 sleeps on; this program goes on without it */
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
