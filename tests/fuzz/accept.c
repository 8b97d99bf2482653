/* SPDX-License-Identifier: MIT */
/*
 * Stands in for hashes, signatures and checksums, each of which is right whatever it is over: so
 * that fuzzing gets to what comes after them. tests/fuzz/seeds.c links the same.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/crypto.h"
#include "tests/txn/sets.h"

#define ALWAYS 0x5A

uint32_t duo_crc32(const void *data, size_t len)
{
    (void)data;
    (void)len;
    return ALWAYS * 0x01010101u;
}

void duo_sha256_init(struct duo_sha256 *ctx)
{
    memset(ctx, 0, sizeof(*ctx));
}

/* Reads what it is given, as the real one does: a pointer that is wrong must show. */
void duo_sha256_update(struct duo_sha256 *ctx, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    static volatile uint8_t sum;

    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
}

void duo_sha256_final(struct duo_sha256 *ctx, uint8_t hash[DUO_HASH_SIZE])
{
    (void)ctx;
    memset(hash, ALWAYS, DUO_HASH_SIZE);
}

void duo_sha256_of(const void *data, size_t len, uint8_t hash[DUO_HASH_SIZE])
{
    struct duo_sha256 ctx;

    duo_sha256_update(&ctx, data, len);
    duo_sha256_final(&ctx, hash);
}

void duo_pubkey_hash(const struct duo_pubkey *key, uint8_t hash[DUO_HASH_SIZE])
{
    duo_sha256_of(key->xy, sizeof(key->xy), hash);
}

bool duo_ecdsa_prove(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                     const void *sig, size_t sig_len, struct duo_ecdsa_proof *proof)
{
    uint8_t out[DUO_HASH_SIZE];

    (void)key;
    (void)hash;
    duo_sha256_of(sig, sig_len, out);
    if (proof) {
        duo_ecdsa_no_proof(proof);
    }
    return sig_len > 0;
}

bool duo_ecdsa_prove_raw(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                         const uint8_t sig[DUO_RAW_SIG_SIZE], struct duo_ecdsa_proof *proof)
{
    return duo_ecdsa_prove(key, hash, sig, DUO_RAW_SIG_SIZE, proof);
}

void duo_ecdsa_no_proof(struct duo_ecdsa_proof *proof)
{
    memset(proof, DUO_NO_PROOF, sizeof(*proof));
}

bool duo_ecdsa_der_r(const uint8_t *sig, size_t sig_len, uint8_t r[DUO_SCALAR_SIZE])
{
    uint8_t out[DUO_HASH_SIZE];

    duo_sha256_of(sig, sig_len, out);
    memset(r, ALWAYS, DUO_SCALAR_SIZE);
    return sig_len > 0;
}

void sign_make_key(struct duo_pubkey *key)
{
    memset(key->xy, 1, sizeof(key->xy));
}

size_t sign_der(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_SIG_MAX])
{
    (void)key;
    (void)hash;
    memset(sig, 0x30, DUO_SIG_MAX);
    return 70;
}

void sign_raw(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_RAW_SIG_SIZE])
{
    (void)key;
    (void)hash;
    memset(sig, 1, DUO_RAW_SIG_SIZE);
}
