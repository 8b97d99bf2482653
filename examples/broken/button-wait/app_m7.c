/* SPDX-License-Identifier: MIT */
/* Nothing is wrong: the program works without interrupts and waits for its button. */
#include "user.h"

#define GPIOC_MODER R32(0x58020800u)
#define GPIOC_IDR   R32(0x58020810u)
#define BUTTON      13u

int main(void)
{
    __disable_irq();
    RCC_AHB4ENR |= 1u << 2;
    (void)RCC_AHB4ENR;
    GPIOC_MODER &= ~(3u << 2 * BUTTON);
    for (;;) {
        while (!(GPIOC_IDR & 1u << BUTTON))
            ;
        heartbeat++;
    }
}
