/* SPDX-License-Identifier: MIT */
/*
 * What the M4 bootloader says of itself in flash, after its vectors, so that the M7 bootloader can
 * tell whether it is whole. The build stores the SHA-256 over the first `size` bytes of the program
 * after them (cmake/digest.py).
 */
#ifndef DUO_CORE_M4_RECORD_H
#define DUO_CORE_M4_RECORD_H

#include <stdint.h>

#define M4_RECORD_OFFSET 64u         /* 16 vectors */
#define M4_RECORD_MAGIC  0x344D5544u /* "DUM4" */

struct m4_record {
    uint32_t magic;
    uint32_t size;
};

#endif
