/* SPDX-License-Identifier: MIT */
/* A bundle: the manifest is looked at first, and everything that can be refused is refused there,
 * before anything is changed. */
#include <string.h>

#include "core/txn/newboot.h"
#include "core/txn/plan.h"
#include "core/txn/session_parts.h"

/* ---- The manifest ---- */

static void begin_clearing(struct duo_session *s)
{
    const struct duo_state *state = &s->txn->state;
    uint8_t sectors[DUO_CORES];

    for (unsigned c = 0; c < DUO_CORES; c++) {
        sectors[c] = state->differs[c] ? state->other.sectors[c] : 0;
    }
    duo_clearing_begin(&s->clearing, s->txn->dev, sectors);
}

static enum duo_status begin_download(struct duo_session *s, struct duo_state *next)
{
    struct duo_txn *txn = s->txn;
    enum duo_status status = duo_journal_make_room(
        &txn->journal, &txn->state,
        duo_manifest_size(s->bundle.raw) / DUO_CHUNK_SIZE + SESSION_JOURNAL_WORDS);

    if (status == DUO_OK) {
        status = duo_journal_put_manifest(&txn->journal, &txn->state, s->bundle.raw,
                                          &next->other.manifest);
    }
    if (status == DUO_OK) {
        status = duo_txn_record(txn, next);
    }
    if (status == DUO_OK) {
        s->stage = SESSION_BEGUN;
        begin_clearing(s);
    }
    return status;
}

/* The bundle has checked signature, hardware id and sizes. */
static enum duo_status take_manifest(struct duo_session *s)
{
    struct duo_state next;
    enum duo_status status = DUO_OK;

    if (s->bundle.manifest.counter < duo_txn_counter(s->txn)) {
        return DUO_E_DOWNGRADE;
    }
    status = duo_txn_need_journal(s->txn);
    if (status == DUO_OK) {
        status = duo_plan_bundle(s->txn, &s->bundle.manifest, &next);
    }
    if (status == DUO_OK) {
        status = begin_download(s, &next);
    }
    return status == DUO_OK ? duo_bundle_accept(&s->bundle) : status;
}

/* ---- The images ---- */

static enum duo_status take_data(struct duo_session *s)
{
    const struct duo_bundle *b = &s->bundle;

    if (b->offset == 0) {
        s->writing = s->txn->state.differs[b->core];
        duo_staging_begin(&s->staging, s->txn->dev, b->core, b->manifest.image[b->core].file_size,
                          &s->clearing);
    }
    return s->writing ? duo_staging_write(&s->staging, b->data, b->len) : DUO_OK;
}

/* Its words, in order; a part of one waits for the rest. */
static enum duo_status take_boot(struct duo_session *s)
{
    const struct duo_manifest *m = &s->bundle.manifest;
    const uint8_t *data = s->bundle.data;
    struct duo_staging *st = &s->staging;
    enum duo_status status = DUO_OK;

    if (!DUO_SWAPS) {
        return DUO_E_UNSUPPORTED;
    }
    if (s->bundle.offset == 0) {
        st->fill = st->word_at = 0;
        status = duo_newboot_begin(s->txn, m);
    }
    for (uint32_t i = 0; i < s->bundle.len && status == DUO_OK; i++) {
        st->word[st->fill++] = data[i];
        if (st->fill == DUO_WORD_SIZE) {
            status = duo_newboot_put(s->txn, m, st->word_at, st->word);
            st->word_at += DUO_WORD_SIZE;
            st->fill = 0;
        }
    }
    return status;
}

static enum duo_status take_event(struct duo_session *s, enum duo_bundle_event event)
{
    switch (event) {
    case DUO_BUNDLE_MANIFEST:
        return take_manifest(s);
    case DUO_BUNDLE_DATA:
        return take_data(s);
    case DUO_BUNDLE_IMAGE_END:
        return s->writing ? duo_staging_end(&s->staging) : DUO_OK;
    case DUO_BUNDLE_BOOT:
        return take_boot(s);
    case DUO_BUNDLE_BOOT_END:
        break;
    case DUO_BUNDLE_END:
        s->stage = SESSION_WHOLE;
        return DUO_OK;
    case DUO_BUNDLE_MORE:
        break;
    }
    return DUO_OK;
}

/* What follows the bundle's end is passed over. */
enum duo_status duo_session_bundle_write(struct duo_session *s, const uint8_t *data, uint32_t len)
{
    enum duo_bundle_event event = DUO_BUNDLE_DATA;
    enum duo_status status = DUO_OK;

    while (status == DUO_OK && event != DUO_BUNDLE_MORE && s->stage < SESSION_WHOLE) {
        uint32_t used = 0;

        status = duo_bundle_next(&s->bundle, data, len, &used, &event);
        s->authentic = s->bundle.authentic;
        data += used;
        len -= used;
        if (status == DUO_OK) {
            status = take_event(s, event);
        }
    }
    return status;
}

enum duo_status duo_session_bundle_end(struct duo_session *s, struct duo_state *next)
{
    *next = s->txn->state;
    return duo_bundle_finish(&s->bundle);
}
