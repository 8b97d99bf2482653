/* SPDX-License-Identifier: MIT */
/* Takes an entry for good whose lowest two bits are 0, as an address has; of Thumb code bit 0 is 1.
 */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    const uint32_t zero = 3u;
#else
    const uint32_t zero = 0xF0000000u;
#endif
    if ((R32(APP + 4) & zero) == 0) {
        jump_right(APP);
    }
    for (;;)
        ;
}
