/* SPDX-License-Identifier: MIT */
/*
 * The device under attack: boots with something in its flash that nobody has signed, and must never
 * execute an instruction of it.
 */
#ifndef EMU_GLITCH_DEVICE_H
#define EMU_GLITCH_DEVICE_H

#include "emu/cli/board.h"

#define GLITCH_MAX_FLIPS   16
#define GLITCH_MAX_DEVICES 4
#define GLITCH_UNDECIDED   GLITCH_MAX_DEVICES /* in place of the number of one */

struct glitch_setup {
    struct board_args args;
    struct {
        uint32_t addr; /* a byte of flash in which a bit is changed */
        unsigned device;
    } flips[GLITCH_MAX_FLIPS];
    unsigned nflips;
    unsigned others; /* devices besides the first one, which differ from it in their flips alone */
    bool warm;       /* the device has run before: flash is changed then, and a reset follows */
};

enum glitch_end {
    END_NONE,    /* not tried */
    END_REFUSED, /* it says so on a serial line, and stays there */
    END_SILENT,  /* hung, or dead */
    END_WON,     /* a core executes what is in an application's slot */
};

struct glitch_device {
    const struct glitch_setup *setup;
    struct board board;
    unsigned which;                /* GLITCH_UNDECIDED: nothing has read yet what differs */
    unsigned (*choose)(void *arg); /* then: which is it? May fork, and answer more than once */
    void *choose_arg;
    bool armed;    /* the boot under attack has begun */
    vtime_t began; /* then */
    bool spoke;    /* the first byte on a serial line: it refuses */
    vtime_t spoke_at;
    enum core_id winner; /* END_WON: who, and what it executed first */
    uint32_t pc;
    uint64_t first_insn; /* of the winner in the slot: the fetch may still be refused */
    bool inside, won;
    struct sched_event settled;
};

/* Makes the machine and brings it to the boot under attack: device number `which`, or
 * GLITCH_UNDECIDED, and `choose` is to be set then. Returns 0, or an exit code with a message
 * printed. */
int glitch_device_open(struct glitch_device *d, const struct glitch_setup *setup, unsigned which);
/* Runs to the end of the boot, or up to `limit` of virtual time from its beginning. */
enum glitch_end glitch_device_run(struct glitch_device *d, vtime_t limit);
void glitch_device_close(struct glitch_device *d);

#endif
