/* SPDX-License-Identifier: MIT */
/*
 * Core images in MCUboot's format, as imgtool and `duoboot sign` write them: a header, the payload
 * (the program, beginning with its vector table), TLVs. See docs/formats.md.
 *
 * Everything here reads through a callback that presents the image *file*: byte 0 is the first byte
 * of the header. An image in a slot is stored in another order; core/image/slot.h has the reader
 * for it.
 */
#ifndef DUO_CORE_IMAGE_H
#define DUO_CORE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/ids.h"
#include "core/base/status.h"
#include "core/image/crypto.h"
#include "core/image/keyring.h"

#define DUO_IMAGE_MAGIC       0x96f3b83du
#define DUO_IMAGE_HEADER_SIZE 32u

#define DUO_IMAGE_F_PIC       0x00000001u
#define DUO_IMAGE_F_ROM_FIXED 0x00000100u

/* Vendor TLVs of duoboot, in the protected area only. */
#define DUO_TLV_CORE     0xD0A0u /* u8: 7 = Cortex-M7, 4 = Cortex-M4 */
#define DUO_TLV_HARDWARE 0xD0A1u /* u32: hardware id */
#define DUO_TLV_REVOKED  0xD0A3u /* u32 each: key ids, as in a manifest */
#define DUO_TLV_LAYOUT   0xD0A2u /* u8: number of the flash layout; without it 0 */

/* Access to something readable. `read` fetches exactly len bytes or fails; it is never asked for a
 * byte beyond the size given beside it. It must not fault on a torn flash word but return
 * DUO_E_READ. */
struct duo_reader {
    enum duo_status (*read)(void *ctx, uint32_t offset, void *buf, uint32_t len);
    void *ctx;
};

/* The fixed header, checked for itself. */
struct duo_image_header {
    uint32_t load_addr;
    uint32_t hdr_size;  /* bytes in front of the payload, padding included */
    uint32_t prot_size; /* protected TLV area with its info header; 0 = none */
    uint32_t payload_size;
    uint32_t flags;
    struct duo_version version;
};

struct duo_image {
    struct duo_image_header header;
    uint32_t tlv_size;  /* both TLV areas together */
    uint32_t file_size; /* header + payload + TLVs; a trailer after that is not counted */
    uint32_t sp, entry; /* first two words of the vector table */
    bool has_core, has_hardware, has_layout, has_counter, has_revokes, has_keyhash, has_signature;
    enum duo_core core;            /* from the TLV, when has_core */
    uint32_t hardware_id;          /* from the TLV, when has_hardware */
    uint8_t layout;                /* from the TLV, else 0 */
    uint32_t counter;              /* security counter (SEC_CNT), when has_counter */
    struct duo_revocation revokes; /* what a device remembers by it when its journal is lost */
    struct duo_version needs[DUO_CORES]; /* of that core's image, or newer; 0.0.0: any */
    uint8_t hash[DUO_HASH_SIZE];         /* TLV SHA256: over header, payload and protected TLVs */
    uint8_t keyhash[DUO_HASH_SIZE];
    uint8_t sig[DUO_SIG_MAX];
    uint32_t sig_len;
    /* What the two checks below have computed; DUO_NO_PROOF before. */
    uint8_t read_hash[DUO_HASH_SIZE];
    struct duo_ecdsa_proof proof;
};

/* Decodes and checks the first 32 bytes of an image file: magic, known flags, sizes that add up
 * without overflow. Errors: MAGIC, UNSUPPORTED, MALFORMED. */
enum duo_status duo_image_header_parse(const uint8_t bytes[DUO_IMAGE_HEADER_SIZE],
                                       struct duo_image_header *header);

/* Reads header, TLVs and vector table of a file of `size` bytes (a trailer may follow the image).
 * Proves nothing about the content. Errors: READ, EMPTY, TRUNCATED, MAGIC, UNSUPPORTED, MALFORMED.
 * On error *image is undefined. */
enum duo_status duo_image_parse(const struct duo_reader *reader, uint32_t size,
                                struct duo_image *image);

/* Is each image of the pair as new as both demand of it? DEPENDENCY, and *core says which demands
 * more. */
enum duo_status duo_images_agree(const struct duo_image image[DUO_CORES], enum duo_core *core);

/* Hash over header, payload and protected TLVs, into image->read_hash, against the image's own hash
 * TLV. Errors: READ, HASH. */
enum duo_status duo_image_check_hash(const struct duo_reader *reader, struct duo_image *image);

/* Its security counter; 0 when it has none. */
static inline uint32_t duo_image_counter(const struct duo_image *image)
{
    return image->has_counter ? image->counter : 0;
}

/* The signature over image->hash, with its proof: by the key that the image names, or by any if it
 * names none. Errors: NO_SIGNATURE, KEY (it names one that is not in the ring), SIGNATURE, and
 * those of duo_trust_permits(). */
enum duo_status duo_image_check_signature(struct duo_image *image, const struct duo_trust *trust);

/* parse, check_hash and check_signature. After DUO_OK every byte the hash covers is what the owner
 * of the key has signed; *image is filled. Whether it may run on a certain core is
 * duo_slot_admits(). */
enum duo_status duo_image_verify(const struct duo_reader *reader, uint32_t size,
                                 const struct duo_trust *trust, struct duo_image *image);

/* A reader over `size` bytes of memory. */
struct duo_mem {
    const uint8_t *data;
    uint32_t size;
};
enum duo_status duo_mem_read(void *mem, uint32_t offset, void *buf, uint32_t len);

#endif
