/* SPDX-License-Identifier: MIT */
/* The device's crypto against published vectors and against OpenSSL. */
#include "tests/core/fixture.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "core/base/bytes.h"

static void hex(const char *text, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], 0};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

/* FIPS 180-4 example values. */
static void sha256_gives_published_values(void **state)
{
    uint8_t hash[32], want[32];

    (void)state;
    duo_sha256_of("abc", 3, hash);
    hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", want, 32);
    assert_memory_equal(hash, want, 32);
    duo_sha256_of("", 0, hash);
    hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", want, 32);
    assert_memory_equal(hash, want, 32);
    duo_sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hash);
    hex("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", want, 32);
    assert_memory_equal(hash, want, 32);
}

/* Every length around the block size, in pieces of every size, at odd addresses. */
static void sha256_equals_openssl_in_any_pieces(void **state)
{
    uint8_t data[520], hash[32], want[32];

    (void)state;
    assert_int_equal(RAND_bytes(data, sizeof(data)), 1);
    for (size_t len = 0; len < 300; len++) {
        assert_int_equal(EVP_Digest(data + 1, len, want, NULL, EVP_sha256(), NULL), 1);
        size_t piece = len % 67 + 1;
        struct duo_sha256 ctx;
        duo_sha256_init(&ctx);
        for (size_t pos = 0; pos < len; pos += piece) {
            duo_sha256_update(&ctx, data + 1 + pos, len - pos < piece ? len - pos : piece);
        }
        duo_sha256_final(&ctx, hash);
        assert_memory_equal(hash, want, 32);
    }
}

/* The RFC 6979 A.2.5 key and its signature of "sample" with SHA-256. */
static void ecdsa_accepts_the_rfc6979_signature(void **state)
{
    uint8_t xy[64], raw[64], hash[32];
    struct duo_pubkey key;

    (void)state;
    hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        xy, 64);
    hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        raw, 64);
    assert_int_equal(duo_pubkey_load(&key, xy, 64), DUO_OK);
    duo_sha256_of("sample", 6, hash);
    assert_true(duo_ecdsa_verify_raw(&key, hash, raw));
    for (unsigned bit = 0; bit < 512; bit += 7) {
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(duo_ecdsa_verify_raw(&key, hash, raw));
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    hash[31] ^= 1;
    assert_false(duo_ecdsa_verify_raw(&key, hash, raw));
}

static void ecdsa_accepts_what_openssl_signs(void **state)
{
    const struct fixture *f = *state;
    uint8_t hash[32], der[DUO_SIG_MAX + 1], raw[64];
    size_t len;

    for (unsigned i = 0; i < 24; i++) {
        duo_sha256_of(&i, sizeof(i), hash);
        memset(der, 0, sizeof(der));
        len = key_sign_der(f->key, hash, der);
        assert_true(duo_ecdsa_verify(&f->pub, hash, der, len));
        assert_true(duo_ecdsa_verify(&f->pub, hash, der, DUO_SIG_MAX)); /* imgtool --pad-sig */
        assert_false(duo_ecdsa_verify(&f->pub, hash, der, DUO_SIG_MAX + 1));
        assert_false(duo_ecdsa_verify(&f->other_pub, hash, der, len));
        assert_false(duo_ecdsa_verify(&f->pub, hash, der, len - 1));
        der[len] = 1;
        assert_false(duo_ecdsa_verify(&f->pub, hash, der, len + 1)); /* noise after it */
        key_sign_raw(f->key, hash, raw);
        assert_true(duo_ecdsa_verify_raw(&f->pub, hash, raw));
    }
}

/* One signature in 256 is shorter by more than the usual byte or two. */
static void a_short_signature_may_be_padded(void **state)
{
    const struct fixture *f = *state;
    uint8_t hash[32], der[DUO_SIG_MAX];
    size_t len = DUO_SIG_MAX;

    for (unsigned i = 0; len > DUO_SIG_MAX - 3u; i++) {
        duo_sha256_of(&i, sizeof(i), hash);
        memset(der, 0, sizeof(der));
        len = key_sign_der(f->key, hash, der);
    }
    assert_true(duo_ecdsa_verify(&f->pub, hash, der, sizeof(der)));
    der[sizeof(der) - 1u] = 1;
    assert_false(duo_ecdsa_verify(&f->pub, hash, der, sizeof(der)));
}

