/* SPDX-License-Identifier: MIT */
/* Second signatures: LMS by the numbers of RFC 8554, and in a manifest beside ECDSA. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/bundle.h"
#include "core/image/lms.h"
#include "core/image/lms_sign.h"
#include "tests/core/fixture.h"
#include "tests/core/lms_rfc8554.h"

static struct duo_lms_secret secret;
static struct duo_lms_tree tree;
static struct duo_lms_key key;
static uint8_t rfc_message[sizeof(RFC_MESSAGE) / 2u];
static uint8_t rfc_sig[DUO_LMS_SIG_SIZE]; /* as HSS of one level: u32 0 before it */
static struct duo_lms_ring lms;

static void from_hex(const char *hex, uint8_t *bytes, size_t size)
{
    assert_int_equal(strlen(hex), 2 * size);
    for (size_t i = 0; i < size; i++) {
        unsigned value;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
}

static int setup(void **state)
{
    from_hex(RFC_SEED, secret.seed, sizeof(secret.seed));
    from_hex(RFC_ID, secret.id, sizeof(secret.id));
    from_hex(RFC_MESSAGE, rfc_message, sizeof(rfc_message));
    memset(rfc_sig, 0, sizeof(rfc_sig));
    from_hex(rfc_signature, rfc_sig + DUO_LMS_AT_Q, sizeof(rfc_sig) - DUO_LMS_AT_Q);
    duo_lms_grow(&secret, &tree);
    key = duo_lms_public(&secret, &tree);
    lms.keys[0] = key;
    return fixture_setup(state);
}

static bool verifies(const uint8_t *sig)
{
    return duo_lms_prove(&key, rfc_message, sizeof(rfc_message), sig, NULL);
}

static void the_seed_of_the_rfc_makes_its_root(void **state)
{
    uint8_t root[DUO_HASH_SIZE];

    (void)state;
    from_hex(RFC_ROOT, root, sizeof(root));
    assert_memory_equal(key.root, root, sizeof(root));
}

static void the_signature_of_the_rfc_verifies(void **state)
{
    struct duo_lms_proof proof;
    uint8_t digest[DUO_HASH_SIZE];

    (void)state;
    assert_true(duo_lms_prove(&key, rfc_message, sizeof(rfc_message), rfc_sig, &proof));
    duo_lms_digest(&key, rfc_message, sizeof(rfc_message), rfc_sig, digest);
    assert_memory_equal(proof.digest, digest, sizeof(digest));
    assert_memory_equal(proof.root, key.root, sizeof(key.root));
    assert_int_equal(proof.steps, duo_lms_steps(digest));
}

static void signing_makes_the_signature_of_the_rfc(void **state)
{
    uint8_t sig[DUO_LMS_SIG_SIZE], c[DUO_HASH_SIZE];

    (void)state;
    from_hex(RFC_C, c, sizeof(c));
    duo_lms_sign(&secret, &tree, RFC_Q, c, rfc_message, sizeof(rfc_message), sig);
    assert_memory_equal(sig, rfc_sig, sizeof(sig));
}

static void the_first_and_the_last_key_sign(void **state)
{
    static const uint32_t keys[] = {0, 1, DUO_LMS_LEAVES / 2u, DUO_LMS_LEAVES - 1u};
    static const uint8_t c[DUO_HASH_SIZE] = {1};
    uint8_t sig[DUO_LMS_SIG_SIZE];

    (void)state;
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        duo_lms_sign(&secret, &tree, keys[i], c, rfc_message, sizeof(rfc_message), sig);
        assert_true(verifies(sig));
    }
}

/* One bit in each 32 bytes, so in each chain and each node of the path; and each word of the rest.
 */
static void no_byte_of_a_signature_is_free(void **state)
{
    struct duo_lms_proof proof;
    uint8_t sig[DUO_LMS_SIG_SIZE];

    (void)state;
    for (uint32_t at = 0; at < sizeof(sig); at += at < DUO_LMS_AT_Y ? 1u : 31u) {
        memcpy(sig, rfc_sig, sizeof(sig));
        sig[at] ^= (uint8_t)(1u << at % 8u);
        assert_false(duo_lms_prove(&key, rfc_message, sizeof(rfc_message), sig, &proof));
        assert_memory_not_equal(proof.root, key.root, sizeof(key.root));
    }
}

