/* SPDX-License-Identifier: MIT */
/* An application that lives from its tick. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
