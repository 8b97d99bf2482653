/* SPDX-License-Identifier: MIT */
/* One journal record: 32 bytes, one flash word. docs/formats.md, "Journal". */
#ifndef DUO_CORE_RECORD_H
#define DUO_CORE_RECORD_H

#include <stdint.h>

#include "core/txn/flash.h"

#define DUO_RECORD_MAGIC   0x4A44u /* "DJ" */
#define DUO_RECORD_VERSION 1u
#define DUO_RECORD_PAYLOAD 20u

/* A seal has the sequence number and the payload of the state before it. */
enum duo_record_type { DUO_RECORD_STATE = 1, DUO_RECORD_MANIFEST = 2, DUO_RECORD_SEAL = 3 };

/* What a word of a journal half turns out to be. */
enum duo_record_kind {
    DUO_RECORD_BLANK, /* reads blank; need not be */
    DUO_RECORD_VOID,  /* pad, torn or foreign: written, and means nothing */
    DUO_RECORD_GOOD,
    DUO_RECORD_NEWER /* intact, of a newer format version */
};

struct duo_record {
    uint8_t type;
    uint32_t sequence;
    uint8_t payload[DUO_RECORD_PAYLOAD];
};

void duo_record_encode(const struct duo_record *r, uint8_t word[DUO_WORD_SIZE]);

/* Sets *r for GOOD; only the sequence for NEWER. */
enum duo_record_kind duo_record_decode(const uint8_t word[DUO_WORD_SIZE], struct duo_record *r);

/* The same for a word in flash, which may be unreadable (VOID). */
enum duo_record_kind duo_record_read(const struct duo_flash *flash, uint32_t addr,
                                     struct duo_record *r);

#endif
