/* SPDX-License-Identifier: MIT */
/* Signed images and bundles as docs/formats.md says they are, for the tests of core/: by another
 * hand than the tool's. */
#ifndef DUO_TESTS_CORE_BUILD_H
#define DUO_TESTS_CORE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/image.h"
#include "core/image/manifest.h"

struct image_spec {
    enum duo_core core;
    struct duo_version version;
    uint32_t hdr_size;
    bool has_counter;
    uint32_t counter;
    uint8_t layout; /* number of the flash layout; 0 is not written */
};

struct buffer {
    uint8_t *data; /* for free() */
    size_t size;
};

/* A new P-256 key; what is computed with it is OpenSSL's. A failure fails the test. */
struct key;
struct key *key_generate(void);
void key_free(struct key *key);
struct duo_pubkey key_public(const struct key *key);
/* Signs a SHA-256 hash; the length of the signature. */
size_t key_sign_der(const struct key *key, const uint8_t hash[DUO_HASH_SIZE],
                    uint8_t sig[DUO_SIG_MAX]);
void key_sign_raw(const struct key *key, const uint8_t hash[DUO_HASH_SIZE],
                  uint8_t sig[DUO_RAW_SIG_SIZE]);

struct buffer image_build(const struct image_spec *spec, const uint8_t *payload,
                          size_t payload_size, const struct key *key);
/* What a manifest says about an image file; its size and hash where the bundle has it. */
struct duo_manifest_image manifest_entry(const struct buffer *file, bool present);
struct buffer bundle_build(struct duo_manifest *m, const struct buffer files[DUO_CORES],
                           const struct key *key);

#endif
