/* SPDX-License-Identifier: MIT */
/* Bundles as a stream: nothing is delivered before the manifest is trusted, and nothing damaged
 * gets through to the end. */
#include "tests/core/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/bundle.h"

static const bool both[DUO_CORES] = {true, true};
static const bool only_m7[DUO_CORES] = {true, false};
static const bool only_m4[DUO_CORES] = {false, true};

struct outcome {
    enum duo_status status;
    bool manifest;
    uint32_t bytes[DUO_CORES]; /* image bytes delivered */
    bool complete[DUO_CORES];
    uint32_t boot; /* bytes of a bootloader */
    bool boot_complete;
    uint32_t used; /* of the input */
};

/* Feeds a bundle in pieces; images are compared with the fixture's while they arrive. */
static struct outcome feed(const struct fixture *f, const struct duo_trust *trust,
                           uint32_t hardware, const uint8_t *data, size_t size, size_t piece)
{
    struct outcome o = {0};
    static struct duo_bundle b;
    enum duo_bundle_event event = DUO_BUNDLE_MORE;
    size_t pos = 0;

    duo_bundle_init(&b, trust, hardware, f->slots);
    do {
        size_t len = size - pos < piece ? size - pos : piece;
        uint32_t used;
        o.status = duo_bundle_next(&b, data + pos, (uint32_t)len, &used, &event);
        if (o.status != DUO_OK) {
            assert_int_equal(duo_bundle_finish(&b), o.status);
            return o;
        }
        assert_true(used <= len);
        if (event == DUO_BUNDLE_MANIFEST) {
            o.manifest = true;
            assert_int_equal(o.bytes[0] + o.bytes[1], 0);
            assert_int_equal(duo_bundle_accept(&b), DUO_OK);
        } else if (event == DUO_BUNDLE_DATA) {
            assert_true(o.manifest);
            assert_int_equal(b.offset, o.bytes[b.core]);
            assert_ptr_equal(b.data, data + pos);
            assert_int_equal(b.len, used);
            o.bytes[b.core] += b.len;
        } else if (event == DUO_BUNDLE_IMAGE_END) {
            o.complete[b.core] = true;
        } else if (event == DUO_BUNDLE_BOOT) {
            assert_int_equal(b.offset, o.boot);
            assert_ptr_equal(b.data, data + pos);
            o.boot += b.len;
        } else if (event == DUO_BUNDLE_BOOT_END) {
            o.boot_complete = true;
        }
        pos += used;
    } while (event != DUO_BUNDLE_END && (pos < size || event != DUO_BUNDLE_MORE));
    o.used = (uint32_t)pos;
    o.status = duo_bundle_finish(&b);
    return o;
}

static struct outcome feed_usual(const struct fixture *f, const uint8_t *data, size_t size)
{
    return feed(f, &f->trust, DUO_HARDWARE_DEFAULT, data, size, 1024);
}

static void good_bundles_pass_in_any_pieces(void **state)
{
    const struct fixture *f = *state;
    const bool *const kinds[] = {both, only_m7, only_m4};

    for (size_t k = 0; k < 3; k++) {
        struct buffer b = make_bundle(f, kinds[k], f->key);
        for (size_t piece = 1; piece < 3000; piece += piece < 40 ? 13 : 331) {
            struct outcome o = feed(f, &f->trust, DUO_HARDWARE_DEFAULT, b.data, b.size, piece);
            assert_int_equal(o.status, DUO_OK);
            for (unsigned c = 0; c < DUO_CORES; c++) {
                assert_int_equal(o.bytes[c], kinds[k][c] ? f->image[c].size : 0);
                assert_int_equal(o.complete[c], kinds[k][c]);
            }
        }
        free(b.data);
    }
}

