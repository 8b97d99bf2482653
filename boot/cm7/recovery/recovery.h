/* SPDX-License-Identifier: MIT */
/* What the loop of recovery (recovery.c) knows, for the parts that it calls. */
#ifndef DUO_BOOT_RECOVERY_H
#define DUO_BOOT_RECOVERY_H

#include "boot/cm7/recovery/receive.h"
#include "boot/cm7/work.h"

struct recovery {
    struct duo_txn *txn;
    const struct duo_device *device;
    const struct work_cause *cause;
    bool distrust;
    bool offering;       /* asks for a file; else the menu waits for a key */
    uint32_t idle_since; /* of the waiting menu */
    uint32_t heard;      /* when a byte last came */
    bool left;           /* ... and then it had been silent for so long that a sender has gone */
    struct receive receive;
};

/* Asks for a file: `polls` times, once a second, or until one comes (0). */
void offer(struct recovery *r, uint32_t polls, bool streaming);

/* What to do about a refused update. */
const char *recovery_advice(const struct recovery *r, enum duo_status status);

#endif
