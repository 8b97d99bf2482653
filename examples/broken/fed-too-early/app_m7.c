/* SPDX-License-Identifier: MIT */
/* The window watchdog is fed each millisecond, before its window is open. */
#include "user.h"

#define RCC_APB3ENR R32(0x580244E4u)
#define WWDG_CR     R32(0x50003000u)
#define WWDG_CFR    R32(0x50003004u)
#define SLOWEST     (7u << 11)
#ifdef REPAIRED
#define WINDOW 0x7Fu
#else
#define WINDOW 0x50u
#endif

int main(void)
{
    tick_start();
    RCC_GCR |= 1u; /* WW1RSC: it resets the whole chip */
    RCC_APB3ENR |= 1u << 6;
    (void)RCC_APB3ENR;
    WWDG_CFR = WINDOW | SLOWEST;
    WWDG_CR = 0xFFu;
    for (;;) {
        delay(1);
        WWDG_CR = 0x7Fu;
        heartbeat++;
    }
}
