/* SPDX-License-Identifier: MIT */
/*
 * The judge of a torture run: watches both cores fetch their first instruction of an application,
 * looks at that moment at what lies in both slots, and says whether the device is what it must be.
 *
 * It trusts nothing the firmware says: images are found and verified in the flash model with the
 * owner's key.
 */
#ifndef EMU_TORTURE_ORACLE_H
#define EMU_TORTURE_ORACLE_H

#include "core/image/slot.h"
#include "emu/machine.h"

enum verdict {
    VERDICT_NONE,       /* still booting */
    VERDICT_OLD_SET,    /* both cores run the set that was in the application slots at the start */
    VERDICT_NEW_SET,    /* both cores run the other one: staged, or to be taken back */
    VERDICT_MIXED,      /* each core has another set: broken */
    VERDICT_UNVERIFIED, /* a core executes an image that does not verify: broken */
    VERDICT_STUCK,      /* no verdict within the time */
    VERDICT_LOCKUP,     /* no core can go on */
};

const char *verdict_name(enum verdict v);
static inline bool verdict_good(enum verdict v)
{
    return v == VERDICT_OLD_SET || v == VERDICT_NEW_SET;
}

struct oracle {
    struct machine *m;
    const struct duo_trust *trust;
    uint8_t set_hash[2][DUO_CORES][DUO_HASH_SIZE]; /* [old, new][core]: hash of each image */
    struct duo_version version[2][DUO_CORES];
    bool known[2][DUO_CORES];
    bool entered[CORES]; /* since the last reset */
    enum verdict verdict;
    struct sched_event settled; /* the verdict stands when no reset follows for a while */
};

/* Learns both sets from the slots and the staging area as they are now. False with a message in err
 * when one of them does not verify: then this is not a device with a staged update. */
bool oracle_learn(struct oracle *o, struct machine *m, const struct duo_trust *trust, char *err,
                  size_t errlen);
/* Starts watching. machine_run() returns M_USER once there is a verdict. */
void oracle_watch(struct oracle *o);
/* A new boot begins (reset, power-on). */
void oracle_restart(struct oracle *o);

#endif
