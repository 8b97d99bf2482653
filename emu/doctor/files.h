/* SPDX-License-Identifier: MIT */
/* What the user's files hold and where, looked at before anything runs: a mistake in the call is
 * told as such, not as a finding about the firmware. */
#ifndef EMU_DOCTOR_FILES_H
#define EMU_DOCTOR_FILES_H

#include "emu/cli/board.h"

#define FILES_MAX    (BOARD_MAX_LOADS + 2)
#define FILES_RANGES 256

enum program_kind { PROGRAM_BOOT7, PROGRAM_BOOT4, PROGRAM_LOADED };

struct program {
    const char *name;       /* as the user gave it */
    enum program_kind kind; /* --m7, --m4 or --load */
    uint32_t low, end;      /* extent of its content in flash */
    bool elf;
};

/* RAM that a program's ELF file claims: .data and .bss with what the linker script adds to them. */
struct ram_range {
    uint32_t lo, hi; /* hi is after the last byte */
    unsigned file;
    int core;         /* once files_locate() knows the applications */
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
    struct program program[FILES_MAX];
    unsigned count;
};

/* Reads all files of the call. 0, or EXIT_FILE with a message: nothing in flash, two files at the
 * same place. Files that cannot be read at all are left to board_open(). */
int files_read(struct files *f, const struct board_args *args);

/*
 * Where each core's application is, once the flash has its content: app[] is what the user said
 * (given[]) or the default, which gives way to the loaded file that has a vector table in that
 * core's bank. 0, or EXIT_FILE with a message: an address without a vector table although a file
 * has one elsewhere; a bootloader that reaches into the application.
 */
int files_locate(struct files *f, const struct board *b, unsigned long long app[CORES],
                 const bool given[CORES]);

#endif