static void another_message_or_key_does_not_verify(void **state)
{
    struct duo_lms_key other = key, none = {{0}, {0}};
    struct duo_lms_proof proof, nothing;
    uint8_t message[sizeof(rfc_message)];

    (void)state;
    for (unsigned i = 0; i < sizeof(message); i++) {
        memcpy(message, rfc_message, sizeof(message));
        message[i] ^= 0x80;
        assert_false(duo_lms_prove(&key, message, sizeof(message), rfc_sig, NULL));
    }
    assert_false(duo_lms_prove(&key, rfc_message, sizeof(rfc_message) - 1u, rfc_sig, NULL));
    other.id[0] ^= 1;
    assert_false(duo_lms_prove(&other, rfc_message, sizeof(rfc_message), rfc_sig, NULL));
    other = key;
    other.root[31] ^= 1;
    assert_false(duo_lms_prove(&other, rfc_message, sizeof(rfc_message), rfc_sig, NULL));
    duo_lms_no_proof(&nothing);
    assert_false(duo_lms_prove(&none, rfc_message, sizeof(rfc_message), rfc_sig, &proof));
    assert_memory_equal(&proof, &nothing, sizeof(proof));
}

/* A one-time key beyond the tree would be a leaf that is none; other parameters are other sizes. */
static void what_is_not_of_these_parameters_is_refused(void **state)
{
    static const struct {
        unsigned at;
        uint8_t value[4];
    } wrong[] = {{DUO_LMS_AT_LEVELS, {0, 0, 0, 1}},
                 {DUO_LMS_AT_Q, {0, 0, 4, 0}},
                 {DUO_LMS_AT_Q, {0xFF, 0xFF, 0xFF, 0xFF}},
                 {DUO_LMS_AT_OTS_TYPE, {0, 0, 0, 4}},
                 {DUO_LMS_AT_TYPE, {0, 0, 0, 5}}};
    uint8_t sig[DUO_LMS_SIG_SIZE];
    struct duo_lms_proof proof, nothing;

    (void)state;
    duo_lms_no_proof(&nothing);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memcpy(sig, rfc_sig, sizeof(sig));
        memcpy(sig + wrong[i].at, wrong[i].value, 4);
        assert_false(duo_lms_prove(&key, rfc_message, sizeof(rfc_message), sig, &proof));
        assert_memory_equal(&proof, &nothing, sizeof(proof));
    }
}

static void public_keys_have_one_form(void **state)
{
    uint8_t bytes[DUO_LMS_PUBLIC_SIZE + 1u] = {0}, start[12];
    struct duo_lms_key loaded;

    (void)state;
    duo_lms_key_store(&key, bytes);
    from_hex("000000010000000600000003", start, sizeof(start));
    assert_memory_equal(bytes, start, sizeof(start));
    assert_int_equal(duo_lms_key_load(&loaded, bytes, DUO_LMS_PUBLIC_SIZE), DUO_OK);
    assert_memory_equal(&loaded, &key, sizeof(key));
    assert_int_equal(duo_lms_key_load(&loaded, bytes, DUO_LMS_PUBLIC_SIZE - 1u), DUO_E_UNSUPPORTED);
    assert_int_equal(duo_lms_key_load(&loaded, bytes, DUO_LMS_PUBLIC_SIZE + 1u), DUO_E_UNSUPPORTED);
    for (unsigned i = 0; i < sizeof(start); i++) {
        bytes[i] ^= 1;
        assert_int_equal(duo_lms_key_load(&loaded, bytes, DUO_LMS_PUBLIC_SIZE), DUO_E_UNSUPPORTED);
        bytes[i] ^= 1;
    }
}

/* ---- In a manifest ---- */

