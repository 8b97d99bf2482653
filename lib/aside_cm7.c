/* SPDX-License-Identifier: MIT */
#include "lib/aside.h"

#include <stdbool.h>

#include "lib/flash_cm7.h"
#include "lib/notify.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/ramfunc.h"
#include "port/stm32h7/watchdog.h"

/* How long the M4 may take to answer: it serves twice a second. */
#define ANSWER_MS 600u

static uint32_t unanswered; /* its life when it did not answer; 0: it has not served yet */

void aside_ask(void)
{
    static uint32_t round;
    const uint32_t begun = library_ms();

    if (SHARED->life[DUO_CM4] == unanswered) {
        return; /* it does not serve: no use in waiting for it once more */
    }
    round = round == UINT32_MAX ? 1u : round + 1u;
    SHARED->aside_wish = round;
    while (SHARED->aside != round) {
        if (library_ms() - begun > ANSWER_MS) {
            unanswered = SHARED->life[DUO_CM4];
            return;
        }
        aside_still();
    }
}

void aside_end(void)
{
    SHARED->aside_wish = 0;
    cpu_dsb();
    mailbox_notify(); /* it may sleep */
}

RAMFUNC void aside_still(void)
{
    if (SHARED->kept != 0) {
        watchdog_feed_both();
    }
    SHARED->aside_sign++;
}
