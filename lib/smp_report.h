/* SPDX-License-Identifier: MIT */
/* How the device is, in the words of our own group of SMP commands (docs/protocols.md): the same
 * from recovery and from a running application. */
#ifndef DUO_LIB_SMP_REPORT_H
#define DUO_LIB_SMP_REPORT_H

#include "core/base/ids.h"
#include "core/txn/set.h"
#include "core/txn/txn.h"
#include "proto/smp.h"

#define SMP_VERSION_TEXT sizeof(((struct duo_smp_image *)0)->version)

/* "1.2.3", or "1.2.3.4" when there is a build number. */
void smp_version_text(const struct duo_version *v, char *text);

/* An image as a client sees it; what is not said here is false. */
void smp_name_image(struct duo_smp_image *image, unsigned core, uint32_t slot,
                    const struct duo_version *version, const uint8_t hash[DUO_HASH_SIZE]);

/* The other set's image for a core; false: there is none. The manifest is the other set's. */
bool smp_name_other(struct duo_smp_image *image, unsigned core, const struct duo_other_set *other,
                    const struct duo_manifest *m);

#define SMP_SLOTS 4u /* two of each core */

/* The slots of this device, image by image. */
void smp_fill_slots(struct duo_smp_slot slots[SMP_SLOTS]);

/* What lies in a slot of a core; false: nothing that is known. */
typedef bool smp_in_slot(unsigned core, unsigned slot, struct duo_smp_image *image);
/* The images of all slots, in that order; how many there are. */
unsigned smp_list_images(smp_in_slot *in_slot, struct duo_smp_image *list);
bool smp_find_image(smp_in_slot *in_slot, const uint8_t hash[DUO_SMP_HASH],
                    struct duo_smp_image *image);

/* Adds the pairs of an answer to DUO_SMP_STATUS that tell of sets and failures. */
void smp_put_report(const struct duo_report *report, struct duo_cbor_out *out);

/* Adds the pairs of an answer to DUO_SMP_LOG. */
void smp_put_log(const struct duo_journal *journal, struct duo_cbor_out *out);

#endif
