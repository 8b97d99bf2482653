/* SPDX-License-Identifier: MIT */
/* ... and the M4 waits for the order. */
#include "user.h"

#define ORDER R32(0x38000000u)

int main(void)
{
    for (;;) {
        while (!ORDER)
            ;
        ORDER = 0;
        heartbeat++;
    }
}
