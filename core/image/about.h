/* SPDX-License-Identifier: MIT */
/*
 * How an M7 bootloader describes itself: a record in its binary, which `duoboot info` and
 * `duoboot verify --bootloader` find by its first bytes. Little endian, without gaps.
 */
#ifndef DUO_CORE_ABOUT_H
#define DUO_CORE_ABOUT_H

#include "core/image/keyring.h"

#define DUO_ABOUT_MAGIC "duoboot about 2" /* with its NUL 16 bytes */

struct duo_about {
    char magic[16];
    char version[16];
    char layout[16]; /* name of the flash map */
    uint32_t hardware_id;
    uint32_t baud;
    uint32_t start_window_ms;
    uint16_t trial_time_s; /* 0: as the set's manifest says */
    uint8_t trial_boots;   /* the same */
    /* 1: yes */
    uint8_t hardware_needed, rom_loader, repair_options, upload, usb;
    uint8_t production, dfuse;
    uint8_t second;      /* second signatures (LMS) are demanded; their keys follow the others */
    uint8_t self_update; /* a set can replace it */
};

/* The linker script puts the keys that the build embeds after it. */
struct duo_about_record {
    struct duo_about about;
    struct duo_keyring ring; /* whose updates it takes */
    struct duo_lms_ring lms; /* there if `second` is 1 */
};

_Static_assert(sizeof(struct duo_about_record) ==
                   72u + sizeof(struct duo_keyring) + sizeof(struct duo_lms_ring),
               "the record has no gaps");

#endif
