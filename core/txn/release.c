/* SPDX-License-Identifier: MIT */
#include "core/txn/release.h"

#include <string.h>

#include "core/image/manifest.h"
#include "core/txn/set.h"

void duo_release_nothing(struct duo_boot *boot)
{
    duo_manifest_no_proof(&boot->proof);
    for (unsigned c = 0; c < DUO_CORES; c++) {
        memset(boot->image[c].read_hash, DUO_NO_PROOF, sizeof(boot->image[c].read_hash));
        duo_ecdsa_no_proof(&boot->image[c].proof);
    }
}

/* A set whose signed manifest vouches for both images; else each image does by its own signature.
 */
static bool has_manifest(const struct duo_txn *txn, const struct duo_boot *boot)
{
    const struct duo_set_ref *ref = duo_txn_set(txn, DUO_STANDING_CURRENT);

    return txn->journal.content == DUO_JOURNAL_OK && ref->present && !ref->factory &&
           !boot->unnamed;
}

/* The manifest as the journal has it now, or nothing that could be one. */
static void read_manifest(const struct duo_txn *txn, uint8_t bytes[DUO_MANIFEST_MAX])
{
    memset(bytes, (uint8_t)~DUO_NO_PROOF, DUO_MANIFEST_MAX);
    if (duo_journal_get_manifest(&txn->journal, duo_txn_set(txn, DUO_STANDING_CURRENT)->manifest,
                                 bytes) != DUO_OK) {
        memset(bytes, (uint8_t)~DUO_NO_PROOF, DUO_MANIFEST_MAX);
    }
}

/* ---- First: word by word ---- */

/* 0 if both are the same. `volatile`: each byte is read where it lies, now. */
static uint32_t differences(const volatile uint8_t *a, const volatile uint8_t *b, uint32_t len)
{
    uint32_t sum = 0, i = 0;

    for (; i < len; i++) {
        sum |= (uint32_t)(a[i] ^ b[i]) << 8 * (i % 4u);
    }
    return sum | (i ^ len); /* a loop that was left early is a difference */
}

/* 0 as well where no second signature is demanded. */
static uint32_t second_differs(const struct duo_trust *trust, const struct duo_boot *boot,
                               const uint8_t *bytes)
{
    if (!DUO_LMS || !trust->lms) {
        return 0;
    }
    return duo_trust_objects_second(trust, boot->proof.ecdsa.key_x, bytes, DUO_MANIFEST_SIGNED_SIZE,
                                    bytes + DUO_MANIFEST_SIZE, &boot->proof.second);
}

static uint32_t manifest_differs(const struct duo_txn *txn, const struct duo_boot *boot)
{
    uint8_t bytes[DUO_MANIFEST_MAX], hash[DUO_HASH_SIZE];
    uint32_t sum = 0;

    memset(hash, (uint8_t)~DUO_NO_PROOF, sizeof(hash));
    read_manifest(txn, bytes);
    duo_sha256_of(bytes, DUO_MANIFEST_SIGNED_SIZE, hash);
    sum |= differences(hash, boot->proof.ecdsa.hash, DUO_HASH_SIZE);
    sum |= differences(bytes + DUO_MANIFEST_SIGNED_SIZE, boot->proof.ecdsa.r, DUO_SCALAR_SIZE);
    sum |= duo_trust_objects(txn->dev->trust, boot->proof.ecdsa.key_x, duo_manifest_counter(bytes));
    sum |= second_differs(txn->dev->trust, boot, bytes);
    for (unsigned c = 0; c < DUO_CORES; c++) {
        sum |= differences(duo_manifest_image_hash(bytes, (enum duo_core)c),
                           boot->image[c].read_hash, DUO_HASH_SIZE);
    }
    return sum;
}

static uint32_t signature_differs(const struct duo_trust *trust, const struct duo_image *image)
{
    uint8_t r[DUO_SCALAR_SIZE];

    memset(r, (uint8_t)~DUO_NO_PROOF, sizeof(r));
    (void)duo_ecdsa_der_r(image->sig, image->sig_len, r);
    return differences(image->read_hash, image->proof.hash, DUO_HASH_SIZE) |
           differences(r, image->proof.r, DUO_SCALAR_SIZE) |
           duo_trust_objects(trust, image->proof.key_x, duo_image_counter(image));
}

uint32_t duo_release_first(const struct duo_txn *txn, const struct duo_boot *boot)
{
    volatile uint32_t sum = DUO_RELEASE_SECOND;
    uint32_t cores = 0;

    if (has_manifest(txn, boot)) {
        sum = manifest_differs(txn, boot);
    } else {
        sum = signature_differs(txn->dev->trust, &boot->image[DUO_CM7]) |
              signature_differs(txn->dev->trust, &boot->image[DUO_CM4]) |
              (txn->dev->trust->lms ? UINT32_MAX : 0); /* images have one signature */
    }
    for (; cores < DUO_CORES; cores++) {
        sum |= boot->from[cores] ^ txn->dev->slots[cores]->run_base;
    }
    return DUO_RELEASE_FIRST ^ (sum | (cores ^ DUO_CORES));
}

/* ---- Second: one hash over all that was computed, one over all that should have been ---- */

struct account {
    uint8_t hash[DUO_CORES][DUO_HASH_SIZE]; /* over each image */
    uint8_t signed_hash[DUO_CORES][DUO_HASH_SIZE];
    uint8_t r[DUO_CORES][DUO_SCALAR_SIZE];
    uint8_t key_x[DUO_CORES][DUO_SCALAR_SIZE];
    struct duo_lms_proof second;
    uint32_t from[DUO_CORES];
};

