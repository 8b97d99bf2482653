/* SPDX-License-Identifier: MIT */
/* VTOR is set first, "so that nothing goes wrong later", while the bootloader still needs its tick:
 * the tick runs the application's handler. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(3);
#ifndef REPAIRED
    SCB_VTOR = APP;
    for (volatile uint32_t i = 0; i < 50000; i++) /* checks the image */
        ;
#endif
    SYST_CSR = 0;
    SYST_RVR = 0;
    SYST_CVR = 0;
    SCB_ICSR = 1u << 25;
    jump_right(APP);
}
