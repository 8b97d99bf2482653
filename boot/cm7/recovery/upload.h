/* SPDX-License-Identifier: MIT */
/* Upload by YMODEM: a core's signed image, or a whole bank. */
#ifndef DUO_BOOT_UPLOAD_H
#define DUO_BOOT_UPLOAD_H

#include "core/txn/txn.h"

/* Asks what to send, sends it, and says how that ended. Refused while the chip is read-protected.
 */
void upload_menu(const struct duo_device *device);

#endif
