/* SPDX-License-Identifier: MIT */
/* What has happened to the device's sets lately, as far back as its journal reaches. */
#ifndef DUO_LOG_H
#define DUO_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "duo/language.h"
#include "duo/reason.h"
#include "duo/status.h"

DUO_BEGIN_C

/* These numbers reach SMP clients: append only. */
enum duo_event_kind {
    DUO_EVENT_NONE,
    DUO_EVENT_DOWNLOAD,  /* a set was authenticated and began to be written */
    DUO_EVENT_STAGED,    /* it is complete, for the next boot */
    DUO_EVENT_INSTALL,   /* the bootloader began to install it */
    DUO_EVENT_TRIAL,     /* a boot on trial */
    DUO_EVENT_CONFIRMED, /* both cores have confirmed it */
    DUO_EVENT_BACK,      /* the bootloader began to go back to it */
    DUO_EVENT_RUNS,      /* it runs again, or at last, without a trial */
    DUO_EVENT_FAILED,    /* what was tried did not come about; the reason says why */
    DUO_EVENT_COUNT
};

struct duo_event {
    enum duo_event_kind kind;
    enum duo_reason reason;      /* NONE: nothing went wrong */
    enum duo_status reason_code; /* what exactly, DUO_OK if that does not apply */
    uint32_t set, build;         /* version as in struct duo_handoff_version; 0: not known */
};

#define DUO_LOG_EVENTS 16u

/*
 * The last events, the oldest first, at most DUO_LOG_EVENTS and `max`; returns how many. None in an
 * interrupt, and when not started by the bootloader. On the M4 none until the M7 has answered, in
 * its duo_service(), for each of them: call it again in the main loop. DUO_STACK; on the M7
 * 120 ms at most, as long as it takes to read a full journal.
 */
size_t duo_get_log(struct duo_event *events, size_t max);

/* A few words for people; any value is allowed. */
const char *duo_event_text(enum duo_event_kind kind);

DUO_END_C

#endif
