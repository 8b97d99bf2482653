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

/* m31 multiplies 32 x 32 -> 64, one instruction on both Cortex-M7 and Cortex-M4. */
static bool verify(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                   const uint8_t *sig, size_t sig_len, br_ecdsa_vrfy how)
{
    uint8_t point[POINT_SIZE];
    const br_ec_public_key pk = {.curve = BR_EC_secp256r1, .q = point, .qlen = sizeof(point)};

    put_point(point, key);
    return how(&br_ec_p256_m31, hash, DUO_HASH_SIZE, &pk, sig, sig_len) == 1;
}

/* Length of the DER SEQUENCE at the start of a signature, 0 if there is something else than zero
 * padding after it or it is longer than the buffer. */
static size_t der_length(const uint8_t *sig, size_t sig_len)
{
    if (sig_len < 2 || sig[0] != 0x30 || sig[1] >= 0x80) {
        return 0;
    }
    size_t len = 2u + sig[1];
    if (len > sig_len || sig_len - len > 2) {
        return 0;
    }
    for (size_t i = len; i < sig_len; i++) {
        if (sig[i] != 0) {
            return 0;
        }
    }
    return len;
}

bool duo_ecdsa_verify(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                      const void *sig, size_t sig_len)
{
    size_t len = der_length(sig, sig_len);

    return len > 0 && verify(key, hash, sig, len, br_ecdsa_i31_vrfy_asn1);
}

bool duo_ecdsa_verify_raw(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                          const uint8_t sig[DUO_RAW_SIG_SIZE])
{
    return verify(key, hash, sig, DUO_RAW_SIG_SIZE, br_ecdsa_i31_vrfy_raw);
}
