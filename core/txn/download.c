/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/image/bundle.h"
#include "core/txn/download_parts.h"
#include "core/txn/newboot.h"
#include "core/txn/swap.h"

/* ---- Progress ---- */

#define PROGRESS_MAX 255u

/* What of the image's file lies before META, in the order of the file; the header comes before it,
 * unless it is a part of it (core/image/slot.h). */
static uint32_t body_of(const struct duo_manifest_image *e)
{
    return duo_body_size(e->hdr_size, e->payload_size);
}

static uint32_t apart(const struct duo_manifest_image *e)
{
    return duo_header_apart(e->hdr_size);
}

uint32_t duo_download_units(const struct duo_download *d, enum duo_core core)
{
    const struct duo_manifest_image *e = &d->manifest.image[core];

    return e->present ? (body_of(e) + d->block - 1u) / d->block + 2u : 0;
}

uint32_t duo_download_last(const struct duo_download *d)
{
    return 1u + duo_download_units(d, DUO_CM7) + duo_download_units(d, DUO_CM4) +
           (d->manifest.boot.cores != 0 ? 1u : 0);
}

void duo_download_choose_block(struct duo_download *d)
{
    d->block = DUO_DOWNLOAD_BLOCK;
    while (duo_download_last(d) > PROGRESS_MAX) {
        d->block *= 2u;
    }
}

uint32_t duo_download_meta(const struct duo_manifest_image *image)
{
    return duo_meta_offset(image->hdr_size, image->payload_size);
}

static const struct duo_manifest_image *arriving(const struct duo_download *d)
{
    return &d->manifest.image[d->core];
}

static bool writing(const struct duo_download *d)
{
    return d->txn->state.differs[d->core];
}

static uint32_t end_of_body(const struct duo_manifest_image *e)
{
    return e->hdr_size + e->payload_size;
}

static void start_words(struct duo_download *d)
{
    const struct duo_manifest_image *e = arriving(d);
    const uint32_t written = d->pos < apart(e) ? d->pos : apart(e);

    memset(&d->body, 0, sizeof(d->body));
    memset(&d->meta, 0, sizeof(d->meta));
    d->body.at = d->pos > apart(e) ? d->pos - apart(e) : 0;
    d->meta.at = duo_download_meta(e) + DUO_LOCATOR_SIZE + written;
}

/* After the images: the bootloader, if the set brings one that is not there yet. */
static void next_boot(struct duo_download *d)
{
    d->boot = d->manifest.boot.cores != 0 && d->txn->state.step < duo_download_last(d);
    memset(&d->body, 0, sizeof(d->body));
    if (!d->boot) {
        d->stage = DUO_DOWNLOAD_VERIFY;
    }
}

/* To the next image in the bundle from `core` on; to what follows when there is none. */
static void next_image(struct duo_download *d, unsigned core)
{
    while (core < DUO_CORES && !d->manifest.image[core].present) {
        core++;
    }
    d->pos = 0;
    if (core == DUO_CORES) {
        next_boot(d);
        return;
    }
    d->core = (enum duo_core)core;
    start_words(d);
}

