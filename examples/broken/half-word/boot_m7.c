/* SPDX-License-Identifier: MIT */
/* The application asks for an update by a word in flash. */
#include "user.h"

int main(void)
{
    if (R32(0x080DFFC0u) == 0x55504421u) {
        for (;;) {
            __WFI();
        }
    }
    jump_right(APP);
}
