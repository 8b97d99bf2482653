/* SPDX-License-Identifier: MIT */
/* Waits for an M4 that goes to Stop, as a vendor's template has it. */
#include "user.h"

int main(void)
{
    uint32_t patience = 0xFFFF;

    while (RCC_CR & 1u << 15 && patience) {
        patience--;
    }
    if (!patience) {
        Error_Handler();
    }
    jump_right(APP);
}
