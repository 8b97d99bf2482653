/* SPDX-License-Identifier: MIT */
/* A buffer for 120 KiB as a local variable, of which little is used: the stack pointer jumps over
 * everything in between into the variables. */
#include "user.h"

static volatile uint32_t settings[2048];

static __attribute__((noinline)) uint32_t receive(volatile uint8_t *to, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        to[i] = (uint8_t)settings[i];
    }
    delay(2);
    return to[0];
}

static __attribute__((noinline)) uint32_t message(void)
{
#ifdef REPAIRED
    static volatile uint8_t buffer[4096];
#else
    volatile uint8_t buffer[0x1F000];
#endif
    return receive(buffer, 64);
}

int main(void)
{
    tick_start();
    for (;;) {
        delay(2);
        heartbeat += message();
    }
}
