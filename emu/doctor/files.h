/* What the user's files hold and where, looked at before anything runs: a mistake in the call is
 * told as such, not as a finding about the firmware. */
#ifndef EMU_DOCTOR_FILES_H
#define EMU_DOCTOR_FILES_H

#include "emu/cli/board.h"

struct doctor;

#define FILES_MAX    (BOARD_MAX_LOADS + 2)
#define FILES_RANGES 256

/* RAM that a program's ELF file claims: .data and .bss with what the linker script adds to them. */
struct ram_range {
    uint32_t lo, hi; /* hi is behind the last byte */
    int core;
    bool initialised; /* has content in the file: .data, never a buffer shared on purpose */
    bool app;
};

struct files {
    struct flash_range {
        uint32_t lo, hi;
        unsigned file;
    } flash[FILES_RANGES];
    unsigned nflash;
    struct ram_range ram[FILES_RANGES];
    unsigned nram;
    const char *name[FILES_MAX];
    unsigned count;
};

/* Reads all files of the call. 0, or EXIT_FILE with a message: nothing in flash, two files at the
 * same place. Files that cannot be read at all are left to board_open(). */
int files_read(struct files *f, const struct board_args *args);

#endif
