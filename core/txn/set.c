/* SPDX-License-Identifier: MIT */
#include "core/txn/set.h"

#include <string.h>

#include "core/txn/exchange.h"
#include "core/txn/newboot.h"

/* ---- Where a set's sectors lie ---- */

static void placement_init(struct duo_placement *place, const struct duo_device *dev)
{
    memset(place, 0, sizeof(*place));
    place->flash = dev->flash;
    place->sector_size = dev->map->sector_size;
}

void duo_placement_app(struct duo_placement *place, const struct duo_device *dev,
                       enum duo_core core)
{
    placement_init(place, dev);
    for (unsigned k = 0; k < dev->map->sectors[core]; k++) {
        place->sector[k] = dev->map->app[core] + k * dev->map->sector_size;
    }
}

void duo_placement_set(struct duo_placement *place, const struct duo_txn *txn,
                       enum duo_standing standing, enum duo_core core)
{
    const struct duo_set_ref *ref = &txn->state.other;

    if (standing == DUO_STANDING_CURRENT) {
        duo_placement_app(place, txn->dev, core);
        return;
    }
    placement_init(place, txn->dev);
    for (unsigned k = 0; k < ref->sectors[core]; k++) {
        place->sector[k] = duo_exchange_other(txn->dev->map, &txn->state, core, k);
    }
}

static enum duo_status placement_read(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    const struct duo_placement *place = ctx;
    uint8_t *to = buf;

    while (len > 0) {
        const uint32_t k = offset / place->sector_size;
        const uint32_t at = offset % place->sector_size;
        const uint32_t left = place->sector_size - at;
        const uint32_t n = len < left ? len : left;

        if (k >= DUO_SLOT_SECTORS_MAX || place->sector[k] == 0 ||
            place->flash->read(place->flash->ctx, place->sector[k] + at, to, n) ==
                DUO_WORD_UNREADABLE) {
            return DUO_E_READ;
        }
        to += n;
        offset += n;
        len -= n;
    }
    return DUO_OK;
}

struct duo_reader duo_placement_reader(struct duo_placement *place)
{
    return (struct duo_reader){placement_read, place};
}

uint8_t duo_image_sectors(const struct duo_device *dev, const struct duo_locator *loc)
{
    const uint32_t size = dev->map->sector_size;

    return (uint8_t)((duo_slot_used(loc) + size - 1u) / size);
}

enum duo_status duo_device_admits(const struct duo_device *dev, const struct duo_image *image)
{
    if (!image->has_hardware) {
        return dev->hardware_needed ? DUO_E_HARDWARE : DUO_OK;
    }
    return image->hardware_id == dev->hardware_id ? DUO_OK : DUO_E_HARDWARE;
}

/* ---- Images against a manifest ---- */

static enum duo_status verify_named(const struct duo_reader *reader, const struct duo_device *dev,
                                    enum duo_core core, const struct duo_manifest *m, bool trusted,
                                    struct duo_image *image, const struct duo_locator *loc)
{
    enum duo_status status = duo_slot_verify_at(reader, dev->slots[core], loc, NULL, image);

    if (status == DUO_OK) {
        status = duo_manifest_check_image(m, core, image);
    }
    /* Last: what the manifest does not name costs no arithmetic. */
    return status == DUO_OK && !trusted ? duo_image_check_signature(image, dev->trust) : status;
}

enum duo_status duo_placement_verify(struct duo_placement *place, const struct duo_device *dev,
                                     enum duo_core core, const struct duo_manifest *m, bool trusted,
                                     struct duo_image *image, struct duo_locator *loc)
{
    const struct duo_reader reader = duo_placement_reader(place);
    enum duo_status first = DUO_E_NO_IMAGE;
    /* A manifest that leaves a core's image as it is need not give its size. */
    uint32_t from = m->image[core].present
                        ? duo_meta_offset(m->image[core].hdr_size, m->image[core].payload_size)
                        : 0;

    for (unsigned i = 0; i < DUO_SLOT_TRIES; i++) {
        if (duo_slot_find(&reader, dev->slots[core], from, loc) != DUO_OK) {
            break;
        }
        const enum duo_status status = verify_named(&reader, dev, core, m, trusted, image, loc);
        if (status == DUO_OK) {
            return DUO_OK;
        }
        first = i == 0 ? status : first;
        from = duo_meta_offset(loc->hdr_size, loc->payload_size) + DUO_SLOT_ALIGN;
    }
    return first;
}

