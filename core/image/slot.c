/* SPDX-License-Identifier: MIT */
#include "core/image/slot.h"

#include <string.h>

#include "core/base/bytes.h"

static uint32_t align_up(uint32_t n)
{
    return (n + DUO_SLOT_ALIGN - 1) & ~(DUO_SLOT_ALIGN - 1);
}

static uint32_t meta_size(const struct duo_locator *loc)
{
    return align_up(DUO_LOCATOR_SIZE + duo_header_apart(loc->hdr_size) + loc->tlv_size);
}

uint32_t duo_meta_offset(uint32_t hdr_size, uint32_t payload_size)
{
    return align_up(duo_body_size(hdr_size, payload_size));
}

static uint32_t meta_offset(const struct duo_locator *loc)
{
    return duo_meta_offset(loc->hdr_size, loc->payload_size);
}

uint32_t duo_slot_used(const struct duo_locator *loc)
{
    return meta_offset(loc) + meta_size(loc);
}

enum duo_status duo_slot_fits(const struct duo_slot *slot, const struct duo_locator *loc)
{
    const uint32_t payload_max = slot->size - slot->meta_max;

    /* each alone first, so that no sum can wrap */
    if (loc->payload_size > payload_max || loc->hdr_size >= slot->meta_max ||
        loc->tlv_size > slot->meta_max || meta_size(loc) > slot->meta_max ||
        duo_body_size(loc->hdr_size, loc->payload_size) > payload_max) {
        return DUO_E_TOO_LARGE;
    }
    return DUO_OK;
}

/* A full descending stack begins one past the end of its RAM at the highest, and needs room below.
 */
static bool stack_in(const struct duo_range *ram, uint32_t sp)
{
    return sp - ram->base - 1u < ram->size;
}

static bool stack_ok(const struct duo_slot *slot, uint32_t sp)
{
    if (sp % 8u != 0) { /* AAPCS; the exception frame would be realigned and surprise debuggers */
        return false;
    }
    for (const struct duo_range *ram = slot->stack_ram; ram->size != 0; ram++) {
        if (stack_in(ram, sp)) {
            return true;
        }
    }
    return false;
}

static bool in_slot_of_other_core(const struct duo_slot *slot, uint32_t addr)
{
    return addr - slot->other_base < slot->other_size;
}

enum duo_status duo_slot_check_vectors(const struct duo_slot *slot, uint32_t hdr_size,
                                       uint32_t payload_size, uint32_t sp, uint32_t entry)
{
    const uint32_t linked_to = slot->run_base + duo_payload_offset(hdr_size);

    /* The other core first: its stack may be in a RAM this core does not have, and "wrong core"
     * says more than "bad stack". */
    if (in_slot_of_other_core(slot, entry)) {
        return DUO_E_CORE;
    }
    if ((entry & 1u) == 0 || (entry & ~1u) - linked_to >= payload_size) {
        return DUO_E_ENTRY;
    }
    return stack_ok(slot, sp) ? DUO_OK : DUO_E_STACK;
}

static enum duo_status check_load_address(const struct duo_slot *slot,
                                          const struct duo_image_header *h)
{
    if ((h->flags & DUO_IMAGE_F_ROM_FIXED) == 0 || h->load_addr == slot->run_base) {
        return DUO_OK;
    }
    return in_slot_of_other_core(slot, h->load_addr) ? DUO_E_CORE : DUO_E_MALFORMED;
}

enum duo_status duo_slot_admits(const struct duo_slot *slot, const struct duo_image *image)
{
    const struct duo_locator loc = {image->header.payload_size, image->header.hdr_size,
                                    image->tlv_size};

    if (image->has_core && image->core != slot->core) {
        return DUO_E_CORE;
    }
    if (image->layout != slot->layout) {
        return DUO_E_LAYOUT;
    }
    enum duo_status status = check_load_address(slot, &image->header);
    if (status == DUO_OK) {
        status =
            duo_slot_check_vectors(slot, loc.hdr_size, loc.payload_size, image->sp, image->entry);
    }
    return status == DUO_OK ? duo_slot_fits(slot, &loc) : status;
}

/* ---- Locator: magic, core, 0, hdr_size, payload_size, tlv_size, 12 reserved bytes, CRC ---- */

#define LOCATOR_CRC 28u

