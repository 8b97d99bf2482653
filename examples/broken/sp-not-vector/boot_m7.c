/* SPDX-License-Identifier: MIT */
/* The jump calls the application and forgets the stack pointer. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    jump_right(APP);
#else
    SCB_CPACR = 0;
    SCB_VTOR = APP;
    ((void (*)(void))(uintptr_t)R32(APP + 4))();
    for (;;)
        ;
#endif
}
