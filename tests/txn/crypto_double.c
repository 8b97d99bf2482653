/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the signature check of core/image/crypto.c where millions of boots are simulated: a
 * "signature" is the SHA-256 over key and hash. Everything else (who calls what when) is the real
 * code. tests/txn/real_crypto.c runs the same transaction with real signatures.
 */
#define OPENSSL_SUPPRESS_DEPRECATED  /* the low-level functions keep their state where we want it  \
                                      */
#include <string.h>

#include <openssl/sha.h>

#include "core/image/crypto.h"
#include "tests/txn/sets.h"

/* SHA-256 by OpenSSL, which uses the processor's instructions for it. */
_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct duo_sha256), "the context fits");

void duo_sha256_init(struct duo_sha256 *ctx)
{
    SHA256_Init((SHA256_CTX *)(void *)ctx);
}

void duo_sha256_update(struct duo_sha256 *ctx, const void *data, size_t len)
{
    SHA256_Update((SHA256_CTX *)(void *)ctx, data, len);
}

void duo_sha256_final(struct duo_sha256 *ctx, uint8_t hash[DUO_HASH_SIZE])
{
    SHA256_CTX copy = *(SHA256_CTX *)(void *)ctx; /* the caller may go on with ctx */

    SHA256_Final(hash, &copy);
}

void duo_sha256_of(const void *data, size_t len, uint8_t hash[DUO_HASH_SIZE])
{
    struct duo_sha256 ctx;

    duo_sha256_init(&ctx);
    duo_sha256_update(&ctx, data, len);
    duo_sha256_final(&ctx, hash);
}

void duo_pubkey_hash(const struct duo_pubkey *key, uint8_t hash[DUO_HASH_SIZE])
{
    duo_sha256_of(key->xy, sizeof(key->xy), hash);
}

static void expected(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_HASH_SIZE])
{
    uint8_t both[DUO_PUBKEY_SIZE + DUO_HASH_SIZE];

    memcpy(both, key->xy, DUO_PUBKEY_SIZE);
    memcpy(both + DUO_PUBKEY_SIZE, hash, DUO_HASH_SIZE);
    duo_sha256_of(both, sizeof(both), sig);
}

unsigned sign_checks;

bool duo_ecdsa_prove(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                     const void *sig, size_t sig_len, struct duo_ecdsa_proof *proof)
{
    uint8_t want[DUO_HASH_SIZE];

    sign_checks++;
    expected(key, hash, want);
    if (proof) {
        memcpy(proof->hash, hash, DUO_HASH_SIZE);
        memcpy(proof->r, want, DUO_SCALAR_SIZE);
        memcpy(proof->key_x, key->xy, DUO_SCALAR_SIZE);
    }
    return sig_len == DUO_HASH_SIZE && memcmp(sig, want, sizeof(want)) == 0;
}

bool duo_ecdsa_prove_raw(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                         const uint8_t sig[DUO_RAW_SIG_SIZE], struct duo_ecdsa_proof *proof)
{
    static const uint8_t rest[DUO_RAW_SIG_SIZE - DUO_HASH_SIZE]; /* no bit of a signature is free */

    return duo_ecdsa_prove(key, hash, sig, DUO_HASH_SIZE, proof) &&
           memcmp(sig + DUO_HASH_SIZE, rest, sizeof(rest)) == 0;
}

bool duo_ecdsa_der_r(const uint8_t *sig, size_t sig_len, uint8_t r[DUO_SCALAR_SIZE])
{
    memcpy(r, sig, DUO_SCALAR_SIZE);
    return sig_len == DUO_HASH_SIZE;
}

void duo_ecdsa_no_proof(struct duo_ecdsa_proof *proof)
{
    memset(proof, DUO_NO_PROOF, sizeof(*proof));
}

void sign_make_key(struct duo_pubkey *key)
{
    for (unsigned i = 0; i < sizeof(key->xy); i++) {
        key->xy[i] = (uint8_t)(i * 7u + 1u);
    }
}

size_t sign_der(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_SIG_MAX])
{
    expected(key, hash, sig);
    return DUO_HASH_SIZE;
}

void sign_raw(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_RAW_SIG_SIZE])
{
    memset(sig, 0, DUO_RAW_SIG_SIZE);
    expected(key, hash, sig);
}
