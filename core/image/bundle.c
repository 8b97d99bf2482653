/* SPDX-License-Identifier: MIT */
#include "core/image/bundle.h"

#include <string.h>

enum state {
    ST_MANIFEST,  /* collecting the manifest */
    ST_OFFERED,   /* reported, waiting for duo_bundle_accept() */
    ST_NEXT_CORE, /* looking for the next image present */
    ST_IMAGE,
    ST_BOOT,      /* the bootloader, if the set brings one */
    ST_NEXT_PART, /* no image any more */
    ST_ENDING,    /* last image done, END not reported yet */
    ST_END,
    ST_FAILED
};

void duo_bundle_init(struct duo_bundle *b, const struct duo_trust *trust, uint32_t hardware_id,
                     const struct duo_slot *const slots[DUO_CORES])
{
    memset(b, 0, sizeof(*b));
    b->trust = trust;
    b->hardware_id = hardware_id;
    b->slots[DUO_CM7] = slots[DUO_CM7];
    b->slots[DUO_CM4] = slots[DUO_CM4];
    b->state = ST_MANIFEST;
}

static enum duo_status fail(struct duo_bundle *b, enum duo_status status)
{
    b->state = ST_FAILED;
    b->failed = status;
    return status;
}

/* Another kind of file is refused with its first bytes, not after 288 of them. */
static bool magic_wrong(const struct duo_bundle *b)
{
    static const uint8_t magic[4] = {'D', 'U', 'O', 'B'};
    uint32_t have = b->fill < sizeof(magic) ? b->fill : sizeof(magic);

    return memcmp(b->raw, magic, have) != 0;
}

/* Of the manifest. That a second signature follows is known when the rest is there. */
static uint32_t wanted(const struct duo_bundle *b)
{
    return b->fill < DUO_MANIFEST_SIZE ? DUO_MANIFEST_SIZE : duo_manifest_size(b->raw);
}

static enum duo_status take_manifest(struct duo_bundle *b, const uint8_t *data, uint32_t len,
                                     uint32_t *used, enum duo_bundle_event *event)
{
    for (uint32_t n = 1; n > 0; *used += n) {
        n = wanted(b) - b->fill;
        n = n < len - *used ? n : len - *used;
        if (n > 0) {
            memcpy(b->raw + b->fill, data + *used, n);
        }
        b->fill += n;
    }
    if (magic_wrong(b)) {
        return fail(b, DUO_E_MAGIC);
    }
    if (b->fill < wanted(b)) {
        return DUO_OK;
    }
    enum duo_status status = duo_manifest_authenticate(b->raw, b->trust);

    b->authentic = status == DUO_OK;
    if (status == DUO_OK) {
        status = duo_manifest_admit(b->raw, b->trust, b->hardware_id, b->slots, &b->manifest);
    }
    if (status != DUO_OK) {
        return fail(b, status);
    }
    b->state = ST_OFFERED;
    *event = DUO_BUNDLE_MANIFEST;
    return DUO_OK;
}

enum duo_status duo_bundle_accept(struct duo_bundle *b)
{
    if (b->state != ST_OFFERED) {
        return DUO_E_STATE;
    }
    b->core = DUO_CM7;
    b->state = ST_NEXT_CORE;
    return DUO_OK;
}

/* Starts with b->core or, if that is not in the bundle, the one after it. */
static void start_image(struct duo_bundle *b)
{
    if (b->core == DUO_CM7 && !b->manifest.image[DUO_CM7].present) {
        b->core = DUO_CM4;
    }
    if (!b->manifest.image[b->core].present) {
        b->state = ST_NEXT_PART;
        return;
    }
    b->done = 0;
    duo_sha256_init(&b->hash);
    b->state = ST_IMAGE;
}

/* Of what arrives: the image for b->core, or the bootloader. */
static uint32_t size_of_part(const struct duo_bundle *b)
{
    return DUO_SWAPS && b->state == ST_BOOT ? b->manifest.boot.size
                                            : b->manifest.image[b->core].file_size;
}

