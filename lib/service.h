/* SPDX-License-Identifier: MIT */
/* What duo_service() is made of. Not for applications. */
#ifndef DUO_LIB_SERVICE_H
#define DUO_LIB_SERVICE_H

#include "core/txn/txn.h"

/* M7: the journal's one handle, opened at the first call; NULL when not started by the bootloader.
 * 10 ms the first time, for 8192 word reads. */
struct duo_txn *library_txn(void);

/* M7: the lock for writing flash. False: somebody else has it. */
bool library_lock(void);
void library_unlock(void);

/* M7: the manifest of the set that the session has received whole, or of an image that it has
 * verified; NULL: there is none. */
const struct duo_manifest *update_manifest(void);

/* M7: is the session's bundle the one that begins with these bytes? */
bool update_is_of(const uint8_t manifest[DUO_MANIFEST_SIZE]);

/* M7: does that set come with an image of its own for this core? */
bool update_brings(enum duo_core core);

/* M7: an image without a manifest has to be for this core. */
void update_expect(enum duo_core core);

/* M7: is the session, resumed, about the image file with this hash? */
bool update_is_of_file(enum duo_core core, const uint8_t hash[DUO_HASH_SIZE]);

/* M7: the RAM that the application has given for images; NULL: none. */
uint8_t *update_buffer(uint32_t *size);

/* M7: answers what the M4 asks for. */
void update_serve(void);
/* M7: the event of the log that the M4 has asked for, if it has. */
void log_serve(void);

#endif
