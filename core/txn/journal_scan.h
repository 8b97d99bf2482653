/* SPDX-License-Identifier: MIT */
/* Reading one half of the journal; private to core/txn/journal*.c. */
#ifndef DUO_CORE_JOURNAL_SCAN_H
#define DUO_CORE_JOURNAL_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/journal.h"

struct duo_half {
    uint32_t end;      /* index after the last word that does not read blank */
    uint32_t read_end; /* index after the last record, a newer version's too */
    uint32_t used;     /* words that do not read blank */
    uint32_t sequence; /* highest of any record, newer versions included; 0 = none */
    uint16_t last_manifest;
    bool has_state;
    uint32_t state_sequence;       /* of the newest state */
    bool sealed;                   /* its seal is there */
    uint8_t state[DUO_STATE_SIZE]; /* as recorded: two of these lie on an application's stack */
    uint32_t newer_sequence;       /* highest of a newer version's record; 0 = none */
};

uint32_t duo_journal_words(const struct duo_journal *j);
uint32_t duo_journal_addr(const struct duo_journal *j, unsigned half, uint32_t index);

void duo_half_scan(const struct duo_journal *j, unsigned half, struct duo_half *out);

/* Does this word read as a pad now? */
bool duo_journal_is_zeros(const struct duo_journal *j, unsigned half, uint32_t index);

/* Collects `count` chunks of a manifest, from number `first` on; false if one is missing. */
bool duo_half_chunks(const struct duo_journal *j, unsigned half, uint16_t id, unsigned first,
                     unsigned count, uint8_t *bytes);

/* Has a half a chunk of a manifest with this number? */
bool duo_half_names(const struct duo_journal *j, unsigned half, uint16_t id);

/* A manifest record's payload: id (16 bit), index of the chunk, 0, chunk. */
enum { DUO_CHUNK_ID = 0, DUO_CHUNK_INDEX = 2, DUO_CHUNK_DATA = 4 };

#endif
