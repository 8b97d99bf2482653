/* SPDX-License-Identifier: MIT */
/* M7: what a bootloader's device and an application's have in common. */
#ifndef DUO_LIB_DEVICE_CM7_H
#define DUO_LIB_DEVICE_CM7_H

#include "core/txn/txn.h"

/* Gives the device the layout of this build and that flash, whose driver is filled in already; in
 * layout twin the driver learns to swap the banks. */
void duo_device_place(struct duo_device *device, struct duo_flash *flash);

#endif
