/* SPDX-License-Identifier: MIT */
/*
 * Receiving an update into the staging slots, from the bootloader's recovery or from the M7
 * application: a bundle, or signed images without a manifest.
 *
 * Images alone form a set, too: two that were sent in one session, or one together with the image
 * that the current set has for the other core. Nobody has signed that combination, only each image,
 * so the set is bound by an unsigned manifest made here, as a factory set is. Its security counter
 * is that of the weaker image, and the rules of the transaction hold for it as for any other set.
 */
#ifndef DUO_CORE_SESSION_H
#define DUO_CORE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/bundle.h"
#include "core/txn/set.h"
#include "core/txn/txn.h"

/* About 10 KiB, most of it `meta`. Private. */
struct duo_session {
    struct duo_txn *txn;
    struct duo_bundle bundle;
    struct duo_slot_stream stream; /* of the image that is arriving */
    uint32_t taken;                /* bytes of the bundle so far */
    uint8_t stage;
    bool writing;           /* the image arriving is to be written (the device has not got it) */
    uint32_t erased;        /* sectors of its staging slot */
    uint32_t fill, word_at; /* bytes collected in word, and the word's offset in the slot */
    uint8_t word[DUO_WORD_SIZE];
    uint8_t meta[DUO_SLOT_META_SIZE];
    enum duo_status failed;
    /* Images without a manifest */
    bool single;                   /* that is what arrives */
    bool arriving, opened;         /* an image has begun; its place has been made ready */
    bool have[DUO_CORES];          /* complete and verified */
    struct duo_set_verdict formed; /* what the set is made of */
};

/* Starts to receive. Touches no flash. The previous (or staged) set stays available until the
 * bundle's manifest has been accepted. STATE when the journal cannot be written (never in
 * recovery). */
enum duo_status duo_session_begin(struct duo_session *s, struct duo_txn *txn);

/*
 * The next bytes of the bundle, in order; any length. Returns after they are in flash or
 * buffered; may wait for sector erases (1 to 4 s each, flash->idle is called). Authentication,
 * hardware id, sizes and security counter are checked before the first erase. Bytes behind the end
 * of the bundle (YMODEM padding) are ignored. Errors end the session and are repeated by later
 * calls; what was running before is untouched.
 */
enum duo_status duo_session_write(struct duo_session *s, const uint8_t *data, uint32_t len);

/*
 * The end of one file. A bundle is finished, as by duo_session_finish(). An image is verified where
 * it lies now: signature, hardware id, security counter; another file may follow, for the other
 * core. Errors as of duo_session_write(), and TRUNCATED.
 */
enum duo_status duo_session_end_file(struct duo_session *s);

/* May another file follow the one that has ended? After one image, yes. */
bool duo_session_wants_more(const struct duo_session *s);

/* The set is recorded as STAGED. */
bool duo_session_staged(const struct duo_session *s);

/* All bytes have been given: verifies both images as they now lie in flash and records the set as
 * STAGED. TRUNCATED when something is missing; after images alone, NO_IMAGE when the device has no
 * image for the other core to go with. OK when it has been done already. After OK a reset installs
 * it. */
enum duo_status duo_session_finish(struct duo_session *s);

/* Gives up. What was running is untouched; if the download had begun, there is no other set now. */
void duo_session_abort(struct duo_session *s);

/* Size of the whole bundle, 0 before the manifest has arrived; bytes received so far. */
uint32_t duo_session_total(const struct duo_session *s);
uint32_t duo_session_received(const struct duo_session *s);

#endif
