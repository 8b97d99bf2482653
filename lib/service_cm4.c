/* SPDX-License-Identifier: MIT */
/* M4: life signs and confirmation. The M7 writes the journal. */
#include "duo/duo.h"
#include "lib/aside.h"
#include "lib/shared.h"
#include "lib/watch.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/watchdog.h"

bool duo_kept(void)
{
    return !shared_ready() || SHARED->kept != 0;
}

/* This core's own watchdog, which runs only when the option bytes or the application start it; the
 * deadline of a trial is the M7's. */
void duo_feed(void)
{
    watchdog_feed();
}

enum duo_status duo_confirm(void)
{
    if (!shared_ready()) {
        return DUO_E_STATE;
    }
    SHARED->confirm[DUO_CM4] = 1;
    return DUO_OK;
}

enum duo_status duo_service(void)
{
    if (cpu_exception() != 0) {
        return DUO_E_INTERRUPT;
    }
    duo_feed();
    if (shared_ready()) {
        SHARED->life[DUO_CM4]++;
        aside_follow();
        watch_tell();
    }
    return DUO_OK;
}
