/* SPDX-License-Identifier: MIT */
/* The findings of one examination, in the order in which they were made; each complaint once per
 * core. */
#ifndef EMU_DOCTOR_FINDINGS_H
#define EMU_DOCTOR_FINDINGS_H

#include "emu/cli/board.h"
#include "emu/doctor/catalogue.h"
#include "emu/doctor/places.h"

#include <stdio.h>

#define FINDINGS_MAX 96
#define LIMITS_MAX   16

struct finding {
    const struct complaint *what;
    enum finding_id id;
    enum severity severity; /* the complaint's, or less: see finding_soften() */
    int core;               /* CM7, CM4, or -1: both */
    uint32_t pc;            /* place in the user's code, 0 when there is none */
    vtime_t when;
    bool early;         /* made before the core's hand-over, whatever its usual phase */
    char place[160];    /* of pc, in words */
    char evidence[640]; /* values seen */
    /* The catalogue's, or those for this case: see finding_explain(). */
    const char *reason, *fix;
    enum finding_id cause; /* it follows from that finding of the same core; FIND_COUNT: of none */
};

/* When a core's application was entered, the first time. */
struct handover {
    bool seen;
    unsigned times;
    vtime_t when;
    char from[160]; /* place of the branch, or "reset" */
    uint64_t insns; /* of this core since power-on */
};

struct findings {
    struct handover handover[CORES];
    bool direct[CORES]; /* no application for this core: what it boots is taken as one */
    const struct board *board;
    struct places places;
    struct finding list[FINDINGS_MAX];
    unsigned count;
    char limits[LIMITS_MAX][160]; /* what the firmware uses and the emulator does not have */
    unsigned nlimits;
};

/* Adds one; a second one of the same kind for the same core is dropped. Returns it, or NULL when
 * dropped. */
struct finding *finding_add(struct findings *f, enum finding_id id, int core, uint32_t pc,
                            const char *evidence, ...) __attribute__((format(printf, 5, 6)));
bool finding_has(const struct findings *f, enum finding_id id, int core);
/* The one that there is, or NULL. */
struct finding *finding_get(struct findings *f, enum finding_id id, int core);
/* Removes one: what came later has explained it as harmless, or as part of something larger. */
void finding_drop(struct findings *f, enum finding_id id, int core);
/* What came later has shown that it did no harm here: makes it a note that says why. */
void finding_soften(struct findings *f, enum finding_id id, int core, const char *because);
/* The reason or the fix for this very case, where the catalogue has to name several; NULL leaves
 * it. The texts must outlive the findings. f may be NULL (a finding that was there already). */
void finding_explain(struct finding *f, const char *reason, const char *fix);
/* A second case of the same finding is further evidence. */
void finding_evidence(struct finding *f, const char *text);
/* Marks the findings that only follow from another one, before they are printed. */
void findings_link(struct findings *f);
/* The firmware has switched on something that the emulator does not have; each text once. */
void findings_limit(struct findings *f, const char *text);
/* Worst severity; SEV_NOTE when there are only notes or none. */
enum severity findings_worst(const struct findings *f);
const char *place_of(const struct findings *f, int core, uint32_t pc, char *buf, size_t size);

/* report.c. How many of each severity, in one line; nothing if there are none. */
void findings_summary(const struct findings *f, FILE *out);
/* A line of text, folded between words; the lines after the first are indented. */
void findings_fold(FILE *out, int width, int indent, const char *text);
/* All in full. `width` is in columns; `colour`: severities in colour, for a terminal. */
void findings_print(const struct findings *f, FILE *out, int width, bool colour);
/* One entry of the catalogue in the same form, without evidence. */
void finding_print_entry(enum finding_id id, FILE *out, int width, bool colour);
/* The list as cli_put_json() prints an object. False: it could not be. */
bool findings_json(const struct findings *f);

#endif
