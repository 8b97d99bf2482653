/* SPDX-License-Identifier: MIT */
/*
 * Images that come without a manifest, and the set they form. An image is collected in RAM, because
 * its signature is at its end: flash is touched when it has been verified there, not before.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/txn/plan.h"
#include "core/txn/session_parts.h"

#define VECTORS_SIZE 8u /* which core an image is for is known with its vector table's head */

/* The boots a set without a manifest is given to be confirmed in. */
#define FORMED_TRIAL_BOOTS 3u

static bool any_image(const struct duo_session *s)
{
    return s->images.have[DUO_CM7] || s->images.have[DUO_CM4];
}

/* ---- While it arrives: what is hopeless is refused early ---- */

static enum duo_status check_header(struct duo_session *s)
{
    struct duo_image_header h;
    enum duo_status status = duo_image_header_parse(s->images.buffer, &h);

    if (status != DUO_OK) {
        return status;
    }
    return h.hdr_size + h.payload_size + h.prot_size > s->images.size ? DUO_E_TOO_LARGE : DUO_OK;
}

static enum duo_status check_vectors(const struct duo_session *s, enum duo_core core,
                                     const struct duo_image_header *h, const uint8_t *vectors)
{
    const struct duo_slot *slot = s->txn->dev->slots[core];
    const struct duo_locator loc = {h->payload_size, h->hdr_size, h->prot_size};
    const enum duo_status status = duo_slot_check_vectors(
        slot, h->hdr_size, h->payload_size, duo_get32(vectors), duo_get32(vectors + 4));

    return status == DUO_OK ? duo_slot_fits(slot, &loc) : status;
}

/* A second image is for the core that has none yet; the first one may be for either. */
static enum duo_status find_core(struct duo_session *s)
{
    struct duo_session_images *im = &s->images;
    struct duo_image_header h;
    enum duo_status status = duo_image_header_parse(im->buffer, &h);

    if (status != DUO_OK || im->fill < h.hdr_size + VECTORS_SIZE) {
        return status;
    }
    im->core = im->have[DUO_CM7] ? DUO_CM4 : DUO_CM7;
    status = check_vectors(s, im->core, &h, im->buffer + h.hdr_size);
    if (status == DUO_E_CORE && !any_image(s)) {
        im->core = DUO_CM4;
        status = check_vectors(s, im->core, &h, im->buffer + h.hdr_size);
    }
    im->core_known = true;
    return status;
}

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
        status = check_header(s);
    }
    if (status == DUO_OK && im->fill >= DUO_IMAGE_HEADER_SIZE && !im->core_known) {
        status = find_core(s);
    }
    return status;
}

/* ---- The end of one: verified in RAM, then written ---- */

/* Is it ours, and for this device? Changes nothing. */
static enum duo_status authenticate(struct duo_session *s, struct duo_image *image)
{
    const struct duo_device *dev = s->txn->dev;
    struct duo_mem mem = {s->images.buffer, s->images.fill};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_image_verify(&reader, mem.size, dev->trust, image);

    if (status != DUO_OK) {
        return status;
    }
    s->authentic = true;
    status = duo_slot_admits(dev->slots[s->images.core], image);
    if (status == DUO_OK) {
        status = duo_device_admits(dev, image);
    }
    if (status == DUO_OK && duo_image_counter(image) < duo_txn_counter(s->txn)) {
        status = DUO_E_DOWNGRADE;
    }
    return status;
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
    if (status != DUO_OK) {
        return status;
    }
    s->stage = SESSION_BEGUN;
    return duo_session_free_spare(s, s->images.core);
}

static enum duo_status write_image(struct duo_session *s, const struct duo_image *image)
{
    duo_staging_begin(&s->staging, s->txn->dev, s->images.core, image->file_size);
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

/* The image the current set has for a core, verified again: it is to run in another set. */
static enum duo_status keep_image(struct duo_session *s, enum duo_core core, uint32_t *counter)
{
    struct duo_manifest m;
    struct duo_placement place;
    struct duo_locator loc;
    struct duo_image *image = &s->images.formed.image[core];
    enum duo_status status = duo_set_manifest(s->txn, DUO_STANDING_CURRENT, &m);

    if (status == DUO_OK) {
        duo_placement_app(&place, s->txn->dev, core);
        status = duo_placement_verify(&place, s->txn->dev, core, &m, false, image, &loc);
    }
    if (status != DUO_OK) {
        return status;
    }
    s->images.formed.sectors[core] = duo_image_sectors(s->txn->dev, &loc);
    *counter = duo_image_counter(image);
    /* The set it came with was signed for this counter. */
    *counter = m.counter > *counter ? m.counter : *counter;
    return DUO_OK;
}

static enum duo_status gather(struct duo_session *s)
{
    struct duo_set_verdict *formed = &s->images.formed;

    formed->counter = UINT32_MAX;
    formed->trial_boots = FORMED_TRIAL_BOOTS;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        uint32_t counter = duo_image_counter(&formed->image[c]);

        if (!s->images.have[c]) {
            const enum duo_status status = keep_image(s, (enum duo_core)c, &counter);
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
