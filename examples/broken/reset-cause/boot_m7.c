/* SPDX-License-Identifier: MIT */
/* Jumps only after a reset by software (RCC_RSR, bit 24), and blinks with a long delay otherwise.
 */
#include "user.h"

#define RCC_RSR     R32(0x580244D0u)
#define SFTRSTF     (1u << 24)
#define PINRSTF     (1u << 22)
#define GPIOD_ODR   R32(0x58020C14u)
#define HALF_A_TURN 50000u

#ifdef REPAIRED
#define ENOUGH (SFTRSTF | PINRSTF)
#else
#define ENOUGH SFTRSTF
#endif

static void wait(void)
{
    for (volatile uint32_t i = 0; i < HALF_A_TURN; i++) {
    }
}

int main(void)
{
    RCC_AHB4ENR |= 1u << 3;
    (void)RCC_AHB4ENR;
    if ((RCC_RSR & ENOUGH) == 0) {
        for (;;) {
            wait();
            GPIOD_ODR ^= 1u << 14;
        }
    }
    RCC_AHB4ENR &= ~(1u << 3);
    jump_right(APP);
}
