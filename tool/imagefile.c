/* SPDX-License-Identifier: MIT */
#include "tool/imagefile.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/bundle.h"

/* MCUboot's TLV types that are written here. */
enum { TLV_KEYHASH = 0x01, TLV_SHA256 = 0x10, TLV_ECDSA = 0x22, TLV_SEC_CNT = 0x50 };
#define TLV_INFO      0x6907u
#define TLV_PROT_INFO 0x6908u

/* Header, TLVs and signature at their longest, without the payload and hdr_size. */
#define OVERHEAD 512u

struct writer {
    uint8_t *data;
    size_t pos;
};

static void put_tlv(struct writer *w, uint16_t type, const void *value, size_t len)
{
    duo_put16(w->data + w->pos, type);
    duo_put16(w->data + w->pos + 2, (uint16_t)len);
    memcpy(w->data + w->pos + 4, value, len);
    w->pos += 4 + len;
}

static void put_tlv32(struct writer *w, uint16_t type, uint32_t value)
{
    uint8_t bytes[4];

    duo_put32(bytes, value);
    put_tlv(w, type, bytes, sizeof(bytes));
}

/* The info header comes first but holds the total: filled in when the area is complete. */
static size_t open_area(struct writer *w)
{
    size_t start = w->pos;

    w->pos += 4;
    return start;
}

static size_t close_area(struct writer *w, size_t start, uint16_t magic)
{
    duo_put16(w->data + start, magic);
    duo_put16(w->data + start + 2, (uint16_t)(w->pos - start));
    return w->pos - start;
}

static void put_revokes(struct writer *w, const struct duo_revocation *revokes)
{
    uint8_t ids[4u * DUO_REVOKED_MAX];
    unsigned count = 0;

    for (; count < DUO_REVOKED_MAX && revokes->key_id[count] != 0; count++) {
        duo_put32(ids + (size_t)count * 4u, revokes->key_id[count]);
    }
    if (count > 0) {
        put_tlv(w, DUO_TLV_REVOKED, ids, (size_t)count * 4u);
    }
}

static size_t put_protected(struct writer *w, const struct image_spec *spec)
{
    const uint8_t core = duo_core_number(spec->core);
    size_t start = open_area(w);

    if (spec->has_counter) {
        put_tlv32(w, TLV_SEC_CNT, spec->counter);
    }
    put_tlv(w, DUO_TLV_CORE, &core, 1);
    if (spec->has_hardware) {
        put_tlv32(w, DUO_TLV_HARDWARE, spec->hardware_id);
    }
    if (spec->layout != 0) {
        put_tlv(w, DUO_TLV_LAYOUT, &spec->layout, 1);
    }
    put_revokes(w, &spec->revokes);
    return close_area(w, start, TLV_PROT_INFO);
}

static void put_header(uint8_t *p, const struct image_spec *spec, size_t payload_size,
                       size_t prot_size)
{
    /* as imgtool fills: the value of erased flash after the header */
    memset(p, 0, DUO_IMAGE_HEADER_SIZE);
    memset(p + DUO_IMAGE_HEADER_SIZE, 0xFF, spec->hdr_size - DUO_IMAGE_HEADER_SIZE);
    duo_put32(p, DUO_IMAGE_MAGIC);
    duo_put16(p + 8, (uint16_t)spec->hdr_size);
    duo_put16(p + 10, (uint16_t)prot_size);
    duo_put32(p + 12, (uint32_t)payload_size);
    duo_version_put(&spec->version, p + 20);
}

bool image_build(const struct image_spec *spec, const uint8_t *payload, size_t payload_size,
                 const struct key *key, struct buffer *out)
{
    const struct duo_pubkey pub = key_public(key);
    uint8_t hash[DUO_HASH_SIZE], keyhash[DUO_HASH_SIZE], sig[DUO_SIG_MAX];
    size_t sig_len;
    struct writer w = {malloc(spec->hdr_size + payload_size + OVERHEAD), spec->hdr_size};

    *out = (struct buffer){0};
    if (!w.data) {
        return false;
    }
    memcpy(w.data + w.pos, payload, payload_size);
    w.pos += payload_size;
    size_t prot_size = put_protected(&w, spec);
    put_header(w.data, spec, payload_size, prot_size);
    duo_sha256_of(w.data, w.pos, hash);
    duo_pubkey_hash(&pub, keyhash);
    if (!key_sign_der(key, hash, sig, &sig_len)) {
        free(w.data);
        return false;
    }
    size_t start = open_area(&w);
    put_tlv(&w, TLV_SHA256, hash, sizeof(hash));
    put_tlv(&w, TLV_KEYHASH, keyhash, sizeof(keyhash));
    put_tlv(&w, TLV_ECDSA, sig, sig_len);
    (void)close_area(&w, start, TLV_INFO);
    *out = (struct buffer){w.data, w.pos};
    return true;
}

void manifest_take_image(struct duo_manifest *m, enum duo_core core, const struct duo_image *image,
                         const uint8_t *file, bool present)
{
    struct duo_manifest_image *e = &m->image[core];

    *e = (struct duo_manifest_image){
        .present = present,
        .payload_size = image->header.payload_size,
        .hdr_size = image->header.hdr_size,
        .version = image->header.version,
    };
    memcpy(e->image_hash, image->hash, DUO_HASH_SIZE);
    if (present) {
        e->file_size = image->file_size;
        duo_sha256_of(file, image->file_size, e->file_hash);
    }
}

static bool put_manifest(struct duo_manifest *m, const struct key *key, uint8_t *bytes)
{
    const struct duo_pubkey pub = key_public(key);
    uint8_t hash[DUO_HASH_SIZE];

    m->key_id = duo_key_id(&pub);
    if (duo_manifest_encode(m, bytes) != DUO_OK) {
        return false;
    }
    duo_sha256_of(bytes, DUO_MANIFEST_SIGNED_SIZE, hash);
    return key_sign_raw(key, hash, bytes + DUO_MANIFEST_SIGNED_SIZE);
}

void manifest_take_boot(struct duo_manifest *m, enum duo_core core, const uint8_t *file,
                        uint32_t size)
{
    uint8_t hash[DUO_HASH_SIZE];

    duo_sha256_of(file, size, hash);
    m->boot.cores = (uint8_t)(1u << core);
    m->boot.size = size;
    memcpy(m->boot.hash, hash, sizeof(m->boot.hash));
}

bool bundle_build(struct duo_manifest *m, const uint8_t *const files[DUO_CORES],
                  const uint8_t *boot, const struct key *key, struct buffer *out)
{
    *out = (struct buffer){0};
    uint8_t *data = calloc(1, duo_bundle_size(m));
    if (!data) {
        return false;
    }
    if (!put_manifest(m, key, data)) {
        free(data);
        return false;
    }
    size_t pos = duo_manifest_size(data);
    for (unsigned i = 0; i < DUO_CORES; i++) {
        if (m->image[i].present) {
            memcpy(data + pos, files[i], m->image[i].file_size);
            pos += m->image[i].file_size;
        }
    }
    if (m->boot.cores != 0) {
        memcpy(data + pos, boot, m->boot.size);
        pos += m->boot.size;
    }
    *out = (struct buffer){data, pos};
    return true;
}
