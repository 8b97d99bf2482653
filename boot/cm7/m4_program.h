/* SPDX-License-Identifier: MIT */
/* Is the M4's bootloader in flash the one that was built? */
#ifndef DUO_BOOT_M4_PROGRAM_H
#define DUO_BOOT_M4_PROGRAM_H

#include <stdint.h>

enum m4_program {
    M4_PROGRAM_WHOLE,
    M4_PROGRAM_MISSING, /* its place is erased */
    M4_PROGRAM_DAMAGED  /* unreadable, changed, or another program */
};

/* Compares it with the digest that the build has stored with it: some 40,000 instructions. */
enum m4_program m4_program_check(void);

/* Its version (core/image/boot_mark.h); 0 if it is not whole, and may be anything. */
uint32_t m4_program_mark(void);

#endif
