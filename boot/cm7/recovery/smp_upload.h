/* SPDX-License-Identifier: MIT */
/*
 * Files that come by SMP, into an update session: a set, or an image for one core at a time. What
 * comes is kept in a ring in RAM and acknowledged at once, so that the flash works while the next
 * piece is on its way; what decides whether a file is wanted at all is answered when it is known.
 *
 * Image 0 is the Cortex-M7's, image 1 the Cortex-M4's. A set is known by its first bytes, and is
 * sent as image 0 or 2.
 */
#ifndef DUO_BOOT_SMP_UPLOAD_H
#define DUO_BOOT_SMP_UPLOAD_H

#include "core/txn/session.h"
#include "proto/smp.h"

#define SMP_IMAGE_SET 2u

/* The session is shared with the other ways to send a file. */
void smp_upload_open(struct duo_session *session, struct duo_txn *txn);

/* The functions of struct duo_smp_ops. Upload only copies, but for the first piece of a file. */
enum duo_status smp_upload(void *ctx, const struct duo_smp_piece *piece,
                           struct duo_smp_taken *taken);
enum duo_status smp_uploaded(void *ctx, struct duo_smp_taken *taken);

/* May this be served while the flash works? It goes on with the file that is arriving. */
bool smp_upload_goes_on(void);

/* Does a piece of the work, which may take seconds; false: there is none. */
bool smp_upload_work(void);

/* True once after a file has come to its end, good or bad. */
bool smp_upload_settled(void);

/* Is there an image that has been verified, or is being written, and is in no set yet? */
bool smp_upload_unformed(void);
/* That image; NULL: this core has none. */
const struct duo_image *smp_upload_image(enum duo_core core);

/* Makes a set of the images that have come, and stages it. */
enum duo_status smp_upload_form(void);

/* Gives up what has come, unless it is a set already. */
void smp_upload_forget(void);

#endif
