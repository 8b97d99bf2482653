/* SPDX-License-Identifier: MIT */
/* The interrupt is disabled before the jump, but its request stays pending. */
#include "user.h"

int main(void)
{
    NVIC_ISER(40);
    __disable_irq();
    NVIC_ISPR(40);
    NVIC_ICER(40);
#ifdef REPAIRED
    NVIC_ICPR(40);
#endif
    __enable_irq();
    jump_right(APP);
}
