/* SPDX-License-Identifier: MIT */
/*
 * The journal: an append-only log in two sectors (halves) used alternately. On-flash format:
 * "Journal" in docs/formats.md.
 *
 * The hazards it is built around: a record whose programming was cut may be readable now and not at
 * the next power cycle, or the next read, or the other way round, or its word may read blank and
 * not be.
 *  - A state counts for certain only when its seal is there: the seal was begun after the state's
 *    programming had ended. duo_journal_settle() writes an unsealed state once more, and is called
 *    before anything is done on its account.
 *  - Each power cycle begins its writing with zeros over every word that may be a record which
 * could not be read when the journal was opened, and could come to light later, and over the words
 *    that may be torn and read blank; records go after them.
 */
#ifndef DUO_CORE_JOURNAL_H
#define DUO_CORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/manifest.h"
#include "core/txn/flash.h"
#include "core/txn/map.h"
#include "core/txn/record.h"
#include "core/txn/state.h"

/* Bytes of a manifest in one record, and the records of a manifest: without a second signature, and
 * of the largest. */
#define DUO_CHUNK_SIZE  16u
#define DUO_CHUNK_COUNT (DUO_MANIFEST_SIZE / DUO_CHUNK_SIZE)
#define DUO_CHUNK_MAX   (DUO_MANIFEST_MAX / DUO_CHUNK_SIZE)

enum duo_journal_content {
    DUO_JOURNAL_OK,    /* a state was found */
    DUO_JOURNAL_EMPTY, /* no state was ever completed: as from the factory */
    DUO_JOURNAL_LOST,  /* written, but no state can be read */
    DUO_JOURNAL_NEWER  /* the last word is a newer version's */
};

/* A handle: RAM only, private. */
struct duo_journal {
    const struct duo_flash *flash;
    const struct duo_map *map;
    enum duo_journal_content content;
    uint8_t half;           /* OK: in use; EMPTY: to be used; else: the half that must stay as it is
                               until the other one holds a state */
    bool sealed;            /* the state's seal is there */
    bool stays;             /* set by the caller: never switch to the other half, give JOURNAL */
    bool spares_first_bank; /* set by the caller: not if it lies in the bank that comes first */
    bool padded;            /* this handle has hidden what may be torn, and written its pads */
    bool worn; /* this half has refused a word: no more goes to it in this power cycle */
    uint16_t last_manifest;  /* highest id seen */
    uint32_t next;           /* index of the first word after all that is written */
    uint32_t read_end;       /* index of the first word after the last record open() could read */
    uint32_t other_end;      /* like next, in the other half, when it was opened */
    uint32_t other_read_end; /* like read_end, in the other half */
    uint32_t sequence;       /* of the last record, or what it may be */
};

/* Reads both halves. *state is set when the content is OK. Writes nothing. */
void duo_journal_open(struct duo_journal *j, const struct duo_flash *flash,
                      const struct duo_map *map, struct duo_state *state);

/* Makes sure that the state read by open() is read again by every later open(), by writing it once
 * more if it has no seal. `state` is the one open() gave. Errors as append. */
enum duo_status duo_journal_settle(struct duo_journal *j, const struct duo_state *state);

/*
 * To be called before the flash is changed on account of the state read by open(). That state may
 * not be the newest: a record after it may have been torn so that it cannot be read now, and can
 * be at the next power cycle ("sector saved", when the sector has been erased again meanwhile).
 * Writes the state once more, over any such record, unless this handle has written already. Errors
 * as append.
 */
enum duo_status duo_journal_claim(struct duo_journal *j, const struct duo_state *state);

/*
 * Appends and seals a state. After OK every later open() gives this state or a newer one. On error
 * (PROGRAM, ERASE, PROTECTED: the flash refused, also in the other half) it is open which one a
 * later open() gives, as after a power cut. Switches to the other half when this one is full: then
 * waits for an erase. Only manifests that `state` names survive that.
 */
enum duo_status duo_journal_append(struct duo_journal *j, const struct duo_state *state);

/* Stores a manifest and gives it an id, for a state to be appended next; `keep` is the state in
 * force, needed if the half is full. Nothing refers to it until that state is appended. */
enum duo_status duo_journal_put_manifest(struct duo_journal *j, const struct duo_state *keep,
                                         const uint8_t *bytes, uint16_t *id);

/* The whole manifest; NO_IMAGE when there is none of that id. */
enum duo_status duo_journal_get_manifest(const struct duo_journal *j, uint16_t id,
                                         uint8_t bytes[DUO_MANIFEST_MAX]);
/* The same without a second signature, for whoever has little room. */
enum duo_status duo_journal_get_head(const struct duo_journal *j, uint16_t id,
                                     uint8_t bytes[DUO_MANIFEST_SIZE]);

/* Switches to the other half now (erase, ~1 s) if fewer than `words` words are left, so that it
 * need not happen at a worse moment. OK also when content is not OK (nothing is done). */
enum duo_status duo_journal_make_room(struct duo_journal *j, const struct duo_state *state,
                                      uint32_t words);

/* Starts a new journal over whatever is there: content becomes OK with this state and, when
 * manifest != NULL, state->current.manifest set to its id. In an EMPTY journal nothing is erased.
 */
enum duo_status duo_journal_start(struct duo_journal *j, struct duo_state *state,
                                  const uint8_t *manifest);

#endif
