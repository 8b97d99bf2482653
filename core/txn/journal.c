/* SPDX-License-Identifier: MIT */
#include "core/txn/journal.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/txn/journal_hide.h"
#include "core/txn/journal_scan.h"

/* Words tried for one record before the half is given up: a word can turn out used up. */
#define RECORD_TRIES 4u

#define PADS 2u

/* A lost journal's numbers may have gone this far beyond the last that can be read: two halves, of
 * no more than two numbers a word (open() leaves one out), and as much again. Zeros over what may
 * hold them come first; this is for words that refuse zeros. */
#define NUMBERS_LOST(j) (8u * duo_journal_words(j))

/* ---- Opening ---- */

static void use_half(struct duo_journal *j, unsigned half, const struct duo_half h[2])
{
    j->half = (uint8_t)half;
    j->next = h[half].end;
    j->read_end = h[half].read_end;
    j->other_end = h[1u - half].end;
    j->other_read_end = h[1u - half].read_end;
}

/* The half with the newer state is in use. */
static int half_in_use(const struct duo_half h[2])
{
    if (h[0].has_state && h[1].has_state) {
        return h[0].state_sequence > h[1].state_sequence ? 0 : 1;
    }
    return h[0].has_state ? 0 : h[1].has_state ? 1 : -1;
}

static bool newer_than(const struct duo_half h[2], uint32_t sequence)
{
    return h[0].newer_sequence > sequence || h[1].newer_sequence > sequence;
}

/* So many words, or a record so far on, that it was a journal. A word that has rotted where nothing
 * was ever written was none. */
static bool was_in_use(const struct duo_journal *j, const struct duo_half *h)
{
    const uint32_t limit = duo_journal_words(j) / 2u;

    return h->used > limit || h->read_end > limit;
}

/*
 * No state in either half. From the factory on, power cuts before the first state is complete leave
 * a few words at the start of a half; anything more was a journal once.
 */
static void judge_stateless(struct duo_journal *j, const struct duo_half h[2])
{
    const uint32_t limit = duo_journal_words(j) / 2u;

    if (was_in_use(j, &h[0]) || was_in_use(j, &h[1])) {
        j->content = DUO_JOURNAL_LOST;
        use_half(j, was_in_use(j, &h[1]) ? 1 : 0, h);
        return;
    }
    j->content = DUO_JOURNAL_EMPTY;
    /* The first state and manifest of the factory set must not reach the limit themselves. */
    use_half(j, h[0].end + PADS + DUO_CHUNK_COUNT + 2u * RECORD_TRIES > limit ? 1 : 0, h);
}

void duo_journal_open(struct duo_journal *j, const struct duo_flash *flash,
                      const struct duo_map *map, struct duo_state *state)
{
    struct duo_half h[2];

    memset(j, 0, sizeof(*j));
    memset(state, 0, sizeof(*state));
    j->flash = flash;
    j->map = map;
    for (unsigned i = 0; i < 2; i++) {
        duo_half_scan(j, i, &h[i]);
        if (h[i].sequence > j->sequence) {
            j->sequence = h[i].sequence;
        }
        if (h[i].last_manifest > j->last_manifest) {
            j->last_manifest = h[i].last_manifest;
        }
    }
    const int use = half_in_use(h);
    /* One record may be there that cannot be read now. What is written from here on must count for
     * more, should that record come to light later. */
    j->sequence++;
    if (newer_than(h, use < 0 ? 0 : h[use].state_sequence)) {
        j->content = DUO_JOURNAL_NEWER;
        use_half(j, h[1].newer_sequence > h[0].newer_sequence ? 1 : 0, h);
    } else if (use < 0) {
        judge_stateless(j, h);
    } else {
        j->content = DUO_JOURNAL_OK;
        use_half(j, (unsigned)use, h);
        j->sealed = h[use].sealed;
        (void)duo_state_decode(h[use].state, state); /* it was sane when it was read */
    }
}

/* ---- Writing words ---- */

static uint32_t room(const struct duo_journal *j)
{
    return j->worn ? 0 : duo_journal_words(j) - j->next;
}

