/* SPDX-License-Identifier: MIT */
/*
 * The doctor's catalogue: every finding it can make, with the reason and the cure. The texts are in
 * the files findings_*.def, one entry each:
 *
 *   FINDING(NAME, "id", severity, phase, title, reason, source, fix)
 *
 * NAME makes the constant FIND_NAME, by which the code names a finding. docs/doctor.md is made from
 * the same entries (duoemu doctor --list).
 */
#ifndef EMU_DOCTOR_CATALOGUE_H
#define EMU_DOCTOR_CATALOGUE_H

#include <stddef.h>

enum severity {
    SEV_NOTE,    /* a habit to know about; does not by itself break anything */
    SEV_WARNING, /* works now, will hurt in some builds or boards */
    SEV_ERROR,   /* breaks the program that was watched */
};

enum phase { PHASE_HANDOVER, PHASE_AFTER, PHASE_BETWEEN };

enum finding_id {
#define FINDING(name, ...) FIND_##name,
#include "emu/doctor/catalogue.def"
#undef FINDING
    FIND_COUNT
};

struct complaint {
    const char *id;
    enum severity severity;
    enum phase phase;
    const char *title;  /* what is wrong, one line */
    const char *reason; /* why the hardware behaves so */
    const char *source; /* place in the Arm or ST manual */
    const char *fix;    /* what to change */
};

/* By enum finding_id. */
extern const struct complaint catalogue[FIND_COUNT];

/* The finding of that id, such as "jump.primask"; FIND_COUNT if there is none. */
enum finding_id catalogue_find(const char *id);
const char *severity_name(enum severity s);
const char *phase_name(enum phase p);

#endif
