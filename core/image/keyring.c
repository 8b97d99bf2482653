/* SPDX-License-Identifier: MIT */
#include "core/image/keyring.h"

#include <string.h>

uint32_t duo_key_id(const struct duo_pubkey *key)
{
    uint8_t hash[DUO_HASH_SIZE];

    duo_pubkey_hash(key, hash);
    return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
}

struct duo_trust duo_trust_one(struct duo_keyring *ring, const struct duo_pubkey *key)
{
    memset(ring, 0, sizeof(*ring));
    ring->count = 1;
    ring->keys[0].pub = *key;
    ring->keys[0].role = DUO_KEY_RELEASE;
    return (struct duo_trust){.ring = ring};
}

/* A ring that comes out of a file or from another program may say anything. */
unsigned duo_ring_count(const struct duo_keyring *ring)
{
    return ring->count < DUO_KEYS_MAX ? ring->count : DUO_KEYS_MAX;
}

unsigned duo_ring_by_id(const struct duo_keyring *ring, uint32_t key_id)
{
    for (unsigned i = 0; i < duo_ring_count(ring); i++) {
        if (duo_key_id(&ring->keys[i].pub) == key_id) {
            return i;
        }
    }
    return DUO_KEYS_MAX;
}

unsigned duo_ring_by_hash(const struct duo_keyring *ring, const uint8_t keyhash[DUO_HASH_SIZE])
{
    uint8_t hash[DUO_HASH_SIZE];

    for (unsigned i = 0; i < duo_ring_count(ring); i++) {
        duo_pubkey_hash(&ring->keys[i].pub, hash);
        if (memcmp(hash, keyhash, sizeof(hash)) == 0) {
            return i;
        }
    }
    return DUO_KEYS_MAX;
}

enum duo_status duo_trust_permits(const struct duo_trust *trust, unsigned number, uint32_t counter)
{
    const struct duo_trusted_key *key = &trust->ring->keys[number];

    if (number >= duo_ring_count(trust->ring)) {
        return DUO_E_KEY;
    }
    if (key->refused != 0) {
        return DUO_E_KEY_ROLE;
    }
    if (trust->revoked >> number & 1u) {
        return DUO_E_KEY_REVOKED;
    }
    return counter < key->floor ? DUO_E_KEY_FLOOR : DUO_OK;
}

bool duo_revocation_sane(const struct duo_revocation *r)
{
    bool sane = true;

    for (unsigned i = 1; i < DUO_REVOKED_MAX; i++) {
        sane &= r->key_id[i] == 0 || r->key_id[i] > r->key_id[i - 1];
        sane &= r->key_id[i] == 0 || r->key_id[i - 1] != 0;
    }
    return sane;
}

uint32_t duo_revocation_mask(const struct duo_keyring *ring, const struct duo_revocation *r)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < DUO_REVOKED_MAX && r->key_id[i] != 0; i++) {
        const unsigned number = duo_ring_by_id(ring, r->key_id[i]);

        mask |= number == DUO_KEYS_MAX ? 0 : 1u << number;
    }
    return mask;
}

enum duo_status duo_trust_revocation(const struct duo_trust *trust, const struct duo_revocation *r,
                                     unsigned signer)
{
    const uint32_t mask = duo_revocation_mask(trust->ring, r);

    if (!duo_revocation_any(r)) {
        return DUO_OK;
    }
    if (signer >= duo_ring_count(trust->ring)) {
        return DUO_E_KEY;
    }
    if (trust->ring->keys[signer].role != DUO_KEY_RELEASE) {
        return DUO_E_KEY_ROLE;
    }
    if (mask >> signer & 1u) {
        return DUO_E_REVOKES_SIGNER;
    }
    return (trust->revoked & ~mask) != 0 ? DUO_E_REVOCATION_ORDER : DUO_OK;
}

/* 0 when both are the same. `volatile`: each byte is read where it lies, now. */
static uint32_t differs(const volatile uint8_t *a, const volatile uint8_t *b)
{
    uint32_t sum = 0, i = 0;

    for (; i < DUO_SCALAR_SIZE; i++) {
        sum |= (uint32_t)(a[i] ^ b[i]);
    }
    return sum | (i ^ DUO_SCALAR_SIZE); /* a loop that was left early is a difference */
}

uint32_t duo_trust_objects(const struct duo_trust *trust, const uint8_t key_x[DUO_SCALAR_SIZE],
                           uint32_t counter)
{
    const unsigned count = duo_ring_count(trust->ring);
    uint32_t least = UINT32_MAX;

    for (unsigned i = 0; i < count; i++) {
        const struct duo_trusted_key *key = &trust->ring->keys[i];
        const uint32_t below = counter < key->floor ? 1u : 0u;
        const uint32_t sum =
            differs(key->pub.xy, key_x) | key->refused | (trust->revoked >> i & 1u) | below;

        least = sum < least ? sum : least;
    }
    return least;
}

uint32_t duo_trust_objects_second(const struct duo_trust *trust,
                                  const uint8_t key_x[DUO_SCALAR_SIZE], const void *message,
                                  size_t len, const uint8_t sig[DUO_LMS_SIG_SIZE],
                                  const struct duo_lms_proof *proof)
{
    const unsigned count = duo_ring_count(trust->ring);
    uint32_t least = UINT32_MAX;

    for (unsigned i = 0; i < count; i++) {
        const struct duo_lms_key *key = &trust->lms->keys[i];
        uint8_t digest[DUO_HASH_SIZE];

        memset(digest, (uint8_t)~DUO_NO_PROOF, sizeof(digest));
        duo_lms_digest(key, message, len, sig, digest);
        const uint32_t sum = differs(trust->ring->keys[i].pub.xy, key_x) |
                             differs(key->root, proof->root) | differs(digest, proof->digest) |
                             (duo_lms_steps(digest) ^ proof->steps);
        least = sum < least ? sum : least;
    }
    return least;
}
