/* SPDX-License-Identifier: MIT */
/* Two keys, and an image of each core, for tests of core/image. */
#ifndef DUO_TESTS_CORE_FIXTURE_H
#define DUO_TESTS_CORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/core/build.h"

#define M7_PAYLOAD 1000u
#define M4_PAYLOAD 777u

struct fixture {
    struct key *key, *other_key;
    struct duo_pubkey pub, other_pub;
    struct duo_keyring ring, other_ring;
    struct duo_trust trust, other_trust; /* of these keys alone */
    struct buffer image[DUO_CORES];
    const struct duo_slot *slots[DUO_CORES];
    struct duo_manifest manifest;
};

/* cmocka group set-up and tear-down; *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A payload of `size` bytes with a good vector table for `core`; every byte differs between cores.
 */
void make_payload(enum duo_core core, uint8_t *payload, size_t size);

/* A signed image; spec may be NULL for the usual one (version 1.2.3+4, hdr_size 32, counter 5). */
struct buffer make_image(const struct fixture *f, enum duo_core core, size_t payload_size,
                         const struct image_spec *spec);

/* A manifest naming the images of the fixture that `present` selects; the others as unchanged. */
struct duo_manifest make_manifest(const struct fixture *f, const bool present[DUO_CORES]);

/* A bundle of the fixture's images, signed with `key`. */
struct buffer make_bundle(const struct fixture *f, const bool present[DUO_CORES],
                          const struct key *key);

/* The TLV value of `type` in an image file, or a failed test. */
uint8_t *find_tlv(const struct buffer *image, uint16_t type);

/* Replaces the hash and signature of a changed image. */
void resign(const struct fixture *f, struct buffer *image);

#endif
