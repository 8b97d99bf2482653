/* SPDX-License-Identifier: MIT */
/* LMS (RFC 8554) for who signs: keys and signatures, in memory. Which one-time keys have been used
 * is the business of tool/lms_state.h. */
#ifndef DUO_TOOL_LMS_TREE_H
#define DUO_TOOL_LMS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/lms.h"

#define LMS_SEED_SIZE 32u

/* All one-time keys are made of the seed (RFC 8554, appendix A). */
struct lms_secret {
    uint8_t id[DUO_LMS_ID_SIZE];
    uint8_t seed[LMS_SEED_SIZE];
};

/* All nodes, by their numbers: 1 is the root. */
struct lms_tree {
    uint8_t node[2u * DUO_LMS_LEAVES][DUO_HASH_SIZE];
};

/* A new secret; false when OpenSSL has no random numbers. */
bool lms_secret_make(struct lms_secret *secret);

/* A million hashes: less than a second. For free(); NULL: out of memory. */
struct lms_tree *lms_tree_make(const struct lms_secret *secret);

struct duo_lms_key lms_public(const struct lms_secret *secret, const struct lms_tree *tree);

/* Signs with one-time key `q`, which must never be used for anything else: two signatures by one
 * give away enough to forge a third. `c` is random. */
void lms_sign(const struct lms_secret *secret, const struct lms_tree *tree, uint32_t q,
              const uint8_t c[DUO_HASH_SIZE], const void *message, size_t len,
              uint8_t sig[DUO_LMS_SIG_SIZE]);

#endif
