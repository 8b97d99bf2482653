/* SPDX-License-Identifier: MIT */
/* What an SMP client can learn about the device, and do with it. */
#ifndef DUO_BOOT_SMP_DEVICE_H
#define DUO_BOOT_SMP_DEVICE_H

#include "core/base/ids.h"
#include "proto/smp.h"

/* What a client may send in one message. The longer, the less time passes between them: with 16 KiB
 * a client that waits 5 ms for each answer still fills 0.97 of a line of 921600 baud. */
#define DUO_SMP_BUFFER 16384u

struct recovery;

extern const struct duo_smp_about smp_about;
extern const struct duo_smp_ops smp_ops;

void smp_device_open(struct recovery *r);

/* The flash is at work: nothing that needs it can be asked or done. */
void smp_device_busy(bool busy);

/* Looks at the images again, when something has changed. */
void smp_device_refresh(void);

/* Of the image that runs, as it was when it was looked at last; false: none that verifies. */
bool smp_device_version(enum duo_core core, struct duo_version *version);

/* What was asked for while the flash was at work. Resets if that was it. */
void smp_device_finish(void);

#endif
