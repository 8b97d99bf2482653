/* SPDX-License-Identifier: MIT */
/*
 * The doctor's catalogue: every finding it can make, with the reason and the cure. One table;
 * docs/doctor.md is made from it (duoemu doctor --list).
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

struct complaint {
    const char *id;
    enum severity severity;
    enum phase phase;
    const char *title;  /* what is wrong, one line */
    const char *reason; /* why the hardware behaves so */
    const char *source; /* place in the Arm or ST manual */
    const char *fix;    /* what to change */
};

extern const struct complaint catalogue[];
extern const size_t catalogue_size;

/* By id; aborts on an unknown one (a mistake in the doctor, found by its own tests). */
const struct complaint *complaint_of(const char *id);
const char *severity_name(enum severity s);
const char *phase_name(enum phase p);

#endif
