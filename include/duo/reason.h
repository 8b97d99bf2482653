/* SPDX-License-Identifier: MIT */
/* Why the device is where it is, as the journal keeps it and applications are told. */
#ifndef DUO_REASON_H
#define DUO_REASON_H

#include "duo/language.h"

DUO_BEGIN_C

/* Why the device is where it is: the last failure, or why recovery runs. Stored: append only. */
enum duo_reason {
    DUO_REASON_NONE,
    DUO_REASON_REQUESTED,       /* recovery: a button, a key or an application asked for it */
    DUO_REASON_NO_SET,          /* nothing is known to be installed */
    DUO_REASON_IMAGE_BAD,       /* an image of the current set does not verify */
    DUO_REASON_JOURNAL_LOST,    /* the journal is full of noise */
    DUO_REASON_JOURNAL_NEWER,   /* the journal was written by a newer version */
    DUO_REASON_TRIAL_EXPIRED,   /* not confirmed within the trial boots */
    DUO_REASON_TRIAL_WATCHDOG,  /* not confirmed, and a watchdog ended the last trial boot */
    DUO_REASON_STAGING_CHANGED, /* the staged set no longer verified when it was to be installed */
    DUO_REASON_DOWNLOAD_CUT,    /* a download did not come to its end */
    DUO_REASON_REJECTED,        /* a bundle was refused before anything was erased */
    DUO_REASON_FLASH_FAILED,    /* the flash did not take what was written, several times */
    DUO_REASON_NO_PREVIOUS,     /* a trial failed and there is no previous set to go back to */
    DUO_REASON_BELOW_COUNTER,   /* the only set that could run is below the security counter */
    DUO_REASON_ROLLED_BACK,     /* a rollback by request was done */
    DUO_REASON_SECTOR_WORN,     /* not exchanged: a sector to keep the current set in is worn out */
    DUO_REASON_UNNAMED,         /* the set's manifest in the journal is lost; its images verify */
    DUO_REASON_NO_ROLLBACK,     /* a rollback was asked for and is not possible */
    DUO_REASON_BOOTLOADER,      /* a new bootloader did not work, and has been taken back */
    DUO_REASON_COUNT
};

/* A few words for people; any value is allowed. */
const char *duo_reason_text(enum duo_reason reason);

DUO_END_C

#endif
