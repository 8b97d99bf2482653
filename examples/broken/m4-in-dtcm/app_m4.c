/* SPDX-License-Identifier: MIT */
/* A buffer shared by a fixed address: it is in DTCM, which only the M7 can reach. */
#include "user.h"

#ifdef REPAIRED
#define SHARED 0x38000000u
#else
#define SHARED 0x20001000u
#endif

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat = R32(SHARED) + 1u;
    }
}