/* Whoever does not rest on yes or no finds the r that the signature must have. */
static void ecdsa_leaves_a_proof(void **state)
{
    const struct fixture *f = *state;
    uint8_t hash[32], der[DUO_SIG_MAX], raw[64], r[32], nothing[32];
    struct duo_ecdsa_proof proof;
    size_t len;

    memset(nothing, DUO_NO_PROOF, sizeof(nothing));
    for (unsigned i = 0; i < 64; i++) { /* some r begin with zeros, or with a bit that is set */
        duo_sha256_of(&i, sizeof(i), hash);
        key_sign_raw(f->key, hash, raw);
        assert_true(duo_ecdsa_prove_raw(&f->pub, hash, raw, &proof));
        assert_memory_equal(proof.r, raw, 32);
        assert_memory_equal(proof.hash, hash, 32);
        len = key_sign_der(f->key, hash, der);
        assert_true(duo_ecdsa_prove(&f->pub, hash, der, len, &proof));
        assert_true(duo_ecdsa_der_r(der, len, r));
        assert_memory_equal(proof.r, r, 32);
        assert_false(duo_ecdsa_prove(&f->other_pub, hash, der, len, &proof));
        assert_memory_not_equal(proof.r, r, 32);
    }
    assert_false(duo_ecdsa_prove(&f->pub, hash, der, len - 1, &proof)); /* never came so far */
    assert_memory_equal(proof.r, nothing, 32);
    assert_false(duo_ecdsa_der_r(der, 3, r));
    der[3] = 60;
    assert_false(duo_ecdsa_der_r(der, len, r));
    der[3] = 0xFF;
    assert_false(duo_ecdsa_der_r(der, len, r));
}

/* r or s of 0 or of the group order, and keys that are not on the curve, verify nothing. */
static void ecdsa_refuses_degenerate_values(void **state)
{
    const struct fixture *f = *state;
    uint8_t hash[32] = {0}, raw[64] = {0}, der[8] = {0x30, 0x06, 2, 1, 0, 2, 1, 0};
    struct duo_pubkey bad = f->pub;

    assert_false(duo_ecdsa_verify_raw(&f->pub, hash, raw));
    assert_false(duo_ecdsa_verify(&f->pub, hash, der, sizeof(der)));
    assert_false(duo_ecdsa_verify(&f->pub, hash, der, 0));
    hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", raw, 32);
    memcpy(raw + 32, raw, 32);
    assert_false(duo_ecdsa_verify_raw(&f->pub, hash, raw));
    key_sign_raw(f->key, hash, raw);
    bad.xy[63] ^= 1;
    assert_false(duo_ecdsa_verify_raw(&bad, hash, raw));
    memset(&bad, 0, sizeof(bad));
    assert_false(duo_ecdsa_verify_raw(&bad, hash, raw));
}

static void public_keys_load_from_all_forms(void **state)
{
    static const uint8_t prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
    const struct fixture *f = *state;
    uint8_t spki[91], hash[32], want[32];
    struct duo_pubkey key;

    memcpy(spki, prefix, sizeof(prefix));
    memcpy(spki + sizeof(prefix), f->pub.xy, 64);
    for (unsigned skip = 0; skip <= 27; skip++) {
        enum duo_status status = duo_pubkey_load(&key, spki + skip, 91 - skip);
        assert_int_equal(status,
                         skip == 0 || skip == 26 || skip == 27 ? DUO_OK : DUO_E_UNSUPPORTED);
        if (status == DUO_OK) {
            assert_memory_equal(key.xy, f->pub.xy, 64);
        }
    }
    duo_sha256_of(spki, sizeof(spki), want);
    duo_pubkey_hash(&f->pub, hash);
    assert_memory_equal(hash, want, 32);
}

static void crc_gives_the_check_value(void **state)
{
    (void)state;
    assert_int_equal(duo_crc32("123456789", 9), 0xCBF43926u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_published_values),
        cmocka_unit_test(sha256_equals_openssl_in_any_pieces),
        cmocka_unit_test(ecdsa_accepts_the_rfc6979_signature),
        cmocka_unit_test(ecdsa_accepts_what_openssl_signs),
        cmocka_unit_test(a_short_signature_may_be_padded),
        cmocka_unit_test(ecdsa_leaves_a_proof),
        cmocka_unit_test(ecdsa_refuses_degenerate_values),
        cmocka_unit_test(public_keys_load_from_all_forms),
        cmocka_unit_test(crc_gives_the_check_value),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
