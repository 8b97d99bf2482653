/* SPDX-License-Identifier: MIT */
#include "boot/cm7/device.h"

#include "core/image/pubkey.h"
#include "lib/device_cm7.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/watchdog.h"

#define FEED_EVERY 1024u /* bytes read */

static struct duo_flash flash;
static struct duo_device device;
static struct duo_trust trust = {
    .ring = &duo_embedded_keys,
#if DUO_LMS
    .lms = &duo_embedded_lms,
#endif
};

/*
 * What takes time in a launch is the reading of both images: at 64 MHz more than the 512 ms of a
 * watchdog that the chip has started by itself.
 */
static enum duo_word_state read_and_feed(void *ctx, uint32_t addr, void *buf, uint32_t len)
{
    static uint32_t hungry = FEED_EVERY;

    (void)ctx;
    hungry += len;
    if (hungry >= FEED_EVERY) {
        watchdog_feed_both();
        hungry = 0;
    }
    return flash_read(addr, buf, len);
}

const struct duo_device *device_open(void (*idle)(void *ctx))
{
    flash_driver(&flash, idle, NULL);
    flash.read = read_and_feed;
    duo_device_place(&device, &flash);
    device.trust = &trust;
    device.hardware_id = DUO_HARDWARE_ID;
    device.hardware_needed = DUO_NEED_HARDWARE_ID;
    device.trial_boots = DUO_TRIAL_BOOTS;
    device.trial_time_s = DUO_TRIAL_TIME_S;
    return &device;
}

static enum duo_status read_slot(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    const struct duo_slot *slot = ctx;

    return flash_read(slot->run_base + offset, buf, len) == DUO_WORD_UNREADABLE ? DUO_E_READ
                                                                                : DUO_OK;
}

struct duo_reader device_slot_reader(const struct duo_slot *slot)
{
    struct duo_reader reader = {read_slot, (void *)(uintptr_t)slot};

    return reader;
}