const struct duo_set_ref *duo_txn_set(const struct duo_txn *txn, enum duo_standing standing)
{
    return standing == DUO_STANDING_CURRENT ? &txn->state.current : &txn->state.other;
}

bool duo_txn_other_set(const struct duo_txn *txn, struct duo_other_set *other)
{
    const struct duo_state *s = &txn->state;

    if (txn->journal.content != DUO_JOURNAL_OK || !s->other.present) {
        return false;
    }
    memcpy(other->differs, s->differs, sizeof(other->differs));
    other->confirmed = s->other.confirmed && s->phase != DUO_PHASE_STAGED;
    other->pending = s->phase == DUO_PHASE_STAGED || s->phase == DUO_PHASE_EXCHANGE;
    other->for_good = s->phase == DUO_PHASE_EXCHANGE && s->kind != DUO_EXCHANGE_INSTALL;
    return true;
}

enum duo_status duo_txn_read_manifest(const struct duo_txn *txn, enum duo_standing standing,
                                      uint8_t bytes[DUO_MANIFEST_SIZE], struct duo_manifest *m)
{
    const enum duo_status status =
        duo_journal_get_head(&txn->journal, duo_txn_set(txn, standing)->manifest, bytes);

    return status == DUO_OK ? duo_manifest_decode(bytes, m) : status;
}

/* The proof is untouched for a set from the factory, which no device takes that demands a second
 * signature. */
static enum duo_status prove_manifest(const struct duo_txn *txn, enum duo_standing standing,
                                      uint8_t bytes[DUO_MANIFEST_MAX], struct duo_manifest *m,
                                      struct duo_manifest_proof *proof)
{
    const struct duo_set_ref *ref = duo_txn_set(txn, standing);

    if (!ref->present) {
        return DUO_E_NO_IMAGE;
    }
    if (duo_journal_get_manifest(&txn->journal, ref->manifest, bytes) != DUO_OK) {
        return DUO_E_JOURNAL;
    }
    if (ref->factory && txn->dev->trust->lms) {
        return DUO_E_NO_SECOND;
    }
    enum duo_status status =
        ref->factory ? DUO_OK : duo_manifest_prove(bytes, txn->dev->trust, proof);
    if (status == DUO_OK) {
        status = duo_manifest_decode(bytes, m);
    }
    /* So a bootloader that was built for other hardware is of no use to the set that brings it. */
    return status == DUO_OK && !ref->factory && m->hardware_id != txn->dev->hardware_id
               ? DUO_E_HARDWARE
               : status;
}

enum duo_status duo_set_manifest_in(const struct duo_txn *txn, enum duo_standing standing,
                                    uint8_t bytes[DUO_MANIFEST_MAX], struct duo_manifest *m)
{
    return prove_manifest(txn, standing, bytes, m, NULL);
}

enum duo_status duo_set_manifest(const struct duo_txn *txn, enum duo_standing standing,
                                 struct duo_manifest *m)
{
    uint8_t bytes[DUO_MANIFEST_MAX];

    return duo_set_manifest_in(txn, standing, bytes, m);
}

/* ---- Sets ---- */

static void verify_images(const struct duo_txn *txn, enum duo_standing standing,
                          const struct duo_manifest *m, bool trusted, struct duo_set_verdict *v)
{
    for (unsigned c = 0; c < DUO_CORES && v->status == DUO_OK; c++) {
        struct duo_placement place;
        struct duo_locator loc;

        duo_placement_set(&place, txn, standing, (enum duo_core)c);
        v->core = (enum duo_core)c;
        v->status = duo_placement_verify(&place, txn->dev, (enum duo_core)c, m, trusted,
                                         &v->image[c], &loc);
        /* What somebody signed for the pair is not worth more than he signed the image for. */
        if (v->status == DUO_OK && trusted && duo_image_counter(&v->image[c]) > m->counter) {
            v->status = DUO_E_DOWNGRADE;
        }
        if (v->status == DUO_OK) {
            v->sectors[c] = duo_image_sectors(txn->dev, &loc);
            v->from[c] = place.sector[0];
        }
    }
}

