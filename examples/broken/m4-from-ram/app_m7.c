/* SPDX-License-Identifier: MIT */
/* Nothing is wrong: the M7 carries the M4's program in itself, copies it to SRAM1 and starts it
 * there. There is no file of the M4. */
#include "user.h"

#define RCC_AHB2ENR R32(0x580244DCu)
#define RCC_APB4ENR R32(0x580244F4u)
#define SYSCFG_UR3  R32(0x5800070Cu)
#define SRAM1       0x30000000u /* the M4 sees it at 0x10000000 as well */

/* Stack pointer, entry, and: for (r0 = 0;; r0++) *(uint32_t *)0x38000440 = r0; */
static const uint32_t program[] = {0x10010000u, 0x10000009u, 0x49022000u,
                                   0x60083001u, 0xBF00E7FCu, 0x38000440u};

int main(void)
{
    RCC_AHB2ENR |= 7u << 29;
    RCC_APB4ENR |= 1u << 1;
    (void)RCC_APB4ENR;
    for (unsigned i = 0; i < sizeof(program) / 4; i++) {
        R32(SRAM1 + 4 * i) = program[i];
    }
    SYSCFG_UR3 = (SYSCFG_UR3 & 0xFFFFu) | 0x10000000u;
    __DSB();
    RCC_GCR |= 1u << 3;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
