/* SPDX-License-Identifier: MIT */
/*
 * How an image lies in a slot, and the way from file to slot and back.
 *
 * The payload starts at the first byte of the slot, so that an application runs at the address it
 * is linked to. After it, at the next multiple of 32, lies META:
 *
 *     locator (32 bytes) | header (hdr_size bytes) | TLVs (tlv_size bytes) | 0xFF up to 32
 *
 * The locator says where the payload begins and how long everything is, and is programmed last: a
 * slot with a good locator has been written to its end. It is only a signpost; what counts is the
 * signature. The same order is used in the staging slot and in the application slot.
 *
 * MCUboot's world links a program after its header instead. Such an image lies in its slot as in
 * its file: header, payload, and META without a header. The size of the header tells which form an
 * image has (duo_header_apart()).
 */
#ifndef DUO_CORE_SLOT_H
#define DUO_CORE_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/image/image.h"

#define DUO_SLOT_ALIGN    32u /* flash word */
#define DUO_LOCATOR_SIZE  32u
#define DUO_LOCATOR_MAGIC 0x314C4F44u /* "DOL1" */

/* Addresses from base on. */
struct duo_range {
    uint32_t base, size;
};

/* Of each slot so much is kept for the locator, header and TLVs, which follow the payload. */
#define DUO_SLOT_META_SIZE 0x2000u

/* What a slot of one core is. `run_base` is where an image's first byte in the slot must be linked
 * to, also while it lies in the staging slot. size = payload area + meta_max. */
struct duo_slot {
    enum duo_core core;
    uint32_t run_base;
    uint32_t size;
    uint32_t meta_max; /* locator, header, TLVs and padding together; a multiple of 32 */
    /* The other core's slot: an entry or load address in there tells an image made for that core.
     */
    uint32_t other_base, other_size;
    const struct duo_range *stack_ram; /* of this core; ended by an empty range */
    uint8_t layout;                    /* number of the flash layout that the slot belongs to */
};

/* What is where, all from the slot's first byte. */
struct duo_locator {
    uint32_t payload_size;
    uint32_t hdr_size;
    uint32_t tlv_size;
};

/* The locator as stored (docs/formats.md, "Slot"). */
void duo_locator_encode(const struct duo_slot *slot, const struct duo_locator *loc,
                        uint8_t bytes[DUO_LOCATOR_SIZE]);

/*
 * A vector table of 166 words must lie at a multiple of 0x400 (PM0253 4.4.4, VTOR). So only a
 * header of such a size can lie in front of a program that runs, and a header of any other size
 * cannot: then the payload comes first, and all of the header lies in META.
 */
#define DUO_VECTORS_ALIGN 0x400u

/* How much of the header lies in META: none, or all. */
static inline uint32_t duo_header_apart(uint32_t hdr_size)
{
    return hdr_size % DUO_VECTORS_ALIGN == 0 ? 0 : hdr_size;
}

/* Where in the slot the payload begins, and with it the vector table. */
static inline uint32_t duo_payload_offset(uint32_t hdr_size)
{
    return hdr_size - duo_header_apart(hdr_size);
}

/* Offsets of a vector table that fit a slot differ in no other bits. */
#define DUO_PAYLOAD_OFFSETS (DUO_SLOT_META_SIZE - DUO_VECTORS_ALIGN)

/* All that lies before META. */
static inline uint32_t duo_body_size(uint32_t hdr_size, uint32_t payload_size)
{
    return duo_payload_offset(hdr_size) + payload_size;
}

/* Offset of META, and the first offset after META (both multiples of 32). The slot's bytes from
 * there on do not belong to the image: they need not be erased, copied or read. */
uint32_t duo_meta_offset(uint32_t hdr_size, uint32_t payload_size);
uint32_t duo_slot_used(const struct duo_locator *loc);

/* Does an image of these sizes fit? TOO_LARGE if not. */
enum duo_status duo_slot_fits(const struct duo_slot *slot, const struct duo_locator *loc);

/* Vector table: SP a multiple of 8 in (or one past the end of) a RAM this core has; entry odd and
 * inside the payload as it lies in the slot. Errors: STACK, ENTRY, or CORE when the entry lies in
 * the other core's slot. */
enum duo_status duo_slot_check_vectors(const struct duo_slot *slot, uint32_t hdr_size,
                                       uint32_t payload_size, uint32_t sp, uint32_t entry);

/* May this image (parsed) lie in this slot: size, core (TLV when there is one, vector table
 * always), flash layout, fixed load address. Errors: TOO_LARGE, CORE, LAYOUT, STACK, ENTRY,
 * MALFORMED. */
enum duo_status duo_slot_admits(const struct duo_slot *slot, const struct duo_image *image);

/* ---- From file to slot, while the file arrives ---- */

/*
 * The header comes first in the file but is stored after the payload, so META is collected in a
 * buffer of the caller and written at the end.
 */
