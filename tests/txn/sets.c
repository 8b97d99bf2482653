/* SPDX-License-Identifier: MIT */
#include "tests/txn/sets.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/slot.h"

#define BASE            0x09000000u
#define SMALL(n)        (BASE + (n)*SMALL_SECTOR)
#define META_MAX        256u
#define PROT_SIZE       17u /* info 4, counter 4 + 4, core 4 + 1 */
#define LAYOUT_TLV_SIZE 5u
#define NEEDS_SIZE      16u

const struct duo_map small_map = {
    .base = BASE,
    .bank_size = 8u * SMALL_SECTOR,
    .sector_size = SMALL_SECTOR,
    .app = {SMALL(1), SMALL(9)},
    .staging = {SMALL(4), SMALL(11)},
    .spare = {SMALL(7), SMALL(13)},
    .sectors = {3, 2},
    .journal = {SMALL(14), SMALL(15)},
};

const struct duo_map twin_map = {
    .base = BASE,
    .bank_size = 8u * SMALL_SECTOR,
    .sector_size = SMALL_SECTOR,
    .app = {SMALL(1), SMALL(5)},
    .staging = {SMALL(9), SMALL(13)},
    .sectors = {4, 2},
    .journal = {SMALL(7), SMALL(15)},
    .twin = true,
    .m4_boot = 512u,
    .m4_boot_size = 64u,
};

/* Where the images made here say that their stack begins. */
static const struct duo_range small_ram[] = {
    {0x20000000u, 0x20000u}, {0x24000000u, 0x80000u}, {0, 0}};

const struct duo_slot small_slots[DUO_CORES] = {
    {DUO_CM7, SMALL(1), 3u * SMALL_SECTOR, META_MAX, SMALL(9), 2u * SMALL_SECTOR, small_ram, 0},
    {DUO_CM4, SMALL(9), 2u * SMALL_SECTOR, META_MAX, SMALL(1), 3u * SMALL_SECTOR, small_ram, 0},
};

const struct duo_slot twin_slots[DUO_CORES] = {
    {DUO_CM7, SMALL(1), 4u * SMALL_SECTOR, META_MAX, SMALL(5), 2u * SMALL_SECTOR, small_ram, 1},
    {DUO_CM4, SMALL(5), 2u * SMALL_SECTOR, META_MAX, SMALL(1), 4u * SMALL_SECTOR, small_ram, 1},
};

static void *need(size_t size)
{
    void *p = calloc(1, size);

    if (!p) {
        abort();
    }
    return p;
}

static uint8_t *tlv(uint8_t *p, uint16_t type, const void *value, uint16_t len)
{
    duo_put16(p, type);
    duo_put16(p + 2, len);
    memcpy(p + 4, value, len);
    return p + 4 + len;
}

/* Vector table and some text in the first words, then data here and there. */
static void fill_payload(uint8_t *p, const struct image_spec *spec, const struct duo_slot *slot)
{
    memset(p, 0xFF, spec->payload);
    for (uint32_t at = 0; at < spec->payload; at += DUO_WORD_SIZE) {
        const uint32_t in = at % SMALL_SECTOR;
        if (!spec->dense && in != 0 && in != SMALL_SECTOR - DUO_WORD_SIZE && in != 512) {
            continue;
        }
        for (unsigned i = 0; i < DUO_WORD_SIZE && at + i < spec->payload; i++) {
            p[at + i] = (uint8_t)sim_mix(((uint64_t)spec->seed << 32) + at + i);
        }
    }
    duo_put32(p, 0x24001000u);
    duo_put32(p + 4, (slot->run_base + 8u) | 1u);
}

static uint32_t revoked_size(const struct duo_revocation *r)
{
    uint32_t size = 0;

    while (size < sizeof(r->key_id) && r->key_id[size / 4u] != 0) {
        size += 4u;
    }
    return size;
}

/* MCUboot's dependency: number of the image, padding, version. */
static uint8_t *put_needs(uint8_t *p, const struct image_spec *spec, enum duo_core core)
{
    const struct duo_version version = {.minor = 1, .revision = (uint16_t)spec->needs};
    uint8_t value[NEEDS_SIZE - 4u] = {core == DUO_CM7 ? DUO_CM4 : DUO_CM7};

    duo_version_put(&version, value + 4);
    return tlv(p, 0x40, value, sizeof(value));
}

/* Everything in an image comes from its spec, so that two sets can share it. */
static void make_image(struct test_image *im, const struct image_spec *spec,
                       const struct duo_device *dev, enum duo_core core)
{
    const struct duo_slot *slot = dev->slots[core];
    const uint32_t revoked = revoked_size(&spec->revokes);
    const uint16_t prot_size =
        (uint16_t)(PROT_SIZE + (slot->layout != 0 ? LAYOUT_TLV_SIZE : 0) +
                   (revoked ? 4u + revoked : 0) + (spec->needs ? NEEDS_SIZE : 0));
    const uint32_t signed_size = DUO_IMAGE_HEADER_SIZE + spec->payload + prot_size;
    uint8_t sig[DUO_SIG_MAX];
    uint8_t value[4];

    im->hdr_size = DUO_IMAGE_HEADER_SIZE;
    im->payload_size = spec->payload;
    im->version = (struct duo_version){.minor = 1, .revision = (uint16_t)spec->seed};
    im->file = need(signed_size + 256u);
    uint8_t *p = im->file;
    duo_put32(p, DUO_IMAGE_MAGIC);
    duo_put16(p + 8, DUO_IMAGE_HEADER_SIZE);
    duo_put16(p + 10, prot_size);
    duo_put32(p + 12, spec->payload);
    duo_version_put(&im->version, p + 20);
    p += DUO_IMAGE_HEADER_SIZE;
    fill_payload(p, spec, slot);
    p += spec->payload;
    duo_put16(p, 0x6908);
    duo_put16(p + 2, prot_size);
    duo_put32(value, spec->counter ? spec->counter : 1u);
    p = tlv(p + 4, 0x50, value, 4);
    value[0] = duo_core_number(core);
    p = tlv(p, DUO_TLV_CORE, value, 1);
    if (revoked) {
        p = tlv(p, DUO_TLV_REVOKED, spec->revokes.key_id, (uint16_t)revoked); /* little endian */
    }
    if (spec->needs) {
        p = put_needs(p, spec, core);
    }
    if (slot->layout != 0) {
        p = tlv(p, DUO_TLV_LAYOUT, &slot->layout, 1);
    }
    duo_sha256_of(im->file, signed_size, im->hash);
    const size_t sig_len = sign_der(&dev->trust->ring->keys[spec->signer].pub, im->hash, sig);
    duo_put16(p, 0x6907);
    duo_put16(p + 2, (uint16_t)(4u + 4u + DUO_HASH_SIZE + 4u + sig_len));
    p = tlv(p + 4, 0x10, im->hash, DUO_HASH_SIZE);
    p = tlv(p, 0x22, sig, (uint16_t)sig_len);
    im->file_size = (uint32_t)(p - im->file);
}

