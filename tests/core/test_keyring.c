/* SPDX-License-Identifier: MIT */
/* Several trusted keys: which one a file names, and whether that one may sign it. */
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/keyring.h"
#include "tests/core/fixture.h"

enum { STRANGER, OURS, DEVELOPMENT, KEYS };

static struct duo_keyring ring;
static struct duo_trust trust;

/* The fixture's key is the second of three; a third party's and one for development stand around
 * it. */
static int setup(void **state)
{
    struct duo_pubkey made;
    struct key *key = key_generate();
    const int code = fixture_setup(state);
    const struct fixture *f = *state;

    assert_non_null(key);
    made = key_public(key);
    key_free(key);
    ring = (struct duo_keyring){.count = KEYS,
                                .keys = {[STRANGER] = {f->other_pub, 0, DUO_KEY_RELEASE, 0},
                                         [OURS] = {f->pub, 0, DUO_KEY_RELEASE, 0},
                                         [DEVELOPMENT] = {made, 0, DUO_KEY_DEVELOPMENT, 0}}};
    return code;
}

static void fresh(void)
{
    trust = (struct duo_trust){.ring = &ring};
    for (unsigned i = 0; i < KEYS; i++) {
        ring.keys[i].floor = 0;
        ring.keys[i].refused = 0;
    }
}

static enum duo_status verify_image(const struct buffer *file)
{
    struct duo_mem mem = {file->data, (uint32_t)file->size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;

    return duo_image_verify(&reader, mem.size, &trust, &image);
}

static enum duo_status verify_bundle(const struct buffer *bundle)
{
    return duo_manifest_check_signature(bundle->data, &trust);
}

/* Both kinds of file get the same answer. */
static void each_is(const struct fixture *f, enum duo_status wanted)
{
    static const bool both[DUO_CORES] = {true, true};
    struct buffer bundle = make_bundle(f, both, f->key);

    assert_int_equal(verify_bundle(&bundle), wanted);
    assert_int_equal(verify_image(&f->image[DUO_CM7]), wanted);
    free(bundle.data);
}

static void a_key_is_found_by_its_name(void **state)
{
    const struct fixture *f = *state;
    uint8_t hash[DUO_HASH_SIZE];

    fresh();
    for (unsigned i = 0; i < KEYS; i++) {
        duo_pubkey_hash(&ring.keys[i].pub, hash);
        assert_int_equal(duo_ring_by_hash(&ring, hash), i);
        assert_int_equal(duo_ring_by_id(&ring, duo_key_id(&ring.keys[i].pub)), i);
        assert_int_equal(duo_trust_permits(&trust, i, 0), DUO_OK);
    }
    hash[31] ^= 1;
    assert_int_equal(duo_ring_by_hash(&ring, hash), DUO_KEYS_MAX);
    ring.count = OURS; /* without the fixture's */
    assert_int_equal(duo_trust_permits(&trust, OURS, 0), DUO_E_KEY);
    each_is(f, DUO_E_KEY);
    ring.count = KEYS;
    each_is(f, DUO_OK);
    ring.count = 1000;
    assert_int_equal(duo_ring_count(&ring), DUO_KEYS_MAX);
    ring.count = KEYS;
}

static void a_key_that_may_not_sign_it_is_named(void **state)
{
    const struct fixture *f = *state;
    uint32_t counter = 5; /* of the fixture's images */

    fresh();
    ring.keys[OURS].refused = 1;
    each_is(f, DUO_E_KEY_ROLE);
    ring.keys[OURS].refused = 0;
    trust.revoked = 1u << OURS;
    each_is(f, DUO_E_KEY_REVOKED);
    trust.revoked = ~(1u << OURS);
    each_is(f, DUO_OK);
    trust.revoked = 0;
    ring.keys[OURS].floor = counter;
    assert_int_equal(verify_image(&f->image[DUO_CM7]), DUO_OK);
    ring.keys[OURS].floor = counter + 1;
    each_is(f, DUO_E_KEY_FLOOR);
}

/* A manifest's floor is held against its own counter. */
static void a_floor_is_for_the_set(void **state)
{
    static const bool both[DUO_CORES] = {true, true};
    const struct fixture *f = *state;
    struct buffer bundle = make_bundle(f, both, f->key);

    fresh();
    ring.keys[OURS].floor = duo_manifest_counter(bundle.data);
    assert_int_equal(verify_bundle(&bundle), DUO_OK);
    ring.keys[OURS].floor++;
    assert_int_equal(verify_bundle(&bundle), DUO_E_KEY_FLOOR);
    free(bundle.data);
}

/* What is said of a key is true only of what it has signed. */
static void a_bad_signature_comes_first(void **state)
{
    static const bool both[DUO_CORES] = {true, true};
    const struct fixture *f = *state;
    struct buffer bundle = make_bundle(f, both, f->key);

    fresh();
    trust.revoked = 1u << OURS;
    bundle.data[DUO_MANIFEST_SIGNED_SIZE] ^= 1;
    assert_int_equal(verify_bundle(&bundle), DUO_E_SIGNATURE);
    free(bundle.data);
}

/* imgtool can leave the name out: then each key is tried. */
static void an_image_may_not_name_its_key(void **state)
{
    const struct fixture *f = *state;
    struct buffer image = make_image(f, DUO_CM7, M7_PAYLOAD, NULL);
    uint8_t *keyhash = find_tlv(&image, 0x01);

    fresh();
    duo_put16(keyhash - 4, 0x60); /* a type of others, which is passed over */
    assert_int_equal(verify_image(&image), DUO_OK);
    trust.revoked = 1u << OURS;
    assert_int_equal(verify_image(&image), DUO_E_KEY_REVOKED);
    trust.revoked = 0;
    ring.keys[OURS].pub.xy[40] ^= 1;
    assert_int_equal(verify_image(&image), DUO_E_SIGNATURE);
    ring.keys[OURS].pub.xy[40] ^= 1;
    free(image.data);
}

/* The question that core/txn/release.h asks has the same answer, for each key and each reason. */
static void objections_are_those_of_the_rules(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 16; way++) {
        fresh();
        ring.keys[OURS].refused = way & 1;
        trust.revoked = way & 2 ? 1u << OURS : 0;
        ring.keys[OURS].floor = way & 4 ? 8 : 7;
        uint8_t x[DUO_SCALAR_SIZE];
        memcpy(x, ring.keys[OURS].pub.xy, sizeof(x));
        x[sizeof(x) - 1] ^= way & 8 ? 1 : 0;
        assert_int_equal(duo_trust_objects(&trust, x, 7) == 0, way == 0);
        if (way < 8) {
            assert_int_equal(duo_trust_permits(&trust, OURS, 7) == DUO_OK, way == 0);
        }
        assert_int_equal(duo_trust_objects(&trust, ring.keys[STRANGER].pub.xy, 7), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_found_by_its_name),
        cmocka_unit_test(a_key_that_may_not_sign_it_is_named),
        cmocka_unit_test(a_floor_is_for_the_set),
        cmocka_unit_test(a_bad_signature_comes_first),
        cmocka_unit_test(an_image_may_not_name_its_key),
        cmocka_unit_test(objections_are_those_of_the_rules),
    };

    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