static uint32_t smallest(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* As far as it is known: that a second signature follows is, when the rest is there. */
static uint32_t manifest_size(const struct duo_download *d)
{
    return d->stage == DUO_DOWNLOAD_MANIFEST && d->taken < DUO_MANIFEST_SIZE
               ? DUO_MANIFEST_SIZE
               : duo_manifest_size(d->raw);
}

void duo_download_place(struct duo_download *d)
{
    uint32_t unit = d->txn->state.step - 1u;

    d->taken = d->single ? 0 : manifest_size(d);
    d->units = 0;
    d->boot = false;
    d->stage = DUO_DOWNLOAD_IMAGES;
    next_image(d, 0);
    while (d->stage == DUO_DOWNLOAD_IMAGES && !d->boot && unit >= duo_download_units(d, d->core)) {
        unit -= duo_download_units(d, d->core);
        d->units += duo_download_units(d, d->core);
        d->taken += arriving(d)->file_size;
        next_image(d, d->core + 1u);
    }
    if (d->stage == DUO_DOWNLOAD_VERIFY) {
        d->taken += d->manifest.boot.size;
    }
    if (d->stage == DUO_DOWNLOAD_IMAGES && !d->boot && unit > 0) {
        d->pos = apart(arriving(d)) + smallest((unit - 1u) * d->block, body_of(arriving(d)));
        d->taken += d->pos;
        start_words(d);
    }
    if (d->copying) {
        d->taken = d->fresh.file_size; /* the sender has given all of it */
    }
}

uint32_t duo_download_body_done(const struct duo_download *d)
{
    return d->pos > apart(arriving(d)) ? d->pos - apart(arriving(d)) : 0;
}

static enum duo_status record_progress(struct duo_download *d, uint32_t unit)
{
    d->next = d->txn->state;
    d->next.step = (uint8_t)(1u + d->units + unit);
    return duo_txn_record(d->txn, &d->next);
}

/* Everything before d->pos is in flash, and no byte of it in RAM only. A header that does not end
 * with a flash word shares one with the TLVs: such an image is not recorded before its end. */
static enum duo_status record_block(struct duo_download *d)
{
    const struct duo_manifest_image *e = arriving(d);
    const uint32_t done = d->pos - apart(e);
    const bool whole = done % d->block == 0 || done == body_of(e);

    if (d->pos < apart(e) || done > body_of(e) || !whole || apart(e) % DUO_WORD_SIZE != 0) {
        return DUO_OK;
    }
    return record_progress(d, 1u + (done + d->block - 1u) / d->block);
}

/* ---- Writing ---- */

static enum duo_status write_word(struct duo_download *d, struct duo_download_word *w)
{
    const struct duo_device *dev = d->txn->dev;
    enum duo_status status = DUO_OK;

    memset(w->bytes + w->fill, 0xFF, DUO_WORD_SIZE - w->fill);
    if (writing(d) && !duo_word_is_blank(w->bytes)) {
        status = duo_flash_program(dev->flash, dev->map->staging[d->core] + w->at, w->bytes);
    }
    w->at += DUO_WORD_SIZE;
    w->fill = 0;
    return status;
}

static enum duo_status flush(struct duo_download *d, struct duo_download_word *w)
{
    return w->fill > 0 ? write_word(d, w) : DUO_OK;
}

/* The locator is written last: a slot that has one is complete. Not inlined, as records need the
 * stack that it takes. */
__attribute__((noinline)) static enum duo_status write_locator(struct duo_download *d)
{
    const struct duo_manifest_image *e = arriving(d);
    const struct duo_locator loc = {e->payload_size, e->hdr_size, e->file_size - end_of_body(e)};
    struct duo_download_word w = {.at = duo_download_meta(e), .fill = DUO_LOCATOR_SIZE};

    duo_locator_encode(d->txn->dev->slots[d->core], &loc, w.bytes);
    return write_word(d, &w);
}

static enum duo_status end_image(struct duo_download *d)
{
    const uint32_t units = duo_download_units(d, d->core);
    enum duo_status status = flush(d, &d->meta);

    if (status == DUO_OK) {
        status = write_locator(d);
    }
    if (status == DUO_OK) {
        status = record_progress(d, units);
    }
    if (status == DUO_OK) {
        d->units += units;
        next_image(d, d->core + 1u);
    }
    return status;
}

/* Where the next byte belongs, and how many there are until something else comes. */
static struct duo_download_word *word_for_next(struct duo_download *d, uint32_t *room)
{
    const struct duo_manifest_image *e = arriving(d);
    const bool in_body = d->pos >= apart(e) && d->pos < end_of_body(e);
    const uint32_t end = in_body ? end_of_body(e) : d->pos < apart(e) ? apart(e) : e->file_size;
    struct duo_download_word *w = in_body ? &d->body : &d->meta;

    *room = smallest(end - d->pos, DUO_WORD_SIZE - w->fill);
    return w;
}

/* After some bytes of the image: a word may be full, a part or the whole image complete. */
static enum duo_status after_bytes(struct duo_download *d, struct duo_download_word *w)
{
    const struct duo_manifest_image *e = arriving(d);
    enum duo_status status = DUO_OK;

    if (w->fill == DUO_WORD_SIZE || d->pos == end_of_body(e)) {
        status = flush(d, w);
    }
    if (status == DUO_OK && d->pos == e->file_size) {
        return end_image(d);
    }
    return status == DUO_OK && d->body.fill == 0 ? record_block(d) : status;
}

static enum duo_status put_image(struct duo_download *d, const uint8_t *data, uint32_t len,
                                 uint32_t *used)
{
    uint32_t room;
    struct duo_download_word *w = word_for_next(d, &room);

    *used = smallest(len, room);
    memcpy(w->bytes + w->fill, data, *used);
    w->fill += *used;
    d->pos += *used;
    d->taken += d->copying ? 0 : *used;
    return after_bytes(d, w);
}

/* One word at a time; the sector was erased when the download was prepared. */
static enum duo_status put_boot(struct duo_download *d, const uint8_t *data, uint32_t len,
                                uint32_t *used)
{
    struct duo_download_word *w = &d->body;
    enum duo_status status;

    *used = smallest(len, DUO_WORD_SIZE - w->fill);
    memcpy(w->bytes + w->fill, data, *used);
    w->fill += *used;
    d->taken += *used;
    if (w->fill < DUO_WORD_SIZE) {
        return DUO_OK;
    }
    status = duo_newboot_put(d->txn, &d->manifest, w->at, w->bytes);
    w->at += DUO_WORD_SIZE;
    w->fill = 0;
    if (status == DUO_OK && w->at == d->manifest.boot.size) {
        status = record_progress(d, 1);
        d->stage = DUO_DOWNLOAD_VERIFY;
    }
    return status;
}

static void put_manifest(struct duo_download *d, const uint8_t *data, uint32_t len, uint32_t *used)
{
    *used = smallest(len, manifest_size(d) - d->taken);
    memcpy(d->raw + d->taken, data, *used);
    d->taken += *used;
    if (d->taken == manifest_size(d)) {
        d->stage = DUO_DOWNLOAD_CHECK;
    }
}

enum duo_status duo_download_put(struct duo_download *d, const uint8_t *data, uint32_t len,
                                 uint32_t *used)
{
    const bool copies = duo_download_copies(d);
    enum duo_status status = DUO_OK;

    *used = 0;
    if (d->failed != DUO_OK || (len == 0 && !copies)) {
        return d->failed;
    }
    if (copies) { /* the next bytes of the image in RAM */
        data = d->buffer + d->pos;
        len = d->fresh.file_size - d->pos;
    }
    if (d->stage == DUO_DOWNLOAD_COLLECT || duo_download_begins_image(d, data[0])) {
        status = duo_download_collect(d, data, len, used);
    } else if (d->stage == DUO_DOWNLOAD_MANIFEST) {
        put_manifest(d, data, len, used);
    } else if (d->stage == DUO_DOWNLOAD_IMAGES) {
        status = d->boot ? put_boot(d, data, len, used) : put_image(d, data, len, used);
        *used = copies ? 0 : *used;
    } else if (d->stage >= DUO_DOWNLOAD_VERIFY) {
        *used = len;
    }
    if (status != DUO_OK) {
        d->failed = status;
        d->stage = DUO_DOWNLOAD_FAILED;
    }
    return status;
}

/* ---- Begin and end ---- */

enum duo_status duo_download_begin(struct duo_download *d, struct duo_txn *txn)
{
    const enum duo_phase phase = txn->state.phase;

    memset(d, 0, sizeof(*d));
    d->txn = txn;
    if (duo_swap_guarded(txn)) {
        return DUO_E_STATE;
    }
    if (txn->journal.content == DUO_JOURNAL_EMPTY) {
        return DUO_OK; /* a journal is made with the first record */
    }
    return txn->journal.content != DUO_JOURNAL_OK || phase == DUO_PHASE_TRIAL ||
                   phase == DUO_PHASE_EXCHANGE
               ? DUO_E_STATE
               : DUO_OK;
}

enum duo_status duo_download_resume(struct duo_download *d, struct duo_txn *txn)
{
    const enum duo_status status = duo_download_begin(d, txn);

    if (status != DUO_OK) {
        return status;
    }
    if (txn->state.phase != DUO_PHASE_DOWNLOADING ||
        duo_journal_get_manifest(&txn->journal, txn->state.other.manifest, d->raw) != DUO_OK) {
        return DUO_E_NO_IMAGE;
    }
    d->resumed = true;
    d->single = txn->state.other.factory; /* nobody signs a manifest that was made here */
    d->whole = d->single ? txn->state.whole : 0;
    d->taken = d->single ? 0 : duo_manifest_size(d->raw);
    d->stage = DUO_DOWNLOAD_CHECK;
    return DUO_OK;
}

enum duo_status duo_download_release(struct duo_download *d)
{
    struct duo_state *next = &d->next;

    if (d->stage != DUO_DOWNLOAD_COMPLETE) {
        return d->failed != DUO_OK ? d->failed : DUO_E_STATE;
    }
    *next = d->txn->state;
    next->phase = DUO_PHASE_STAGED;
    next->step = 0;
    next->failures = 0;
    next->whole = 0;
    next->reason = DUO_REASON_NONE;
    next->reason_code = DUO_OK;
    next->other.present = true;
    const enum duo_status status = duo_txn_record(d->txn, next);
    if (status == DUO_OK) {
        d->stage = DUO_DOWNLOAD_RELEASED;
    }
    return status;
}

uint32_t duo_download_total(const struct duo_download *d)
{
    const struct duo_manifest_image *image = d->manifest.image;

    if (!image[DUO_CM7].present && !image[DUO_CM4].present) {
        return 0;
    }
    return duo_bundle_size(&d->manifest) - (d->single ? duo_manifest_size(d->raw) : 0);
}
