/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/protect.h"

#include <stddef.h>

#include "boot/cm7/recovery/keys.h"
#include "boot/cm7/report.h"
#include "chip/stm32h7/memory.h"
#include "layouts/layout.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/watchdog.h"

#define KEY_BOOTLOADERS 'b'

struct region {
    char key;
    const char *name;
};

static const struct region regions[] = {
    {KEY_BOOTLOADERS, "bootloaders"},
    {'7', "m7 application"},
    {'4', "m4 application"},
};
#define REGIONS (sizeof(regions) / sizeof(regions[0]))

/* The bits in a bank's write protection of what lies in this bank. */
static uint32_t sectors_in(unsigned bank, uint32_t base, uint32_t size)
{
    const uint32_t first = (base - MEM_FLASH_BASE) / MEM_SECTOR_SIZE;
    const uint32_t count = (size + MEM_SECTOR_SIZE - 1u) / MEM_SECTOR_SIZE;

    return first / MEM_SECTORS_PER_BANK + 1u == bank
               ? ((1u << count) - 1u) << first % MEM_SECTORS_PER_BANK
               : 0u;
}

static uint32_t sectors_of(const struct region *g, unsigned bank)
{
    const enum duo_core core = g->key == '7' ? DUO_CM7 : DUO_CM4;

    if (g->key == KEY_BOOTLOADERS) {
        const struct duo_range *boot = duo_layout.boot;
        return sectors_in(bank, boot[DUO_CM7].base, boot[DUO_CM7].size) |
               sectors_in(bank, boot[DUO_CM4].base, boot[DUO_CM4].size);
    }
    return sectors_in(bank, duo_layout.slot[core].run_base, duo_layout.slot[core].size);
}

static bool is_on(const struct region *g)
{
    return ((option_protected(1) & sectors_of(g, 1)) | (option_protected(2) & sectors_of(g, 2))) !=
           0;
}

void protect_show(void)
{
    print("duoboot: write protection:");
    for (unsigned i = 0; i < REGIONS; i++) {
        print(" %s %s%s", regions[i].name, is_on(&regions[i]) ? "on" : "off",
              i + 1 < REGIONS ? "," : "\r\n");
    }
}

static bool agreed(const struct region *g, bool on)
{
    if (on || g->key == KEY_BOOTLOADERS) {
        return true;
    }
    print("With the %s protected no update can be installed until this is undone here.\r\n",
          g->name);
    return key_ask("Protect it? y/n:") == 'y';
}

const char *protect_region(unsigned i)
{
    return i < REGIONS ? regions[i].name : NULL;
}

bool protect_is_on(unsigned i)
{
    return is_on(&regions[i]);
}

/* A bank's protection once the region has changed its own. */
static uint32_t changed(const struct region *g, unsigned bank, bool on)
{
    const uint32_t now = option_protected(bank);

    return on ? now | sectors_of(g, bank) : now & ~sectors_of(g, bank);
}

enum duo_status protect_set(unsigned i, bool on)
{
    return option_protect(changed(&regions[i], 1, on), changed(&regions[i], 2, on),
                          watchdog_feed_both);
}

static void toggle(unsigned i)
{
    const bool on = is_on(&regions[i]);

    if (!agreed(&regions[i], on)) {
        print("not changed\r\n");
        return;
    }
    enum duo_status status = protect_set(i, !on);
    if (status != DUO_OK) {
        say("write protection not changed: %s", duo_status_text(status));
    }
}

void protect_menu(void)
{
    for (unsigned i = 0; i < REGIONS; i++) {
        print("  %c  %s the %s\r\n", regions[i].key, is_on(&regions[i]) ? "unprotect" : "protect",
              regions[i].name);
    }
    uint8_t key = key_ask("which, or a:");
    for (unsigned i = 0; i < REGIONS; i++) {
        if (key == (uint8_t)regions[i].key) {
            toggle(i);
        }
    }
    protect_show();
}
