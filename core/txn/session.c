/* SPDX-License-Identifier: MIT */
#include "core/txn/session.h"

#include <string.h>

#include "core/txn/session_parts.h"

/* An image file begins with 0x96f3b83d, a bundle with "DUOB". */
#define IMAGE_FIRST_BYTE (DUO_IMAGE_MAGIC & 0xFFu)

enum duo_status duo_session_begin(struct duo_session *s, struct duo_txn *txn)
{
    const bool pending =
        txn->journal.verdict == DUO_JOURNAL_OK &&
        (txn->state.phase == DUO_PHASE_TRIAL || txn->state.phase == DUO_PHASE_EXCHANGE);

    memset(s, 0, sizeof(*s));
    s->txn = txn;
    /* The staging slots hold the set that a trial falls back to. */
    s->failed = pending && !txn->may_discard ? DUO_E_STATE : DUO_OK;
    duo_bundle_init(&s->bundle, txn->dev->key, txn->dev->hardware_id, txn->dev->slots);
    return s->failed;
}

/* ---- Writing to a staging slot ---- */

static enum duo_status write_word(struct duo_session *s)
{
    const struct duo_device *dev = s->txn->dev;
    const enum duo_core core = s->bundle.core;
    const uint32_t size = dev->map->sector_size;
    const uint32_t addr = dev->map->staging[core] + s->word_at;
    enum duo_status status = DUO_OK;

    /* As the data arrives, so that the sender never waits for more than one erase. Always, whatever
     * the sector reads like: a cut erase may have left it reading blank. */
    while (status == DUO_OK && s->erased * size <= s->word_at) {
        status = duo_flash_erase(dev->flash, core, dev->map->staging[core] + s->erased * size);
        s->erased++;
    }
    if (status == DUO_OK && !duo_word_is_blank(s->word)) {
        status = duo_flash_program(dev->flash, core, addr, s->word);
    }
    s->word_at += DUO_WORD_SIZE;
    s->fill = 0;
    return status;
}

static enum duo_status flush(struct duo_session *s)
{
    if (s->fill == 0) {
        return DUO_OK;
    }
    memset(s->word + s->fill, 0xFF, DUO_WORD_SIZE - s->fill);
    return write_word(s);
}

/* Bytes in order, the first one at s->word_at + s->fill. */
enum duo_status duo_session_put(struct duo_session *s, const uint8_t *data, uint32_t len)
{
    enum duo_status status = DUO_OK;

    while (len > 0 && status == DUO_OK) {
        const uint32_t room = DUO_WORD_SIZE - s->fill;
        const uint32_t n = len < room ? len : room;

        memcpy(s->word + s->fill, data, n);
        s->fill += n;
        data += n;
        len -= n;
        if (s->fill == DUO_WORD_SIZE) {
            status = write_word(s);
        }
    }
    return status;
}

/* ---- Images ---- */

static void start_image(struct duo_session *s)
{
    const enum duo_core core = s->bundle.core;

    s->writing = s->txn->state.differs[core];
    s->erased = 0;
    s->fill = 0;
    s->word_at = 0;
    duo_slot_stream_init(&s->stream, s->txn->dev->slots[core], s->meta,
                         s->bundle.manifest.image[core].file_size);
}

static enum duo_status take_data(struct duo_session *s)
{
    const uint8_t *data = s->bundle.data;
    uint32_t len = s->bundle.len;
    enum duo_status status = DUO_OK;

    if (s->bundle.offset == 0) {
        start_image(s);
    }
    while (s->writing && len > 0 && status == DUO_OK) {
        struct duo_slot_run run;
        uint32_t used;

        status = duo_slot_stream_push(&s->stream, data, len, &used, &run);
        if (status == DUO_OK) {
            status = duo_session_put(s, run.data, run.len);
            data += used;
            len -= used;
        }
    }
    return status;
}

/* META behind the payload; its first word, the locator, last. */
enum duo_status duo_session_end_image(struct duo_session *s)
{
    uint32_t offset;
    uint32_t len;

    if (!s->writing) {
        return DUO_OK;
    }
    enum duo_status status = flush(s);
    if (status == DUO_OK) {
        status = duo_slot_stream_finish(&s->stream, &offset, &len);
    }
    if (status == DUO_OK) {
        s->word_at = offset + DUO_WORD_SIZE;
        status = duo_session_put(s, s->meta + DUO_WORD_SIZE, len - DUO_WORD_SIZE);
    }
    if (status == DUO_OK) {
        s->word_at = offset;
        status = duo_session_put(s, s->meta, DUO_WORD_SIZE);
    }
    return status;
}

/* ---- The manifest: everything that can be refused is refused here, before the first erase ---- */

