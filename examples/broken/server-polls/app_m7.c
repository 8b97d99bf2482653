/* SPDX-License-Identifier: MIT */
/* Serves whoever takes semaphore 3. In the first of the two nobody asks for anything, which is no
 * mistake; the M4 uses semaphore 5 for its own matters, which the M7 takes as well now and then. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    if (HSEM_RLR(5) == (1u << 31 | 3u << 8)) {
        HSEM_R(5) = 3u << 8;
    }
    for (;;) {
        while (!(HSEM_R(3) & 1u << 31))
            ;
        heartbeat++;
    }
}
