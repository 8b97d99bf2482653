/* SPDX-License-Identifier: MIT */
/* What the parts of a download share: download.c, download_work.c, download_images.c, mend.c. Not
 * for others. */
#ifndef DUO_CORE_DOWNLOAD_PARTS_H
#define DUO_CORE_DOWNLOAD_PARTS_H

#include "core/txn/download.h"

/* Units of progress that an image counts; 0 if it is not in the bundle. */
uint32_t duo_download_units(const struct duo_download *d, enum duo_core core);
/* Where an image's META begins in its slot. */
uint32_t duo_download_meta(const struct duo_manifest_image *image);
/* After the manifest is verified: the size of a block. */
void duo_download_choose_block(struct duo_download *d);
/* Sets core, pos and taken by the progress in the state. */
void duo_download_place(struct duo_download *d);
/* Bytes of what lies before META that the record says are complete. */
uint32_t duo_download_body_done(const struct duo_download *d);
enum duo_status duo_download_mend(struct duo_download *d, unsigned *erases);

/* Records that what `raw` names arrives from now on, so that there is no other set. */
enum duo_status duo_download_record_begin(struct duo_download *d, struct duo_state *next);

/* ---- Images without a manifest ---- */

/* Does an image begin with this byte, not a bundle? */
bool duo_download_begins_image(const struct duo_download *d, uint8_t first);
/* As duo_download_put(), into RAM. */
enum duo_status duo_download_collect(struct duo_download *d, const uint8_t *data, uint32_t len,
                                     uint32_t *used);
/* CHECK of an image that lies in RAM whole. */
enum duo_status duo_download_check_image(struct duo_download *d);
/* `manifest` from `raw`: of its images, those that this state has still to get. */
enum duo_status duo_download_read_set(struct duo_download *d, const struct duo_state *s);

/* Erases the sector of the bootloaders and copies the one that stays. BUSY without an erase. */
enum duo_status duo_download_prepare_boot(struct duo_download *d, unsigned *erases);
/* The progress at which all has arrived. */
uint32_t duo_download_last(const struct duo_download *d);

#endif