/* The image that lies there by its own signature, whatever the journal says. */
static enum duo_status verify_placed(struct duo_placement *place, const struct duo_device *dev,
                                     enum duo_core core, struct duo_image *image, uint8_t *sectors,
                                     uint32_t *from)
{
    struct duo_locator loc;
    const struct duo_reader reader = duo_placement_reader(place);
    const enum duo_status status =
        duo_slot_verify(&reader, dev->slots[core], dev->trust, image, &loc);

    if (status != DUO_OK) {
        return status;
    }
    *sectors = duo_image_sectors(dev, &loc);
    *from = place->sector[0];
    return duo_device_admits(dev, image);
}

/* The one in the application slot. */
static enum duo_status verify_alone(const struct duo_device *dev, enum duo_core core,
                                    struct duo_image *image, uint8_t *sectors, uint32_t *from)
{
    struct duo_placement place;

    duo_placement_app(&place, dev, core);
    return verify_placed(&place, dev, core, image, sectors, from);
}

/* Images have one signature each: where two are demanded, they vouch for nothing. */
static void verify_each_alone(const struct duo_txn *txn, enum duo_standing standing,
                              struct duo_set_verdict *v)
{
    struct duo_placement place;

    v->status = txn->dev->trust->lms ? DUO_E_NO_SECOND : DUO_OK;
    v->trial_boots = 1;
    for (unsigned c = 0; c < DUO_CORES && v->status == DUO_OK; c++) {
        v->core = (enum duo_core)c;
        duo_placement_set(&place, txn, standing, v->core);
        v->status =
            verify_placed(&place, txn->dev, v->core, &v->image[c], &v->sectors[c], &v->from[c]);
    }
}

/* A set is worth as much as the weaker of its images; without a counter that is 0. */
static void verify_factory(const struct duo_txn *txn, struct duo_set_verdict *v)
{
    verify_each_alone(txn, DUO_STANDING_CURRENT, v);
    v->counter = UINT32_MAX;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        const uint32_t counter = duo_image_counter(&v->image[c]);

        v->counter = counter < v->counter ? counter : v->counter;
    }
}

/* In a trial that may be the set before it, too: it was confirmed, and the counter is still its. */
static bool may_be_unnamed(const struct duo_state *s, enum duo_standing standing)
{
    return standing == DUO_STANDING_CURRENT ? s->phase != DUO_PHASE_EXCHANGE
                                            : s->phase == DUO_PHASE_TRIAL && s->other.confirmed;
}

/*
 * The state says that a whole set is there, but not which: its manifest cannot be read. Two images
 * that verify by themselves are that set, because nothing but an exchange writes there, and none is
 * under way. Its counter was the device's, unless an image says otherwise.
 */
static void verify_unnamed(const struct duo_txn *txn, enum duo_standing standing,
                           struct duo_set_verdict *v)
{
    verify_each_alone(txn, standing, v);
    v->unnamed = true;
    v->counter = txn->state.counter;
    for (unsigned c = 0; c < DUO_CORES && v->status == DUO_OK; c++) {
        if (v->image[c].has_counter && v->image[c].counter < v->counter) {
            v->counter = v->image[c].counter;
        }
    }
}

/* Later the other set is the one of before. */
static bool brings_bootloader(const struct duo_state *s)
{
    return DUO_SWAPS && s->boot_new != 0 &&
           (s->phase == DUO_PHASE_DOWNLOADING || s->phase == DUO_PHASE_STAGED);
}

static void verify_parts(const struct duo_txn *txn, enum duo_standing standing,
                         struct duo_set_verdict *v)
{
    struct duo_manifest m;

    memset(v, 0, sizeof(*v));
    duo_manifest_no_proof(&v->proof);
    v->known = true;
    if (txn->journal.content == DUO_JOURNAL_EMPTY && standing == DUO_STANDING_CURRENT) {
        verify_factory(txn, v);
        return;
    }
    v->status = prove_manifest(txn, standing, v->manifest, &m, &v->proof);
    if (v->status == DUO_E_JOURNAL && may_be_unnamed(&txn->state, standing)) {
        verify_unnamed(txn, standing, v);
        return;
    }
    if (v->status != DUO_OK) {
        return;
    }
    v->counter = m.counter;
    v->trial_boots = m.trial_boots;
    v->trial_time_s = m.trial_time_s;
    v->m4_by_m7 = m.m4_by_m7;
    /* what nobody has signed revokes nothing */
    v->revokes = duo_txn_set(txn, standing)->factory
                     ? 0
                     : duo_revocation_mask(txn->dev->trust->ring, &m.revokes);
    /* The manifest's signature has been checked, except of a factory set, which has none. */
    verify_images(txn, standing, &m, !duo_txn_set(txn, standing)->factory, v);
    if (v->status == DUO_OK && standing == DUO_STANDING_OTHER && brings_bootloader(&txn->state)) {
        v->status = duo_newboot_verify(txn, &m);
    }
}

