/* SPDX-License-Identifier: MIT */
/* Prints what the emulator has to say about the firmware: notes once each, faults and lockups in
 * words. */
#ifndef EMU_CLI_REPORT_H
#define EMU_CLI_REPORT_H

#include "emu/cli/board.h"

#include <stdio.h>

#define REPORT_MAX_NOTES  4096
#define REPORT_MAX_BLOCKS 128

struct report {
    const struct board *board;
    FILE *out;                 /* NULL: quiet */
    FILE *trace;               /* every note, undiminished; NULL: none */
    bool verbose;              /* also every unmodelled register, and resets */
    unsigned faults;           /* printed so far; a fault loop must not fill the disk */
    unsigned long long errors; /* NOTE_FEATURE notes seen */
    struct seen {
        enum note_id id;
        uint32_t addr;
        int core;
    } seen[REPORT_MAX_NOTES];
    unsigned nseen;
    uint32_t blocks[REPORT_MAX_BLOCKS]; /* register files named already */
    unsigned nblocks;
    struct saved_note {
        enum note_kind kind;
        int core;
        uint32_t pc, addr;
        enum note_id id;
        char text[256];
        vtime_t when;
    } *notes; /* the distinct ones, for --json */
    unsigned nnotes;
};

void report_init(struct report *r, const struct board *b, FILE *out);
/* Listens to the machine's notes and to both cores' faults. */
void report_attach(struct report *r);
void report_free(struct report *r);
const char *note_kind_name(enum note_kind kind);

#endif
