/* SPDX-License-Identifier: MIT */
/*
 * Writing one image into a core's staging slot, in the order of its file: payload, then META, whose
 * first word (the locator) is last. The slot's sectors are erased as the data reaches them.
 *
 * The caller has authenticated what it writes, and has recorded in the journal that the staging
 * slots mean nothing now (phase DOWNLOADING).
 */
#ifndef DUO_CORE_STAGING_H
#define DUO_CORE_STAGING_H

#include <stdint.h>

#include "core/image/slot.h"
#include "core/txn/clearing.h"
#include "core/txn/txn.h"

/* About 8.5 KiB, most of it `meta`. Private, but for `refused`. */
struct duo_staging {
    const struct duo_device *dev;
    enum duo_core core;
    struct duo_slot_stream stream;
    struct duo_clearing *clearing; /* erases */
    uint32_t fill, word_at;        /* bytes collected in word, and the word's offset in the slot */
    uint32_t refused;              /* an address in the sector that the flash refused; 0 = none */
    uint8_t word[DUO_WORD_SIZE];
    uint8_t meta[DUO_SLOT_META_SIZE];
};

/* Begins a file of exactly `file_size` bytes (no trailer). Touches no flash. `clearing`: of the set
 * that it belongs to. */
void duo_staging_begin(struct duo_staging *st, const struct duo_device *dev, enum duo_core core,
                       uint32_t file_size, struct duo_clearing *clearing);

/*
 * The next bytes of the file; any length. Waits for programming (100 us a word), and for an erase
 * (1 to 4 s) at each new sector. Errors: as duo_slot_stream_push(); PROGRAM, ERASE or PROTECTED
 * when the flash refuses, and st->refused says where.
 */
enum duo_status duo_staging_write(struct duo_staging *st, const uint8_t *data, uint32_t len);

/* The file is complete: writes META. TRUNCATED when bytes are missing; else as above. */
enum duo_status duo_staging_end(struct duo_staging *st);

#endif