/* By this word or sector, so that another one may do; a bank that hangs takes nothing. */
static bool refused(enum duo_status status)
{
    return status == DUO_E_PROGRAM || status == DUO_E_PROTECTED || status == DUO_E_TIMEOUT;
}

/* Words that refuse zeros may come to light: then what is written from here on counts for more. */
static enum duo_status outnumber(struct duo_journal *j, enum duo_status hidden)
{
    if (!refused(hidden)) {
        return hidden;
    }
    j->sequence += NUMBERS_LOST(j);
    return DUO_OK;
}

/*
 * Before the first record of a power cycle, whichever half it goes to: no word of this one, from
 * here on, may be a torn one that reads blank.
 *
 * Which words can be torn? The last one that does not read blank, and those after it. If the last
 * one is no record, it has got solid zeros, and only one word after it can have been begun. If it
 * is a record (which must not be lost), the pad after it may have been cut in an earlier power
 * cycle; and when both read blank in this one, there are two to cover. So: two pads, always, as far
 * as there is room.
 */
static enum duo_status pad(struct duo_journal *j)
{
    enum duo_status status = DUO_OK;

    if (j->padded) {
        return DUO_OK;
    }
    status = outnumber(j, duo_journal_hide_torn(j));
    for (unsigned i = 0; i < PADS && room(j) > 0 && status == DUO_OK; i++) {
        status = duo_journal_zero(j, j->half, j->next++);
    }
    j->padded = status == DUO_OK;
    j->worn = j->worn || status != DUO_OK;
    return status;
}

/*
 * JOURNAL when the half is full. A word that was refused is passed over, but only if it takes
 * zeros: it may read blank at the next power cycle, and after more such words than pad() covers a
 * torn one would not be found. Else nothing more is written to this half in this power cycle.
 */
static enum duo_status put_record(struct duo_journal *j, const struct duo_record *r)
{
    uint8_t word[DUO_WORD_SIZE];
    unsigned tries = 0;
    enum duo_status status;

    duo_record_encode(r, word);
    do {
        if (room(j) == 0) {
            return DUO_E_JOURNAL;
        }
        const uint32_t index = j->next++;
        status = duo_flash_program(j->flash, duo_journal_addr(j, j->half, index), word);
        j->worn = status != DUO_OK && duo_journal_zero(j, j->half, index) != DUO_OK;
    } while (refused(status) && ++tries < RECORD_TRIES && !j->worn);
    return status;
}

static enum duo_status write_record(struct duo_journal *j, enum duo_record_type type,
                                    const uint8_t payload[DUO_RECORD_PAYLOAD])
{
    struct duo_record r = {.type = (uint8_t)type};
    const enum duo_status status = pad(j);

    if (status != DUO_OK) {
        return status;
    }
    r.sequence = ++j->sequence;
    memcpy(r.payload, payload, DUO_RECORD_PAYLOAD);
    return put_record(j, &r);
}

static enum duo_status write_state(struct duo_journal *j, const struct duo_state *state)
{
    struct duo_record seal = {.type = DUO_RECORD_SEAL};
    uint8_t payload[DUO_STATE_SIZE];

    duo_state_encode(state, payload);
    const enum duo_status status = write_record(j, DUO_RECORD_STATE, payload);
    seal.sequence = j->sequence;
    memcpy(seal.payload, payload, sizeof(seal.payload));
    return status == DUO_OK ? put_record(j, &seal) : status;
}

static unsigned chunks_of(const uint8_t *manifest)
{
    return duo_manifest_size(manifest) / DUO_CHUNK_SIZE;
}

static enum duo_status write_chunks(struct duo_journal *j, uint16_t id, unsigned first,
                                    unsigned count, const uint8_t *bytes)
{
    uint8_t payload[DUO_RECORD_PAYLOAD] = {0};
    enum duo_status status = DUO_OK;

    duo_put16(payload + DUO_CHUNK_ID, id);
    for (unsigned i = 0; status == DUO_OK && i < count; i++) {
        payload[DUO_CHUNK_INDEX] = (uint8_t)(first + i);
        memcpy(payload + DUO_CHUNK_DATA, bytes + i * DUO_CHUNK_SIZE, DUO_CHUNK_SIZE);
        status = write_record(j, DUO_RECORD_MANIFEST, payload);
    }
    return status;
}

