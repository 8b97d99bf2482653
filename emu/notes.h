/* SPDX-License-Identifier: MIT */
/*
 * What the emulator has to say about firmware: one table (notes.def) with an enumerator, a kind, a
 * stable name and the section of docs/emulator.md for each note. The doctor listens to the same
 * stream as the report of `duoemu run`.
 */
#ifndef EMU_NOTES_H
#define EMU_NOTES_H

enum note_kind {
    NOTE_INFO,       /* resets, releases, power cuts */
    NOTE_UNMODELLED, /* access to a register that is only a register file; once per register */
    NOTE_UNCLOCKED,  /* access to a peripheral whose clock is off */
    NOTE_FEATURE,    /* firmware switched on something the model does not have: an error, the run is
                        not to be trusted */
    NOTE_FIRMWARE_BUG, /* the chip allows it or swallows it, but it cannot be meant (locked flash
                          written, ...) */
    NOTE_FAULT,        /* a fault was taken; lockup */
};

enum note_id {
#define NOTE(id, kind, name, section, meaning) N_##id,
#include "emu/notes.def"
#undef NOTE
    NOTES
};

struct note_info {
    enum note_kind kind;
    const char *name;    /* short and stable, e.g. "flash.pg-not-set"; filters and tests use it */
    const char *section; /* heading in docs/emulator.md */
    const char *meaning; /* one sentence; the note itself tells the case */
};

/* Never NULL; id is an enumerator of the table. */
const struct note_info *note_info(enum note_id id);

#endif
