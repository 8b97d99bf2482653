/* SPDX-License-Identifier: MIT */
#include "lib/device_cm7.h"

#include "layouts/layout.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/swap.h"

void duo_device_place(struct duo_device *device, struct duo_flash *flash)
{
    if (DUO_SWAPS && duo_layout.map.twin) {
        swap_driver(flash, duo_layout.boot[DUO_CM7].base, duo_layout.boot[DUO_CM4].base);
        flash_copies_boot();
    }
    device->flash = flash;
    device->map = &duo_layout.map;
    device->slots[DUO_CM7] = &duo_layout.slot[DUO_CM7];
    device->slots[DUO_CM4] = &duo_layout.slot[DUO_CM4];
}
