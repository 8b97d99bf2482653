/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/watchdog.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/ramfunc.h"

#ifdef CORE_CM7
#define OWN   IWDG1_BASE
#define OTHER IWDG2_BASE
#else
#define OWN   IWDG2_BASE
#define OTHER IWDG1_BASE
#endif

/* Keys of IWDG_KR (RM0399 ch. 50). */
#define KEY_START  0xCCCCu
#define KEY_RELOAD 0xAAAAu
#define KEY_ACCESS 0x5555u

#define LSI_KHZ      32u
#define UPDATE_LIMIT 200000u /* an update takes up to 5 LSI periods: 160 us */

/* Smallest divider 4 * 2^pr with which `ms` fits into the 12-bit counter. */
static uint32_t prescaler_for(uint32_t ms)
{
    uint32_t pr = 0;

    while (pr < 6u && ms * LSI_KHZ > (4u << pr) * (IWDG_RLR_RL + 1u)) {
        pr++;
    }
    return pr;
}

/* The new time counts from the reload on. */
static void set_time(uint32_t base, uint32_t ms)
{
    if (ms > WATCHDOG_MAX_MS) {
        ms = WATCHDOG_MAX_MS;
    }
    uint32_t pr = prescaler_for(ms);
    uint32_t periods = (ms * LSI_KHZ + (4u << pr) - 1u) / (4u << pr);

    REG_AT(base, IWDG_KR) = KEY_ACCESS;
    REG_AT(base, IWDG_PR) = pr;
    REG_AT(base, IWDG_RLR) = periods > 0 ? periods - 1u : 0;
    for (uint32_t i = 0; i < UPDATE_LIMIT && REG_AT(base, IWDG_SR) != 0; i++) {
    }
    REG_AT(base, IWDG_KR) = KEY_RELOAD;
}

void watchdog_start(uint32_t ms)
{
    REG_AT(OWN, IWDG_KR) = KEY_START; /* first: it starts LSI, without which an update never ends */
    set_time(OWN, ms);
}

void watchdog_lengthen_other(uint32_t ms)
{
    set_time(OTHER, ms);
}

RAMFUNC void watchdog_feed(void)
{
    REG_AT(OWN, IWDG_KR) = KEY_RELOAD;
}

RAMFUNC void watchdog_feed_both(void)
{
    watchdog_feed();
    if (REG_AT(OTHER, IWDG_WINR) == IWDG_WINR_WIN) { /* the reset value: no window */
        REG_AT(OTHER, IWDG_KR) = KEY_RELOAD;
    }
}
