/* SPDX-License-Identifier: MIT */
/* Waits for a request in a backup register that nobody writes; its loop reads after it has
 * compared. */
#include "user.h"

#define RTC_BKP0R R32(0x58004050u)
#define REQUEST   0x1234u

int main(void)
{
#ifdef REPAIRED
    uint32_t asked = REQUEST;
#else
    uint32_t asked = RTC_BKP0R;
#endif

    while (asked != REQUEST) {
        asked = RTC_BKP0R;
    }
    jump_right(APP);
}
