/* SPDX-License-Identifier: MIT */
/* Nothing is wrong: the program looks for an LSE crystal, and without one takes LSI. All its work
 * is done by the tick; main() has nothing left to do. */
#include "user.h"

#define RCC_BDCR R32(0x58024470u)
#define RCC_CSR  R32(0x58024474u)

int main(void)
{
    tick_start();
    PWR_CR1 |= 1u << 8;
    RCC_BDCR |= 1u; /* LSEON: it needs half a second, and is given a fifth of it */
    uint32_t since = ticks;
    while (!(RCC_BDCR & 2u) && ticks - since < 100)
        ;
    if (!(RCC_BDCR & 2u)) {
        RCC_CSR |= 1u;
        while (!(RCC_CSR & 2u))
            ;
    }
    for (;;)
        ;
}
