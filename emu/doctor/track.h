/* SPDX-License-Identifier: MIT */
/* What both cores, clocks and flash did in the course of an examination, for its HTML report:
 * looked at often in the beginning and less and less often later, since a jump takes microseconds
 * and what comes of it seconds. */
#ifndef EMU_DOCTOR_TRACK_H
#define EMU_DOCTOR_TRACK_H

#include "emu/doctor/doctor.h"

#define TRACK_LOOKS 2048

enum track_state {
    TRACK_HELD, /* in reset, or without a program */
    TRACK_BOOT, /* in its bootloader */
    TRACK_APP,  /* in its application */
    TRACK_SLEEP,
    TRACK_STALLED, /* waits for a busy flash bank */
    TRACK_LOCKED,
    TRACK_STATES
};

struct look {
    vtime_t when;
    enum track_state core[CORES];
    bool busy[FLASH_BANKS];
    uint64_t hz[CORES];
};

struct track {
    const struct doctor *d;
    struct sched_event event;
    unsigned count;
    struct look looks[TRACK_LOOKS];
};

void track_start(struct track *t, const struct doctor *d);

/* html.c: the report of an examination with its track. */
void doctor_html(const struct doctor *d, const struct track *t, FILE *f);

#endif
