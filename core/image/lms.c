/* SPDX-License-Identifier: MIT */
#include "core/image/lms.h"

#include <string.h>

/* What a hash is for (RFC 8554, 4.2 and 5.2). */
enum { D_PBLC = 0x8080, D_MESG = 0x8181, D_LEAF = 0x8282, D_INTR = 0x8383 };

#define DIGITS (2u * DUO_HASH_SIZE) /* of the digest; the checksum's follow */

_Static_assert(DUO_LMS_SIG_SIZE == 2512u, "the size that docs/formats.md gives");

static void put32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)(value >> 16);
    p[2] = (uint8_t)(value >> 8);
    p[3] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void duo_lms_no_proof(struct duo_lms_proof *proof)
{
    memset(proof, DUO_NO_PROOF, sizeof(*proof));
}

/* ---- Keys ---- */

enum { KEY_LEVELS = 0, KEY_TYPE = 4, KEY_OTS_TYPE = 8, KEY_ID = 12, KEY_ROOT = 28 };

enum duo_status duo_lms_key_load(struct duo_lms_key *key, const void *data, size_t len)
{
    const uint8_t *p = data;

    if (len != DUO_LMS_PUBLIC_SIZE || get32(p + KEY_LEVELS) != DUO_LMS_OWN_LEVELS ||
        get32(p + KEY_TYPE) != DUO_LMS_TYPE || get32(p + KEY_OTS_TYPE) != DUO_LMS_OTS_TYPE) {
        return DUO_E_UNSUPPORTED;
    }
    memcpy(key->id, p + KEY_ID, sizeof(key->id));
    memcpy(key->root, p + KEY_ROOT, sizeof(key->root));
    return DUO_OK;
}

void duo_lms_key_store(const struct duo_lms_key *key, uint8_t bytes[DUO_LMS_PUBLIC_SIZE])
{
    put32(bytes + KEY_LEVELS, DUO_LMS_OWN_LEVELS);
    put32(bytes + KEY_TYPE, DUO_LMS_TYPE);
    put32(bytes + KEY_OTS_TYPE, DUO_LMS_OTS_TYPE);
    memcpy(bytes + KEY_ID, key->id, sizeof(key->id));
    memcpy(bytes + KEY_ROOT, key->root, sizeof(key->root));
}

bool duo_lms_key_any(const struct duo_lms_key *key)
{
    uint8_t any = 0;

    for (unsigned i = 0; i < DUO_HASH_SIZE; i++) {
        any |= key->root[i];
    }
    return any != 0;
}

/* ---- Hashes ---- */

/* All of them begin with the tree's identifier, a number, and what they are for. */
static void begin(struct duo_sha256 *sha, const uint8_t id[DUO_LMS_ID_SIZE], uint32_t number,
                  uint32_t purpose)
{
    uint8_t head[DUO_LMS_ID_SIZE + 6u];

    memcpy(head, id, DUO_LMS_ID_SIZE);
    put32(head + DUO_LMS_ID_SIZE, number);
    head[DUO_LMS_ID_SIZE + 4u] = (uint8_t)(purpose >> 8);
    head[DUO_LMS_ID_SIZE + 5u] = (uint8_t)purpose;
    duo_sha256_init(sha);
    duo_sha256_update(sha, head, sizeof(head));
}

uint32_t duo_lms_chain(const uint8_t id[DUO_LMS_ID_SIZE], uint32_t q, uint32_t i, uint32_t from,
                       uint32_t to, uint8_t value[DUO_HASH_SIZE])
{
    uint32_t made = 0;

    for (uint32_t step = from; step < to; step++) {
        struct duo_sha256 sha;
        const uint8_t number = (uint8_t)step;

        begin(&sha, id, q, i);
        duo_sha256_update(&sha, &number, sizeof(number));
        duo_sha256_update(&sha, value, DUO_HASH_SIZE);
        duo_sha256_final(&sha, value);
        made++;
    }
    return made;
}

void duo_lms_ends_begin(struct duo_sha256 *sha, const uint8_t id[DUO_LMS_ID_SIZE], uint32_t q)
{
    begin(sha, id, q, D_PBLC);
}

void duo_lms_leaf(const uint8_t id[DUO_LMS_ID_SIZE], uint32_t q, const uint8_t ots[DUO_HASH_SIZE],
                  uint8_t node[DUO_HASH_SIZE])
{
    struct duo_sha256 sha;

    begin(&sha, id, DUO_LMS_LEAVES + q, D_LEAF);
    duo_sha256_update(&sha, ots, DUO_HASH_SIZE);
    duo_sha256_final(&sha, node);
}

void duo_lms_parent(const uint8_t id[DUO_LMS_ID_SIZE], uint32_t number,
                    const uint8_t left[DUO_HASH_SIZE], const uint8_t right[DUO_HASH_SIZE],
                    uint8_t node[DUO_HASH_SIZE])
{
    struct duo_sha256 sha;

    begin(&sha, id, number, D_INTR);
    duo_sha256_update(&sha, left, DUO_HASH_SIZE);
    duo_sha256_update(&sha, right, DUO_HASH_SIZE);
    duo_sha256_final(&sha, node);
}

