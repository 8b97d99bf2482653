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

enum fate {
    FATE_NONE,       /* still booting */
    FATE_OLD_SET,    /* both cores run the set that was in the application slots at the start */
    FATE_NEW_SET,    /* both cores run the other one: staged, or to be taken back */
    FATE_MIXED,      /* each core has another set: broken */
    FATE_UNVERIFIED, /* a core executes an image that does not verify: broken */
    FATE_STUCK,      /* did not come to rest within the time */
    FATE_LOCKUP,     /* no core can go on */
};

const char *fate_name(enum fate v);
static inline bool fate_good(enum fate v)
{
    return v == FATE_OLD_SET || v == FATE_NEW_SET;
}

struct oracle {
    struct machine *m;
    const struct duo_trust *trust;
    uint8_t set_hash[2][DUO_CORES][DUO_HASH_SIZE]; /* [old, new][core]: hash of each image */
    struct duo_version version[2][DUO_CORES];
    bool known[2][DUO_CORES];
    bool entered[CORES]; /* since the last reset */
    enum fate fate;
    struct sched_event at_rest; /* the fate stands when no reset follows for a while */
};

/* Learns both sets from the slots and the staging area as they are now. False with a message in err
 * when one of them does not verify: then this is not a device with a staged update. */
bool oracle_learn(struct oracle *o, struct machine *m, const struct duo_trust *trust, char *err,
                  size_t errlen);
/* Starts watching. machine_run() returns M_USER once the device has come to rest. */
void oracle_watch(struct oracle *o);
/* A new boot begins (reset, power-on). */
void oracle_restart(struct oracle *o);

#endif