/* The order of core/image/slot.h, written down once more. */
static void lay_out(struct test_image *im, const struct duo_slot *slot)
{
    const uint32_t tlvs = im->hdr_size + im->payload_size;
    const struct duo_locator loc = {im->payload_size, im->hdr_size, im->file_size - tlvs};
    uint8_t *meta;

    im->slot_size = duo_slot_used(&loc);
    im->slot = need(im->slot_size);
    memset(im->slot, 0xFF, im->slot_size);
    memcpy(im->slot, im->file + im->hdr_size, im->payload_size);
    meta = im->slot + duo_meta_offset(im->hdr_size, im->payload_size);
    duo_locator_encode(slot, &loc, meta);
    memcpy(meta + DUO_LOCATOR_SIZE, im->file, im->hdr_size);
    memcpy(meta + DUO_LOCATOR_SIZE + im->hdr_size, im->file + tlvs, loc.tlv_size);
}

static void describe(struct duo_manifest_image *e, const struct test_image *im, bool keep)
{
    e->present = !keep;
    e->payload_size = im->payload_size;
    e->hdr_size = im->hdr_size;
    e->version = im->version;
    memcpy(e->image_hash, im->hash, DUO_HASH_SIZE);
    if (!keep) {
        e->file_size = im->file_size;
        duo_sha256_of(im->file, im->file_size, e->file_hash);
    }
}

static void make_bundle(struct test_set *set, const struct duo_device *dev)
{
    const struct duo_pubkey *signer = &dev->trust->ring->keys[set->spec.signer].pub;
    struct duo_manifest m = {.hardware_id = dev->hardware_id,
                             .set_version = {.major = 1, .revision = (uint16_t)set->spec.number},
                             .counter = set->spec.counter,
                             .trial_boots = set->spec.trial_boots,
                             .layout = dev->slots[DUO_CM7]->layout,
                             .trial_time_s = TEST_TRIAL_TIME,
                             .revokes = set->spec.revokes};
    uint8_t keyhash[DUO_HASH_SIZE];
    uint8_t hash[DUO_HASH_SIZE];

    duo_pubkey_hash(signer, keyhash);
    m.key_id = (uint32_t)keyhash[0] << 24 | (uint32_t)keyhash[1] << 16 | (uint32_t)keyhash[2] << 8 |
               keyhash[3];
    set->bundle = need(DUO_MANIFEST_SIZE + set->image[0].file_size + set->image[1].file_size +
                       set->spec.boot_size);
    if (set->spec.boot_cores != 0) {
        m.boot.cores = set->spec.boot_cores;
        m.boot.size = set->spec.boot_size;
        duo_sha256_of(set->spec.boot, set->spec.boot_size, hash);
        memcpy(m.boot.hash, hash, sizeof(m.boot.hash));
    }
    for (unsigned c = 0; c < DUO_CORES; c++) {
        describe(&m.image[c], &set->image[c], set->spec.keep[c]);
    }
    if (duo_manifest_encode(&m, set->bundle) != DUO_OK) {
        abort();
    }
    duo_sha256_of(set->bundle, DUO_MANIFEST_SIGNED_SIZE, hash);
    sign_raw(signer, hash, set->bundle + DUO_MANIFEST_SIGNED_SIZE);
    set->bundle_size = DUO_MANIFEST_SIZE;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (!set->spec.keep[c]) {
            memcpy(set->bundle + set->bundle_size, set->image[c].file, set->image[c].file_size);
            set->bundle_size += set->image[c].file_size;
        }
    }
    if (set->spec.boot_cores != 0) {
        memcpy(set->bundle + set->bundle_size, set->spec.boot, set->spec.boot_size);
        set->bundle_size += set->spec.boot_size;
    }
}

void set_make(struct test_set *set, const struct set_spec *spec, const struct duo_device *dev)
{
    memset(set, 0, sizeof(*set));
    set->spec = *spec;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        make_image(&set->image[c], &spec->image[c], dev, (enum duo_core)c);
        lay_out(&set->image[c], dev->slots[c]);
    }
    make_bundle(set, dev);
}

void set_free(struct test_set *set)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        free(set->image[c].file);
        free(set->image[c].slot);
    }
    free(set->bundle);
}

void set_program(const struct test_set *set, struct sim *sim)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        sim_put(sim, sim->map->app[c], set->image[c].slot, set->image[c].slot_size);
    }
}
