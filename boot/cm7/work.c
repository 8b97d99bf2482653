/* SPDX-License-Identifier: MIT */
#include "boot/cm7/work.h"

#include "boot/cm7/line.h"
#include "boot/cm7/m4.h"
#include "boot/cm7/options.h"
#include "boot/cm7/report.h"
#include "layouts/layout.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/watchdog.h"

/* Longer than the longest wait between two calls of work_idle(): one erase by an aged sector. */
#define WORK_WATCHDOG_MS   26000u
#define STEPS_BEFORE_SLEEP 4u

/* In RAM, because the journal may be what the flash refuses. Lost with the power: then it is tried
 * again. */
__attribute__((section(".noinit"))) static struct {
    uint32_t count, inverse;
} stops;

static void set_stops(uint32_t count)
{
    stops.count = count;
    stops.inverse = ~count;
    (void)*(volatile uint32_t *)&stops.count; /* one more access writes out the ECC buffer */
}

uint32_t work_stops(void)
{
    return stops.inverse == ~stops.count ? stops.count : 0;
}

void work_stopped(void)
{
    set_stops(work_stops() + 1u);
}

void work_try_again(void)
{
    set_stops(0);
}

void work_idle(void *ctx)
{
    (void)ctx;
    watchdog_feed_both();
    flash_sleep();
}

static uint32_t core_hz(void)
{
    bool pll = FIELD_GET(RCC_CFGR_SWS, REG(RCC, CFGR)) == 3u;

    return pll ? CLOCK_FAST_HZ : CLOCK_RESET_HZ;
}

/* RMVF is a level, not a pulse. */
void forget_reset_flags(void)
{
    REG(RCC, RSR) |= RCC_RSR_RMVF;
    REG(RCC, RSR) &= ~RCC_RSR_RMVF;
}

void work_begin(void)
{
    watchdog_start(WORK_WATCHDOG_MS);
    watchdog_lengthen_other(WORK_WATCHDOG_MS);
    forget_reset_flags();
    if (core_hz() == CLOCK_RESET_HZ) {
        (void)clock_fast(); /* a failed launch has put the clocks back */
    }
    line->start();
    tick_start(core_hz());
}

_Noreturn void work_end(void)
{
    line->flush();
    system_reset();
}

static unsigned show_progress(const struct duo_install *install, unsigned shown)
{
    unsigned percent = duo_install_percent(install);

    if (percent < shown + 10u) {
        return shown;
    }
    percent -= percent % 10u;
    say("exchange %u %%", percent);
    return percent;
}

static enum duo_status exchange(struct duo_txn *txn)
{
    static struct duo_install install;
    unsigned shown = 0;
    enum duo_status status = duo_install_start(&install, txn);

    if (status != DUO_OK) {
        return status;
    }
    do {
        /* A step looks at each bank once; after some of them all that can work is at work. */
        for (unsigned i = 0; i < STEPS_BEFORE_SLEEP; i++) {
            status = duo_install_step(&install);
            if (status != DUO_E_BUSY) {
                return status;
            }
        }
        shown = show_progress(&install, shown);
        work_idle(0);
    } while (true);
}

_Noreturn void work_install(struct duo_txn *txn)
{
    work_begin();
    report_set(txn);
    /* Bank 2 may be erased when the M4 is parked; if it is silent, it runs nothing that matters. */
    (void)m4_state();
    say(DUO_SWAPS ? "swapping the banks" : "exchanging the sets");
    enum duo_status status = exchange(txn);
    if (status == DUO_OK) {
        set_stops(0);
        say(DUO_SWAPS ? "banks to be swapped by this reset" : "exchange done, resetting");
    } else {
        work_stopped();
        say("%s stopped: %s; resetting", DUO_SWAPS ? "swap" : "exchange", duo_status_text(status));
    }
    work_end();
}

_Noreturn void work_stop_exchange(struct duo_txn *txn)
{
    enum duo_status status = duo_txn_stop_exchange(txn, DUO_E_STUCK);

    if (status == DUO_OK) {
        work_try_again();
    } else {
        work_stopped();
    }
    system_reset();
}

void work_repair_options(void)
{
    work_begin();
    options_report();
    enum duo_status status = options_repair();
    if (status == DUO_OK) {
        say("options repaired, resetting");
        work_end();
    }
    say("options not repaired: %s", duo_status_text(status));
    line->flush(); /* recovery sets the line up again */
}
