/* SPDX-License-Identifier: MIT */
/* Makes signed core images and bundles, in memory. */
#ifndef DUO_TOOL_IMAGEFILE_H
#define DUO_TOOL_IMAGEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/image.h"
#include "core/image/manifest.h"
#include "tool/keys.h"

struct image_spec {
    enum duo_core core;
    struct duo_version version;
    uint32_t hdr_size; /* 32..65535 */
    bool has_counter;
    uint32_t counter;
    bool has_hardware;
    uint32_t hardware_id;
    uint8_t layout; /* number of the flash layout; 0 is not written */
    struct duo_revocation revokes;
};

struct buffer {
    uint8_t *data; /* for free() */
    size_t size;
};

/* A MCUboot image of `payload`; the same bytes as imgtool makes of the same content (--custom-tlv
 * 0xd0a0 for the core, 0xd0a2 for the layout), but for the signature, which is different each time.
 */
bool image_build(const struct image_spec *spec, const uint8_t *payload, size_t payload_size,
                 const struct key *key, struct buffer *out);

/* Fills the entry of one core from a parsed image; `file` are its file_size bytes, trailer cut off.
 */
void manifest_take_image(struct duo_manifest *m, enum duo_core core, const struct duo_image *image,
                         const uint8_t *file, bool present);

/* Signs the manifest (key_id is filled in) and appends the image files present, M7 first;
 * A second signature is left zero, for second_sign(). files[core] is not used for a core that is
 * not present, nor `boot` when m->boot says that there is none. False when a field is beyond its
 * limits, when the key is only public, or out of memory. */
bool bundle_build(struct duo_manifest *m, const uint8_t *const files[DUO_CORES],
                  const uint8_t *boot, const struct key *key, struct buffer *out);

/* Names a bootloader of `size` bytes in the manifest. */
void manifest_take_boot(struct duo_manifest *m, enum duo_core core, const uint8_t *file,
                        uint32_t size);

#endif