void duo_locator_encode(const struct duo_slot *slot, const struct duo_locator *loc,
                        uint8_t bytes[DUO_LOCATOR_SIZE])
{
    for (unsigned i = 0; i < DUO_LOCATOR_SIZE; i++) {
        bytes[i] = 0;
    }
    duo_put32(bytes, DUO_LOCATOR_MAGIC);
    bytes[4] = duo_core_number(slot->core);
    duo_put16(bytes + 6, (uint16_t)loc->hdr_size);
    duo_put32(bytes + 8, loc->payload_size);
    duo_put32(bytes + 12, loc->tlv_size);
    duo_put32(bytes + LOCATOR_CRC, duo_crc32(bytes, LOCATOR_CRC));
}

static bool decode_locator(const uint8_t bytes[DUO_LOCATOR_SIZE], const struct duo_slot *slot,
                           struct duo_locator *loc)
{
    if (duo_get32(bytes) != DUO_LOCATOR_MAGIC || bytes[4] != duo_core_number(slot->core) ||
        duo_get32(bytes + LOCATOR_CRC) != duo_crc32(bytes, LOCATOR_CRC)) {
        return false;
    }
    loc->hdr_size = duo_get16(bytes + 6);
    loc->payload_size = duo_get32(bytes + 8);
    loc->tlv_size = duo_get32(bytes + 12);
    return loc->hdr_size >= DUO_IMAGE_HEADER_SIZE && duo_slot_fits(slot, loc) == DUO_OK;
}

/* A word that cannot be read is no locator: locators are whole flash words, written once. */
static bool locator_at(const struct duo_reader *r, const struct duo_slot *slot, uint32_t offset,
                       struct duo_locator *loc)
{
    uint8_t bytes[DUO_LOCATOR_SIZE];

    return r->read(r->ctx, offset, bytes, 4) == DUO_OK && duo_get32(bytes) == DUO_LOCATOR_MAGIC &&
           r->read(r->ctx, offset, bytes, sizeof(bytes)) == DUO_OK &&
           decode_locator(bytes, slot, loc) && meta_offset(loc) == offset;
}

/* Words looked at in one read: a slot without journal is searched at every boot. */
#define FIND_WORDS 16u

/* Could a locator begin at one of these words? True as well when they cannot be read together. */
static bool worth_a_look(const struct duo_reader *r, uint32_t offset, uint32_t words)
{
    uint8_t bytes[FIND_WORDS * DUO_SLOT_ALIGN];

    if (r->read(r->ctx, offset, bytes, words * DUO_SLOT_ALIGN) != DUO_OK) {
        return true;
    }
    for (uint32_t i = 0; i < words; i++) {
        if (duo_get32(bytes + i * DUO_SLOT_ALIGN) == DUO_LOCATOR_MAGIC) {
            return true;
        }
    }
    return false;
}

enum duo_status duo_slot_find(const struct duo_reader *slot_reader, const struct duo_slot *slot,
                              uint32_t from, struct duo_locator *loc)
{
    const uint32_t end = slot->size - slot->meta_max + DUO_SLOT_ALIGN;

    for (uint32_t offset = align_up(from); offset < end;) {
        uint32_t words = (end - offset) / DUO_SLOT_ALIGN;
        if (words > FIND_WORDS) {
            words = FIND_WORDS;
        }
        const uint32_t next = offset + words * DUO_SLOT_ALIGN;
        if (!worth_a_look(slot_reader, offset, words)) {
            offset = next;
            continue;
        }
        for (; offset < next; offset += DUO_SLOT_ALIGN) {
            if (locator_at(slot_reader, slot, offset, loc)) {
                return DUO_OK;
            }
        }
    }
    return DUO_E_NO_IMAGE;
}

/* ---- View of a slot as a file ---- */

void duo_slot_view_init(struct duo_slot_view *view, const struct duo_reader *slot_reader,
                        const struct duo_locator *loc)
{
    view->slot_reader = *slot_reader;
    view->loc = *loc;
}

uint32_t duo_slot_view_size(const struct duo_slot_view *view)
{
    return view->loc.hdr_size + view->loc.payload_size + view->loc.tlv_size;
}