void duo_set_verify(const struct duo_txn *txn, enum duo_standing standing,
                    struct duo_set_verdict *v)
{
    verify_parts(txn, standing, v);
    if (v->status == DUO_OK) {
        v->status = duo_images_agree(v->image, &v->core);
    }
}

uint32_t duo_set_counter_floor(const struct duo_device *dev)
{
    uint32_t floor = 0;

    for (unsigned c = 0; c < DUO_CORES; c++) {
        struct duo_image image;
        uint8_t sectors;
        uint32_t from;

        if (verify_alone(dev, (enum duo_core)c, &image, &sectors, &from) == DUO_OK &&
            image.has_counter && image.counter > floor) {
            floor = image.counter;
        }
    }
    return floor;
}

/* Does the image in the application slot say that keys are revoked? Proves nothing. */
static bool names_revoked(const struct duo_device *dev, enum duo_core core)
{
    struct duo_placement place;
    struct duo_slot_view view;
    struct duo_locator loc;
    struct duo_image image;

    duo_placement_app(&place, dev, core);
    const struct duo_reader reader = duo_placement_reader(&place);
    if (duo_slot_find(&reader, dev->slots[core], 0, &loc) != DUO_OK) {
        return false;
    }
    duo_slot_view_init(&view, &reader, &loc);
    const struct duo_reader file = duo_slot_view_reader(&view);
    return duo_image_parse(&file, duo_slot_view_size(&view), &image) == DUO_OK && image.has_revokes;
}

/* By its X, because an image need not name its key. */
static unsigned signer_of(const struct duo_keyring *ring, const struct duo_image *image)
{
    unsigned number = 0;

    while (number < duo_ring_count(ring) &&
           memcmp(ring->keys[number].pub.xy, image->proof.key_x, DUO_SCALAR_SIZE) != 0) {
        number++;
    }
    return number;
}

uint32_t duo_set_revoked_floor(const struct duo_device *dev)
{
    struct duo_trust known = {.ring = dev->trust->ring};

    for (unsigned c = 0; c < DUO_CORES; c++) {
        struct duo_image image;
        uint8_t sectors;
        uint32_t from;

        if (!names_revoked(dev, (enum duo_core)c) ||
            verify_alone(dev, (enum duo_core)c, &image, &sectors, &from) != DUO_OK) {
            continue;
        }
        /* Of two images that revoke each other's key the M7's counts: one key always stays. */
        const unsigned signer = signer_of(known.ring, &image);
        const struct duo_trust fresh = {.ring = known.ring};
        if (duo_trust_permits(&known, signer, duo_image_counter(&image)) == DUO_OK &&
            duo_trust_revocation(&fresh, &image.revokes, signer) == DUO_OK) {
            known.revoked |= duo_revocation_mask(known.ring, &image.revokes);
        }
    }
    return known.revoked;
}

static void describe(struct duo_manifest_image *e, const struct duo_image *image)
{
    e->present = true;
    e->file_size = image->file_size;
    e->payload_size = image->header.payload_size;
    e->hdr_size = image->header.hdr_size;
    e->version = image->header.version;
    memcpy(e->image_hash, image->hash, DUO_HASH_SIZE);
}

enum duo_status duo_set_factory_manifest(const struct duo_set_verdict *v,
                                         uint8_t bytes[DUO_MANIFEST_SIZE])
{
    struct duo_manifest m = {
        .counter = v->counter, .trial_boots = v->trial_boots, .layout = v->image[DUO_CM7].layout};

    describe(&m.image[DUO_CM7], &v->image[DUO_CM7]);
    describe(&m.image[DUO_CM4], &v->image[DUO_CM4]);
    memset(bytes, 0, DUO_MANIFEST_SIZE);
    return duo_manifest_encode(&m, bytes);
}