/* A manifest of the fixture with both signatures, in front of room for no image. */
static void make_manifest_of_two(const struct fixture *f, bool second,
                                 uint8_t bytes[DUO_MANIFEST_LMS_SIZE])
{
    static const bool both[DUO_CORES] = {true, true};
    static const uint8_t c[DUO_HASH_SIZE] = {2};
    struct duo_manifest m = make_manifest(f, both);
    uint8_t hash[DUO_HASH_SIZE];

    m.second = second;
    m.key_id = duo_key_id(&f->pub);
    memset(bytes, 0, DUO_MANIFEST_LMS_SIZE);
    assert_int_equal(duo_manifest_encode(&m, bytes), DUO_OK);
    assert_int_equal(duo_manifest_size(bytes), second ? DUO_MANIFEST_LMS_SIZE : DUO_MANIFEST_SIZE);
    duo_sha256_of(bytes, DUO_MANIFEST_SIGNED_SIZE, hash);
    key_sign_raw(f->key, hash, bytes + DUO_MANIFEST_SIGNED_SIZE);
    duo_lms_sign(&secret, &tree, 7, c, bytes, DUO_MANIFEST_SIGNED_SIZE, bytes + DUO_MANIFEST_SIZE);
}

static void both_signatures_must_hold(void **state)
{
    const struct fixture *f = *state;
    uint8_t bytes[DUO_MANIFEST_LMS_SIZE];
    struct duo_manifest_proof proof;
    struct duo_trust trust = f->trust;
    struct duo_manifest m;

    trust.lms = &lms;
    make_manifest_of_two(f, true, bytes);
    assert_int_equal(duo_manifest_prove(bytes, &trust, &proof), DUO_OK);
    assert_int_equal(duo_trust_objects_second(&trust, proof.ecdsa.key_x, bytes,
                                              DUO_MANIFEST_SIGNED_SIZE, bytes + DUO_MANIFEST_SIZE,
                                              &proof.second),
                     0);
    assert_int_equal(duo_manifest_verify(bytes, &trust, DUO_HARDWARE_DEFAULT, f->slots, &m),
                     DUO_OK);
    assert_true(m.second);
    bytes[DUO_MANIFEST_LMS_SIZE - 1u] ^= 1;
    assert_int_equal(duo_manifest_prove(bytes, &trust, &proof), DUO_E_SECOND);
    assert_int_not_equal(duo_trust_objects_second(&trust, proof.ecdsa.key_x, bytes,
                                                  DUO_MANIFEST_SIGNED_SIZE,
                                                  bytes + DUO_MANIFEST_SIZE, &proof.second),
                         0);
    bytes[DUO_MANIFEST_LMS_SIZE - 1u] ^= 1;
    bytes[DUO_MANIFEST_SIGNED_SIZE] ^= 1;
    assert_int_equal(duo_manifest_prove(bytes, &trust, &proof), DUO_E_SIGNATURE);
}

/* Each part of a proof that is not what it must be is an objection. */
static void objections_to_a_second_signature(void **state)
{
    const struct fixture *f = *state;
    uint8_t bytes[DUO_MANIFEST_LMS_SIZE];
    struct duo_manifest_proof good, proof;
    struct duo_trust trust = f->trust;

    trust.lms = &lms;
    make_manifest_of_two(f, true, bytes);
    assert_int_equal(duo_manifest_prove(bytes, &trust, &good), DUO_OK);
    for (unsigned way = 0; way < 4; way++) {
        proof = good;
        proof.second.root[5] ^= way == 0;
        proof.second.digest[6] ^= way == 1;
        proof.second.steps -= way == 2;
        proof.ecdsa.key_x[7] ^= way == 3;
        assert_int_not_equal(duo_trust_objects_second(&trust, proof.ecdsa.key_x, bytes,
                                                      DUO_MANIFEST_SIGNED_SIZE,
                                                      bytes + DUO_MANIFEST_SIZE, &proof.second),
                             0);
    }
}

