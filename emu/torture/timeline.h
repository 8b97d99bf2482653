/* SPDX-License-Identifier: MIT */
/* Which sector held what, at each flash operation of the undisturbed run: the picture in the HTML
 * report. */
#ifndef EMU_TORTURE_TIMELINE_H
#define EMU_TORTURE_TIMELINE_H

#include "emu/chip/chip.h"

#define TIMELINE_SECTORS 16

enum holds {
    HOLDS_BLANK,
    HOLDS_KNOWN,   /* whole content of a sector as it was at the start; see `origin` */
    HOLDS_PARTIAL, /* being written, or nothing known */
    HOLDS_JOURNAL,
    HOLDS_BOOT,
};

struct span {
    uint64_t from_op; /* holds from this operation on, up to the next span */
    enum holds holds;
    unsigned origin; /* HOLDS_KNOWN: the sector whose first content this is */
};

/* What the journal said from an operation on. */
struct stage {
    uint64_t from_op;
    char text[48];
};

struct timeline {
    struct machine *m;
    uint64_t start_hash[TIMELINE_SECTORS];
    bool start_blank[TIMELINE_SECTORS];
    struct span *spans[TIMELINE_SECTORS];
    size_t count[TIMELINE_SECTORS], room[TIMELINE_SECTORS];
    struct stage *stages;
    size_t nstages, stage_room;
};

void timeline_start(struct timeline *t, struct machine *m);
/* Operation `op` on the sector of `addr` has ended: looks at the whole sector. */
void timeline_op(struct timeline *t, uint64_t op, uint32_t addr);
/* "M7 app 1", "M4 staging 0", "M7 spare", "journal A", "M7 boot": the name of a sector by the flash
 * map. */
const char *sector_name(unsigned sector);
void timeline_free(struct timeline *t);

#endif
