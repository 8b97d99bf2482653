/* SPDX-License-Identifier: MIT */
/* ... and so does the M4. */
#include "user.h"

#define FROM_M7 R32(0x38000000u)
#define FROM_M4 R32(0x38000004u)

int main(void)
{
    tick_start();
    delay(5);
#ifdef REPAIRED
    FROM_M4 = 1;
#endif
    while (FROM_M7 != 1)
        ;
    FROM_M4 = 1;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
