/* SPDX-License-Identifier: MIT */
#include "core/image/crypto.h"

#include <string.h>

#include <bearssl_ec.h>

/* The constant part of a P-256 SubjectPublicKeyInfo: SEQUENCE, AlgorithmIdentifier (ecPublicKey,
 * prime256v1), BIT STRING of 66 bytes (RFC 5480). The point follows. */
static const uint8_t spki_prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

#define POINT_SIZE         65u
#define POINT_UNCOMPRESSED 0x04u /* SEC 1, 2.3.3 */

_Static_assert(sizeof(spki_prefix) + POINT_SIZE == DUO_SPKI_SIZE, "SPKI of P-256 has one length");

void duo_sha256_init(struct duo_sha256 *ctx)
{
    br_sha256_init(&ctx->br);
}

void duo_sha256_update(struct duo_sha256 *ctx, const void *data, size_t len)
{
    br_sha256_update(&ctx->br, data, len);
}

void duo_sha256_final(struct duo_sha256 *ctx, uint8_t hash[DUO_HASH_SIZE])
{
    br_sha256_out(&ctx->br, hash);
}

void duo_sha256_of(const void *data, size_t len, uint8_t hash[DUO_HASH_SIZE])
{
    struct duo_sha256 ctx;

    duo_sha256_init(&ctx);
    duo_sha256_update(&ctx, data, len);
    duo_sha256_final(&ctx, hash);
}

enum duo_status duo_pubkey_load(struct duo_pubkey *key, const void *data, size_t len)
{
    const uint8_t *p = data;

    if (len == DUO_SPKI_SIZE && memcmp(p, spki_prefix, sizeof(spki_prefix)) == 0) {
        p += sizeof(spki_prefix);
        len = POINT_SIZE;
    }
    if (len == POINT_SIZE && p[0] == POINT_UNCOMPRESSED) {
        p++;
        len = DUO_PUBKEY_SIZE;
    }
    if (len != DUO_PUBKEY_SIZE) {
        return DUO_E_UNSUPPORTED;
    }
    memcpy(key->xy, p, DUO_PUBKEY_SIZE);
    return DUO_OK;
}

static void put_point(uint8_t point[POINT_SIZE], const struct duo_pubkey *key)
{
    point[0] = POINT_UNCOMPRESSED;
    memcpy(point + 1, key->xy, DUO_PUBKEY_SIZE);
}

void duo_pubkey_hash(const struct duo_pubkey *key, uint8_t hash[DUO_HASH_SIZE])
{
    uint8_t spki[DUO_SPKI_SIZE];

    memcpy(spki, spki_prefix, sizeof(spki_prefix));
    put_point(spki + sizeof(spki_prefix), key);
    duo_sha256_of(spki, sizeof(spki), hash);
}

void duo_ecdsa_no_proof(struct duo_ecdsa_proof *proof)
{
    memset(proof, DUO_NO_PROOF, sizeof(*proof));
}

/* ---- The point that a verification comes to ---- */

static uint8_t caught[DUO_SCALAR_SIZE];

/* x - order when x is not below it (once in 2^32 signatures): r is the coordinate modulo the order.
 */
static void reduce(uint8_t x[DUO_SCALAR_SIZE])
{
    size_t len;
    const unsigned char *order = br_ec_p256_m31.order(BR_EC_secp256r1, &len);
    int borrow = 0;

    if (memcmp(x, order, DUO_SCALAR_SIZE) < 0) {
        return;
    }
    for (unsigned i = DUO_SCALAR_SIZE; i-- > 0;) {
        const int digit = x[i] - order[i] - borrow;
        borrow = digit < 0;
        x[i] = (uint8_t)digit;
    }
}

/*
 * BearSSL's last step, u2 * Q + u1 * G, with its result kept. A multiplication that did not happen
 * leaves Q in its place; who signs can choose his r to be just that, so it is no result.
 */
