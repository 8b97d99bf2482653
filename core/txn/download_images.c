/* SPDX-License-Identifier: MIT */
/*
 * A download of images without a manifest, one after the other. Each is collected in RAM first, as
 * its signature is at its end. When it is verified there, a manifest is made for the set that it
 * forms, with the image that came before or else with the one that runs; and then it goes the way
 * of a bundle's image, from RAM. When a reset comes between, the journal has the image's hash, and
 * the rest is taken from the sender.
 *
 * `whole` of the state says which images lie complete in staging while another one is written.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/txn/download_parts.h"
#include "core/txn/plan.h"
#include "core/txn/single.h"

#define TLV_INFO_SIZE 4u /* magic and size of the last TLV area, both 16 bits */

/* ---- While it arrives ---- */

bool duo_download_begins_image(const struct duo_download *d, uint8_t first)
{
    return d->stage == DUO_DOWNLOAD_MANIFEST && d->taken == 0 && first == DUO_SINGLE_FIRST_BYTE;
}

static void start_to_collect(struct duo_download *d)
{
    d->single = true;
    d->authentic = d->core_known = d->copying = d->resumed = false;
    d->taken = 0;
    d->prepared = 0;
    d->filled = 0;
    memset(&d->manifest, 0, sizeof(d->manifest));
    d->stage = DUO_DOWNLOAD_COLLECT;
}

/* Where the last TLV area begins; its size is there. */
static uint32_t tail_of(const struct duo_download *d)
{
    struct duo_image_header h;

    (void)duo_image_header_parse(d->buffer, &h);
    return h.hdr_size + h.payload_size + h.prot_size;
}

/* Bytes of the file up to which its own sizes are known. */
static uint32_t known_size(const struct duo_download *d)
{
    if (d->taken < DUO_IMAGE_HEADER_SIZE) {
        return DUO_IMAGE_HEADER_SIZE;
    }
    const uint32_t tail = tail_of(d);
    return tail +
           (d->taken < tail + TLV_INFO_SIZE ? TLV_INFO_SIZE : duo_get16(d->buffer + tail + 2u));
}

static bool is_collected(const struct duo_download *d)
{
    return d->core_known && d->taken >= tail_of(d) + TLV_INFO_SIZE && d->taken == known_size(d);
}

static enum duo_status look(struct duo_download *d, uint32_t before)
{
    const bool have[DUO_CORES] = {d->whole & 1u << DUO_CM7, d->whole & 1u << DUO_CM4};
    enum duo_status status = DUO_OK;

    if (d->taken < DUO_IMAGE_HEADER_SIZE) {
        return DUO_OK;
    }
    if (before < DUO_IMAGE_HEADER_SIZE) {
        status = duo_single_check_header(d->buffer, d->room - TLV_INFO_SIZE);
    }
    if (status == DUO_OK && !d->core_known) {
        status =
            duo_single_find_core(d->txn->dev, have, d->buffer, d->taken, &d->core, &d->core_known);
    }
    if (status == DUO_OK && d->core_known && d->only != 0 && d->only != 1u + d->core) {
        status = DUO_E_CORE;
    }
    return status;
}

enum duo_status duo_download_collect(struct duo_download *d, const uint8_t *data, uint32_t len,
                                     uint32_t *used)
{
    const uint32_t before = d->taken;

    if (!d->buffer || d->txn->dev->trust->lms) {
        return d->buffer ? DUO_E_NO_SECOND : DUO_E_UNSUPPORTED; /* images have one signature */
    }
    if (d->stage != DUO_DOWNLOAD_COLLECT) {
        start_to_collect(d);
    }
    const uint32_t end = known_size(d);
    if (end > d->room) {
        return DUO_E_TOO_LARGE;
    }
    if (end <= before) {
        return DUO_E_MALFORMED; /* a TLV area smaller than its own head */
    }
    *used = len < end - before ? len : end - before;
    memcpy(d->buffer + before, data, *used);
    d->taken += *used;
    const enum duo_status status = look(d, before);
    if (status == DUO_OK && is_collected(d)) {
        d->stage = DUO_DOWNLOAD_CHECK;
    }
    return status;
}

/* ---- The set that it forms ---- */

static struct duo_locator locator_of(const struct duo_image *image)
{
    return (struct duo_locator){image->header.payload_size, image->header.hdr_size,
                                image->tlv_size};
}

/* Its counter is that of the weaker image. */
static enum duo_status form_set(struct duo_download *d)
{
    struct duo_set_verdict *v = &d->verdict;
    const struct duo_locator loc = locator_of(&d->fresh);

    v->image[d->core] = d->fresh;
    v->sectors[d->core] = duo_image_sectors(d->txn->dev, &loc);
    v->counter = UINT32_MAX;
    v->trial_boots = DUO_SINGLE_TRIAL_BOOTS;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        uint32_t counter = duo_image_counter(&v->image[c]);

