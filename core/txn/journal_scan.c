/* SPDX-License-Identifier: MIT */
#include "core/txn/journal_scan.h"

#include <string.h>

#include "core/base/bytes.h"

_Static_assert(DUO_CHUNK_DATA + DUO_CHUNK_SIZE == DUO_RECORD_PAYLOAD, "a chunk fills its record");
_Static_assert(DUO_STATE_SIZE == DUO_RECORD_PAYLOAD, "a state fills its record");
_Static_assert(DUO_CHUNK_MAX <= 256, "a chunk's number is one byte");

uint32_t duo_journal_words(const struct duo_journal *j)
{
    return j->map->sector_size / DUO_WORD_SIZE;
}

uint32_t duo_journal_addr(const struct duo_journal *j, unsigned half, uint32_t index)
{
    return j->map->journal[half] + index * DUO_WORD_SIZE;
}

static void see_sequence(uint32_t *highest, uint32_t sequence)
{
    if (sequence > *highest) {
        *highest = sequence;
    }
}

static void see_manifest_id(struct duo_half *h, uint16_t id)
{
    if (id > h->last_manifest) {
        h->last_manifest = id;
    }
}

static void use_state(struct duo_half *h, const struct duo_record *r, bool sealed)
{
    h->has_state = true;
    h->sealed = sealed;
    h->state_sequence = r->sequence;
    memcpy(h->state, r->payload, DUO_STATE_SIZE);
}

/* What another layout has written says nothing about this one's slots. */
static bool decode(const struct duo_journal *j, const struct duo_record *r, struct duo_state *state)
{
    return duo_state_decode(r->payload, state) == DUO_OK && state->twin == j->map->twin;
}

/* Not inlined, here and elsewhere: what it needs of the stack is not needed while words are read.
 */
__attribute__((noinline)) static void see_state(const struct duo_journal *j, struct duo_half *h,
                                                const struct duo_record *r)
{
    struct duo_state state;

    if (!decode(j, r, &state)) {
        return;
    }
    see_manifest_id(h, state.current.manifest);
    see_manifest_id(h, state.other.manifest);
    /* of two with one number the later one counts: the earlier was given up when it was written */
    if (!h->has_state || r->sequence >= h->state_sequence) {
        use_state(h, r, false);
    }
}

/* A seal repeats its state: should the state's own word have rotted since, this is as good. Seals
 * of version 0.1 are empty. */
static void see_seal(const struct duo_journal *j, struct duo_half *h, const struct duo_record *r)
{
    struct duo_state state;

    if (h->has_state && r->sequence == h->state_sequence) {
        h->sealed = true;
    } else if (decode(j, r, &state) && (!h->has_state || r->sequence > h->state_sequence)) {
        see_manifest_id(h, state.current.manifest);
        see_manifest_id(h, state.other.manifest);
        use_state(h, r, true);
    }
}

/* Most of a half is blank: that is passed over in larger steps, or a boot would spend 3 million
 * instructions here. Anything but good words that are all ones is looked at word by word. */
#define RUN (DUO_BLANK_RUN / DUO_WORD_SIZE)

static bool blank_run(const struct duo_journal *j, unsigned half, uint32_t index)
{
    return index % RUN == 0 && index + RUN <= duo_journal_words(j) &&
           duo_flash_area_blank(j->flash, duo_journal_addr(j, half, index), DUO_BLANK_RUN);
}

/* One word that is not part of a blank run. Not inlined, for the stack of who opens a journal. */
__attribute__((noinline)) static void see_word(const struct duo_journal *j, unsigned half,
                                               uint32_t index, struct duo_half *h)
{
    struct duo_record r;
    const enum duo_record_kind kind =
        duo_record_read(j->flash, duo_journal_addr(j, half, index), &r);

    if (kind == DUO_RECORD_BLANK) {
        return;
    }
    h->end = index + 1;
    h->used++;
    if (kind == DUO_RECORD_VOID) {
        return;
    }
    h->read_end = index + 1;
    see_sequence(&h->sequence, r.sequence);
    if (kind == DUO_RECORD_NEWER) {
        see_sequence(&h->newer_sequence, r.sequence);
    } else if (r.type == DUO_RECORD_STATE) {
        see_state(j, h, &r);
    } else if (r.type == DUO_RECORD_SEAL) {
        see_seal(j, h, &r);
    } else if (r.type == DUO_RECORD_MANIFEST) {
        see_manifest_id(h, duo_get16(r.payload + DUO_CHUNK_ID));
    }
}

