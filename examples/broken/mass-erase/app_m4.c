/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        __WFI();
        heartbeat++;
    }
}
