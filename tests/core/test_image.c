/* SPDX-License-Identifier: MIT */
/* MCUboot images: what is accepted, and that nothing else is. */
#include "tests/core/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"

static enum duo_status verify(const struct fixture *f, const uint8_t *data, size_t size,
                              struct duo_image *image)
{
    struct duo_mem mem = {data, (uint32_t)size};
    const struct duo_reader r = {duo_mem_read, &mem};

    return duo_image_verify(&r, mem.size, &f->trust, image);
}

/* A copy in a buffer of exact size, so that the sanitizer sees a read beyond it. */
static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, data, size);
    return copy;
}

static void a_good_image_is_accepted(void **state)
{
    const struct fixture *f = *state;
    struct duo_image image;

    assert_int_equal(verify(f, f->image[DUO_CM7].data, f->image[DUO_CM7].size, &image), DUO_OK);
    assert_int_equal(image.file_size, f->image[DUO_CM7].size);
    assert_int_equal(image.header.payload_size, M7_PAYLOAD);
    assert_int_equal(image.header.version.revision, 3);
    assert_true(image.has_core && image.has_counter && image.has_keyhash);
    assert_false(image.has_hardware);
    assert_int_equal(image.core, DUO_CM7);
    assert_int_equal(image.counter, 5);
    assert_int_equal(image.sp, 0x20020000);
    assert_int_equal(image.entry, 0x08020041);
}

static void a_trailer_is_tolerated(void **state)
{
    const struct fixture *f = *state;
    size_t size = f->image[DUO_CM7].size;
    uint8_t *padded = malloc(size + 500);
    struct duo_image image;

    assert_non_null(padded);
    memset(padded, 0xFF, size + 500);
    memcpy(padded, f->image[DUO_CM7].data, size);
    assert_int_equal(verify(f, padded, size + 500, &image), DUO_OK);
    assert_int_equal(image.file_size, size);
    free(padded);
}

static void every_truncation_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct duo_image image;

    for (size_t size = 0; size < f->image[DUO_CM4].size; size++) {
        uint8_t *cut = copy_of(f->image[DUO_CM4].data, size);
        enum duo_status status = verify(f, cut, size, &image);
        assert_int_equal(status, size == 0 ? DUO_E_EMPTY : DUO_E_TRUNCATED);
        free(cut);
    }
}

/* One bit of every byte, and for the header and TLVs every bit. What is not covered by the hash is
 * the unprotected TLV area: there a flip may go unnoticed only in KEYHASH, which is a hint. */
static void every_flipped_bit_is_refused(void **state)
{
    const struct fixture *f = *state;
    const struct buffer *good = &f->image[DUO_CM4];
    uint8_t *bad = copy_of(good->data, good->size);
    struct duo_image image;
    size_t keyhash = (size_t)(find_tlv(good, 0x01) - good->data);

    for (size_t i = 0; i < good->size; i++) {
        bool payload = i >= 32 && i < 32 + M4_PAYLOAD;
        for (unsigned bit = payload ? (unsigned)i % 8 : 0; bit < 8; bit += payload ? 8 : 1) {
            bad[i] ^= (uint8_t)(1u << bit);
            enum duo_status status = verify(f, bad, good->size, &image);
            bool hint = i >= keyhash - 4 && i < keyhash + 32;
            assert_true(status != DUO_OK || hint);
            bad[i] = good->data[i];
        }
    }
    free(bad);
}

static void another_key_is_named(void **state)
{
    const struct fixture *f = *state;
    struct duo_mem mem = {f->image[DUO_CM7].data, (uint32_t)f->image[DUO_CM7].size};
    const struct duo_reader r = {duo_mem_read, &mem};
    struct duo_image image;

    assert_int_equal(duo_image_verify(&r, mem.size, &f->other_trust, &image), DUO_E_KEY);
}

struct change {
    const char *what;
    uint32_t offset, value, width;
    enum duo_status want;
};