/* After the images, and only whole. */
static void a_bootloader_comes_last(void **state)
{
    const struct fixture *f = *state;
    const bool *const kinds[] = {both, only_m7, only_m4};
    static uint8_t boot[4096];
    uint8_t hash[DUO_HASH_SIZE];

    for (size_t i = 0; i < sizeof(boot); i++) {
        boot[i] = (uint8_t)(i * 11u);
    }
    duo_sha256_of(boot, sizeof(boot), hash);
    for (size_t k = 0; k < 3; k++) {
        struct duo_manifest m = make_manifest(f, kinds[k]), back;
        m.boot = (struct duo_manifest_boot){.cores = DUO_BOOT_CM4, .size = sizeof(boot)};
        memcpy(m.boot.hash, hash, sizeof(m.boot.hash));
        struct buffer b = bundle_build(&m, f->image, f->key);
        b.data = realloc(b.data, b.size + sizeof(boot));
        assert_non_null(b.data);
        memcpy(b.data + b.size, boot, sizeof(boot));
        b.size += sizeof(boot);
        assert_int_equal(duo_manifest_decode(b.data, &back), DUO_OK);
        assert_memory_equal(&back.boot, &m.boot, sizeof(m.boot));
        assert_int_equal(duo_bundle_size(&back), b.size);
        for (size_t piece = 1; piece < 9000; piece += piece < 40 ? 13 : 2331) {
            struct outcome o = feed(f, &f->trust, DUO_HARDWARE_DEFAULT, b.data, b.size, piece);
            assert_int_equal(o.status, DUO_OK);
            assert_int_equal(o.boot, sizeof(boot));
            assert_true(o.boot_complete && o.complete[DUO_CM7] == kinds[k][DUO_CM7]);
        }
        assert_int_equal(feed_usual(f, b.data, b.size - 1u).status, DUO_E_TRUNCATED);
        b.data[b.size - 1u] ^= 1u;
        assert_int_equal(feed_usual(f, b.data, b.size).status, DUO_E_HASH);
        free(b.data);
    }
}

/* It can be said, so that it is refused with that reason; and other things cannot. */
static void one_bootloader_at_a_time(void **state)
{
    const struct fixture *f = *state;
    struct duo_manifest m = make_manifest(f, both);
    uint8_t bytes[DUO_MANIFEST_SIGNED_SIZE];

    m.boot = (struct duo_manifest_boot){.cores = DUO_BOOT_CM7 | DUO_BOOT_CM4, .size = 4096};
    struct buffer b = bundle_build(&m, f->image, f->key);
    assert_int_equal(feed_usual(f, b.data, b.size).status, DUO_E_BOOT_BOTH);
    free(b.data);
    m.boot.cores = 4;
    assert_int_equal(duo_manifest_encode(&m, bytes), DUO_E_ARG);
    m.boot.cores = DUO_BOOT_CM7;
    for (unsigned i = 0; i < 3; i++) {
        m.boot.size = (uint32_t[]){0, 4097, 0x20020}[i];
        assert_int_equal(duo_manifest_encode(&m, bytes), DUO_E_ARG);
    }
    m.boot.size = 4096;
    m.revokes.key_id[0] = 5; /* their place is the same */
    assert_int_equal(duo_manifest_encode(&m, bytes), DUO_E_ARG);
}

static void the_manifest_says_what_was_put_in(void **state)
{
    const struct fixture *f = *state;
    struct buffer b = make_bundle(f, only_m4, f->key);
    struct duo_manifest m;

    assert_int_equal(duo_manifest_decode(b.data, &m), DUO_OK);
    assert_int_equal(m.set_version.major, 2);
    assert_int_equal(m.set_version.build, 9);
    assert_int_equal(m.counter, 5);
    assert_int_equal(m.trial_boots, 3);
    assert_int_equal(m.trial_time_s, 20);
    assert_int_equal(m.key_id, duo_key_id(&f->pub));
    assert_false(m.image[DUO_CM7].present);
    assert_true(m.image[DUO_CM4].present);
    assert_int_equal(m.image[DUO_CM4].file_size, f->image[DUO_CM4].size);
    assert_int_equal(m.image[DUO_CM7].version.revision, 3);
    assert_int_equal(duo_bundle_size(&m), b.size);
    free(b.data);
}

