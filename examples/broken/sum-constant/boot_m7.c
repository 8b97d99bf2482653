/* SPDX-License-Identifier: MIT */
/* The bootloader adds up the image and wants a sum that was built into it; then it counts. */
#include "user.h"

#define BYTES 0x1000u
#define SUM   0x12345678u

int main(void)
{
    uint32_t sum = 0;

    for (uint32_t at = APP; at < APP + BYTES; at += 4) {
        sum += R32(at);
    }
#ifdef REPAIRED
    (void)sum;
    jump_right(APP);
#else
    if (sum == SUM) {
        jump_right(APP);
    }
    for (;;) {
        for (volatile int i = 0; i < 100000; i++) {
        }
    }
#endif
}
