/* SPDX-License-Identifier: MIT */
/* Confirmation, M7: the one application that writes the journal. */
#include <string.h>

#include "core/txn/txn.h"
#include "duo/duo.h"
#include "duo/gate.h"
#include "layouts/layout.h"
#include "lib/system.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/hsem.h"
#include "port/stm32h7/watchdog.h"

#define PROCID 0x4Au

static volatile bool m4_confirms;

void system_message(const struct duo_message *message)
{
    if (message->kind == DUO_MESSAGE_CONFIRM) {
        m4_confirms = true;
    }
}

static void idle(void *ctx)
{
    (void)ctx;
    watchdog_feed_both(); /* the M4 may stand still, waiting for its flash */
    flash_sleep();
}

/* The journal is read anew each time: nothing is kept that could be old. */
static enum duo_status record(enum duo_core core)
{
    static struct duo_flash flash;
    static struct duo_device device;
    static struct duo_txn txn;
    static struct duo_pubkey key;
    struct duo_handoff handoff;

    if (!duo_handoff_get(&handoff)) {
        return DUO_E_STATE; /* not started by the bootloader: there is nothing to confirm */
    }
    memcpy(key.xy, handoff.key, sizeof(key.xy));
    hsem_clock(true);
    if (!hsem_take(DUO_SEM_FLASH, HSEM_CORE_SELF, PROCID)) {
        return DUO_E_BUSY;
    }
    flash_driver(&flash, idle, 0);
    device.flash = &flash;
    device.map = &duo_layout.map;
    device.slots[DUO_CM7] = &duo_layout.slot[DUO_CM7];
    device.slots[DUO_CM4] = &duo_layout.slot[DUO_CM4];
    device.key = &key;
    device.hardware_id = handoff.hardware_id;
    duo_txn_open(&txn, &device);
    enum duo_status status = duo_txn_confirm(&txn, core);
    hsem_release(DUO_SEM_FLASH, HSEM_CORE_SELF, PROCID);
    return status;
}

enum duo_status duo_confirm(void)
{
    return record(DUO_CM7);
}

enum duo_status duo_service(void)
{
    if (!m4_confirms) {
        return DUO_OK;
    }
    enum duo_status status = record(DUO_CM4);
    if (status == DUO_OK) {
        m4_confirms = false;
    }
    return status;
}