static enum duo_status write_manifest(struct duo_journal *j, uint16_t id, const uint8_t *bytes)
{
    return write_chunks(j, id, 0, chunks_of(bytes), bytes);
}

/* ---- Reading manifests ---- */

/* The half in use has it; the other one may still, if it is damaged there. */
static bool read_chunks(const struct duo_journal *j, uint16_t id, unsigned first, unsigned count,
                        uint8_t *bytes)
{
    return id != 0 && (duo_half_chunks(j, j->half, id, first, count, bytes) ||
                       duo_half_chunks(j, 1u - j->half, id, first, count, bytes));
}

enum duo_status duo_journal_get_head(const struct duo_journal *j, uint16_t id,
                                     uint8_t bytes[DUO_MANIFEST_SIZE])
{
    return read_chunks(j, id, 0, DUO_CHUNK_COUNT, bytes) ? DUO_OK : DUO_E_NO_IMAGE;
}

enum duo_status duo_journal_get_manifest(const struct duo_journal *j, uint16_t id,
                                         uint8_t bytes[DUO_MANIFEST_MAX])
{
    enum duo_status status = duo_journal_get_head(j, id, bytes);
    const unsigned more = status == DUO_OK ? chunks_of(bytes) - DUO_CHUNK_COUNT : 0;

    if (more > 0 && !read_chunks(j, id, DUO_CHUNK_COUNT, more, bytes + DUO_MANIFEST_SIZE)) {
        status = DUO_E_NO_IMAGE;
    }
    return status;
}

/* ---- Switching to the other half ---- */

/* Erases `half` and makes it the one written to; the handle says so only in `to`. */
static enum duo_status begin_half(struct duo_journal *to, unsigned half)
{
    to->half = (uint8_t)half;
    to->next = 0;
    to->padded = true; /* an erase that ended well leaves no torn word */
    to->worn = false;
    return duo_flash_erase(to->flash, to->map->journal[half]);
}

static enum duo_status carry_manifest(const struct duo_journal *from, struct duo_journal *to,
                                      uint16_t id)
{
    uint8_t bytes[DUO_MANIFEST_SIZE]; /* in pieces of this size: applications have little stack */
    unsigned left = DUO_CHUNK_COUNT;
    enum duo_status status = DUO_OK;

    for (unsigned first = 0; left > 0 && status == DUO_OK; first += DUO_CHUNK_COUNT) {
        const unsigned count = left < DUO_CHUNK_COUNT ? left : DUO_CHUNK_COUNT;

        /* One that cannot be read is left behind: whoever needs it reports that. */
        if (!read_chunks(from, id, first, count, bytes)) {
            return DUO_OK;
        }
        left = first == 0 ? chunks_of(bytes) - count : left - count;
        status = write_chunks(to, id, first, count, bytes);
    }
    return status;
}

static bool may_switch(const struct duo_journal *j)
{
    const bool first_bank = j->map->journal[1u - j->half] - j->map->base < j->map->bank_size;

    return !j->stays && !(j->spares_first_bank && first_bank);
}

/*
 * The state is the last record to be written: until then the old half, which is complete and is not
 * touched, stays in force.
 *
 * Padding comes first. An earlier switch may have been cut in that record, so that the other half
 * holds a newer state that cannot be read now; a cut in the erase could bring it to light, in a
 * half whose other words are no longer what they seem. And this half may hold one after its end:
 * it stays, and nothing that comes to light in it may count for more than the new half's state.
 * Should it be worn out and take no pads, the new half's numbers see to that.
 */
static enum duo_status switch_halves(struct duo_journal *j, const struct duo_state *state)
{
    enum duo_status status = may_switch(j) ? outnumber(j, pad(j)) : DUO_E_JOURNAL;
    struct duo_journal to = *j;

