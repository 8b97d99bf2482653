/* SPDX-License-Identifier: MIT */
/* Upload by YMODEM: a core's signed image, or a whole bank. */
#ifndef DUO_BOOT_UPLOAD_H
#define DUO_BOOT_UPLOAD_H

#include "core/txn/txn.h"

/* Asks what to send, sends it, and says how that ended. Refused while the chip is read-protected.
 */
void upload_menu(const struct duo_device *device);

/*
 * Reads at most *n bytes of such a file from `offset` on, for another protocol, and says how many
 * there were and how long the file is. `what` is the menu's key. Errors: ARG (no such file or
 * offset), NO_IMAGE, PROTECTED (it may not be read out), READ.
 */
enum duo_status upload_read(const struct duo_device *device, char what, uint32_t offset,
                            uint8_t *bytes, uint32_t *n, uint32_t *size);

#endif