/* Header fields that lie, each signed correctly, so that only the check of the field can refuse. */
static void lying_headers_are_refused(void **state)
{
    static const struct change changes[] = {
        {"big-endian magic", 0, 0x3db8f396u, 4, DUO_E_MAGIC},
        {"header smaller than a header", 8, 31, 2, DUO_E_MALFORMED},
        {"header beyond the file", 8, 0xFFFF, 2, DUO_E_TRUNCATED},
        {"payload of no byte", 12, 0, 4, DUO_E_MALFORMED},
        {"payload without a vector table", 12, 7, 4, DUO_E_MALFORMED},
        {"payload size that wraps", 12, 0xFFFFFFF0u, 4, DUO_E_MALFORMED},
        {"payload size that wraps with the header", 12, 0xFFFFFFFFu, 4, DUO_E_MALFORMED},
        {"payload larger than the file", 12, 0x7FFC0000u, 4, DUO_E_TRUNCATED},
        {"protected area left out", 10, 0, 2, DUO_E_MALFORMED},
        {"protected area too long", 10, 100, 2, DUO_E_MALFORMED},
        {"encrypted (AES-128)", 16, 0x4, 4, DUO_E_UNSUPPORTED},
        {"encrypted (AES-256)", 16, 0x8, 4, DUO_E_UNSUPPORTED},
        {"not bootable", 16, 0x10, 4, DUO_E_UNSUPPORTED},
        {"to be run from RAM", 16, 0x20, 4, DUO_E_UNSUPPORTED},
        {"compressed", 16, 0x400, 4, DUO_E_UNSUPPORTED},
        {"unknown flag", 16, 0x80000000u, 4, DUO_E_UNSUPPORTED},
    };
    const struct fixture *f = *state;
    struct duo_image image;

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const struct change *c = &changes[i];
        uint8_t *bad = copy_of(f->image[DUO_CM7].data, f->image[DUO_CM7].size);
        if (c->width == 4) {
            duo_put32(bad + c->offset, c->value);
        } else {
            duo_put16(bad + c->offset, (uint16_t)c->value);
        }
        enum duo_status status = verify(f, bad, f->image[DUO_CM7].size, &image);
        if (status != c->want) {
            fail_msg("%s: %s", c->what, duo_status_text(status));
        }
        free(bad);
    }
}

/* TLVs of a type that changes the meaning, or twice, or where the signature does not reach. */
static void bad_tlvs_are_refused(void **state)
{
    static const struct {
        uint16_t from, to;
        enum duo_status want;
    } types[] = {
        {0x10, 0x11, DUO_E_UNSUPPORTED},    /* SHA-384 */
        {0x22, 0x24, DUO_E_UNSUPPORTED},    /* Ed25519 */
        {0x22, 0x20, DUO_E_UNSUPPORTED},    /* RSA */
        {0x01, 0x32, DUO_E_UNSUPPORTED},    /* encrypted key */
        {0x01, 0x10, DUO_E_MALFORMED},      /* two hashes */
        {0x22, 0xD0FF, DUO_E_NO_SIGNATURE}, /* somebody's own */
        {0x10, 0xD0FF, DUO_E_MALFORMED},    /* no hash */
        {0x01, 0xD0A0, DUO_E_MALFORMED},    /* the core, unprotected */
        {0x01, 0x50, DUO_E_MALFORMED},      /* the counter, unprotected */
    };
    const struct fixture *f = *state;
    struct duo_image image;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct buffer bad = {copy_of(f->image[DUO_CM7].data, f->image[DUO_CM7].size),
                             f->image[DUO_CM7].size};
        duo_put16(find_tlv(&bad, types[i].from) - 4, types[i].to);
        assert_int_equal(verify(f, bad.data, bad.size, &image), types[i].want);
        free(bad.data);
    }
}

/* An entry of up to four bytes, well formed, at the end of the unprotected area. */
static struct buffer with_unprotected(const struct buffer *image, uint16_t type, uint16_t len,
                                      uint32_t value)
{
    struct buffer b = {malloc(image->size + 8u), image->size + 4u + len};
    struct duo_image parsed;
    struct duo_mem mem = {image->data, (uint32_t)image->size};
    const struct duo_reader r = {duo_mem_read, &mem};

    assert_non_null(b.data);
    assert_int_equal(duo_image_parse(&r, mem.size, &parsed), DUO_OK);
    memcpy(b.data, image->data, image->size);
    uint8_t *info =
        b.data + parsed.header.hdr_size + parsed.header.payload_size + parsed.header.prot_size;
    duo_put16(info + 2, (uint16_t)(duo_get16(info + 2) + 4u + len));
    duo_put16(b.data + image->size, type);
    duo_put16(b.data + image->size + 2u, len);
    duo_put32(b.data + image->size + 4u, value);
    return b;
}

/* Key ids of a revocation: whole words, at least one that is none, in order, at most as many as a
 * manifest names. */
