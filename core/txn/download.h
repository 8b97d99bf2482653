/* SPDX-License-Identifier: MIT */
/*
 * Receiving a bundle in small pieces, as a running application does it, and going on after a reset.
 *
 * Compared with core/txn/session.h: no call but duo_download_work() takes longer than a few flash
 * words, and what has been received is kept in the journal. In return it takes bundles only, and
 * everything is erased before the first image byte.
 *
 * Progress. The image's header mostly lies after its payload (core/image/slot.h), but it arrives
 * first, so it is written to its place at once, and the rest of META when it comes. After each
 * DUO_DOWNLOAD_BLOCK bytes of payload one record says that all before is complete in flash. After a
 * reset the words after that record are not trusted, whatever they read like: the sectors they lie
 * in are put right by way of the spare sector ("mend", core/txn/mend.h), so that nothing that was
 * recorded has to be sent again.
 *
 * The progress is `step` of the state: 0 = what has been erased is not known. Else 1 + a number
 * that counts, for each image in the bundle, one unit for "begun", one for "header written", and
 * one for each block of payload that is complete. A bootloader counts as one, at its end, and is
 * sent again if it was cut. A block is DUO_DOWNLOAD_BLOCK bytes, or so many times two of that that
 * the number fits. Where mending stands is in `failures`.
 */
#ifndef DUO_CORE_DOWNLOAD_H
#define DUO_CORE_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/manifest.h"
#include "core/txn/set.h"
#include "core/txn/txn.h"

#ifndef DUO_DOWNLOAD_BLOCK /* tests have small sectors */
#define DUO_DOWNLOAD_BLOCK 4096u
#endif

enum duo_download_stage {
    DUO_DOWNLOAD_MANIFEST, /* the manifest arrives */
    DUO_DOWNLOAD_COLLECT,  /* an image without a manifest arrives in RAM */
    DUO_DOWNLOAD_CHECK,    /* work: verify it, and plan */
    DUO_DOWNLOAD_PREPARE,  /* work: erase */
    DUO_DOWNLOAD_MEND,     /* work: put right what a cut has left */
    DUO_DOWNLOAD_IMAGES,   /* the images arrive */
    DUO_DOWNLOAD_VERIFY, /* work: verify the set as it lies in flash; before a swap, complete it */
    DUO_DOWNLOAD_COMPLETE,
    DUO_DOWNLOAD_RELEASED,
    DUO_DOWNLOAD_FAILED
};

/* A flash word that fills up. */
struct duo_download_word {
    uint32_t at; /* its offset in the slot */
    uint32_t fill;
    uint8_t bytes[DUO_WORD_SIZE];
};

/* About 1 KiB. Private, but for what the functions tell. */
struct duo_download {
    struct duo_txn *txn;
    enum duo_download_stage stage;
    enum duo_status failed;
    bool resumed;
    uint8_t raw[DUO_MANIFEST_MAX];
    struct duo_manifest manifest;
    uint32_t taken;     /* bytes of the bundle */
    enum duo_core core; /* whose image arrives */
    bool boot;      /* after the images: the bootloader arrives, in words that `body` collects */
    uint32_t pos;   /* bytes of that image's file */
    uint32_t block; /* bytes of payload between two records */
    uint32_t units; /* of the images before it */
    struct duo_download_word body, meta;
    struct duo_state next;          /* to be recorded; not on an application's stack */
    uint8_t prepared;               /* sectors erased by PREPARE */
    uint8_t mended;                 /* sectors looked after by MEND */
    unsigned filled;                /* sectors copied by VERIFY (core/txn/swap.h) */
    struct duo_set_verdict verdict; /* of CHECK and VERIFY: too large for an application's stack */

    /* Images without a manifest (core/txn/download_images.c); then `taken` counts within one. */
    bool single;
    bool authentic;         /* the one in RAM is signed by our key */
    uint8_t *buffer;        /* RAM in which one is collected; NULL: none is taken */
    uint32_t room;          /* bytes of it */
    uint8_t only;           /* 0, or 1 + the core that the image has to be for */
    bool core_known;        /* `core` is that of the image in RAM */
    bool copying;           /* IMAGES gets its bytes from there */
    uint8_t whole;          /* bit n: core n's image, which came before, is in staging */
    struct duo_image fresh; /* the one in RAM, verified */
};

/* Starts with the bundle's first byte. Touches no flash. STATE: a set is on trial, an exchange is
 * under way, the journal cannot be used, or a new bootloader was confirmed and no reset has come
 * since. */
enum duo_status duo_download_begin(struct duo_download *d, struct duo_txn *txn);

/* Goes on with the download that the journal knows. NO_IMAGE: it knows none. */
enum duo_status duo_download_resume(struct duo_download *d, struct duo_txn *txn);

/*
 * Takes up to `len` bytes, at most as many as fill one flash word, and says in *used how many (0
 * unless bytes are wanted: MANIFEST, COLLECT, IMAGES; after the end all are taken and ignored).
 * Waits for at most three flash words and one record. Errors end the download.
 */
enum duo_status duo_download_put(struct duo_download *d, const uint8_t *data, uint32_t len,
                                 uint32_t *used);

/* After begin or resume: gives `size` bytes of RAM to collect an image without a manifest in.
 * Without it none is taken (UNSUPPORTED); one that is larger is refused (TOO_LARGE). */
void duo_download_use_buffer(struct duo_download *d, uint8_t *buffer, uint32_t size);

/* Of what comes an image without a manifest is taken for this core only (CORE). */
void duo_download_expect(struct duo_download *d, enum duo_core core);

/* COMPLETE after an image: another one is to come into the same set, for the other core. STATE:
 * not now, or both have come. */
enum duo_status duo_download_next_image(struct duo_download *d);

/* duo_download_put() has something to do, though no bytes come: a verified image is written. */
bool duo_download_copies(const struct duo_download *d);

/* Does the download bring this core's image? True when that is known and the image is verified, or
 * a bundle's manifest is. */
bool duo_download_brings(const struct duo_download *d, enum duo_core core);

/* Images come, not a bundle; the core of the one at hand. False also while it is not known. */
bool duo_download_is_image(const struct duo_download *d, enum duo_core *core);

/* The stage wants duo_download_work(). */
bool duo_download_wants_work(const struct duo_download *d);

/* Sectors that work has still to erase before bytes are wanted, as far as known. */
uint32_t duo_download_erases(const struct duo_download *d);

/*
 * Does what takes long, with at most *erases sector erases, and counts them down. BUSY: more erases
 * are needed. OK: the stage is another one. Errors end the download: as duo_manifest_verify(),
 * DOWNGRADE, and the verdict on the set as it lies in flash.
 */
enum duo_status duo_download_work(struct duo_download *d, unsigned *erases);

/* COMPLETE: the next reset installs the set. */
enum duo_status duo_download_release(struct duo_download *d);

/* Size of the bundle, or of the image at hand; 0 while it is not known. */
uint32_t duo_download_total(const struct duo_download *d);

#endif
