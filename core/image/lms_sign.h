/* SPDX-License-Identifier: MIT */
/* LMS (RFC 8554) for who signs: keys and signatures, in memory, on the host alone. Which one-time
 * keys have been used is the business of tool/lms_state.h. */
#ifndef DUO_CORE_LMS_SIGN_H
#define DUO_CORE_LMS_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "core/image/lms.h"

#define DUO_LMS_SEED_SIZE 32u

/* All one-time keys are made of the seed (RFC 8554, appendix A). */
struct duo_lms_secret {
    uint8_t id[DUO_LMS_ID_SIZE];
    uint8_t seed[DUO_LMS_SEED_SIZE];
};

/* All nodes, by their numbers: 1 is the root. */
struct duo_lms_tree {
    uint8_t node[2u * DUO_LMS_LEAVES][DUO_HASH_SIZE];
};

/* The tree of a secret, 64 KiB: a million hashes, less than a second. */
void duo_lms_grow(const struct duo_lms_secret *secret, struct duo_lms_tree *tree);

struct duo_lms_key duo_lms_public(const struct duo_lms_secret *secret,
                                  const struct duo_lms_tree *tree);

/* Signs with one-time key `q`, which must never be used for anything else: two signatures by one
 * give away enough to forge a third. `c` is random. */
void duo_lms_sign(const struct duo_lms_secret *secret, const struct duo_lms_tree *tree, uint32_t q,
                  const uint8_t c[DUO_HASH_SIZE], const void *message, size_t len,
                  uint8_t sig[DUO_LMS_SIG_SIZE]);

#endif