static void revocations_have_a_form(void **state)
{
    static const struct {
        uint16_t len;
        uint32_t id[DUO_REVOKED_MAX + 1u];
        enum duo_status want;
    } cases[] = {
        {4, {5}, DUO_OK},
        {8, {5, 6}, DUO_OK},
        {24, {1, 2, 3, 4, 5, 6}, DUO_OK},
        {0, {0}, DUO_E_MALFORMED},
        {4, {0}, DUO_E_MALFORMED},
        {8, {0, 6}, DUO_E_MALFORMED},
        {8, {6, 5}, DUO_E_MALFORMED},
        {8, {5, 5}, DUO_E_MALFORMED},
        {6, {5, 6}, DUO_E_MALFORMED},
        {28, {1, 2, 3, 4, 5, 6, 7}, DUO_E_MALFORMED},
    };
    uint8_t file[256];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct duo_mem mem = {file, 32u + 16u + 8u + cases[i].len + 40u};
        const struct duo_reader r = {duo_mem_read, &mem};
        struct duo_image image;
        uint8_t *p = file + 48;

        memset(file, 0, sizeof(file));
        duo_put32(file, 0x96f3b83du);
        duo_put16(file + 8, 32);
        duo_put16(file + 10, (uint16_t)(8u + cases[i].len));
        duo_put32(file + 12, 16);
        duo_put16(p, 0x6908);
        duo_put16(p + 2, (uint16_t)(8u + cases[i].len));
        duo_put16(p + 4, 0xD0A3);
        duo_put16(p + 6, cases[i].len);
        for (unsigned at = 0; at < cases[i].len; at += 4u) {
            duo_put32(p + 8 + at, cases[i].id[at / 4u]);
        }
        p += 8 + cases[i].len;
        duo_put16(p, 0x6907); /* a hash, of no matter what */
        duo_put16(p + 2, 40);
        duo_put16(p + 4, 0x10);
        duo_put16(p + 6, 32);
        assert_int_equal(duo_image_parse(&r, mem.size, &image), cases[i].want);
        assert_true(cases[i].want != DUO_OK || image.revokes.key_id[0] == cases[i].id[0]);
    }
}

/* Whoever cannot sign can change the unprotected area. An image without the field in its right
 * place, so that it does not stand twice. */
static void protected_fields_elsewhere_are_refused(void **state)
{
    static const uint16_t types[] = {0x50, 0xD0A1, 0xD0A2, 0xD0A3};
    const struct image_spec bare = {.core = DUO_CM7, .version = {1, 2, 3, 4}, .hdr_size = 32};
    const struct fixture *f = *state;
    struct buffer image = make_image(f, DUO_CM7, 3000, &bare);
    struct duo_image parsed;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct buffer bad = with_unprotected(&image, types[i], 4, 7);
        assert_int_equal(verify(f, bad.data, bad.size, &parsed), DUO_E_MALFORMED);
        free(bad.data);
    }
    struct buffer same = with_unprotected(&image, 0xD0FF, 4, 7); /* means nothing to us */
    assert_int_equal(verify(f, same.data, same.size, &parsed), DUO_OK);
    free(same.data);
    free(image.data);
}

/* As an image of imgtool, which has no core of its own, with one added. */
static void a_core_in_the_unprotected_area_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct buffer image = make_image(f, DUO_CM7, 3000, NULL);
    struct duo_image parsed;

    duo_put16(find_tlv(&image, DUO_TLV_CORE) - 4, 0xD0FF);
    resign(f, &image);
    assert_int_equal(verify(f, image.data, image.size, &parsed), DUO_OK);
    assert_false(parsed.has_core);
    struct buffer bad = with_unprotected(&image, DUO_TLV_CORE, 1, 7);
    assert_int_equal(verify(f, bad.data, bad.size, &parsed), DUO_E_MALFORMED);
    free(bad.data);
    free(image.data);
}

static void each_byte_of_the_hash_counts(void **state)
{
    const struct fixture *f = *state;
    struct duo_image image;

    for (size_t i = 0; i < DUO_HASH_SIZE; i++) {
        struct buffer bad = {copy_of(f->image[DUO_CM7].data, f->image[DUO_CM7].size),
                             f->image[DUO_CM7].size};
        find_tlv(&bad, 0x10)[i] ^= 1u;
        assert_int_equal(verify(f, bad.data, bad.size, &image), DUO_E_HASH);
        free(bad.data);
    }
}

static void tlv_lengths_are_checked(void **state)
{
    const struct fixture *f = *state;
    const uint16_t types[] = {0x01, 0x10, 0x22, 0x50, 0xD0A0};
    const uint16_t lengths[] = {0, 2, 3, 5, 31, 33, 73, 200, 0xFFFF};
    struct duo_image image;

    for (size_t t = 0; t < 5; t++) {
        for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
            struct buffer bad = {copy_of(f->image[DUO_CM7].data, f->image[DUO_CM7].size),
                                 f->image[DUO_CM7].size};
            duo_put16(find_tlv(&bad, types[t]) - 2, lengths[l]);
            assert_int_not_equal(verify(f, bad.data, bad.size, &image), DUO_OK);
            free(bad.data);
        }
    }
}

/* header + payload wraps around to the real TLVs, and everything else is right, signature included.
 */