/* The hash in the manifest decides which image the unchanged core must have. */
static void the_image_must_be_the_one_named(void **state)
{
    const struct fixture *f = *state;
    struct duo_manifest m = make_manifest(f, only_m4);
    struct duo_mem mem = {f->image[DUO_CM7].data, (uint32_t)f->image[DUO_CM7].size};
    const struct duo_reader r = {duo_mem_read, &mem};
    struct duo_image image;

    assert_int_equal(duo_image_parse(&r, mem.size, &image), DUO_OK);
    assert_int_equal(duo_manifest_check_image(&m, DUO_CM7, &image), DUO_OK);
    assert_int_equal(duo_manifest_check_image(&m, DUO_CM4, &image), DUO_E_MISMATCH);
    image.hash[31] ^= 1;
    assert_int_equal(duo_manifest_check_image(&m, DUO_CM7, &image), DUO_E_MISMATCH);
    m = make_manifest(f, both);
    image.hash[31] ^= 1;
    assert_int_equal(duo_manifest_check_image(&m, DUO_CM7, &image), DUO_OK);
    image.header.version.build++;
    assert_int_equal(duo_manifest_check_image(&m, DUO_CM7, &image), DUO_E_MISMATCH);
}

static void every_truncation_is_noticed(void **state)
{
    const struct fixture *f = *state;
    struct buffer b = make_bundle(f, both, f->key);

    for (size_t size = 0; size < b.size; size += size < 300 ? 1 : 23) {
        uint8_t *cut = malloc(size > 0 ? size : 1); /* exact size: the sanitizer sees an overrun */
        assert_non_null(cut);
        memcpy(cut, b.data, size);
        struct outcome o = feed_usual(f, cut, size);
        assert_int_equal(o.status, size == 0 ? DUO_E_EMPTY : DUO_E_TRUNCATED);
        assert_int_equal(o.manifest, size >= DUO_MANIFEST_SIZE);
        free(cut);
    }
    free(b.data);
}

/* Bytes after the end are left to the caller: some protocols pad. */
static void bytes_behind_the_end_are_not_taken(void **state)
{
    const struct fixture *f = *state;
    struct buffer b = make_bundle(f, both, f->key);
    uint8_t *longer = malloc(b.size + 100);

    assert_non_null(longer);
    memcpy(longer, b.data, b.size);
    memset(longer + b.size, 0x1A, 100);
    struct outcome o = feed(f, &f->trust, DUO_HARDWARE_DEFAULT, longer, b.size + 100, 64);
    assert_int_equal(o.status, DUO_OK);
    assert_int_equal(o.used, b.size);
    free(longer);
    free(b.data);
}

/* A flipped bit in the manifest stops everything before a byte of an image; in an image, the image
 * does not complete. */
static void every_flipped_byte_is_noticed(void **state)
{
    const struct fixture *f = *state;
    struct buffer b = make_bundle(f, both, f->key);

    for (size_t i = 0; i < b.size; i += i < DUO_MANIFEST_SIZE ? 1 : 41) {
        b.data[i] ^= (uint8_t)(1u << (i % 8));
        struct outcome o = feed_usual(f, b.data, b.size);
        b.data[i] ^= (uint8_t)(1u << (i % 8));
        assert_int_not_equal(o.status, DUO_OK);
        if (i < DUO_MANIFEST_SIZE) {
            assert_false(o.manifest);
            assert_int_equal(o.bytes[0] + o.bytes[1], 0);
        } else {
            assert_int_equal(o.status, DUO_E_HASH);
            assert_false(o.complete[i < DUO_MANIFEST_SIZE + f->image[0].size ? 0 : 1]);
        }
    }
    free(b.data);
}

static void wrong_key_and_hardware_are_named(void **state)
{
    const struct fixture *f = *state;
    struct buffer b = make_bundle(f, both, f->other_key);
    struct outcome o = feed_usual(f, b.data, b.size);

    assert_int_equal(o.status, DUO_E_KEY);
    assert_false(o.manifest);
    free(b.data);
    b = make_bundle(f, both, f->key);
    o = feed(f, &f->trust, DUO_HARDWARE_DEFAULT + 1, b.data, b.size, 64);
    assert_int_equal(o.status, DUO_E_HARDWARE);
    assert_false(o.manifest);
    free(b.data);
}

