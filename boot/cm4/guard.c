/* SPDX-License-Identifier: MIT */
#include "boot/cm4/guard.h"

#include <stdbool.h>

#include "chip/stm32h7/regs.h"
#include "duo/gate.h"
#include "layouts/layout.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/watchdog.h"

/* More than an M7 bootloader needs to open the gate: at 64 MHz 1 s for two full images, and 4 s if
 * it erases half of the journal first, in an aged sector. */
#define LIMIT_MS 10000u

/* Boots in a row in which the gate may stay closed. A good bootloader needs one, and one more when
 * it has found itself in doubt or has put options right. */
#define BOOTS_MAX 4u

/* One tick. Shorter than a watchdog that started with the chip (512 ms). */
#define TICK_CYCLES  6400000u
#define TICK_MS      (TICK_CYCLES / (CLOCK_HSI_HZ / 1000u))
#define TICK_MS_FAST (TICK_CYCLES / (CLOCK_FAST_HZ / 2u / 1000u)) /* HCLK is half of the M7's */
#define SWS_PLL1     3u

static uint32_t waited_ms;

static bool m7_is_held(void)
{
    return option_get(OPTION_BCM7) == 0;
}

/* RAM, so it counts since power-on; an application may have used it for something else. */
static void set_boots(uint32_t boots)
{
    DUO_GUARD->boots = boots;
    DUO_GUARD->boots_inverse = ~boots;
    (void)DUO_GUARD->boots_inverse; /* one more access writes out the ECC buffer */
}

static uint32_t get_boots(void)
{
    const uint32_t boots = DUO_GUARD->boots;

    return DUO_GUARD->boots_inverse == ~boots ? boots : 0;
}

/* What is in force: the option bytes may say something else by now. */
static bool swapped(void)
{
    return (REG(FLASH, OPTCR) & FLASH_OPTCR_SWAP_BANK) != 0;
}

/* The M7 is held, so nothing else is at work in the flash, and nothing resets the chip. */
static void swap_back(void)
{
    const struct option_value values[] = {
        {OPTION_SWAP_BANK, !swapped()},
        {OPTION_BCM7, 1},
        {OPTION_BOOT_CM7_ADD0, duo_layout.boot[DUO_CM7].base >> 16},
        {OPTION_BOOT_CM4_ADD0, duo_layout.boot[DUO_CM4].base >> 16},
    };

    set_boots(0);
    DUO_GUARD->taken_back = DUO_GUARD_TAKEN_BACK; /* lost with the power: then it is tried again */
    (void)DUO_GUARD->taken_back;
    if (option_change(values, sizeof(values) / sizeof(values[0]), watchdog_feed_both) == DUO_OK) {
        system_reset();
    }
    DUO_GUARD->taken_back = 0;
    (void)DUO_GUARD->taken_back;
}

static void count_time(void)
{
    waited_ms = 0;
    REG(SCS, SYST_RVR) = TICK_CYCLES - 1u;
    REG(SCS, SYST_CVR) = 0;
    REG(SCS, SYST_CSR) = SCS_SYST_CSR_CLKSOURCE | SCS_SYST_CSR_TICKINT | SCS_SYST_CSR_ENABLE;
}

void guard_begin(void)
{
    if (!m7_is_held()) {
        return;
    }
    watchdog_feed_both();
    if (duo_layout.map.twin && swapped()) { /* a new one runs from bank 2 only */
        set_boots(get_boots() + 1u);
        if (get_boots() > BOOTS_MAX) {
            swap_back();
        }
        count_time();
    }
    REG(RCC, GCR) |= RCC_GCR_BOOT_C1;
}

void guard_tick(void)
{
    watchdog_feed_both();
    waited_ms += FIELD_GET(RCC_CFGR_SWS, REG(RCC, CFGR)) == SWS_PLL1 ? TICK_MS_FAST : TICK_MS;
    if (waited_ms >= LIMIT_MS) {
        set_boots(BOOTS_MAX); /* after this reset the M7 stays held, whatever it was doing */
        system_reset();
    }
}

void guard_end(void)
{
    if (m7_is_held()) {
        REG(SCS, SYST_CSR) = 0;
        REG(SCS, ICSR) = SCS_ICSR_PENDSTCLR;
        set_boots(0);
    }
}
