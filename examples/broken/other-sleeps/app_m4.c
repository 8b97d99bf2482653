/* SPDX-License-Identifier: MIT */
/* Sleeps until there is an order; but a store wakes nobody, and no interrupt is enabled. */
#include "user.h"

#define ORDER R32(0x38000000u)

int main(void)
{
#ifdef REPAIRED
    tick_start();
#endif
    for (;;) {
        __WFI();
        if (ORDER == 1) {
            ORDER = 2;
        }
    }
}
