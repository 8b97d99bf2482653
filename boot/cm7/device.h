/* SPDX-License-Identifier: MIT */
/* What this build is made for: flash map, hardware id, the key whose images it runs. */
#ifndef DUO_BOOT_DEVICE_H
#define DUO_BOOT_DEVICE_H

#include "core/txn/txn.h"

/* `idle` is called while core/ waits for the flash. */
const struct duo_device *device_open(void (*idle)(void *ctx));

/* Slot of a core as core/image/image.h reads it. */
struct duo_reader device_slot_reader(const struct duo_slot *slot);

#endif
