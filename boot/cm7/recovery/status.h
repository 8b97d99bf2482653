/* SPDX-License-Identifier: MIT */
/* Why recovery runs and what the device has, in lines. */
#ifndef DUO_BOOT_STATUS_H
#define DUO_BOOT_STATUS_H

struct recovery;

/* All of it: cause, M4, options, images (verified again: a tenth of a second), set, protection. */
void status_show(struct recovery *r);

#endif