static void who_demands_one_takes_none_without(void **state)
{
    const struct fixture *f = *state;
    uint8_t bytes[DUO_MANIFEST_LMS_SIZE];
    struct duo_trust trust = f->trust;

    trust.lms = &lms;
    make_manifest_of_two(f, false, bytes);
    assert_int_equal(duo_manifest_check_signature(bytes, &trust), DUO_E_NO_SECOND);
    trust.lms = NULL;
    assert_int_equal(duo_manifest_check_signature(bytes, &trust), DUO_OK);
    make_manifest_of_two(f, true, bytes);
    assert_int_equal(duo_manifest_check_signature(bytes, &trust), DUO_E_FORMAT_NEW);
    trust.passes_second = true;
    assert_int_equal(duo_manifest_check_signature(bytes, &trust), DUO_OK);
}

/* As a stream, in pieces of any size; images follow. */
static void a_bundle_with_two_signatures_is_read(void **state)
{
    const struct fixture *f = *state;
    static const uint32_t steps[] = {1, 7, 288, 289, 1000, 100000};
    const uint32_t size = DUO_MANIFEST_LMS_SIZE + (uint32_t)(f->image[0].size + f->image[1].size);
    uint8_t *file = malloc(size);
    struct duo_trust trust = f->trust;

    trust.lms = &lms;
    assert_non_null(file);
    make_manifest_of_two(f, true, file);
    memcpy(file + DUO_MANIFEST_LMS_SIZE, f->image[0].data, f->image[0].size);
    memcpy(file + DUO_MANIFEST_LMS_SIZE + f->image[0].size, f->image[1].data, f->image[1].size);
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        enum duo_bundle_event event = DUO_BUNDLE_MORE;
        struct duo_bundle b;
        uint32_t at = 0, used;

        duo_bundle_init(&b, &trust, DUO_HARDWARE_DEFAULT, f->slots);
        while (event != DUO_BUNDLE_END) {
            const uint32_t n = size - at < steps[i] ? size - at : steps[i];

            assert_int_equal(duo_bundle_next(&b, file + at, n, &used, &event), DUO_OK);
            at += used;
            if (event == DUO_BUNDLE_MANIFEST) {
                assert_int_equal(at, DUO_MANIFEST_LMS_SIZE);
                assert_int_equal(duo_bundle_size(&b.manifest), size);
                assert_int_equal(duo_bundle_accept(&b), DUO_OK);
            }
            assert_true(event != DUO_BUNDLE_MORE || used == n);
        }
        assert_int_equal(at, size);
        assert_int_equal(duo_bundle_finish(&b), DUO_OK);
    }
    free(file);
}

static void sizes_that_do_not_fit_the_format_are_malformed(void **state)
{
    const struct fixture *f = *state;
    uint8_t bytes[DUO_MANIFEST_LMS_SIZE];
    struct duo_manifest m;

    make_manifest_of_two(f, true, bytes);
    duo_put16(bytes + 6, DUO_MANIFEST_SIZE);
    assert_int_equal(duo_manifest_decode(bytes, &m), DUO_E_MALFORMED);
    make_manifest_of_two(f, false, bytes);
    duo_put16(bytes + 6, DUO_MANIFEST_LMS_SIZE);
    assert_int_equal(duo_manifest_decode(bytes, &m), DUO_E_MALFORMED);
    duo_put16(bytes + 4, DUO_MANIFEST_FORMAT_BOOT_LMS + 1u);
    assert_int_equal(duo_manifest_decode(bytes, &m), DUO_E_FORMAT_NEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_of_the_rfc_makes_its_root),
        cmocka_unit_test(the_signature_of_the_rfc_verifies),
        cmocka_unit_test(signing_makes_the_signature_of_the_rfc),
        cmocka_unit_test(the_first_and_the_last_key_sign),
        cmocka_unit_test(no_byte_of_a_signature_is_free),
        cmocka_unit_test(another_message_or_key_does_not_verify),
        cmocka_unit_test(what_is_not_of_these_parameters_is_refused),
        cmocka_unit_test(public_keys_have_one_form),
        cmocka_unit_test(both_signatures_must_hold),
        cmocka_unit_test(objections_to_a_second_signature),
        cmocka_unit_test(who_demands_one_takes_none_without),
        cmocka_unit_test(a_bundle_with_two_signatures_is_read),
        cmocka_unit_test(sizes_that_do_not_fit_the_format_are_malformed),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
