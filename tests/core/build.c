/* SPDX-License-Identifier: MIT */
#include "tests/core/build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "core/base/bytes.h"
#include "core/image/bundle.h"

/* ---- keys ---- */

struct key {
    EVP_PKEY *pair;
};

struct key *key_generate(void)
{
    struct key *key = malloc(sizeof(*key));

    assert_non_null(key);
    key->pair = EVP_EC_gen("P-256");
    assert_non_null(key->pair);
    return key;
}

void key_free(struct key *key)
{
    EVP_PKEY_free(key->pair);
    free(key);
}

struct duo_pubkey key_public(const struct key *key)
{
    struct duo_pubkey pub;
    uint8_t point[1 + sizeof(pub.xy)]; /* 0x04: not compressed */
    size_t len;

    assert_int_equal(EVP_PKEY_get_octet_string_param(key->pair, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                     sizeof(point), &len),
                     1);
    assert_int_equal(len, sizeof(point));
    memcpy(pub.xy, point + 1, sizeof(pub.xy));
    return pub;
}

size_t key_sign_der(const struct key *key, const uint8_t hash[DUO_HASH_SIZE],
                    uint8_t sig[DUO_SIG_MAX])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pair, NULL);
    size_t len = DUO_SIG_MAX;

    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, hash, DUO_HASH_SIZE), 1);
    EVP_PKEY_CTX_free(ctx);
    return len;
}

void key_sign_raw(const struct key *key, const uint8_t hash[DUO_HASH_SIZE],
                  uint8_t sig[DUO_RAW_SIG_SIZE])
{
    uint8_t der[DUO_SIG_MAX];
    const uint8_t *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)key_sign_der(key, hash, der));

    assert_non_null(pair);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig, DUO_RAW_SIG_SIZE / 2),
                     DUO_RAW_SIG_SIZE / 2);
    assert_int_equal(
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig + DUO_RAW_SIG_SIZE / 2, DUO_RAW_SIG_SIZE / 2),
        DUO_RAW_SIG_SIZE / 2);
    ECDSA_SIG_free(pair);
}

/* ---- images ---- */

static void append(struct buffer *b, const void *bytes, size_t count)
{
    uint8_t *data = realloc(b->data, b->size + count);

    assert_non_null(data);
    memcpy(data + b->size, bytes, count);
    *b = (struct buffer){data, b->size + count};
}

static void append_numbers(struct buffer *b, uint16_t first, uint16_t second)
{
    uint8_t bytes[4];

    duo_put16(bytes, first);
    duo_put16(bytes + 2, second);
    append(b, bytes, sizeof(bytes));
}

static void append_tlv(struct buffer *area, uint16_t type, const void *value, size_t len)
{
    append_numbers(area, type, (uint16_t)len);
    append(area, value, len);
}

/* MCUboot's: an area is 4 bytes of its own and its TLVs. */
static void append_area(struct buffer *image, uint16_t magic, struct buffer *area)
{
    append_numbers(image, magic, (uint16_t)(4 + area->size));
    append(image, area->data, area->size);
    free(area->data);
}

static struct buffer protected_tlvs(const struct image_spec *spec)
{
    const uint8_t core = duo_core_number(spec->core);
    uint8_t counter[4];
    struct buffer area = {0};

    if (spec->has_counter) {
        duo_put32(counter, spec->counter);
        append_tlv(&area, 0x50, counter, sizeof(counter));
    }
    append_tlv(&area, DUO_TLV_CORE, &core, sizeof(core));
    if (spec->layout != 0) {
        append_tlv(&area, DUO_TLV_LAYOUT, &spec->layout, sizeof(spec->layout));
    }
    return area;
}

static struct buffer header(const struct image_spec *spec, size_t payload_size, size_t area_size)
{
    struct buffer b = {calloc(1, spec->hdr_size), spec->hdr_size};

    assert_non_null(b.data);
    duo_put32(b.data, DUO_IMAGE_MAGIC);
    duo_put16(b.data + 8, (uint16_t)spec->hdr_size);
    duo_put16(b.data + 10, (uint16_t)(4 + area_size));
    duo_put32(b.data + 12, (uint32_t)payload_size);
    duo_version_put(&spec->version, b.data + 20);
    return b;
}

struct buffer image_build(const struct image_spec *spec, const uint8_t *payload,
                          size_t payload_size, const struct key *key)
{
    const struct duo_pubkey pub = key_public(key);
    uint8_t hash[DUO_HASH_SIZE], key_hash[DUO_HASH_SIZE], sig[DUO_SIG_MAX];
    struct buffer area = protected_tlvs(spec);
    struct buffer image = header(spec, payload_size, area.size);

    append(&image, payload, payload_size);
    append_area(&image, 0x6908, &area);
    duo_sha256_of(image.data, image.size, hash);
    duo_pubkey_hash(&pub, key_hash);
    area = (struct buffer){0};
    append_tlv(&area, 0x10, hash, sizeof(hash));
    append_tlv(&area, 0x01, key_hash, sizeof(key_hash));
    append_tlv(&area, 0x22, sig, key_sign_der(key, hash, sig));
    append_area(&image, 0x6907, &area);
    return image;
}

/* ---- bundles ---- */

struct duo_manifest_image manifest_entry(const struct buffer *file, bool present)
{
    struct duo_mem mem = {file->data, (uint32_t)file->size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;

    assert_int_equal(duo_image_parse(&reader, mem.size, &image), DUO_OK);
    struct duo_manifest_image entry = {.present = present,
                                       .payload_size = image.header.payload_size,
                                       .hdr_size = image.header.hdr_size,
                                       .version = image.header.version};
    memcpy(entry.image_hash, image.hash, DUO_HASH_SIZE);
    if (present) {
        entry.file_size = (uint32_t)file->size;
        duo_sha256_of(file->data, file->size, entry.file_hash);
    }
    return entry;
}

struct buffer bundle_build(struct duo_manifest *m, const struct buffer files[DUO_CORES],
                           const struct key *key)
{
    const struct duo_pubkey pub = key_public(key);
    uint8_t bytes[DUO_MANIFEST_SIZE], hash[DUO_HASH_SIZE];
    struct buffer bundle = {0};

    m->key_id = duo_key_id(&pub);
    assert_int_equal(duo_manifest_encode(m, bytes), DUO_OK);
    duo_sha256_of(bytes, DUO_MANIFEST_SIGNED_SIZE, hash);
    key_sign_raw(key, hash, bytes + DUO_MANIFEST_SIGNED_SIZE);
    append(&bundle, bytes, sizeof(bytes));
    for (unsigned i = 0; i < DUO_CORES; i++) {
        if (m->image[i].present) {
            append(&bundle, files[i].data, files[i].size);
        }
    }
    return bundle;
}