static void computed(const struct duo_boot *boot, bool by_manifest, struct account *a)
{
    for (unsigned c = DUO_CORES; c-- > 0;) {
        const struct duo_ecdsa_proof *proof =
            by_manifest ? &boot->proof.ecdsa : &boot->image[c].proof;

        memcpy(a->hash[c], boot->image[c].read_hash, DUO_HASH_SIZE);
        memcpy(a->signed_hash[c], proof->hash, DUO_HASH_SIZE);
        memcpy(a->r[c], proof->r, DUO_SCALAR_SIZE);
        memcpy(a->key_x[c], proof->key_x, DUO_SCALAR_SIZE);
        a->from[c] = boot->from[c];
    }
    a->second = boot->proof.second;
}

/* The X that the proof has, if it is that of a key that may sign this. */
static void due_key(const struct duo_trust *trust, const uint8_t found[DUO_SCALAR_SIZE],
                    uint32_t counter, uint8_t due[DUO_SCALAR_SIZE])
{
    for (unsigned i = duo_ring_count(trust->ring); i-- > 0;) {
        const uint8_t *x = trust->ring->keys[i].pub.xy;

        if (memcmp(x, found, DUO_SCALAR_SIZE) == 0 &&
            duo_trust_permits(trust, i, counter) == DUO_OK) {
            memcpy(due, x, DUO_SCALAR_SIZE);
        }
    }
}

/* What is due of the second signature, by the key of the same number. Where none is demanded, that
 * there is no proof. */
static void due_second(const struct duo_trust *trust, const struct duo_boot *boot,
                       const uint8_t *bytes, struct duo_lms_proof *due)
{
    if (!DUO_LMS || !trust->lms) {
        duo_lms_no_proof(due);
        return;
    }
    for (unsigned i = duo_ring_count(trust->ring); i-- > 0;) {
        if (memcmp(trust->ring->keys[i].pub.xy, boot->proof.ecdsa.key_x, DUO_SCALAR_SIZE) == 0) {
            duo_lms_digest(&trust->lms->keys[i], bytes, DUO_MANIFEST_SIGNED_SIZE,
                           bytes + DUO_MANIFEST_SIZE, due->digest);
            memcpy(due->root, trust->lms->keys[i].root, sizeof(due->root));
            due->steps = duo_lms_steps(due->digest);
        }
    }
}

static void due_by_manifest(const struct duo_txn *txn, const struct duo_boot *boot,
                            struct account *a)
{
    uint8_t bytes[DUO_MANIFEST_MAX];

    read_manifest(txn, bytes);
    due_second(txn->dev->trust, boot, bytes, &a->second);
    for (unsigned c = DUO_CORES; c-- > 0;) {
        memcpy(a->hash[c], duo_manifest_image_hash(bytes, (enum duo_core)c), DUO_HASH_SIZE);
        duo_sha256_of(bytes, DUO_MANIFEST_SIGNED_SIZE, a->signed_hash[c]);
        memcpy(a->r[c], bytes + DUO_MANIFEST_SIGNED_SIZE, DUO_SCALAR_SIZE);
        due_key(txn->dev->trust, boot->proof.ecdsa.key_x, duo_manifest_counter(bytes), a->key_x[c]);
    }
}

/* The image's own signature is over its own hash: `hash` is what its TLV names. */
static void due_by_images(const struct duo_trust *trust, const struct duo_boot *boot,
                          struct account *a)
{
    if (!trust->lms) {
        duo_lms_no_proof(&a->second);
    }
    for (unsigned c = DUO_CORES; c-- > 0;) {
        const struct duo_image *image = &boot->image[c];

        memcpy(a->hash[c], image->hash, DUO_HASH_SIZE);
        memcpy(a->signed_hash[c], image->hash, DUO_HASH_SIZE);
        (void)duo_ecdsa_der_r(image->sig, image->sig_len, a->r[c]);
        due_key(trust, image->proof.key_x, duo_image_counter(image), a->key_x[c]);
    }
}

uint32_t duo_release_second(const struct duo_txn *txn, const struct duo_boot *boot)
{
    struct account found, due;
    uint8_t digest[2][DUO_HASH_SIZE];
    uint32_t sum = 0;

    memset(digest[0], 0, DUO_HASH_SIZE);
    memset(digest[1], 0xFF, DUO_HASH_SIZE);
    memset(&found, DUO_NO_PROOF, sizeof(found));
    memset(&due, (uint8_t)~DUO_NO_PROOF, sizeof(due));
    computed(boot, has_manifest(txn, boot), &found);
    if (has_manifest(txn, boot)) {
        due_by_manifest(txn, boot, &due);
    } else {
        due_by_images(txn->dev->trust, boot, &due);
    }
    due.from[DUO_CM7] = txn->dev->map->app[DUO_CM7];
    due.from[DUO_CM4] = txn->dev->map->app[DUO_CM4];
    duo_sha256_of(&found, sizeof(found), digest[0]);
    duo_sha256_of(&due, sizeof(due), digest[1]);
    for (unsigned i = DUO_HASH_SIZE; i-- > 0;) {
        sum = (sum << 5 | sum >> 27) | (uint32_t)(digest[0][i] ^ digest[1][i]);
    }
    return DUO_RELEASE_SECOND ^ sum;
}
