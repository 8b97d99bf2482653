/* SPDX-License-Identifier: MIT */
/* Write protection of the regions, by option bytes. */
#include "boot/cm7/recovery.h"
#include "boot/cm7/report.h"
#include "duo/flashmap.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/watchdog.h"

struct region {
    char key;
    const char *name;
    uint8_t sectors[2]; /* of each bank, as bits; see duo/flashmap.h */
};

static const struct region regions[] = {
    {'b', "bootloaders", {0x01, 0x01}},
    {'7', "m7 application", {0x0E, 0x00}},
    {'4', "m4 application", {0x00, 0x06}},
};
#define REGIONS (sizeof(regions) / sizeof(regions[0]))

_Static_assert(DUO_CM7_APP_BASE == DUO_SECTOR_BASE(0u, 1u) && DUO_CM7_APP_SECTORS == 3u &&
                   DUO_CM4_APP_BASE == DUO_SECTOR_BASE(1u, 1u) && DUO_CM4_APP_SECTORS == 2u,
               "regions[] repeats the flash map");

static bool is_on(const struct region *g)
{
    return ((option_protected(0) & g->sectors[0]) | (option_protected(1) & g->sectors[1])) != 0;
}

/* Slots, staging, spare sectors and journal: all but the first sector of each bank. */
bool protect_blocks_updates(void)
{
    return ((option_protected(0) | option_protected(1)) & ~1u) != 0;
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
    if (on || g->key == 'b') {
        return true;
    }
    print("With the %s protected no update can be installed until this is undone here.\r\n",
          g->name);
    return key_ask("Protect it? y/n:") == 'y';
}

static void toggle(const struct region *g)
{
    bool on = is_on(g);
    uint32_t mask[2];

    if (!agreed(g, on)) {
        print("not changed\r\n");
        return;
    }
    for (unsigned bank = 0; bank < 2; bank++) {
        mask[bank] = option_protected(bank);
        mask[bank] = on ? mask[bank] & ~(uint32_t)g->sectors[bank] : mask[bank] | g->sectors[bank];
    }
    enum duo_status status = option_protect(mask[0], mask[1], watchdog_feed_both);
    if (status != DUO_OK) {
        say("write protection not changed: %s", duo_status_text(status));
    }
}

void protect_menu(struct recovery *r)
{
    (void)r;
    for (unsigned i = 0; i < REGIONS; i++) {
        print("  %c  %s the %s\r\n", regions[i].key, is_on(&regions[i]) ? "unprotect" : "protect",
              regions[i].name);
    }
    uint8_t key = key_ask("which, or a:");
    for (unsigned i = 0; i < REGIONS; i++) {
        if (key == (uint8_t)regions[i].key) {
            toggle(&regions[i]);
        }
    }
    protect_show();
}
