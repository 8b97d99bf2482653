/* SPDX-License-Identifier: MIT */
#include "boot/cm7/device.h"

#include "core/image/pubkey.h"
#include "port/stm32h7/flash.h"

static struct duo_flash flash;
static struct duo_device device;

const struct duo_device *device_open(void (*idle)(void *ctx))
{
    flash_driver(&flash, idle, 0);
    device.flash = &flash;
    device.map = &duo_map_default;
    device.slots[DUO_CM7] = duo_slot_of(DUO_CM7);
    device.slots[DUO_CM4] = duo_slot_of(DUO_CM4);
    device.key = &duo_embedded_pubkey;
    device.hardware_id = DUO_HARDWARE_ID;
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