static void sizes_that_wrap_are_refused(void **state)
{
    const struct fixture *f = *state;
    struct buffer bad = make_image(f, DUO_CM7, 5000, NULL);
    const size_t tlv_pos = 32 + 5000;
    size_t covered = tlv_pos + duo_get16(bad.data + 10), len;
    uint8_t *hash = find_tlv(&bad, 0x10), *sig = find_tlv(&bad, 0x22), fresh[DUO_SIG_MAX];
    struct duo_image image;

    duo_put16(bad.data + 8, (uint16_t)(tlv_pos + 8));
    duo_put32(bad.data + 12, 0xFFFFFFF8u);
    duo_sha256_of(bad.data, covered, hash);
    do {
        len = key_sign_der(f->key, hash, fresh);
    } while (len != duo_get16(sig - 2));
    memcpy(sig, fresh, len);
    assert_int_equal(verify(f, bad.data, bad.size, &image), DUO_E_MALFORMED);
    free(bad.data);
}

/* Longer than any DER signature, and in a TLV area that is long enough for it. */
static void a_long_signature_is_refused(void **state)
{
    const struct fixture *f = *state;
    const struct buffer *good = &f->image[DUO_CM7];
    struct buffer bad = {malloc(good->size + 200), good->size + 200};
    size_t area = 32u + M7_PAYLOAD + duo_get16(good->data + 10);
    struct duo_image image;

    assert_non_null(bad.data);
    memset(bad.data, 0, bad.size);
    memcpy(bad.data, good->data, good->size);
    uint8_t *sig = find_tlv(&bad, 0x22);
    duo_put16(bad.data + area + 2, (uint16_t)(bad.size - area));
    duo_put16(sig - 2, (uint16_t)(bad.data + bad.size - sig));
    assert_int_equal(verify(f, bad.data, bad.size, &image), DUO_E_MALFORMED);
    free(bad.data);
}

static void core_number_must_be_known(void **state)
{
    const struct fixture *f = *state;
    struct buffer bad = {copy_of(f->image[DUO_CM7].data, f->image[DUO_CM7].size),
                         f->image[DUO_CM7].size};
    struct duo_image image;

    *find_tlv(&bad, 0xD0A0) = 5;
    resign(f, &bad);
    assert_int_equal(verify(f, bad.data, bad.size, &image), DUO_E_MALFORMED);
    free(bad.data);
}

struct faulty {
    struct duo_mem mem;
    uint32_t bad;
};

static enum duo_status faulty_read(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    struct faulty *m = ctx;

    if (m->bad - offset < len) {
        return DUO_E_READ;
    }
    return duo_mem_read(&m->mem, offset, buf, len);
}

/* An unreadable (torn) byte anywhere makes the image unreadable, nothing worse. */
static void an_unreadable_byte_is_reported(void **state)
{
    const struct fixture *f = *state;
    struct faulty m = {{f->image[DUO_CM4].data, (uint32_t)f->image[DUO_CM4].size}, 0};
    const struct duo_reader r = {faulty_read, &m};
    struct duo_image image;

    for (m.bad = 0; m.bad < m.mem.size; m.bad++) {
        assert_int_equal(duo_image_verify(&r, m.mem.size, &f->trust, &image), DUO_E_READ);
    }
}

static void versions_compare(void **state)
{
    const struct duo_version v[] = {
        {0, 0, 0, 1}, {0, 0, 1, 0}, {0, 1, 0, 0}, {1, 0, 0, 0}, {1, 0, 0, 0xFFFFFFFF}};

    (void)state;
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) {
            assert_int_equal(duo_version_compare(&v[i], &v[j]), (i > j) - (i < j));
        }
    }
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (int i = 0; i < DUO_STATUS_COUNT; i++) {
        assert_string_not_equal(duo_status_text((enum duo_status)i), "unknown status");
    }
    assert_string_equal(duo_status_text((enum duo_status)10000), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_image_is_accepted),
        cmocka_unit_test(a_trailer_is_tolerated),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(another_key_is_named),
        cmocka_unit_test(lying_headers_are_refused),
        cmocka_unit_test(bad_tlvs_are_refused),
        cmocka_unit_test(revocations_have_a_form),
        cmocka_unit_test(protected_fields_elsewhere_are_refused),
        cmocka_unit_test(a_core_in_the_unprotected_area_is_refused),
        cmocka_unit_test(each_byte_of_the_hash_counts),
        cmocka_unit_test(tlv_lengths_are_checked),
        cmocka_unit_test(sizes_that_wrap_are_refused),
        cmocka_unit_test(a_long_signature_is_refused),
        cmocka_unit_test(core_number_must_be_known),
        cmocka_unit_test(an_unreadable_byte_is_reported),
        cmocka_unit_test(versions_compare),
        cmocka_unit_test(every_status_has_a_text),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
