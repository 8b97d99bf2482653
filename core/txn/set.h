/* SPDX-License-Identifier: MIT */
/*
 * Verifying a whole set where it lies: both images by their signatures, and both against the one
 * manifest that binds them.
 */
#ifndef DUO_CORE_SET_H
#define DUO_CORE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/txn.h"

/* Which of the two sets that a device can hold. */
enum duo_standing { DUO_STANDING_CURRENT, DUO_STANDING_OTHER };

struct duo_set_verdict {
    bool known;             /* false: nobody has looked */
    enum duo_status status; /* OK: both images verify and belong together */
    enum duo_core core;     /* whose image is wrong, when status is not OK */
    bool unnamed;           /* the set's manifest cannot be read: each image verified by itself */
    uint32_t counter;       /* the rest is valid when status is OK */
    uint8_t trial_boots;
    uint16_t trial_time_s;
    bool m4_by_m7;
    uint32_t revokes; /* bit n: key n, when the set is confirmed */
    uint8_t sectors[DUO_CORES];
    struct duo_image image[DUO_CORES];
    struct duo_manifest_proof proof;    /* of the manifest's signatures, if it has any */
    uint32_t from[DUO_CORES];           /* where each image was read */
    uint8_t manifest[DUO_MANIFEST_MAX]; /* room to verify it in: too large for an application's
                                           stack */
};

/* Is this verified image made for this hardware, as far as it says so and the device asks? HARDWARE
 * if not. */
enum duo_status duo_device_admits(const struct duo_device *dev, const struct duo_image *image);

/* Where an image lies, sector by sector. For reading only. */
struct duo_placement {
    const struct duo_flash *flash;
    uint32_t sector_size;
    uint32_t sector[DUO_SLOT_SECTORS_MAX]; /* addresses; 0 = not part of the image */
};

/* The application slot as it is, and a set's image for a core. */
void duo_placement_app(struct duo_placement *place, const struct duo_device *dev,
                       enum duo_core core);
void duo_placement_set(struct duo_placement *place, const struct duo_txn *txn,
                       enum duo_standing standing, enum duo_core core);
/* Unreadable words give DUO_E_READ. `place` must outlive the reader. */
struct duo_reader duo_placement_reader(struct duo_placement *place);

/* Sectors that an image of these sizes uses. */
uint8_t duo_image_sectors(const struct duo_device *dev, const struct duo_locator *loc);

/* Finds and verifies the image that the manifest names for `core`. Besides the errors of
 * duo_slot_verify(): MISMATCH (another image is there), NO_IMAGE. A manifest whose own signature
 * has been checked (`trusted`) signs for the hash it names, and for the pair: then the image's
 * signature would add nothing but 11 million instructions. */
enum duo_status duo_placement_verify(struct duo_placement *place, const struct duo_device *dev,
                                     enum duo_core core, const struct duo_manifest *m, bool trusted,
                                     struct duo_image *image, struct duo_locator *loc);

/* What the state says of a set. */
const struct duo_set_ref *duo_txn_set(const struct duo_txn *txn, enum duo_standing standing);

/* What the state tells of the other set; false: there is none. */
struct duo_other_set {
    bool differs[DUO_CORES]; /* has it its own image for this core, or shares it? */
    bool confirmed, pending; /* pending: the next boots exchange the sets */
    bool for_good;           /* ... and it is not tried first */
};
bool duo_txn_other_set(const struct duo_txn *txn, struct duo_other_set *other);

/* The head of the manifest that the journal holds, as it is written there: nothing is verified. */
enum duo_status duo_txn_read_manifest(const struct duo_txn *txn, enum duo_standing standing,
                                      uint8_t bytes[DUO_MANIFEST_SIZE], struct duo_manifest *m);

/* Decoded manifest of a set as the journal has it; its signature is checked unless the set came
 * from the factory. NO_IMAGE: there is no such set; JOURNAL: the journal's copy cannot be read;
 * MALFORMED, and those of duo_manifest_prove(). Takes the stack of a whole manifest. */
enum duo_status duo_set_manifest(const struct duo_txn *txn, enum duo_standing standing,
                                 struct duo_manifest *m);
/* The same, in room of the caller's for that. */
enum duo_status duo_set_manifest_in(const struct duo_txn *txn, enum duo_standing standing,
                                    uint8_t bytes[DUO_MANIFEST_MAX], struct duo_manifest *m);
/* The verdict on a set that the journal names. With an EMPTY journal DUO_STANDING_CURRENT is the
 * factory set: two valid images, whichever they are; so it is when the journal has lost the
 * manifest of the current set, and no exchange is under way. */
void duo_set_verify(const struct duo_txn *txn, enum duo_standing standing,
                    struct duo_set_verdict *verdict);

/* The highest security counter of an image in the application slots that verifies by itself: all
 * that is left of it when the journal is lost. */
uint32_t duo_set_counter_floor(const struct duo_device *dev);

/* The keys that these images say are revoked, as bits: the same for want of a journal. An image
 * costs its verification only if it says so. */
uint32_t duo_set_revoked_floor(const struct duo_device *dev);

/* A manifest for a factory set, unsigned (signature zero), so that it can be recognised later. */
enum duo_status duo_set_factory_manifest(const struct duo_set_verdict *verdict,
                                         uint8_t bytes[DUO_MANIFEST_SIZE]);

#endif