/* Is the image that the manifest names in the application slot already? */
static enum duo_status find_in_slot(const struct duo_session *s, enum duo_core core,
                                    uint8_t *sectors)
{
    struct duo_store store;
    struct duo_image image;
    struct duo_locator loc;

    duo_store_app(&store, s->txn->dev, core);
    const enum duo_status status =
        duo_store_verify(&store, s->txn->dev, core, &s->bundle.manifest, false, &image, &loc);
    if (status == DUO_OK) {
        *sectors = duo_store_sectors(s->txn->dev, &loc);
    }
    return status;
}

static uint8_t sectors_of_file(const struct duo_device *dev, const struct duo_manifest_image *e)
{
    const struct duo_locator loc = {e->payload_size, e->hdr_size,
                                    e->file_size - e->hdr_size - e->payload_size};

    return duo_store_sectors(dev, &loc);
}

/* Decides for one core whether its image comes from the bundle or is the one that is there. */
static enum duo_status plan_core(const struct duo_session *s, enum duo_core core,
                                 struct duo_state *next)
{
    const struct duo_manifest_image *e = &s->bundle.manifest.image[core];
    const enum duo_status found = find_in_slot(s, core, &next->other.sectors[core]);

    next->differs[core] = found != DUO_OK;
    if (!e->present) {
        return found;
    }
    /* Slots that an exchange was given up in may hold weak words: write the image again. */
    if (!next->current.present) {
        next->differs[core] = true;
    }
    if (next->differs[core]) {
        next->other.sectors[core] = sectors_of_file(s->txn->dev, e);
    }
    return DUO_OK;
}

static void give_up_current(const struct duo_txn *txn, struct duo_state *next)
{
    if (txn->current_unfit || next->phase == DUO_PHASE_TRIAL || next->phase == DUO_PHASE_EXCHANGE) {
        memset(&next->current, 0, sizeof(next->current));
        next->kind = DUO_EXCHANGE_NONE;
        next->save = false;
        next->step = 0;
        next->failures = 0;
    }
}

void duo_session_downloading(const struct duo_session *s, struct duo_state *next)
{
    *next = s->txn->state;
    give_up_current(s->txn, next);
    next->phase = DUO_PHASE_DOWNLOADING;
    next->reason = next->current.present || next->reason == DUO_REASON_NONE
                       ? DUO_REASON_DOWNLOAD_CUT
                       : next->reason;
    next->reason_code = DUO_OK;
    next->shifted = false;
    memset(&next->other, 0, sizeof(next->other));
}

/* The state while the images arrive. `other` keeps the manifest's id, so that the manifest survives
 * in the journal, but is not present. */
static enum duo_status plan(struct duo_session *s, struct duo_state *next)
{
    enum duo_status status = DUO_OK;

    duo_session_downloading(s, next);
    for (unsigned c = 0; c < DUO_CORES && status == DUO_OK; c++) {
        status = plan_core(s, (enum duo_core)c, next);
    }
    return status;
}

/* Now, while the old set still runs, rather than during the installation. Always, whatever the
 * sector reads like: an earlier download may have been cut in this erase, and changed this core not
 * at all when it was repeated. */
enum duo_status duo_session_free_spare(const struct duo_session *s, unsigned core)
{
    const struct duo_device *dev = s->txn->dev;

    return s->txn->state.differs[core] ? duo_flash_erase(dev->flash, core, dev->map->spare[core])
                                       : DUO_OK;
}

static enum duo_status free_spares(const struct duo_session *s)
{
    enum duo_status status = DUO_OK;

    for (unsigned c = 0; c < DUO_CORES && status == DUO_OK; c++) {
        status = duo_session_free_spare(s, c);
    }
    return status;
}

static enum duo_status begin_download(struct duo_session *s, struct duo_state *next)
{
    struct duo_txn *txn = s->txn;
    enum duo_status status =
        duo_journal_make_room(&txn->journal, &txn->state, SESSION_JOURNAL_WORDS);

    if (status == DUO_OK) {
        status = duo_journal_put_manifest(&txn->journal, &txn->state, s->bundle.raw,
                                          &next->other.manifest);
    }
    if (status == DUO_OK) {
        status = duo_txn_record(txn, next);
    }
    if (status == DUO_OK) {
        s->stage = STAGE_IMAGES;
        status = free_spares(s);
    }
    return status;
}

static enum duo_status take_manifest(struct duo_session *s)
{
    struct duo_state next;
    enum duo_status status = duo_txn_need_journal(s->txn);

    if (status != DUO_OK) {
        return status;
    }
    if (s->bundle.manifest.counter < s->txn->state.counter) {
        return DUO_E_DOWNGRADE;
    }
    status = plan(s, &next);
    if (status == DUO_OK) {
        status = begin_download(s, &next);
    }
    return status == DUO_OK ? duo_bundle_accept(&s->bundle) : status;
}

