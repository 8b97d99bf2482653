/* SPDX-License-Identifier: MIT */
#include "boot/cm7/options.h"

#include <stddef.h>

#include "boot/cm7/report.h"
#include "layouts/layout.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/watchdog.h"

/* The watchdogs may be either way: the bootloaders can do with both. So may BCM4, but while a
 * bootloader is new. */
static const enum option watched[] = {OPTION_BOOT_CM7_ADD0, OPTION_BOOT_CM4_ADD0, OPTION_SWAP_BANK,
                                      OPTION_BCM7, OPTION_BCM4};
#define WATCHED (sizeof(watched) / sizeof(watched[0]))

static unsigned fresh; /* DUO_BOOT_*: whose bootloader is new, and on trial */

void options_expect(unsigned whose)
{
    fresh = whose;
}

static uint32_t wanted(enum option option)
{
    switch (option) {
    case OPTION_BOOT_CM7_ADD0:
        return duo_layout.boot[DUO_CM7].base >> 16;
    case OPTION_BOOT_CM4_ADD0:
        return duo_layout.boot[DUO_CM4].base >> 16;
    case OPTION_SWAP_BANK: /* either way, where the journal says which bank has the set */
        return DUO_SWAPS ? option_get(option) : 0;
    case OPTION_BCM7: /* a new one is let go by the M4's, after the swap and until it is taken back
                       */
        return fresh == DUO_BOOT_CM7 ? option_get(option) : 1;
    case OPTION_BCM4:
        return fresh == DUO_BOOT_CM4 ? 0 : fresh == DUO_BOOT_CM7 ? 1 : option_get(option);
    default:
        return 0;
    }
}

bool options_good(void)
{
    for (unsigned i = 0; i < WATCHED; i++) {
        if (option_get(watched[i]) != wanted(watched[i])) {
            return false;
        }
    }
    return true;
}

bool options_block_updates(void)
{
    return ((option_protected(1) | option_protected(2)) & ~1u) != 0;
}

static void report_wrong(enum option option)
{
    uint32_t value = option_get(option);

    if (value != wanted(option)) {
        say("wrong option: %s is 0x%x, must be 0x%x", option_name(option), (unsigned)value,
            (unsigned)wanted(option));
    }
}

static const char *start_of(enum option watchdog)
{
    return option_get(watchdog) ? "by software" : "with the chip";
}

static unsigned protection_level(void)
{
    uint32_t rdp = option_get(OPTION_RDP);

    return rdp == OPTION_RDP_0 ? 0u : rdp == OPTION_RDP_2 ? 2u : 1u;
}

void options_report(void)
{
    say("options: m7 boots at 0x%x, m4 at 0x%x and %s, watchdog 1 starts %s, 2 %s, read protection "
        "level %u",
        (unsigned)option_get(OPTION_BOOT_CM7_ADD0) << 16,
        (unsigned)option_get(OPTION_BOOT_CM4_ADD0) << 16,
        option_get(OPTION_BCM4) ? "by itself" : "when the m7 lets it", start_of(OPTION_IWDG1_SW),
        start_of(OPTION_IWDG2_SW), protection_level());
    for (unsigned i = 0; i < WATCHED; i++) {
        report_wrong(watched[i]);
    }
}

static bool is_watched(enum option option)
{
    if (option == OPTION_BCM4 && fresh == 0) {
        return false;
    }
    for (unsigned i = 0; i < WATCHED; i++) {
        if (watched[i] == option) {
            return true;
        }
    }
    return false;
}

void options_list(void (*put)(void *ctx, const char *name, uint32_t value, const uint32_t *wanted),
                  void *ctx)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const enum option option = (enum option)i;
        const uint32_t must = wanted(option);

        put(ctx, option_name(option), option_get(option), is_watched(option) ? &must : NULL);
    }
}

enum duo_status options_repair(void)
{
    struct option_value values[WATCHED];

    for (unsigned i = 0; i < WATCHED; i++) {
        values[i] = (struct option_value){watched[i], wanted(watched[i])};
    }
    return option_change(values, WATCHED, watchdog_feed_both);
}