static void sign_manifest(const struct fixture *f, uint8_t *bytes)
{
    uint8_t hash[DUO_HASH_SIZE];

    duo_sha256_of(bytes, DUO_MANIFEST_SIGNED_SIZE, hash);
    key_sign_raw(f->key, hash, bytes + DUO_MANIFEST_SIGNED_SIZE);
}

/* A set for another layout is refused before anything is erased, and names that reason. */
static void another_layout_is_named(void **state)
{
    const struct fixture *f = *state;

    for (unsigned layout = 0; layout <= DUO_LAYOUT_MAX; layout++) {
        struct duo_manifest m = make_manifest(f, both);
        uint8_t bytes[DUO_MANIFEST_SIZE];

        m.layout = (uint8_t)layout;
        assert_int_equal(duo_manifest_encode(&m, bytes), DUO_OK);
        sign_manifest(f, bytes);
        const struct outcome o = feed_usual(f, bytes, sizeof(bytes));
        assert_int_equal(o.status,
                         layout == f->slots[DUO_CM7]->layout ? DUO_E_TRUNCATED : DUO_E_LAYOUT);
        assert_int_equal(duo_manifest_decode(bytes, &m), DUO_OK);
        assert_int_equal(m.layout, layout);
        assert_false(m.m4_by_m7);
    }
}

/* Correctly signed, and still not acceptable. */
static void signed_nonsense_is_refused(void **state)
{
    static const struct {
        const char *what;
        unsigned offset;
        uint32_t value;
        unsigned width;
        enum duo_status want;
    } changes[] = {
        {"newer format", 4, 6, 2, DUO_E_FORMAT_NEW},
        {"older format", 4, 0, 2, DUO_E_FORMAT_OLD},
        {"format of a revocation without one", 4, 2, 2, DUO_E_MALFORMED},
        {"format of a bootloader without one", 4, 4, 2, DUO_E_MALFORMED},
        {"other size", 6, 256, 2, DUO_E_MALFORMED},
        {"no trial boot", 24, 0, 1, DUO_E_MALFORMED},
        {"too many trial boots", 24, 16, 1, DUO_E_MALFORMED},
        {"unknown flag", 25, 16, 1, DUO_E_MALFORMED},
        {"trial time too long", 26, 33, 2, DUO_E_MALFORMED},
        {"wrong core in the first entry", 32, 4, 1, DUO_E_MALFORMED},
        {"unknown state", 33, 3, 1, DUO_E_MALFORMED},
        {"no image in the first entry, but a size", 33, 2, 1, DUO_E_MALFORMED},
        {"header too small", 34, 31, 2, DUO_E_MALFORMED},
        {"file smaller than its header", 36, 31, 4, DUO_E_MALFORMED},
        {"file without TLVs", 36, 32 + M7_PAYLOAD, 4, DUO_E_MALFORMED},
        {"file size at the limit of 32 bits", 36, 0xFFFFFFFFu, 4, DUO_E_TOO_LARGE},
        {"payload size at the limit of 32 bits", 40, 0xFFFFFFFFu, 4, DUO_E_MALFORMED},
        {"reserved word", 44, 1, 4, DUO_E_MALFORMED},
        {"second reserved word", 56, 1, 4, DUO_E_MALFORMED},
        {"second entry for the M7", 128, 7, 1, DUO_E_MALFORMED},
    };
    const struct fixture *f = *state;
    struct buffer b = make_bundle(f, both, f->key);

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        uint8_t saved[DUO_MANIFEST_SIZE];
        memcpy(saved, b.data, sizeof(saved));
        for (unsigned k = 0; k < changes[i].width; k++) {
            b.data[changes[i].offset + k] = (uint8_t)(changes[i].value >> 8 * k);
        }
        sign_manifest(f, b.data);
        struct outcome o = feed_usual(f, b.data, b.size);
        if (o.status != changes[i].want || o.manifest) {
            fail_msg("%s: %s", changes[i].what, duo_status_text(o.status));
        }
        memcpy(b.data, saved, sizeof(saved));
    }
    free(b.data);
}