void duo_half_scan(const struct duo_journal *j, unsigned half, struct duo_half *h)
{
    memset(h, 0, sizeof(*h));
    for (uint32_t i = 0; i < duo_journal_words(j); i++) {
        if (blank_run(j, half, i)) {
            i += RUN - 1u;
        } else {
            see_word(j, half, i, h);
        }
    }
}

static bool all_zeros(const uint8_t word[DUO_WORD_SIZE])
{
    for (unsigned i = 0; i < DUO_WORD_SIZE; i++) {
        if (word[i] != 0) {
            return false;
        }
    }
    return true;
}

bool duo_journal_is_zeros(const struct duo_journal *j, unsigned half, uint32_t index)
{
    uint8_t word[DUO_WORD_SIZE];

    return j->flash->read(j->flash->ctx, duo_journal_addr(j, half, index), word, sizeof(word)) !=
               DUO_WORD_UNREADABLE &&
           all_zeros(word);
}

/* Reads a chunk of the manifest with this number; false if the word holds none. */
static bool read_chunk(const struct duo_journal *j, unsigned half, uint32_t index, uint16_t id,
                       struct duo_record *r)
{
    return duo_record_read(j->flash, duo_journal_addr(j, half, index), r) == DUO_RECORD_GOOD &&
           r->type == DUO_RECORD_MANIFEST && duo_get16(r->payload + DUO_CHUNK_ID) == id &&
           r->payload[DUO_CHUNK_INDEX] < DUO_CHUNK_MAX;
}

bool duo_half_names(const struct duo_journal *j, unsigned half, uint16_t id)
{
    struct duo_record r;

    for (uint32_t i = 0; i < duo_journal_words(j); i++) {
        if (blank_run(j, half, i)) {
            i += RUN - 1u;
        } else if (read_chunk(j, half, i, id, &r)) {
            return true;
        }
    }
    return false;
}

/* Where the words end that can hold a manifest: after them all reads blank. */
static uint32_t end_of(const struct duo_journal *j, unsigned half)
{
    const uint32_t all = duo_journal_words(j);

    return half == j->half && j->next < all ? j->next : all;
}

/*
 * From the newest word backwards, because the manifests that are asked for are mostly the last that
 * were written: nearly all of a half need not be read. An id can be used again when all its chunks
 * were torn; then the later chunk counts, which is the first that is met.
 */
bool duo_half_chunks(const struct duo_journal *j, unsigned half, uint16_t id, unsigned first,
                     unsigned count, uint8_t *bytes)
{
    uint8_t seen[(DUO_CHUNK_MAX + 7u) / 8u] = {0};
    unsigned missing = count;
    struct duo_record r;

    for (uint32_t i = end_of(j, half); i > 0 && missing > 0; i--) {
        if (i % RUN == 0 && blank_run(j, half, i - RUN)) {
            i -= RUN - 1u;
            continue;
        }
        if (!read_chunk(j, half, i - 1u, id, &r)) {
            continue;
        }
        const unsigned index = r.payload[DUO_CHUNK_INDEX] - first; /* huge below the first */
        if (index < count && (seen[index / 8u] >> index % 8u & 1u) == 0) {
            memcpy(bytes + index * DUO_CHUNK_SIZE, r.payload + DUO_CHUNK_DATA, DUO_CHUNK_SIZE);
            seen[index / 8u] |= (uint8_t)(1u << index % 8u);
            missing--;
        }
    }
    return missing == 0;
}