void duo_lms_digest(const struct duo_lms_key *key, const void *message, size_t len,
                    const uint8_t sig[DUO_LMS_SIG_SIZE], uint8_t digest[DUO_HASH_SIZE])
{
    struct duo_sha256 sha;

    begin(&sha, key->id, get32(sig + DUO_LMS_AT_Q), D_MESG);
    duo_sha256_update(&sha, sig + DUO_LMS_AT_C, DUO_HASH_SIZE);
    duo_sha256_update(&sha, message, len);
    duo_sha256_final(&sha, digest);
}

/* ---- Digits ---- */

static uint32_t digit_of(const uint8_t *bytes, uint32_t i)
{
    return i % 2u == 0 ? bytes[i / 2u] >> 4 : bytes[i / 2u] & 0xFu;
}

/* What the digits lack to the end of their chains: who makes one larger makes this smaller. */
static uint32_t checksum(const uint8_t digest[DUO_HASH_SIZE])
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < DIGITS; i++) {
        sum += DUO_LMS_STEPS - digit_of(digest, i);
    }
    return sum;
}

uint32_t duo_lms_digit(const uint8_t digest[DUO_HASH_SIZE], uint32_t i)
{
    return i < DIGITS ? digit_of(digest, i)
                      : checksum(digest) >> 4u * (DUO_LMS_CHAINS - 1u - i) & 0xFu;
}

uint32_t duo_lms_steps(const uint8_t digest[DUO_HASH_SIZE])
{
    uint32_t steps = checksum(digest);

    for (uint32_t i = DIGITS; i < DUO_LMS_CHAINS; i++) {
        steps += DUO_LMS_STEPS - duo_lms_digit(digest, i);
    }
    return steps;
}

/* ---- Verifying ---- */

static void leaf_of(const struct duo_lms_key *key, const uint8_t *sig, struct duo_lms_proof *proof,
                    uint8_t node[DUO_HASH_SIZE])
{
    const uint32_t q = get32(sig + DUO_LMS_AT_Q);
    struct duo_sha256 ends;
    uint8_t value[DUO_HASH_SIZE];

    proof->steps = 0;
    duo_lms_ends_begin(&ends, key->id, q);
    for (uint32_t i = 0; i < DUO_LMS_CHAINS; i++) {
        memcpy(value, sig + DUO_LMS_AT_Y + i * DUO_HASH_SIZE, sizeof(value));
        proof->steps +=
            duo_lms_chain(key->id, q, i, duo_lms_digit(proof->digest, i), DUO_LMS_STEPS, value);
        duo_sha256_update(&ends, value, sizeof(value));
    }
    duo_sha256_final(&ends, value);
    duo_lms_leaf(key->id, q, value, node);
}

/* `node` only ever holds the result of a hash: a step that is skipped leaves nothing that came with
 * the signature. */
static void climb(const struct duo_lms_key *key, const uint8_t *sig, uint8_t node[DUO_HASH_SIZE])
{
    const uint8_t *beside = sig + DUO_LMS_AT_PATH;

    for (uint32_t number = DUO_LMS_LEAVES + get32(sig + DUO_LMS_AT_Q); number > 1u; number /= 2u) {
        const bool right = number % 2u != 0;

        duo_lms_parent(key->id, number / 2u, right ? beside : node, right ? node : beside, node);
        beside += DUO_HASH_SIZE;
    }
}

static bool well_formed(const uint8_t *sig)
{
    return get32(sig + DUO_LMS_AT_LEVELS) == DUO_LMS_DEEPER &&
           get32(sig + DUO_LMS_AT_Q) < DUO_LMS_LEAVES &&
           get32(sig + DUO_LMS_AT_OTS_TYPE) == DUO_LMS_OTS_TYPE &&
           get32(sig + DUO_LMS_AT_TYPE) == DUO_LMS_TYPE;
}

bool duo_lms_prove(const struct duo_lms_key *key, const void *message, size_t len,
                   const uint8_t sig[DUO_LMS_SIG_SIZE], struct duo_lms_proof *proof)
{
    struct duo_lms_proof own = {0};
    uint8_t node[DUO_HASH_SIZE];

    proof = proof ? proof : &own;
    duo_lms_no_proof(proof);
    if (!duo_lms_key_any(key) || !well_formed(sig)) {
        return false;
    }
    duo_lms_digest(key, message, len, sig, proof->digest);
    leaf_of(key, sig, proof, node);
    climb(key, sig, node);
    memcpy(proof->root, node, sizeof(proof->root));
    return memcmp(node, key->root, sizeof(node)) == 0 &&
           proof->steps == duo_lms_steps(proof->digest);
}