/* Sizes that fit each other but not the slot, for both cores, at the exact limit. */
static void oversize_is_refused_before_any_byte(void **state)
{
    const struct fixture *f = *state;

    for (unsigned c = 0; c < DUO_CORES; c++) {
        for (uint32_t over = 0; over < 2; over++) {
            struct duo_manifest m = make_manifest(f, both);
            struct duo_manifest_image *e = &m.image[c];
            uint32_t tlvs = e->file_size - e->hdr_size - e->payload_size;
            e->payload_size = f->slots[c]->size - f->slots[c]->meta_max + over;
            e->file_size = e->hdr_size + e->payload_size + tlvs;
            uint8_t bytes[DUO_MANIFEST_SIZE];
            assert_int_equal(duo_manifest_encode(&m, bytes), DUO_OK);
            sign_manifest(f, bytes);
            struct outcome o = feed_usual(f, bytes, sizeof(bytes));
            assert_int_equal(o.status, over ? DUO_E_TOO_LARGE : DUO_E_TRUNCATED);
            assert_int_equal(o.manifest, !over);
        }
    }
}

static void other_files_are_refused_at_once(void **state)
{
    const struct fixture *f = *state;

    for (size_t size = 1; size < 40; size++) {
        struct outcome o = feed_usual(f, f->image[0].data, size);
        assert_int_equal(o.status, DUO_E_MAGIC);
    }
}

static void an_encoder_refuses_what_a_decoder_would(void **state)
{
    const struct fixture *f = *state;
    struct duo_manifest m = make_manifest(f, both);
    uint8_t bytes[DUO_MANIFEST_SIZE];
    const bool none[DUO_CORES] = {false, false};

    m.trial_boots = 0;
    assert_int_equal(duo_manifest_encode(&m, bytes), DUO_E_ARG);
    m = make_manifest(f, both);
    m.image[1].hdr_size = 0x10000;
    m.image[1].file_size += 0x10000;
    assert_int_equal(duo_manifest_encode(&m, bytes), DUO_E_ARG);
    m = make_manifest(f, none);
    assert_int_equal(duo_manifest_encode(&m, bytes), DUO_E_ARG);
}

static void going_on_without_accepting_is_an_error(void **state)
{
    const struct fixture *f = *state;
    struct buffer b = make_bundle(f, both, f->key);
    static struct duo_bundle r;
    enum duo_bundle_event event;
    uint32_t used;

    duo_bundle_init(&r, &f->trust, DUO_HARDWARE_DEFAULT, f->slots);
    assert_int_equal(duo_bundle_accept(&r), DUO_E_STATE);
    assert_int_equal(duo_bundle_next(&r, b.data, (uint32_t)b.size, &used, &event), DUO_OK);
    assert_int_equal(event, DUO_BUNDLE_MANIFEST);
    assert_int_equal(used, DUO_MANIFEST_SIZE);
    assert_int_equal(duo_bundle_next(&r, b.data + used, 100, &used, &event), DUO_E_STATE);
    assert_int_equal(used, 0);
    assert_int_equal(duo_bundle_accept(&r), DUO_E_STATE);
    assert_int_equal(duo_bundle_next(&r, b.data, 100, &used, &event), DUO_E_STATE);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_bundles_pass_in_any_pieces),
        cmocka_unit_test(a_bootloader_comes_last),
        cmocka_unit_test(one_bootloader_at_a_time),
        cmocka_unit_test(the_manifest_says_what_was_put_in),
        cmocka_unit_test(the_image_must_be_the_one_named),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(bytes_behind_the_end_are_not_taken),
        cmocka_unit_test(every_flipped_byte_is_noticed),
        cmocka_unit_test(wrong_key_and_hardware_are_named),
        cmocka_unit_test(another_layout_is_named),
        cmocka_unit_test(signed_nonsense_is_refused),
        cmocka_unit_test(oversize_is_refused_before_any_byte),
        cmocka_unit_test(other_files_are_refused_at_once),
        cmocka_unit_test(an_encoder_refuses_what_a_decoder_would),
        cmocka_unit_test(going_on_without_accepting_is_an_error),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
