/* SPDX-License-Identifier: MIT */
/*
 * Images that come without a manifest, for core/txn/session.h and core/txn/download.h. An image's
 * signature is at its end, so it is collected in RAM and verified there before the flash is
 * touched. Nobody has signed the set that it forms, only each image.
 */
#ifndef DUO_CORE_SINGLE_H
#define DUO_CORE_SINGLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/set.h"

/* An image file begins with 0x96f3b83d, a bundle with "DUOB". */
#define DUO_SINGLE_FIRST_BYTE (DUO_IMAGE_MAGIC & 0xFFu)

/* The boots a set without a manifest is given to be confirmed in. */
#define DUO_SINGLE_TRIAL_BOOTS 3u

/* By its header, once that has come: can it be an image, and is there room for it in RAM? Errors:
 * those of duo_image_header_parse(), TOO_LARGE. */
enum duo_status duo_single_check_header(const uint8_t *bytes, uint32_t room);

/*
 * Which core it is for, as soon as the head of its vector table has come: *known says so. A second
 * image is for the core that has none yet (`have`); the first one may be for either. Errors: as
 * duo_slot_check_vectors() and duo_slot_fits().
 */
enum duo_status duo_single_find_core(const struct duo_device *dev, const bool have[DUO_CORES],
                                     const uint8_t *bytes, uint32_t fill, enum duo_core *core,
                                     bool *known);

/* Is the whole image ours, and for this device, whose security counter is `counter`? Changes
 * nothing. *authentic: it is signed by a key that may. */
enum duo_status duo_single_authenticate(const struct duo_device *dev, enum duo_core core,
                                        const uint8_t *bytes, uint32_t size, uint32_t counter,
                                        bool *authentic, struct duo_image *image);

/* The image that the current set has for a core, verified again: it is to run in another set. Its
 * counter is that of the set it came with, if that is higher. */
enum duo_status duo_single_keep(const struct duo_txn *txn, enum duo_core core,
                                struct duo_set_verdict *formed, uint32_t *counter);

#endif
