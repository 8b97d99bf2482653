/* SPDX-License-Identifier: MIT */
/* Images that come without a manifest, and the set they form. */
#include <string.h>

#include "core/txn/session_parts.h"

#define VECTORS_SIZE 8u /* which core an image is for is known with its vector table's head */

/* The boots a set without a manifest is given to be confirmed in. */
#define FORMED_TRIAL_BOOTS 3u

static bool any_image(const struct duo_session *s)
{
    return s->have[DUO_CM7] || s->have[DUO_CM4];
}

static void start_image(struct duo_session *s)
{
    /* A second image is for the core that has none yet; the first one may be for either. */
    const enum duo_core core = s->have[DUO_CM7] ? DUO_CM4 : DUO_CM7;

    s->arriving = s->writing = true;
    s->opened = false;
    s->erased = s->fill = s->word_at = 0;
    duo_slot_stream_init(&s->stream, s->txn->dev->slots[core], s->meta, DUO_SIZE_OPEN);
}

/* Header, sizes and core are known and good: from here on the other set is given up. */
static enum duo_status open_slot(struct duo_session *s)
{
    struct duo_txn *txn = s->txn;
    struct duo_state next;
    enum duo_status status = DUO_OK;

    s->bundle.core = s->stream.slot->core;
    s->opened = true;
    if (!any_image(s)) {
        status = duo_txn_need_journal(txn);
        if (status == DUO_OK) {
            status = duo_journal_make_room(&txn->journal, &txn->state, SESSION_JOURNAL_WORDS);
        }
        duo_session_downloading(s, &next);
        next.differs[DUO_CM7] = next.differs[DUO_CM4] = false;
    } else {
        next = txn->state;
    }
    next.differs[s->bundle.core] = true;
    if (status == DUO_OK) {
        status = duo_txn_record(txn, &next);
    }
    s->stage = STAGE_IMAGES;
    return status == DUO_OK ? duo_session_free_spare(s, s->bundle.core) : status;
}

static enum duo_status take_run(struct duo_session *s, const struct duo_slot_run *run)
{
    enum duo_status status = DUO_OK;

    if (!s->opened && run->offset + run->len >= VECTORS_SIZE) {
        status = open_slot(s);
    }
    return status == DUO_OK ? duo_session_put(s, run->data, run->len) : status;
}

enum duo_status duo_session_image_write(struct duo_session *s, const uint8_t *data, uint32_t len)
{
    enum duo_status status = DUO_OK;

    if (!s->arriving) {
        start_image(s);
    }
    /* What follows the image in the file (padding, a trailer) is not taken. */
    while (len > 0 && status == DUO_OK && !duo_slot_stream_complete(&s->stream)) {
        struct duo_slot_run run;
        uint32_t used;

        status = duo_slot_stream_push(&s->stream, data, len, &used, &run);
        if (status == DUO_E_CORE && !any_image(s) && s->stream.slot->core == DUO_CM7) {
            status = duo_slot_stream_retarget(&s->stream, s->txn->dev->slots[DUO_CM4]);
            continue;
        }
        if (status == DUO_OK && run.len > 0) {
            status = take_run(s, &run);
        }
        data += used;
        len -= used;
    }
    return status;
}

static uint32_t counter_of(const struct duo_image *image)
{
    return image->has_counter ? image->counter : 0;
}

static enum duo_status check_image(struct duo_session *s, const struct duo_image *image)
{
    if (image->has_hardware && image->hardware_id != s->txn->dev->hardware_id) {
        return DUO_E_HARDWARE;
    }
    return counter_of(image) < s->txn->state.counter ? DUO_E_DOWNGRADE : DUO_OK;
}

/* As it lies in the staging slot now. */
static enum duo_status verify_staged(struct duo_session *s)
{
    const struct duo_device *dev = s->txn->dev;
    const enum duo_core core = s->bundle.core;
    const struct duo_image_header *h = &s->stream.header;
    const struct duo_locator loc = {h->payload_size, h->hdr_size,
                                    s->stream.file_size - h->hdr_size - h->payload_size};
    struct duo_image *image = &s->formed.image[core];
    struct duo_store store;

    s->formed.sectors[core] = duo_store_sectors(dev, &loc);
    s->txn->state.other.sectors[core] = s->formed.sectors[core];
    duo_store_set(&store, s->txn, DUO_SET_OTHER, core);
    const struct duo_reader reader = duo_store_reader(&store);
    const enum duo_status status =
        duo_slot_verify_at(&reader, dev->slots[core], &loc, dev->key, image);
    return status == DUO_OK ? check_image(s, image) : status;
}

enum duo_status duo_session_image_end(struct duo_session *s)
{
    enum duo_status status;

    if (!s->arriving || !duo_slot_stream_complete(&s->stream)) {
        return DUO_E_TRUNCATED;
    }
    if (!s->opened) {
        return DUO_E_ENTRY; /* too short for a vector table */
    }
    s->arriving = false;
    status = duo_session_end_image(s);
    if (status == DUO_OK) {
        status = verify_staged(s);
    }
    s->have[s->bundle.core] = status == DUO_OK;
    return status;
}

/* The image the current set has for a core, verified anew: it is to run in another set. */
static enum duo_status keep_image(struct duo_session *s, enum duo_core core, uint32_t *counter)
{
    struct duo_manifest m;
    struct duo_store store;
    struct duo_locator loc;
    enum duo_status status = duo_set_manifest(s->txn, DUO_SET_CURRENT, &m);

    if (status == DUO_OK) {
        duo_store_app(&store, s->txn->dev, core);
        status =
            duo_store_verify(&store, s->txn->dev, core, &m, false, &s->formed.image[core], &loc);
    }
    if (status != DUO_OK) {
        return status;
    }
    s->formed.sectors[core] = duo_store_sectors(s->txn->dev, &loc);
    *counter = counter_of(&s->formed.image[core]);
    /* The set it came with was signed for this counter. */
    *counter = m.counter > *counter ? m.counter : *counter;
    return DUO_OK;
}

static enum duo_status gather(struct duo_session *s)
{
    s->formed.counter = UINT32_MAX;
    s->formed.trial_boots = FORMED_TRIAL_BOOTS;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        uint32_t counter = counter_of(&s->formed.image[c]);

        if (!s->have[c]) {
            const enum duo_status status = keep_image(s, (enum duo_core)c, &counter);
            if (status != DUO_OK) {
                return status;
            }
        }
        s->formed.counter = counter < s->formed.counter ? counter : s->formed.counter;
    }
    return s->formed.counter < s->txn->state.counter ? DUO_E_DOWNGRADE : DUO_OK;
}

enum duo_status duo_session_form_set(struct duo_session *s, struct duo_state *next)
{
    struct duo_txn *txn = s->txn;
    uint8_t manifest[DUO_MANIFEST_SIZE];
    enum duo_status status = s->arriving ? DUO_E_TRUNCATED : gather(s);

    if (status == DUO_OK) {
        status = duo_set_factory_manifest(&s->formed, manifest);
    }
    if (status == DUO_OK) {
        status = duo_journal_make_room(&txn->journal, &txn->state, SESSION_JOURNAL_WORDS);
    }
    if (status == DUO_OK) {
        *next = txn->state;
        status =
            duo_journal_put_manifest(&txn->journal, &txn->state, manifest, &next->other.manifest);
    }
    if (status == DUO_OK) {
        next->other.factory = true; /* its manifest is not signed */
        memcpy(next->other.sectors, s->formed.sectors, sizeof(next->other.sectors));
    }
    return status;
}
