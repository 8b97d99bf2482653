/* SPDX-License-Identifier: MIT */
/* Starts the application only when a word of SRAM4 says so, and nobody has written it. */
#include "user.h"

#define FLAG R32(0x38000000u)
#define GO   0xC0FFEE03u

int main(void)
{
#ifdef REPAIRED
    FLAG = GO;
#endif
    if (FLAG != GO) {
        for (;;) {
        }
    }
    jump_right(APP);
}
