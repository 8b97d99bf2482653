/* SPDX-License-Identifier: MIT */
/* Both cores raise one counter, the M7 by LDREX and STREX: no monitor sees what the other core
 * does. */
#include "user.h"

static void count_up(void)
{
    uint32_t value = 0;
    volatile uint32_t failed = 0;

    do {
        __asm volatile("ldrex %0, [%1]" : "=r"(value) : "r"(0x38000600u) : "memory");
        for (volatile int i = 0; i < 100; i++)
            ; /* works out the new value */
        value++;
        __asm volatile("strex %0, %1, [%2]"
                       : "=&r"(failed)
                       : "r"(value), "r"(0x38000600u)
                       : "memory");
    } while (failed);
}

int main(void)
{
    for (;;) {
#ifdef REPAIRED
        heartbeat++; /* each core counts for itself */
        (void)count_up;
#else
        count_up();
#endif
    }
}