static uint32_t catch_muladd(unsigned char *a, const unsigned char *b, size_t len,
                             const unsigned char *x, size_t xlen, const unsigned char *y,
                             size_t ylen, int curve)
{
    uint8_t before[DUO_SCALAR_SIZE];

    memset(caught, DUO_NO_PROOF, sizeof(caught));
    memcpy(before, a + 1, sizeof(before));
    const uint32_t ok = br_ec_p256_m31.muladd(a, b, len, x, xlen, y, ylen, curve);
    if (ok == 1 && memcmp(before, a + 1, sizeof(before)) != 0) {
        memcpy(caught, a + 1, sizeof(caught));
        reduce(caught);
    }
    return ok;
}

/* m31 multiplies 32 x 32 -> 64, one instruction on both Cortex-M7 and Cortex-M4. */
static bool verify(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                   const uint8_t *sig, size_t sig_len, br_ecdsa_vrfy how,
                   struct duo_ecdsa_proof *proof)
{
    uint8_t point[POINT_SIZE];
    const br_ec_public_key pk = {.curve = BR_EC_secp256r1, .q = point, .qlen = sizeof(point)};
    br_ec_impl arithmetic = br_ec_p256_m31;

    arithmetic.muladd = catch_muladd;
    memset(caught, DUO_NO_PROOF, sizeof(caught));
    put_point(point, key);
    const bool good = how(&arithmetic, hash, DUO_HASH_SIZE, &pk, sig, sig_len) == 1;
    if (proof) {
        memcpy(proof->hash, hash, sizeof(proof->hash));
        memcpy(proof->r, caught, sizeof(proof->r));
        memcpy(proof->key_x, point + 1, sizeof(proof->key_x));
    }
    return good;
}

/* Length of the DER SEQUENCE at the start of a signature, 0 if there is something else than zero
 * padding after it or it is longer than the buffer, or than any signature. */
static size_t der_length(const uint8_t *sig, size_t sig_len)
{
    if (sig_len < 2 || sig[0] != 0x30 || sig[1] >= 0x80) {
        return 0;
    }
    size_t len = 2u + sig[1];
    if (len > sig_len || sig_len > DUO_SIG_MAX) {
        return 0;
    }
    for (size_t i = len; i < sig_len; i++) {
        if (sig[i] != 0) {
            return 0;
        }
    }
    return len;
}

bool duo_ecdsa_prove(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                     const void *sig, size_t sig_len, struct duo_ecdsa_proof *proof)
{
    size_t len = der_length(sig, sig_len);

    if (proof) {
        duo_ecdsa_no_proof(proof);
    }
    return len > 0 && verify(key, hash, sig, len, br_ecdsa_i31_vrfy_asn1, proof);
}

bool duo_ecdsa_prove_raw(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                         const uint8_t sig[DUO_RAW_SIG_SIZE], struct duo_ecdsa_proof *proof)
{
    if (proof) {
        duo_ecdsa_no_proof(proof);
    }
    return verify(key, hash, sig, DUO_RAW_SIG_SIZE, br_ecdsa_i31_vrfy_raw, proof);
}

/* SEQUENCE, its length, INTEGER, its length, and r without leading zeros, but with one in front of
 * a first bit that is set. */
bool duo_ecdsa_der_r(const uint8_t *sig, size_t sig_len, uint8_t r[DUO_SCALAR_SIZE])
{
    const size_t end = der_length(sig, sig_len);
    size_t at = 4;

    if (end < at || sig[2] != 0x02 || sig[3] > end - at) {
        return false;
    }
    size_t len = sig[3];
    while (len > 0 && sig[at] == 0) {
        at++;
        len--;
    }
    if (len > DUO_SCALAR_SIZE) {
        return false;
    }
    memset(r, 0, DUO_SCALAR_SIZE);
    memcpy(r + DUO_SCALAR_SIZE - len, sig + at, len);
    return true;
}
