/* SPDX-License-Identifier: MIT */
/*
 * Images that come without a manifest, and the set they form. An image is collected in RAM, because
 * its signature is at its end: flash is touched when it has been verified there, not before.
 */
#include <string.h>

#include "core/txn/plan.h"
#include "core/txn/session_parts.h"
#include "core/txn/single.h"

static bool any_image(const struct duo_session *s)
{
    return s->images.have[DUO_CM7] || s->images.have[DUO_CM4];
}

/* ---- While it arrives ---- */

/* What a full buffer has no room for follows the image (padding, a trailer): a larger image has
 * been refused by its header. */
static void collect(struct duo_session_images *im, const uint8_t *data, uint32_t len)
{
    const uint32_t room = im->size - im->fill;

    len = len < room ? len : room;
    if (data != im->buffer + im->fill) { /* a caller may have put it there itself */
        memcpy(im->buffer + im->fill, data, len);
    }
    im->fill += len;
}

enum duo_status duo_session_image_write(struct duo_session *s, const uint8_t *data, uint32_t len)
{
    struct duo_session_images *im = &s->images;
    const uint32_t before = im->arriving ? im->fill : 0;
    enum duo_status status = DUO_OK;

    if (!im->buffer) {
        return DUO_E_UNSUPPORTED;
    }
    if (!im->arriving) {
        im->arriving = true;
        im->core_known = im->accepted = false;
        im->fill = 0;
    }
    collect(im, data, len);
    if (before < DUO_IMAGE_HEADER_SIZE && im->fill >= DUO_IMAGE_HEADER_SIZE) {
        status = duo_single_check_header(im->buffer, im->size);
    }
    if (status == DUO_OK && im->fill >= DUO_IMAGE_HEADER_SIZE && !im->core_known) {
        status = duo_single_find_core(s->txn->dev, im->have, im->buffer, im->fill, &im->core,
                                      &im->core_known);
    }
    return status;
}

/* ---- The end of one: verified in RAM, then written ---- */

/* Is it ours, and for this device? Changes nothing. */
static enum duo_status authenticate(struct duo_session *s, struct duo_image *image)
{
    return duo_single_authenticate(s->txn->dev, s->images.core, s->images.buffer, s->images.fill,
                                   duo_txn_counter(s->txn), &s->authentic, image);
}

/* From here on the other set is given up. */
static enum duo_status begin_download(struct duo_session *s)
{
    struct duo_txn *txn = s->txn;
    struct duo_state next;
    enum duo_status status = DUO_OK;

    if (!any_image(s)) {
        status = duo_txn_need_journal(txn);
        if (status == DUO_OK) {
            status = duo_journal_make_room(&txn->journal, &txn->state,
                                           DUO_CHUNK_COUNT + SESSION_JOURNAL_WORDS);
        }
        duo_plan_downloading(s->txn, &next);
        next.differs[DUO_CM7] = next.differs[DUO_CM4] = false;
    } else {
        next = txn->state; /* DOWNLOADING, or STAGED with one image: not with this one */
        next.phase = DUO_PHASE_DOWNLOADING;
        next.other.present = false;
        next.other.manifest = 0;
    }
    next.differs[s->images.core] = true;
    if (status == DUO_OK) {
        status = duo_txn_record(txn, &next);
    }
    if (status == DUO_OK) {
        s->stage = SESSION_BEGUN;
    }
    return status;
}

static enum duo_status write_image(struct duo_session *s, const struct duo_image *image)
{
    const struct duo_locator loc = {image->header.payload_size, image->header.hdr_size,
                                    image->tlv_size};
    uint8_t sectors[DUO_CORES] = {0};

    sectors[s->images.core] = duo_image_sectors(s->txn->dev, &loc);
    duo_clearing_begin(&s->clearing, s->txn->dev, sectors);
    duo_staging_begin(&s->staging, s->txn->dev, s->images.core, image->file_size, &s->clearing);
    enum duo_status status = duo_staging_write(&s->staging, s->images.buffer, image->file_size);

    return status == DUO_OK ? duo_staging_end(&s->staging) : status;
}

/* As it lies in the staging slot now: the image whose signature was checked in RAM. */
static enum duo_status compare_staged(struct duo_session *s, const struct duo_image *image)
{
    const struct duo_device *dev = s->txn->dev;
    const enum duo_core core = s->images.core;
    const struct duo_locator loc = {image->header.payload_size, image->header.hdr_size,
                                    image->tlv_size};
    struct duo_image *staged = &s->images.formed.image[core];
    struct duo_placement place;

    s->images.formed.sectors[core] = duo_image_sectors(dev, &loc);
    s->txn->state.other.sectors[core] = s->images.formed.sectors[core];
    duo_placement_set(&place, s->txn, DUO_STANDING_OTHER, core);
    const struct duo_reader reader = duo_placement_reader(&place);
    const enum duo_status status =
        duo_slot_verify_at(&reader, dev->slots[core], &loc, NULL, staged);
    if (status != DUO_OK) {
        return status;
    }
    return memcmp(staged->hash, image->hash, DUO_HASH_SIZE) == 0 ? DUO_OK : DUO_E_HASH;
}

enum duo_status duo_session_image_end(struct duo_session *s)
{
    struct duo_image image;
    enum duo_status status;

    if (!s->images.arriving) {
        return DUO_E_TRUNCATED;
    }
    s->images.arriving = false;
    if (!s->images.core_known) {
        return DUO_E_TRUNCATED; /* the header promises eight bytes of payload */
    }
    status = authenticate(s, &image);
    if (status == DUO_OK) {
        s->images.accepted = true;
        s->images.formed.image[s->images.core] = image; /* for those who ask meanwhile */
        status = begin_download(s);
    }
    if (status == DUO_OK) {
        status = write_image(s, &image);
    }
    if (status == DUO_OK) {
        status = compare_staged(s, &image);
    }
    s->images.have[s->images.core] = status == DUO_OK;
    return status;
}

/* ---- The set ---- */

static enum duo_status gather(struct duo_session *s)
{
    struct duo_set_verdict *formed = &s->images.formed;

    formed->counter = UINT32_MAX;
    formed->trial_boots = DUO_SINGLE_TRIAL_BOOTS;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        uint32_t counter = duo_image_counter(&formed->image[c]);

        if (!s->images.have[c]) {
            const enum duo_status status =
                duo_single_keep(s->txn, (enum duo_core)c, formed, &counter);
            if (status != DUO_OK) {
                return status;
            }
        }
        formed->counter = counter < formed->counter ? counter : formed->counter;
    }
    return formed->counter < s->txn->state.counter ? DUO_E_DOWNGRADE : DUO_OK;
}

enum duo_status duo_session_form_set(struct duo_session *s, struct duo_state *next)
{
    struct duo_txn *txn = s->txn;
    uint8_t manifest[DUO_MANIFEST_SIZE];
    enum duo_status status = s->images.arriving ? DUO_E_TRUNCATED : gather(s);

    if (status == DUO_OK) {
        status = duo_set_factory_manifest(&s->images.formed, manifest);
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
        memcpy(next->other.sectors, s->images.formed.sectors, sizeof(next->other.sectors));
    }
    return status;
}
