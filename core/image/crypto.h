/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 and ECDSA P-256 verification. No heap; every context is the caller's. The same code runs
 * on the host and on both cores.
 *
 * Cost on a Cortex-M7: a verification is about 11 million instructions and 3 KiB of stack.
 */
#ifndef DUO_CORE_CRYPTO_H
#define DUO_CORE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bearssl_hash.h>

#include "core/base/status.h"

#define DUO_SIG_MAX     72u /* DER of two 256-bit integers at their longest */
#define DUO_HASH_SIZE   32u
#define DUO_PUBKEY_SIZE 64u /* X || Y, each 32 bytes, big endian */
#define DUO_SPKI_SIZE                                                                              \
    91u /* SubjectPublicKeyInfo of an uncompressed P-256 point, always this long */
#define DUO_SCALAR_SIZE  32u /* a number modulo the order of the curve, big endian */
#define DUO_RAW_SIG_SIZE 64u /* r || s */

struct duo_sha256 {
    br_sha256_context br;
};

struct duo_pubkey {
    uint8_t xy[DUO_PUBKEY_SIZE];
};

void duo_sha256_init(struct duo_sha256 *ctx);
void duo_sha256_update(struct duo_sha256 *ctx, const void *data, size_t len);
void duo_sha256_final(struct duo_sha256 *ctx, uint8_t hash[DUO_HASH_SIZE]);

/* The hash of one buffer. */
void duo_sha256_of(const void *data, size_t len, uint8_t hash[DUO_HASH_SIZE]);

/* Takes a public key in any of its three forms: 64 bytes X || Y, 65 bytes 04 || X || Y, or the 91
 * bytes of its DER SubjectPublicKeyInfo. DUO_E_UNSUPPORTED for anything else. That the point lies
 * on the curve is checked when it is used: a point that does not verifies nothing. */
enum duo_status duo_pubkey_load(struct duo_pubkey *key, const void *data, size_t len);

/* SHA-256 over the DER SubjectPublicKeyInfo: what MCUboot calls KEYHASH. */
void duo_pubkey_hash(const struct duo_pubkey *key, uint8_t hash[DUO_HASH_SIZE]);

/*
 * What a verification has computed, for whoever does not want to rest on its answer alone: a yes or
 * no is one branch, which one fault in the processor can turn. A signature (r, s) of `hash` holds
 * exactly when the arithmetic on the curve gives its r.
 */
struct duo_ecdsa_proof {
    uint8_t hash[DUO_HASH_SIZE];    /* copied after the arithmetic has used it */
    uint8_t r[DUO_SCALAR_SIZE];     /* all DUO_NO_PROOF when there was none */
    uint8_t key_x[DUO_SCALAR_SIZE]; /* of the key; only its owner can sign for the one with the same
                                       X */
};
#define DUO_NO_PROOF 0xA5u

/* Nothing proved. */
void duo_ecdsa_no_proof(struct duo_ecdsa_proof *proof);

/* Is `sig` (DER, ECDSA-Sig-Value) a signature of `hash` by `key`? Zero bytes after the DER
 * are tolerated, up to DUO_SIG_MAX in all: `imgtool sign --pad-sig`. `proof` may be NULL.
 * Not reentrant: the point is caught in a static variable. */
bool duo_ecdsa_prove(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                     const void *sig, size_t sig_len, struct duo_ecdsa_proof *proof);

/* The same for a signature of fixed size, r || s. */
bool duo_ecdsa_prove_raw(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                         const uint8_t sig[DUO_RAW_SIG_SIZE], struct duo_ecdsa_proof *proof);

/* r of a signature in DER; false when it is not one. */
bool duo_ecdsa_der_r(const uint8_t *sig, size_t sig_len, uint8_t r[DUO_SCALAR_SIZE]);

static inline bool duo_ecdsa_verify(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                                    const void *sig, size_t sig_len)
{
    return duo_ecdsa_prove(key, hash, sig, sig_len, NULL);
}

static inline bool duo_ecdsa_verify_raw(const struct duo_pubkey *key,
                                        const uint8_t hash[DUO_HASH_SIZE],
                                        const uint8_t sig[DUO_RAW_SIG_SIZE])
{
    return duo_ecdsa_prove_raw(key, hash, sig, NULL);
}

#endif
