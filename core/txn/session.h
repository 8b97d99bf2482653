/* SPDX-License-Identifier: MIT */
/*
 * Receiving an update into the staging slots, from the bootloader's recovery or from the M7
 * application: a bundle, or signed images without a manifest.
 *
 * Nothing is erased, written or given up before what arrives is authenticated. A bundle streams:
 * its signed manifest comes first, and binds the rest. An image's signature is at its end, so an
 * image is collected in a buffer in RAM and verified there; without a buffer images are refused.
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
#include "core/txn/staging.h"
#include "core/txn/txn.h"

/* Images without a manifest. */
struct duo_session_images {
    uint8_t *buffer; /* NULL: none is taken */
    uint32_t size;   /* of the buffer */
    uint32_t fill;   /* bytes of the image that is arriving */
    bool arriving;
    enum duo_core core; /* of that image, from its ninth payload byte on */
    bool core_known;
    bool accepted; /* the image that came last is verified; only the flash may refuse it now */
    bool have[DUO_CORES];          /* in the staging slot, verified */
    struct duo_set_verdict formed; /* what the set is made of */
};

/* About 11 KiB, most of it in `staging`. Private. */
struct duo_session {
    struct duo_txn *txn;
    struct duo_bundle bundle;
    struct duo_staging staging;
    struct duo_clearing clearing; /* for a bundle */
    struct duo_session_images images;
    uint32_t taken; /* bytes so far */
    uint8_t stage;
    bool single;    /* images arrive, not a bundle */
    bool writing;   /* the bundle's image arriving is to be written */
    bool authentic; /* what arrives is signed by our key */
    enum duo_status failed;
};

/* Starts to receive. Touches no flash. The previous (or staged) set stays available until the
 * bundle's manifest, or the first image, has been authenticated and accepted. STATE when a trial or
 * an exchange stands in the way (see duo_txn_cannot_start()). */
enum duo_status duo_session_begin(struct duo_session *s, struct duo_txn *txn);

/* After begin: gives the session `size` bytes of RAM to collect an image in, which stay its own to
 * the end. Needed for single images only; an image larger than this is refused (TOO_LARGE). */
void duo_session_use_buffer(struct duo_session *s, uint8_t *buffer, uint32_t size);

/*
 * The next bytes of the file, in order; any length. Of a bundle: returns after they are in flash or
 * buffered; may wait for sector erases (1 to 4 s each, flash->idle is called). Of an image: copies
 * them, unless they lie in the session's buffer at their place already. Bytes after the end of the
 * bundle or image (YMODEM padding, a trailer) are ignored. Errors end the session and are repeated
 * by later calls; what was running before is untouched. UNSUPPORTED for an image when there is no
 * buffer.
 */
enum duo_status duo_session_write(struct duo_session *s, const uint8_t *data, uint32_t len);

/*
 * The end of one file. A bundle is finished, as by duo_session_finish(). An image is verified in
 * the buffer (hash, signature, core, fit, hardware id, security counter), then written to its
 * staging slot and compared: up to 20 s with worn flash, 6 s usually. Another file may follow, for
 * the other core. Errors as of duo_session_write(), and TRUNCATED.
 */
enum duo_status duo_session_end_file(struct duo_session *s);

/* Is the image that came last verified, in RAM, and for this device? True from within
 * duo_session_end_file() on, while it is written. */
bool duo_session_accepted(const struct duo_session *s);

/*
 * Another image is to come in place of the present one: gives up what has arrived of that, and what
 * it was refused for. Also after duo_session_finish(), as long as only one core's image has come:
 * the set is formed once more then. False: nothing can be kept, begin a new session.
 */
bool duo_session_next_image(struct duo_session *s);

/* True after the first of two images: another file may follow. */
bool duo_session_wants_more(const struct duo_session *s);

/* Which core the image that is arriving is for; false: not known (yet), or a bundle arrives. */
bool duo_session_core(const struct duo_session *s, enum duo_core *core);

/* The set is recorded as STAGED. */
bool duo_session_staged(const struct duo_session *s);

/* All bytes have been given: verifies both images as they now lie in flash and records the set as
 * STAGED. TRUNCATED when something is missing; after images alone, NO_IMAGE when the device has no
 * image for the other core to go with. OK when it has been done already. After OK a reset installs
 * it. */
enum duo_status duo_session_finish(struct duo_session *s);

/* Gives up. What was running is untouched; if the download had begun, there is no other set now. */
void duo_session_abort(struct duo_session *s);

/* Has the download begun, so that there is no other set to go back to any more? */
bool duo_session_has_begun(const struct duo_session *s);

/* Has this core's image come without a bundle? Then *version is its version. */
bool duo_session_image(const struct duo_session *s, enum duo_core core,
                       struct duo_version *version);

/* Size of the whole bundle, 0 before the manifest has arrived; bytes received so far. */
uint32_t duo_session_total(const struct duo_session *s);
uint32_t duo_session_received(const struct duo_session *s);

#endif
