/* SPDX-License-Identifier: MIT */
/* The stack pointer is changed in C while the entry address still lies on the old stack. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    jump_right(APP);
#else
    volatile uint32_t app[4] = {APP, 0, 0,
                                0}; /* large enough to live on the stack at any optimisation */
    app[1] = *(volatile uint32_t *)app[0];
    app[2] = *(volatile uint32_t *)(app[0] + 4);
    SCB_VTOR = app[0];
    __set_MSP(app[1]);
    ((void (*)(void))(uintptr_t)app[2])();
    for (;;)
        ;
#endif
}