/* ---- The stream ---- */

static enum duo_status take_event(struct duo_session *s, enum duo_bundle_event event)
{
    switch (event) {
    case DUO_BUNDLE_MANIFEST:
        return take_manifest(s);
    case DUO_BUNDLE_DATA:
        return take_data(s);
    case DUO_BUNDLE_IMAGE_END:
        return duo_session_end_image(s);
    case DUO_BUNDLE_END:
        s->stage = STAGE_COMPLETE;
        return DUO_OK;
    case DUO_BUNDLE_MORE:
        break;
    }
    return DUO_OK;
}

/* Refused or broken: what ran before still runs, and the journal says why there is no update. */
static enum duo_status fail(struct duo_session *s, enum duo_status status)
{
    s->failed = status;
    /* Best effort: the caller knows anyway. A lost journal is not replaced for it. */
    if (s->txn->journal.verdict != DUO_JOURNAL_EMPTY || duo_txn_need_journal(s->txn) == DUO_OK) {
        (void)duo_txn_note(s->txn, DUO_REASON_REJECTED, status);
    }
    return status;
}

static enum duo_status write_bundle(struct duo_session *s, const uint8_t *data, uint32_t len)
{
    enum duo_bundle_event event = DUO_BUNDLE_MORE;

    while (s->failed == DUO_OK && s->stage < STAGE_COMPLETE) {
        uint32_t used = 0;
        enum duo_status status = duo_bundle_next(&s->bundle, data, len, &used, &event);

        data += used;
        len -= used;
        s->taken += used;
        if (status == DUO_OK) {
            status = take_event(s, event);
        }
        if (status != DUO_OK) {
            return fail(s, status);
        }
        if (event == DUO_BUNDLE_MORE) {
            break;
        }
    }
    return s->failed;
}

enum duo_status duo_session_write(struct duo_session *s, const uint8_t *data, uint32_t len)
{
    enum duo_status status;

    if (s->failed != DUO_OK || len == 0) {
        return s->failed;
    }
    if (s->taken == 0 && data[0] == IMAGE_FIRST_BYTE) {
        s->single = true;
    }
    if (!s->single) {
        return write_bundle(s, data, len);
    }
    s->taken += len;
    status = duo_session_image_write(s, data, len);
    return status == DUO_OK ? DUO_OK : fail(s, status);
}

/* Both images as they lie in flash now, by `next`, which becomes the state when they verify. */
static enum duo_status stage(struct duo_session *s, struct duo_state *next)
{
    struct duo_set_verdict verdict;
    const struct duo_state before = s->txn->state;

    next->other.present = true;
    s->txn->state = *next; /* only here in RAM, so that the set can be looked at */
    duo_set_verify(s->txn, DUO_SET_OTHER, &verdict);
    s->txn->state = before;
    if (verdict.status != DUO_OK) {
        return verdict.status;
    }
    next->phase = DUO_PHASE_STAGED;
    next->reason = DUO_REASON_NONE;
    return duo_txn_record(s->txn, next);
}

enum duo_status duo_session_finish(struct duo_session *s)
{
    struct duo_state next;
    enum duo_status status;

    if (s->failed != DUO_OK || s->stage == STAGE_DONE) {
        return s->failed;
    }
    if (s->single) {
        status = duo_session_form_set(s, &next);
    } else {
        status = duo_bundle_finish(&s->bundle);
        next = s->txn->state;
    }
    if (status == DUO_OK) {
        status = stage(s, &next);
    }
    if (status != DUO_OK) {
        return fail(s, status);
    }
    s->stage = STAGE_DONE;
    return DUO_OK;
}

enum duo_status duo_session_end_file(struct duo_session *s)
{
    enum duo_status status;

    if (s->failed != DUO_OK || !s->single) {
        return duo_session_finish(s);
    }
    status = duo_session_image_end(s);
    return status == DUO_OK ? DUO_OK : fail(s, status);
}

bool duo_session_wants_more(const struct duo_session *s)
{
    return s->single && s->failed == DUO_OK && s->stage != STAGE_DONE &&
           !(s->have[DUO_CM7] && s->have[DUO_CM4]);
}

bool duo_session_staged(const struct duo_session *s)
{
    return s->stage == STAGE_DONE;
}

void duo_session_abort(struct duo_session *s)
{
    if (s->failed == DUO_OK && s->stage != STAGE_DONE) {
        s->failed = DUO_E_CANCELLED;
    }
}

uint32_t duo_session_total(const struct duo_session *s)
{
    return s->stage == STAGE_MANIFEST ? 0 : duo_bundle_size(&s->bundle.manifest);
}

uint32_t duo_session_received(const struct duo_session *s)
{
    return s->taken;
}
