/* SPDX-License-Identifier: MIT */
/*
 * One set of result codes for the bootloader, the library and the host tools.
 *
 * The numbers reach the journal's status report and the host, so they never change their meaning:
 * add new codes at the end.
 */
#ifndef DUO_STATUS_H
#define DUO_STATUS_H

#include "duo/language.h"

DUO_BEGIN_C

enum duo_status {
    DUO_OK = 0,

    /* The medium */
    DUO_E_READ,      /* flash or file could not be read; a torn flash word is one reason */
    DUO_E_PROGRAM,   /* flash did not take the data */
    DUO_E_ERASE,     /* flash could not be erased */
    DUO_E_PROTECTED, /* write protection or read protection stands in the way */

    /* Shape of a file */
    DUO_E_EMPTY,       /* no byte at all */
    DUO_E_TRUNCATED,   /* ends before its own sizes say */
    DUO_E_TRAILING,    /* bytes follow after the end */
    DUO_E_MAGIC,       /* another kind of file */
    DUO_E_FORMAT_NEW,  /* a format version newer than this code */
    DUO_E_FORMAT_OLD,  /* a format version no longer read */
    DUO_E_MALFORMED,   /* fields contradict each other or their limits */
    DUO_E_UNSUPPORTED, /* well formed, but uses something not supported (encryption, RSA...) */
    DUO_E_TOO_LARGE,   /* does not fit its slot */

    /* Trust */
    DUO_E_NO_SIGNATURE, /* not signed at all */
    DUO_E_KEY,          /* signed by a key that is not ours */
    DUO_E_SIGNATURE,    /* signature does not match the content */
    DUO_E_HASH,         /* content does not have the hash it should have */

    /* Purpose */
    DUO_E_CORE,      /* made for the other core */
    DUO_E_HARDWARE,  /* made for other hardware */
    DUO_E_DOWNGRADE, /* security counter below what the device demands */
    DUO_E_STACK,     /* initial stack pointer is in no RAM of this core, or misaligned */
    DUO_E_ENTRY,     /* reset vector is even or outside the image */
    DUO_E_MISMATCH,  /* image is not the one the manifest names */
    DUO_E_NO_IMAGE,  /* nothing there */

    /* Use of an interface */
    DUO_E_ARG,       /* caller's mistake: argument out of range */
    DUO_E_STATE,     /* caller's mistake: not allowed now */
    DUO_E_BUSY,      /* not finished yet, ask again */
    DUO_E_TIMEOUT,   /* the other side did not answer in time */
    DUO_E_CANCELLED, /* the other side or the user gave up */
    DUO_E_LINE,      /* too many transmission errors */
    DUO_E_JOURNAL,   /* the journal cannot be used */

    /* Use of libduo */
    DUO_E_OPEN,      /* an update session is open already, perhaps of the other core */
    DUO_E_INTERRUPT, /* not allowed in an interrupt */
    DUO_E_M7_ONLY,   /* only the Cortex-M7 can do it */

    DUO_E_STUCK, /* a flash operation does not end; only a reset ends it */

    DUO_E_LAYOUT, /* made for another flash layout */

    /* Trust, where a device knows several keys */
    DUO_E_KEY_ROLE,         /* signed by a development key, and the device is for production */
    DUO_E_KEY_REVOKED,      /* signed by a key that has been revoked */
    DUO_E_KEY_FLOOR,        /* security counter below what its key may sign */
    DUO_E_REVOKES_SIGNER,   /* revokes the key that it is signed with */
    DUO_E_REVOCATION_ORDER, /* does not name a key that is revoked already */
    DUO_E_NO_SECOND,        /* without the second signature (LMS) that the device demands */
    DUO_E_SECOND,           /* the second signature does not match */
    DUO_E_BOOT_BOTH,        /* a set that would change both bootloaders at once */
    DUO_E_BOOT_BANK,        /* a set with an M7 bootloader, and the current set lies in bank 2 */
    DUO_E_BOOT_OLD,         /* a set with a bootloader that is older than the one there is */
    DUO_E_DEPENDENCY,       /* the other core's image is older than this one demands */
    DUO_E_BOOT_FOREIGN,     /* a set with an M7 bootloader that would not take this very set */

    DUO_STATUS_COUNT
};

/* A few words for people, in lower case and without a full stop ("signed by another key"). Any
 * value is allowed; an unknown one gives "unknown status". */
const char *duo_status_text(enum duo_status status);

DUO_END_C

#endif
