/* SPDX-License-Identifier: MIT */
#include "boot/cm7/window.h"

#if DUO_START_WINDOW_MS > 0
#include "boot/cm7/line.h"
#include "boot/cm7/report.h"
#include "boot/cm7/work.h"
#include "duo/duo.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/watchdog.h"

bool window_key(void)
{
    uint8_t byte[1];

    if (backup_read(DUO_REQUEST_REGISTER) == WINDOW_PASSED) {
        backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_NONE);
        return false;
    }
    work_begin();
    say("a key enters recovery");
    uint32_t start = line->now();
    while (line->now() - start < DUO_START_WINDOW_MS) {
        if (line->read(byte, 1) == 1) {
            return true;
        }
        watchdog_feed_both();
        cpu_wfi();
    }
    backup_write(DUO_REQUEST_REGISTER, WINDOW_PASSED);
    work_end();
}
#else
bool window_key(void)
{
    return false;
}
#endif
