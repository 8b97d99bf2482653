/* SPDX-License-Identifier: MIT */
/*
 * The public keys that a bootloader trusts, and for what. The ring is made by the build; which of
 * its keys are revoked by now is what the device remembers. docs/howto/keys.md says how they are
 * used.
 */
#ifndef DUO_CORE_KEYRING_H
#define DUO_CORE_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/crypto.h"
#include "core/image/lms.h"

#define DUO_KEYS_MAX 8u

enum duo_key_role {
    DUO_KEY_RELEASE = 1,
    DUO_KEY_DEVELOPMENT = 2 /* taken by no build for production, and revokes nothing */
};

/* Of fixed size and without gaps: `duoboot info` reads it out of a binary. */
struct duo_trusted_key {
    struct duo_pubkey pub;
    uint32_t floor;   /* lowest security counter of what it may sign */
    uint32_t role;    /* enum duo_key_role */
    uint32_t refused; /* 1: this build takes nothing that is signed by it */
};

/* A key's place is its number: the same in all bootloaders of a product, for good. */
struct duo_keyring {
    uint32_t count;
    struct duo_trusted_key keys[DUO_KEYS_MAX];
};

_Static_assert(sizeof(struct duo_keyring) == 4u + DUO_KEYS_MAX * 76u, "the ring has no gaps");

/* The keys of second signatures, by the numbers of the ring: both signatures of a manifest are by
 * one number, and what is said of it counts for both. */
struct duo_lms_ring {
    struct duo_lms_key keys[DUO_KEYS_MAX];
};

struct duo_trust {
    const struct duo_keyring *ring;
    uint32_t revoked; /* bit n: key n. What the device remembers; 0 where nothing does */
    const struct duo_lms_ring *lms; /* demanded; NULL: none is */
    bool passes_second; /* without `lms`: a second signature is passed over. For tools that were not
                           given its key; a device refuses what it cannot verify */
};

/*
 * Keys that are revoked, by their key ids: all of them, not only those that have come last, in
 * ascending order and then zeros. Part of a manifest, and of an image.
 */
#define DUO_REVOKED_MAX 6u
struct duo_revocation {
    uint32_t key_id[DUO_REVOKED_MAX];
};

/* The first four bytes of the key's KEYHASH, as a number that prints in their order. */
uint32_t duo_key_id(const struct duo_pubkey *key);

/* A ring of this release key alone, without a floor; what to trust then. */
struct duo_trust duo_trust_one(struct duo_keyring *ring, const struct duo_pubkey *key);

unsigned duo_ring_count(const struct duo_keyring *ring);

/* The number of a key; DUO_KEYS_MAX when the ring has none like that. */
unsigned duo_ring_by_id(const struct duo_keyring *ring, uint32_t key_id);
unsigned duo_ring_by_hash(const struct duo_keyring *ring, const uint8_t keyhash[DUO_HASH_SIZE]);

/* May key `number` sign something with this security counter? Errors: KEY (there is no such key),
 * KEY_ROLE, KEY_REVOKED, KEY_FLOOR. */
enum duo_status duo_trust_permits(const struct duo_trust *trust, unsigned number, uint32_t counter);

/* Are these in order, and each once? None at all is, too. */
bool duo_revocation_sane(const struct duo_revocation *r);
static inline bool duo_revocation_any(const struct duo_revocation *r)
{
    return r->key_id[0] != 0;
}

/* Bit n: key n of the ring is named. Keys that are not in the ring are not trusted anyway. */
uint32_t duo_revocation_mask(const struct duo_keyring *ring, const struct duo_revocation *r);

/*
 * May a set that key `signer` has signed bring this? It never names its signer, so there is always
 * a key left that can update the device. Errors: KEY_ROLE (a development key revokes nothing),
 * REVOKES_SIGNER, REVOCATION_ORDER (a key that is revoked already is not named: this was made
 * before).
 */
enum duo_status duo_trust_revocation(const struct duo_trust *trust, const struct duo_revocation *r,
                                     unsigned signer);

/* The same without a branch that decides, for core/txn/release.h: 0 exactly when a key with this X
 * is in the ring and may sign that. */
uint32_t duo_trust_objects(const struct duo_trust *trust, const uint8_t key_x[DUO_SCALAR_SIZE],
                           uint32_t counter);

/* The same of a second signature: 0 exactly when `proof` is what the key with this X, of the ring,
 * asks of these bytes and this signature. */
uint32_t duo_trust_objects_second(const struct duo_trust *trust,
                                  const uint8_t key_x[DUO_SCALAR_SIZE], const void *message,
                                  size_t len, const uint8_t sig[DUO_LMS_SIG_SIZE],
                                  const struct duo_lms_proof *proof);

#endif