static bool has_hash(const struct duo_bundle *b, const uint8_t hash[DUO_HASH_SIZE])
{
    return DUO_SWAPS && b->state == ST_BOOT
               ? memcmp(hash, b->manifest.boot.hash, DUO_BOOT_HASH_SIZE) == 0
               : memcmp(hash, b->manifest.image[b->core].file_hash, DUO_HASH_SIZE) == 0;
}

static enum duo_status end_part(struct duo_bundle *b, enum duo_bundle_event *event)
{
    uint8_t hash[DUO_HASH_SIZE];

    duo_sha256_final(&b->hash, hash);
    if (!has_hash(b, hash)) {
        return fail(b, DUO_E_HASH);
    }
    *event = b->state == ST_BOOT ? DUO_BUNDLE_BOOT_END : DUO_BUNDLE_IMAGE_END;
    b->state = b->state == ST_IMAGE && b->core == DUO_CM7 ? ST_NEXT_CORE
               : b->state == ST_IMAGE                     ? ST_NEXT_PART
                                                          : ST_ENDING;
    return DUO_OK;
}

static enum duo_status take_part(struct duo_bundle *b, const uint8_t *data, uint32_t len,
                                 uint32_t *used, enum duo_bundle_event *event)
{
    uint32_t left = size_of_part(b) - b->done;

    if (left == 0) {
        return end_part(b, event);
    }
    if (len == 0) {
        return DUO_OK;
    }
    b->data = data;
    b->len = len < left ? len : left;
    b->offset = b->done;
    duo_sha256_update(&b->hash, data, b->len);
    b->done += b->len;
    *used = b->len;
    *event = b->state == ST_BOOT ? DUO_BUNDLE_BOOT : DUO_BUNDLE_DATA;
    return DUO_OK;
}

static void start_boot(struct duo_bundle *b)
{
    b->state = DUO_SWAPS && b->manifest.boot.cores != 0 ? ST_BOOT : ST_ENDING;
    b->done = 0;
    duo_sha256_init(&b->hash);
}

/* After the M7's image comes the M4's, if there is one. */
static void next_core(struct duo_bundle *b)
{
    if (b->core == DUO_CM7 && b->done > 0) {
        b->core = DUO_CM4;
    }
    start_image(b);
}

enum duo_status duo_bundle_next(struct duo_bundle *b, const uint8_t *data, uint32_t len,
                                uint32_t *used, enum duo_bundle_event *event)
{
    *used = 0;
    *event = DUO_BUNDLE_MORE;
    if (b->state == ST_NEXT_CORE) {
        next_core(b);
    }
    if (b->state == ST_NEXT_PART) {
        start_boot(b);
    }
    switch (b->state) {
    case ST_MANIFEST:
        return take_manifest(b, data, len, used, event);
    case ST_IMAGE:
    case ST_BOOT:
        return take_part(b, data, len, used, event);
    case ST_ENDING:
        b->state = ST_END;
        *event = DUO_BUNDLE_END;
        return DUO_OK;
    case ST_END:
        *event = DUO_BUNDLE_END;
        return DUO_OK;
    case ST_FAILED:
        return b->failed;
    default:
        return fail(b, DUO_E_STATE); /* not accepted */
    }
}

enum duo_status duo_bundle_finish(const struct duo_bundle *b)
{
    if (b->state == ST_END) {
        return DUO_OK;
    }
    if (b->state == ST_FAILED) {
        return b->failed;
    }
    return b->state == ST_MANIFEST && b->fill == 0 ? DUO_E_EMPTY : DUO_E_TRUNCATED;
}

uint32_t duo_bundle_size(const struct duo_manifest *m)
{
    return (m->second ? DUO_MANIFEST_LMS_SIZE : DUO_MANIFEST_SIZE) + m->image[DUO_CM7].file_size +
           m->image[DUO_CM4].file_size + m->boot.size;
}
