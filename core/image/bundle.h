/* SPDX-License-Identifier: MIT */
/*
 * A bundle, read as a stream: bytes in, events out. The file is the manifest, then the image files
 * present, M7 first, and a bootloader if the set brings one, with nothing between or after them.
 *
 * No image byte is delivered before the manifest's signature, hardware id and sizes have been
 * checked and the caller has agreed with duo_bundle_accept().
 */
#ifndef DUO_CORE_BUNDLE_H
#define DUO_CORE_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/image/manifest.h"
#include "core/image/slot.h"

enum duo_bundle_event {
    DUO_BUNDLE_MORE,     /* all input used, nothing to report */
    DUO_BUNDLE_MANIFEST, /* b->manifest is verified; accept it or stop */
    DUO_BUNDLE_DATA, /* b->data, b->len: bytes from b->offset on of the image file for b->core */
    DUO_BUNDLE_IMAGE_END, /* the image file for b->core is complete and has the hash it should have
                           */
    DUO_BUNDLE_BOOT,      /* as DATA, of the new bootloader */
    DUO_BUNDLE_BOOT_END,  /* it is complete and has the hash it should have */
    DUO_BUNDLE_END        /* the bundle is complete; bytes after it are not taken */
};

struct duo_bundle {
    /* what the caller may read */
    struct duo_manifest manifest;
    uint8_t raw[DUO_MANIFEST_MAX]; /* the manifest as received, to be kept beside the images */
    enum duo_core core;
    const uint8_t *data;
    uint32_t offset, len;
    bool authentic; /* the manifest's signature is good, whatever happened to it since */

    /* private */
    const struct duo_trust *trust;
    const struct duo_slot *slots[DUO_CORES];
    uint32_t hardware_id;
    uint32_t fill; /* bytes in raw */
    uint32_t done; /* bytes of the current image */
    uint8_t state;
    enum duo_status failed;
    struct duo_sha256 hash;
};

/* `trust` must stay valid while the bundle is read; `slots` (both cores) are copied as pointers. */
void duo_bundle_init(struct duo_bundle *b, const struct duo_trust *trust, uint32_t hardware_id,
                     const struct duo_slot *const slots[DUO_CORES]);

/*
 * Takes up to `len` bytes of input, says in *used how many, and reports one event. Call until all
 * input is used and the event is MORE; events may come with nothing used. DATA points into `data`.
 * The call that completes the manifest takes a signature verification's time.
 *
 * Errors end the stream (the same error comes from then on): as duo_manifest_verify(); HASH for an
 * image file that is not the one named; STATE when the manifest has not been accepted.
 */
enum duo_status duo_bundle_next(struct duo_bundle *b, const uint8_t *data, uint32_t len,
                                uint32_t *used, enum duo_bundle_event *event);

/* After DUO_BUNDLE_MANIFEST: go on. DUO_E_STATE at any other time. */
enum duo_status duo_bundle_accept(struct duo_bundle *b);

/* The input has ended: DUO_OK only after DUO_BUNDLE_END, else EMPTY, TRUNCATED or the error that
 * ended the stream. */
enum duo_status duo_bundle_finish(const struct duo_bundle *b);

/* Size of the whole file that a manifest describes. */
uint32_t duo_bundle_size(const struct duo_manifest *m);

#endif