        if (c != d->core && (d->whole & 1u << c) == 0) {
            const enum duo_status status = duo_single_keep(d->txn, (enum duo_core)c, v, &counter);
            if (status != DUO_OK) {
                return status;
            }
        }
        v->counter = counter < v->counter ? counter : v->counter;
    }
    return v->counter < d->txn->state.counter ? DUO_E_DOWNGRADE : DUO_OK;
}

/* With the hash of the whole file, by which a sender is told that there is something to go on with.
 */
static enum duo_status make_manifest(struct duo_download *d)
{
    enum duo_status status = duo_set_factory_manifest(&d->verdict, d->raw);

    if (status == DUO_OK) {
        status = duo_manifest_decode(d->raw, &d->manifest);
    }
    if (status != DUO_OK) {
        return status;
    }
    duo_sha256_of(d->buffer, d->fresh.file_size, d->manifest.image[d->core].file_hash);
    return duo_manifest_encode(&d->manifest, d->raw);
}

enum duo_status duo_download_read_set(struct duo_download *d, const struct duo_state *s)
{
    const enum duo_status status = duo_manifest_decode(d->raw, &d->manifest);

    if (status != DUO_OK) {
        return status;
    }
    for (unsigned c = 0; c < DUO_CORES; c++) {
        struct duo_manifest_image *e = &d->manifest.image[c];

        e->present = s->differs[c] && (d->whole & 1u << c) == 0;
        e->file_size = e->present ? e->file_size : 0;
    }
    duo_download_choose_block(d);
    return DUO_OK;
}

/* With the first image the other set is given up; a second one joins it. */
static void plan(const struct duo_download *d, struct duo_state *next)
{
    if (d->whole == 0) {
        duo_plan_downloading(d->txn, next);
        next->differs[DUO_CM7] = next->differs[DUO_CM4] = false;
        memcpy(next->other.sectors, d->verdict.sectors, sizeof(next->other.sectors));
    } else {
        *next = d->txn->state;
        next->step = 0;
        next->failures = 0;
        next->other.sectors[d->core] = d->verdict.sectors[d->core];
    }
    next->differs[d->core] = true;
    next->other.factory = true; /* its manifest is not signed */
    next->whole = d->whole;
}

enum duo_status duo_download_check_image(struct duo_download *d)
{
    struct duo_txn *txn = d->txn;
    enum duo_status status =
        duo_single_authenticate(txn->dev, d->core, d->buffer, d->taken,
                                duo_txn_counter_in(txn, &d->verdict), &d->authentic, &d->fresh);

    if (status == DUO_OK) {
        status = duo_txn_need_journal_for(txn, &d->verdict);
    }
    if (status == DUO_OK) {
        status = form_set(d);
    }
    if (status == DUO_OK) {
        status = make_manifest(d);
    }
    if (status != DUO_OK) {
        return status;
    }
    plan(d, &d->next);
    status = duo_download_read_set(d, &d->next);
    if (status == DUO_OK) {
        status = duo_download_record_begin(d, &d->next);
    }
    d->copying = status == DUO_OK;
    return status;
}

/* ---- One after the other ---- */

void duo_download_use_buffer(struct duo_download *d, uint8_t *buffer, uint32_t size)
{
    d->buffer = size > DUO_IMAGE_HEADER_SIZE ? buffer : NULL;
    d->room = size;
}

void duo_download_expect(struct duo_download *d, enum duo_core core)
{
    d->only = (uint8_t)(1u + core);
}

bool duo_download_brings(const struct duo_download *d, enum duo_core core)
{
    return d->manifest.image[core].present || (d->whole & 1u << core) != 0;
}

enum duo_status duo_download_next_image(struct duo_download *d)
{
    if (d->failed != DUO_OK || !d->single || d->stage != DUO_DOWNLOAD_COMPLETE ||
        (duo_download_brings(d, DUO_CM7) && duo_download_brings(d, DUO_CM4))) {
        return d->failed != DUO_OK ? d->failed : DUO_E_STATE;
    }
    d->whole = duo_download_brings(d, DUO_CM7) ? 1u << DUO_CM7 : 1u << DUO_CM4;
    d->only = 0;
    /* A swap's other bank holds a copy of what runs, and may say so; this image takes its place. */
    for (unsigned c = 0; c < DUO_CORES; c++) {
        d->txn->state.differs[c] = duo_download_brings(d, (enum duo_core)c);
    }
    start_to_collect(d);
    return DUO_OK;
}

bool duo_download_copies(const struct duo_download *d)
{
    return d->copying && d->stage == DUO_DOWNLOAD_IMAGES;
}

bool duo_download_is_image(const struct duo_download *d, enum duo_core *core)
{
    for (unsigned c = 0; d->single && c < DUO_CORES; c++) {
        if (d->manifest.image[c].present) {
            *core = (enum duo_core)c;
            return true;
        }
    }
    *core = d->core;
    return d->single && d->core_known;
}
