/* SPDX-License-Identifier: MIT */
/* Signed images, sets and bundles for tests of the update transaction, of any geometry. */
#ifndef TESTS_TXN_SETS_H
#define TESTS_TXN_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "core/image/manifest.h"
#include "core/txn/txn.h"
#include "tests/txn/sim.h"

/* The signer: crypto_double.c or real_signer.c. */
void sign_make_key(struct duo_pubkey *key);
size_t sign_der(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_SIG_MAX]);
void sign_raw(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_RAW_SIG_SIZE]);

extern unsigned sign_checks; /* signatures that the device has verified; crypto_double.c only */

/* What to make for one core. */
struct image_spec {
    uint32_t payload; /* bytes */
    uint32_t seed;    /* images with different seeds differ */
    unsigned signer;  /* number in the device's ring */
    struct duo_revocation revokes;
    uint32_t needs;   /* seed of the oldest image of the other core that will do; 0: any */
    uint32_t counter; /* its own; 0: 1 */
    bool dense;       /* fill it; otherwise most words are blank, which makes simulations quick */
};

struct test_image {
    uint8_t *file; /* header, payload, TLVs */
    uint32_t file_size;
    uint8_t *slot; /* as it lies in a slot: payload, META */
    uint32_t slot_size;
    uint8_t hash[DUO_HASH_SIZE];
    uint32_t payload_size, hdr_size;
    struct duo_version version;
};

struct set_spec {
    struct image_spec image[DUO_CORES];
    bool keep[DUO_CORES]; /* not in the bundle: the device has it */
    uint32_t number;      /* version of the set and its images */
    uint32_t counter;
    uint8_t trial_boots;
    unsigned signer;               /* number in the device's ring */
    struct duo_revocation revokes; /* of the manifest */
    uint8_t boot_cores;            /* DUO_BOOT_*: it brings a bootloader */
    const uint8_t *boot;
    uint32_t boot_size;
};

struct test_set {
    struct set_spec spec;
    struct test_image image[DUO_CORES];
    uint8_t *bundle;
    uint32_t bundle_size;
};

#define TEST_HARDWARE   0x745u
#define TEST_TRIAL_TIME 30u /* seconds, in every manifest */

void set_make(struct test_set *set, const struct set_spec *spec, const struct duo_device *dev);
void set_free(struct test_set *set);

/* Puts both images into the application slots, as a probe would. */
void set_program(const struct test_set *set, struct sim *sim);

/* A map of small sectors at an address where no real slot is, and the slots that go with it. */
#define SMALL_SECTOR 4096u
extern const struct duo_map small_map;
extern const struct duo_slot small_slots[DUO_CORES];

/* The same with a swap of banks. */
extern const struct duo_map twin_map;
extern const struct duo_slot twin_slots[DUO_CORES];

#endif
