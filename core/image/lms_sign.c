/* SPDX-License-Identifier: MIT */
#include "core/image/lms_sign.h"

#include <string.h>

static void put32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(value >> (24u - 8u * i));
    }
}

/* Where chain i of one-time key q begins. */
static void start_of_chain(const struct duo_lms_secret *secret, uint32_t q, uint32_t i,
                           uint8_t value[DUO_HASH_SIZE])
{
    uint8_t bytes[DUO_LMS_ID_SIZE + 7u + DUO_LMS_SEED_SIZE];

    memcpy(bytes, secret->id, DUO_LMS_ID_SIZE);
    put32(bytes + DUO_LMS_ID_SIZE, q);
    bytes[DUO_LMS_ID_SIZE + 4u] = (uint8_t)(i >> 8);
    bytes[DUO_LMS_ID_SIZE + 5u] = (uint8_t)i;
    bytes[DUO_LMS_ID_SIZE + 6u] = 0xFF;
    memcpy(bytes + DUO_LMS_ID_SIZE + 7u, secret->seed, DUO_LMS_SEED_SIZE);
    duo_sha256_of(bytes, sizeof(bytes), value);
    explicit_bzero(bytes, sizeof(bytes));
}

static void make_leaf(const struct duo_lms_secret *secret, uint32_t q, uint8_t node[DUO_HASH_SIZE])
{
    struct duo_sha256 ends;
    uint8_t value[DUO_HASH_SIZE];

    duo_lms_ends_begin(&ends, secret->id, q);
    for (uint32_t i = 0; i < DUO_LMS_CHAINS; i++) {
        start_of_chain(secret, q, i, value);
        (void)duo_lms_chain(secret->id, q, i, 0, DUO_LMS_STEPS, value);
        duo_sha256_update(&ends, value, sizeof(value));
    }
    duo_sha256_final(&ends, value);
    duo_lms_leaf(secret->id, q, value, node);
}

void duo_lms_grow(const struct duo_lms_secret *secret, struct duo_lms_tree *tree)
{
    for (uint32_t q = 0; q < DUO_LMS_LEAVES; q++) {
        make_leaf(secret, q, tree->node[DUO_LMS_LEAVES + q]);
    }
    for (uint32_t n = DUO_LMS_LEAVES - 1u; n > 0; n--) {
        duo_lms_parent(secret->id, n, tree->node[2u * n], tree->node[2u * n + 1u], tree->node[n]);
    }
}

struct duo_lms_key duo_lms_public(const struct duo_lms_secret *secret,
                                  const struct duo_lms_tree *tree)
{
    struct duo_lms_key key;

    memcpy(key.id, secret->id, sizeof(key.id));
    memcpy(key.root, tree->node[1], sizeof(key.root));
    return key;
}

void duo_lms_sign(const struct duo_lms_secret *secret, const struct duo_lms_tree *tree, uint32_t q,
                  const uint8_t c[DUO_HASH_SIZE], const void *message, size_t len,
                  uint8_t sig[DUO_LMS_SIG_SIZE])
{
    const struct duo_lms_key key = duo_lms_public(secret, tree);
    uint8_t digest[DUO_HASH_SIZE];

    put32(sig + DUO_LMS_AT_LEVELS, DUO_LMS_DEEPER);
    put32(sig + DUO_LMS_AT_Q, q);
    put32(sig + DUO_LMS_AT_OTS_TYPE, DUO_LMS_OTS_TYPE);
    put32(sig + DUO_LMS_AT_TYPE, DUO_LMS_TYPE);
    memcpy(sig + DUO_LMS_AT_C, c, DUO_HASH_SIZE);
    duo_lms_digest(&key, message, len, sig, digest);
    for (uint32_t i = 0; i < DUO_LMS_CHAINS; i++) {
        uint8_t *value = sig + DUO_LMS_AT_Y + (size_t)i * DUO_HASH_SIZE;

        start_of_chain(secret, q, i, value);
        (void)duo_lms_chain(secret->id, q, i, 0, duo_lms_digit(digest, i), value);
    }
    for (uint32_t level = 0; level < DUO_LMS_HEIGHT; level++) {
        const uint32_t beside = (DUO_LMS_LEAVES + q) >> level ^ 1u;

        memcpy(sig + DUO_LMS_AT_PATH + (size_t)level * DUO_HASH_SIZE, tree->node[beside],
               DUO_HASH_SIZE);
    }
}