    if (status == DUO_OK) {
        status = begin_half(&to, 1u - j->half);
    }
    if (status == DUO_OK) {
        status = carry_manifest(j, &to, state->current.manifest);
    }
    if (status == DUO_OK && state->other.manifest != state->current.manifest) {
        status = carry_manifest(j, &to, state->other.manifest);
    }
    if (status == DUO_OK) {
        status = write_state(&to, state);
    }
    j->sequence = to.sequence; /* also after a failure: a number is never used twice */
    if (status == DUO_OK) {
        *j = to;
        j->sealed = true;
    }
    return status;
}

/* ---- The interface ---- */

enum duo_status duo_journal_append(struct duo_journal *j, const struct duo_state *state)
{
    if (j->content != DUO_JOURNAL_OK) {
        return DUO_E_STATE;
    }
    if (room(j) >= (j->padded ? 0 : PADS) + 2u) {
        const enum duo_status status = write_state(j, state);
        if (status == DUO_OK) {
            j->sealed = true;
        }
        if (status != DUO_E_JOURNAL && !refused(status)) {
            return status;
        }
    }
    return switch_halves(j, state);
}

enum duo_status duo_journal_settle(struct duo_journal *j, const struct duo_state *state)
{
    if (j->content != DUO_JOURNAL_OK || j->sealed) {
        return DUO_OK;
    }
    return duo_journal_append(j, state);
}

enum duo_status duo_journal_claim(struct duo_journal *j, const struct duo_state *state)
{
    if (j->content != DUO_JOURNAL_OK || j->padded) {
        return DUO_OK;
    }
    return duo_journal_append(j, state);
}

enum duo_status duo_journal_make_room(struct duo_journal *j, const struct duo_state *state,
                                      uint32_t words)
{
    if (j->content != DUO_JOURNAL_OK || room(j) >= words) {
        return DUO_OK;
    }
    return switch_halves(j, state);
}

/* The next number; after the last one, 65535, the first that nothing in the journal has. */
static uint16_t free_manifest_id(const struct duo_journal *j, const struct duo_state *keep)
{
    uint16_t id = j->last_manifest;

    do {
        id++;
    } while (id == 0 || id == keep->current.manifest || id == keep->other.manifest ||
             duo_half_names(j, 0, id) || duo_half_names(j, 1, id));
    return id;
}

enum duo_status duo_journal_put_manifest(struct duo_journal *j, const struct duo_state *keep,
                                         const uint8_t *bytes, uint16_t *id)
{
    if (j->content != DUO_JOURNAL_OK) {
        return DUO_E_STATE;
    }
    /* room for a state after it, or the manifest would be lost in switching halves */
    enum duo_status status =
        duo_journal_make_room(j, keep, chunks_of(bytes) + 2u * RECORD_TRIES + PADS + 2u);

    if (status == DUO_OK) {
        *id = free_manifest_id(j, keep);
        j->last_manifest = *id;
        status = write_manifest(j, *id, bytes);
    }
    return status;
}

enum duo_status duo_journal_start(struct duo_journal *j, struct duo_state *state,
                                  const uint8_t *manifest)
{
    struct duo_journal to = *j;
    enum duo_status status = DUO_OK;

    if (j->content == DUO_JOURNAL_OK) {
        return DUO_E_STATE;
    }
    /* The half that says LOST or NEWER stays until the other has a state: a cut in between must not
     * make the journal look EMPTY. */
    if (j->content != DUO_JOURNAL_EMPTY) {
        duo_journal_bury(j);
        status = begin_half(&to, 1u - j->half);
        to.sequence += NUMBERS_LOST(j); /* a state in the half that stays may be read again */
    } else if (j->next > duo_journal_words(j) / 2u) {
        status = begin_half(&to, j->half); /* both halves have a word that has rotted */
    }
    if (status == DUO_OK && manifest) {
        state->current.manifest = ++to.last_manifest;
        status = write_manifest(&to, to.last_manifest, manifest);
    }
    if (status == DUO_OK) {
        status = write_state(&to, state);
    }
    if (status == DUO_OK) {
        to.content = DUO_JOURNAL_OK;
        to.sealed = true;
    } else if (j->content != DUO_JOURNAL_EMPTY) {
        return status; /* the next try erases again */
    }
    *j = to; /* words that were begun are used up, also after a failure */
    return status;
}
