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

#define DUO_HASH_SIZE   32u
#define DUO_PUBKEY_SIZE 64u /* X || Y, each 32 bytes, big endian */
#define DUO_SPKI_SIZE                                                                              \
    91u /* SubjectPublicKeyInfo of an uncompressed P-256 point, always this long */
#define DUO_RAW_SIG_SIZE 64u /* r || s, each 32 bytes, big endian */

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

/* Is `sig` (DER, ECDSA-Sig-Value) a signature of `hash` by `key`? Up to two zero bytes after the
 * DER are tolerated: old versions of imgtool padded signatures to 72 bytes. */
bool duo_ecdsa_verify(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                      const void *sig, size_t sig_len);

/* The same for a signature of fixed size, r || s. */
bool duo_ecdsa_verify_raw(const struct duo_pubkey *key, const uint8_t hash[DUO_HASH_SIZE],
                          const uint8_t sig[DUO_RAW_SIG_SIZE]);

#endif
