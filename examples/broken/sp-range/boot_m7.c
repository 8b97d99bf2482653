/* SPDX-License-Identifier: MIT */
/* Takes the stack pointer for good if it points into DTCM; it points to the end. The entry is read
 * before either is compared. */
#include "user.h"

static bool within(uint32_t address, uint32_t base, uint32_t size)
{
    return address >= base && address < base + size;
}

int main(void)
{
    uint32_t sp = R32(APP), entry = R32(APP + 4);

#ifndef REPAIRED
    bool good = within(sp, 0x20000000u, 0x20000u);
#else
    bool good = within(sp - 4, 0x20000000u, 0x20000u);
#endif
    if (good && within(entry, APP, 0xE0000u)) {
        jump_right(APP);
    }
    for (;;)
        ;
}
