/* SPDX-License-Identifier: MIT */
/* The bootloader stays: it waits for a key, and starts the application only when one is pressed. */
#include "user.h"

static volatile uint32_t key;

int main(void)
{
    tick_start();
#ifdef REPAIRED
    for (int i = 0; i < 5 && key == 0; i++) { /* long enough for a key, then on */
        delay(1);
    }
    SYST_CSR = 0;
    SYST_RVR = 0;
    SYST_CVR = 0;
    SCB_ICSR = 1u << 25;
#else
    while (key == 0) {
        delay(10);
    }
#endif
    jump_right(APP);
}
