/* SPDX-License-Identifier: MIT */
/*
 * Verifying LMS signatures (RFC 8554): hash-based, so that a quantum computer is of no help in
 * forging one. A second signature of manifests, beside ECDSA, where the build says so (DUO_LMS).
 *
 * One set of parameters: a tree of 1024 one-time keys (LMS_SHA256_M32_H10) with chains of 15 steps
 * (LMOTS_SHA256_N32_W4), as HSS of one level. With W8 a signature would have 1456 bytes in place of
 * 2512, and take eight times as long to verify, at every boot. No heap; 600 bytes of stack.
 */
#ifndef DUO_CORE_LMS_H
#define DUO_CORE_LMS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/crypto.h"

#ifndef DUO_LMS
#define DUO_LMS 0 /* 1: this build knows second signatures */
#endif

#define DUO_LMS_HEIGHT  10u
#define DUO_LMS_LEAVES  (1u << DUO_LMS_HEIGHT)
#define DUO_LMS_CHAINS  67u /* 64 digits of the message's hash, 3 of their checksum */
#define DUO_LMS_STEPS   15u /* of a chain */
#define DUO_LMS_ID_SIZE 16u

#define DUO_LMS_TYPE       6u /* LMS_SHA256_M32_H10 */
#define DUO_LMS_OTS_TYPE   3u /* LMOTS_SHA256_N32_W4 */
#define DUO_LMS_DEEPER     0u /* levels of an HSS signature below the first */
#define DUO_LMS_OWN_LEVELS 1u /* levels of an HSS public key */

/* Where the parts of a signature begin; numbers are big endian. */
enum {
    DUO_LMS_AT_LEVELS = 0,
    DUO_LMS_AT_Q = 4,
    DUO_LMS_AT_OTS_TYPE = 8,
    DUO_LMS_AT_C = 12,
    DUO_LMS_AT_Y = 12 + DUO_HASH_SIZE,
    DUO_LMS_AT_TYPE = DUO_LMS_AT_Y + DUO_LMS_CHAINS * DUO_HASH_SIZE,
    DUO_LMS_AT_PATH = DUO_LMS_AT_TYPE + 4,
};
#define DUO_LMS_SIG_SIZE    (DUO_LMS_AT_PATH + DUO_LMS_HEIGHT * DUO_HASH_SIZE) /* 2512 */
#define DUO_LMS_PUBLIC_SIZE 60u /* HSS: levels, both types, identifier, root */

/* A public key without what is the same in all of them. All zeros: there is none. */
struct duo_lms_key {
    uint8_t id[DUO_LMS_ID_SIZE]; /* RFC 8554's I */
    uint8_t root[DUO_HASH_SIZE]; /* T[1] */
};

/* What a verification has computed, as in struct duo_ecdsa_proof. */
struct duo_lms_proof {
    uint8_t digest[DUO_HASH_SIZE]; /* of the message, copied after the chains have used it */
    uint8_t root[DUO_HASH_SIZE];   /* all DUO_NO_PROOF when there was none */
    uint32_t steps;                /* hashes that were made in the chains */
};

/* Nothing proved. */
void duo_lms_no_proof(struct duo_lms_proof *proof);

/* A public key in the 60 bytes of RFC 8554. DUO_E_UNSUPPORTED: of other parameters, or none. */
enum duo_status duo_lms_key_load(struct duo_lms_key *key, const void *data, size_t len);
void duo_lms_key_store(const struct duo_lms_key *key, uint8_t bytes[DUO_LMS_PUBLIC_SIZE]);

/* Is there a key at all? */
bool duo_lms_key_any(const struct duo_lms_key *key);

/* Is `sig` a signature of these bytes by `key`? `proof` may be NULL. */
bool duo_lms_prove(const struct duo_lms_key *key, const void *message, size_t len,
                   const uint8_t sig[DUO_LMS_SIG_SIZE], struct duo_lms_proof *proof);

/* What the proof of a good signature must have: the digest, and the steps that it asks for. Cheap:
 * one hash over the message. */
void duo_lms_digest(const struct duo_lms_key *key, const void *message, size_t len,
                    const uint8_t sig[DUO_LMS_SIG_SIZE], uint8_t digest[DUO_HASH_SIZE]);
uint32_t duo_lms_steps(const uint8_t digest[DUO_HASH_SIZE]);

/* ---- For who signs, too: the hashes of RFC 8554 ---- */

/* Digit number i of a digest and its checksum, 0 to 15. */
uint32_t duo_lms_digit(const uint8_t digest[DUO_HASH_SIZE], uint32_t i);
/* Steps `from` to before `to` of chain i, in place. How many were made. */
uint32_t duo_lms_chain(const uint8_t id[DUO_LMS_ID_SIZE], uint32_t q, uint32_t i, uint32_t from,
                       uint32_t to, uint8_t value[DUO_HASH_SIZE]);
/* Of the ends of all chains: a one-time public key. */
void duo_lms_ends_begin(struct duo_sha256 *sha, const uint8_t id[DUO_LMS_ID_SIZE], uint32_t q);
void duo_lms_leaf(const uint8_t id[DUO_LMS_ID_SIZE], uint32_t q, const uint8_t ots[DUO_HASH_SIZE],
                  uint8_t node[DUO_HASH_SIZE]);
/* The node above these two; `number` is its own. */
void duo_lms_parent(const uint8_t id[DUO_LMS_ID_SIZE], uint32_t number,
                    const uint8_t left[DUO_HASH_SIZE], const uint8_t right[DUO_HASH_SIZE],
                    uint8_t node[DUO_HASH_SIZE]);

#endif