/* Where a byte of the file lies in the slot, and how many follow it there in a row. */
static uint32_t place(const struct duo_locator *loc, uint32_t offset, uint32_t *run)
{
    const uint32_t header = meta_offset(loc) + DUO_LOCATOR_SIZE;
    const uint32_t apart = duo_header_apart(loc->hdr_size);
    const uint32_t tlvs = loc->hdr_size + loc->payload_size;

    if (offset < apart) {
        *run = apart - offset;
        return header + offset;
    }
    if (offset < tlvs) {
        *run = tlvs - offset;
        return offset - apart;
    }
    *run = tlvs + loc->tlv_size - offset;
    return header + apart + (offset - tlvs);
}

static enum duo_status view_read(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    struct duo_slot_view *view = ctx;
    uint8_t *to = buf;

    if (offset > duo_slot_view_size(view) || len > duo_slot_view_size(view) - offset) {
        return DUO_E_READ;
    }
    while (len > 0) {
        uint32_t run;
        uint32_t at = place(&view->loc, offset, &run);
        uint32_t n = len < run ? len : run;
        enum duo_status status = view->slot_reader.read(view->slot_reader.ctx, at, to, n);
        if (status != DUO_OK) {
            return status;
        }
        to += n;
        offset += n;
        len -= n;
    }
    return DUO_OK;
}

struct duo_reader duo_slot_view_reader(struct duo_slot_view *view)
{
    return (struct duo_reader){view_read, view};
}

uint32_t duo_slot_to_file(uint8_t *bytes, const struct duo_locator *loc, uint8_t *meta,
                          uint32_t meta_size)
{
    const uint8_t *const stored = bytes + meta_offset(loc) + DUO_LOCATOR_SIZE;
    const uint32_t apart = duo_header_apart(loc->hdr_size);

    if (apart + loc->tlv_size > meta_size) {
        return 0;
    }
    memcpy(meta, stored, apart + loc->tlv_size);
    memmove(bytes + apart, bytes, duo_body_size(loc->hdr_size, loc->payload_size));
    memcpy(bytes, meta, apart);
    memcpy(bytes + loc->hdr_size + loc->payload_size, meta + apart, loc->tlv_size);
    return loc->hdr_size + loc->payload_size + loc->tlv_size;
}

/* The image's own sizes must be those of the locator: META after them could otherwise hold bytes
 * that nothing has signed and that later copying would carry along. */
static enum duo_status check_sizes(const struct duo_locator *loc, const struct duo_image *image)
{
    bool same = image->header.hdr_size == loc->hdr_size &&
                image->header.payload_size == loc->payload_size && image->tlv_size == loc->tlv_size;

    return same ? DUO_OK : DUO_E_MALFORMED;
}

enum duo_status duo_slot_verify_at(const struct duo_reader *slot_reader,
                                   const struct duo_slot *slot, const struct duo_locator *loc,
                                   const struct duo_trust *trust, struct duo_image *image)
{
    struct duo_slot_view view;

    if (duo_slot_fits(slot, loc) != DUO_OK) {
        return DUO_E_TOO_LARGE;
    }
    duo_slot_view_init(&view, slot_reader, loc);
    const struct duo_reader file = duo_slot_view_reader(&view);
    /* The cheap checks first: a wrong image is known before 24 million instructions are spent. */
    enum duo_status status = duo_image_parse(&file, duo_slot_view_size(&view), image);
    if (status == DUO_OK) {
        status = check_sizes(loc, image);
    }
    if (status == DUO_OK) {
        status = duo_slot_admits(slot, image);
    }
    if (status == DUO_OK) {
        status = duo_image_check_hash(&file, image);
    }
    return status == DUO_OK && trust ? duo_image_check_signature(image, trust) : status;
}

enum duo_status duo_slot_verify(const struct duo_reader *slot_reader, const struct duo_slot *slot,
                                const struct duo_trust *trust, struct duo_image *image,
                                struct duo_locator *loc)
{
    enum duo_status first = DUO_E_NO_IMAGE;
    uint32_t from = DUO_SLOT_ALIGN; /* a payload has at least one byte */

    for (unsigned i = 0; i < DUO_SLOT_TRIES; i++) {
        if (duo_slot_find(slot_reader, slot, from, loc) != DUO_OK) {
            break;
        }
        enum duo_status status = duo_slot_verify_at(slot_reader, slot, loc, trust, image);
        if (status == DUO_OK) {
            return DUO_OK;
        }
        if (i == 0) {
            first = status;
        }
        from = meta_offset(loc) + DUO_SLOT_ALIGN;
    }
    return first;
}