struct duo_slot_stream {
    const struct duo_slot *slot;
    uint8_t *meta; /* slot->meta_max bytes */
    uint32_t file_size;
    uint32_t pos;      /* bytes of the file taken so far */
    uint32_t meta_len; /* bytes collected in meta, locator included */
    struct duo_image_header header;
    bool header_ok;
    bool open_end; /* the file's size is found in the file itself, which may go on after it, */
    bool open;     /* and has not been found yet */
    uint8_t vectors[8];
};

/* A piece of what lies before META: `len` bytes of the slot from `offset` on. len = 0: nothing to
 * write. */
struct duo_slot_run {
    uint32_t offset;
    const uint8_t *data;
    uint32_t len;
};

/* `file_size` is the exact size of the image file (no trailer), or DUO_SIZE_OPEN: it is taken from
 * the image itself, as XMODEM pads and a trailer may follow. `meta` must stay valid until the end.
 */
#define DUO_SIZE_OPEN 0u
void duo_slot_stream_init(struct duo_slot_stream *s, const struct duo_slot *slot, uint8_t *meta,
                          uint32_t file_size);

/* After CORE from duo_slot_stream_push(): the same image, as it would lie in the other core's slot.
 * Push the bytes that were refused again. TOO_LARGE when it does not fit there. */
enum duo_status duo_slot_stream_retarget(struct duo_slot_stream *s, const struct duo_slot *slot);

/* All bytes of the image have been taken; what follows in the file is not part of it. */
bool duo_slot_stream_complete(const struct duo_slot_stream *s);

/*
 * Takes up to `len` bytes and says in *used how many (always at least one when len > 0), and in
 * *run which bytes to write where; run->data points into `data`, or into `meta` until the next
 * call. Call again with the rest. Before the first byte is handed out, the header has been checked
 * against slot and file size; before the ninth of the payload, the vector table has been. With
 * DUO_SIZE_OPEN nothing after the image is taken (*used = 0). Errors: MAGIC, UNSUPPORTED,
 * MALFORMED, TOO_LARGE, CORE, STACK, ENTRY, TRAILING (more bytes than file_size).
 */
enum duo_status duo_slot_stream_push(struct duo_slot_stream *s, const uint8_t *data, uint32_t len,
                                     uint32_t *used, struct duo_slot_run *run);

/*
 * After the last byte: META is complete in s->meta, locator first, filled up with 0xFF to a
 * multiple of 32. Write *len bytes from the second flash word on, then the first flash word (the
 * locator). Errors: TRUNCATED, MALFORMED (header and TLV sizes disagree with the file's size).
 */
enum duo_status duo_slot_stream_finish(struct duo_slot_stream *s, uint32_t *offset, uint32_t *len);

/* ---- What is in a slot ---- */

/* Readers of a slot: offset 0 is the slot's first byte, reads stay below slot->size. */

/* The first locator at or after `from` (multiple of 32) that is intact, names its own place, this
 * core and sizes that fit. Unreadable words, noise and the remains of older images are passed over.
 * NO_IMAGE when there is none (any more). To look for the next one, go on from
 * the offset of its META + 32. */
enum duo_status duo_slot_find(const struct duo_reader *slot_reader, const struct duo_slot *slot,
                              uint32_t from, struct duo_locator *loc);

/* Presents an image lying in a slot as its file, for the functions of core/image/image.h. */
struct duo_slot_view {
    struct duo_reader slot_reader;
    struct duo_locator loc;
};
void duo_slot_view_init(struct duo_slot_view *view, const struct duo_reader *slot_reader,
                        const struct duo_locator *loc);
struct duo_reader duo_slot_view_reader(struct duo_slot_view *view);
uint32_t duo_slot_view_size(const struct duo_slot_view *view);

/*
 * Turns the content of a slot in RAM into the image's file, in place, and returns the file's size.
 * `meta` is room for header and TLVs (at most the slot's meta_max); 0 when it is too small.
 */
uint32_t duo_slot_to_file(uint8_t *bytes, const struct duo_locator *loc, uint8_t *meta,
                          uint32_t meta_size);

/* Verifies the image that a locator names: duo_image_verify() and duo_slot_admits(). With trust
 * NULL everything but the signature: for a caller who then compares image->hash with one that is
 * signed.
 */
enum duo_status duo_slot_verify_at(const struct duo_reader *slot_reader,
                                   const struct duo_slot *slot, const struct duo_locator *loc,
                                   const struct duo_trust *trust, struct duo_image *image);

/* Finds and verifies the image in a slot, journal or no journal: of the locators found, in
 * ascending order, the first that verifies counts; at most DUO_SLOT_TRIES are tried. On failure the
 * status is that of the first candidate, which is the youngest image (older remains can only lie in
 * sectors after it); NO_IMAGE if there was none. */
#define DUO_SLOT_TRIES 4u
enum duo_status duo_slot_verify(const struct duo_reader *slot_reader, const struct duo_slot *slot,
                                const struct duo_trust *trust, struct duo_image *image,
                                struct duo_locator *loc);

#endif
