/* SPDX-License-Identifier: MIT */
/* The check of the stack pointer that everybody copies refuses a stack that begins at the end of
 * DTCM. */
#include "user.h"

int main(void)
{
    uint32_t sp = R32(APP);

#ifdef REPAIRED
    if (sp > 0x20000000u && sp <= 0x20020000u) {
#else
    if ((sp & 0x2FFE0000u) == 0x20000000u) {
#endif
        jump_right(APP);
    }
    for (;;) { /* no application: wait for a download */
        __WFI();
    }
}
