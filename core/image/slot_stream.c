/* SPDX-License-Identifier: MIT */
/* From file to slot, while the file arrives. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/slot.h"

#define VECTORS_SIZE 8u
#define TLV_MIN      4u /* an empty TLV area is its info header */
#define TLV_INFO     0x6907u

void duo_slot_stream_init(struct duo_slot_stream *s, const struct duo_slot *slot, uint8_t *meta,
                          uint32_t file_size)
{
    memset(s, 0, sizeof(*s));
    s->slot = slot;
    s->meta = meta;
    s->open = s->open_end = file_size == DUO_SIZE_OPEN;
    s->file_size = s->open ? DUO_IMAGE_HEADER_SIZE : file_size;
    s->meta_len = DUO_LOCATOR_SIZE;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static struct duo_locator locator_of(const struct duo_slot_stream *s)
{
    const struct duo_image_header *h = &s->header;

    return (struct duo_locator){h->payload_size, h->hdr_size,
                                s->file_size - h->hdr_size - h->payload_size};
}

/* The header is complete: does all that follows fit, and does the file have the length it needs? */
static enum duo_status check_header(struct duo_slot_stream *s)
{
    enum duo_status status = duo_image_header_parse(s->meta + DUO_LOCATOR_SIZE, &s->header);

    if (status != DUO_OK) {
        return status;
    }
    const uint32_t least =
        s->header.hdr_size + s->header.payload_size + s->header.prot_size + TLV_MIN;
    if (s->open) {
        s->file_size = least;
    } else if (least > s->file_size) {
        return DUO_E_TRUNCATED;
    }
    const struct duo_locator loc = locator_of(s);
    status = duo_slot_fits(s->slot, &loc);
    s->header_ok = status == DUO_OK;
    return status;
}

static uint32_t take_meta(struct duo_slot_stream *s, const uint8_t *data, uint32_t len)
{
    memcpy(s->meta + s->meta_len, data, len);
    s->meta_len += len;
    s->pos += len;
    return len;
}

static enum duo_status take_header(struct duo_slot_stream *s, const uint8_t *data, uint32_t len,
                                   uint32_t *used, struct duo_slot_run *run)
{
    *used = take_meta(s, data, min32(len, DUO_IMAGE_HEADER_SIZE - s->pos));
    if (s->pos < DUO_IMAGE_HEADER_SIZE) {
        return DUO_OK;
    }
    const enum duo_status status = check_header(s);
    if (status == DUO_OK && duo_header_apart(s->header.hdr_size) == 0) {
        *run = (struct duo_slot_run){0, s->meta + DUO_LOCATOR_SIZE, DUO_IMAGE_HEADER_SIZE};
        s->meta_len = DUO_LOCATOR_SIZE;
    }
    return status;
}

/* The rest of the header. */
static void take_padding(struct duo_slot_stream *s, const uint8_t *data, uint32_t len,
                         uint32_t *used, struct duo_slot_run *run)
{
    len = min32(len, s->header.hdr_size - s->pos);
    if (duo_header_apart(s->header.hdr_size) != 0) {
        *used = take_meta(s, data, len);
        return;
    }
    *run = (struct duo_slot_run){s->pos, data, len};
    *used = len;
    s->pos += len;
}

/* The first eight payload bytes, which may arrive in pieces, are the vector table's head. */
static enum duo_status check_vectors(struct duo_slot_stream *s, uint32_t offset,
                                     const uint8_t *data, uint32_t len)
{
    if (offset >= VECTORS_SIZE) {
        return DUO_OK;
    }
    memcpy(s->vectors + offset, data, min32(len, VECTORS_SIZE - offset));
    if (offset + len < VECTORS_SIZE) {
        return DUO_OK;
    }
    return duo_slot_check_vectors(s->slot, s->header.hdr_size, s->header.payload_size,
                                  duo_get32(s->vectors), duo_get32(s->vectors + 4));
}

static enum duo_status take_payload(struct duo_slot_stream *s, const uint8_t *data, uint32_t len,
                                    uint32_t *used, struct duo_slot_run *run)
{
    const uint32_t offset = s->pos - s->header.hdr_size;

    len = min32(len, s->header.payload_size - offset);
    enum duo_status status = check_vectors(s, offset, data, len);
    if (status != DUO_OK) {
        return status;
    }
    *run = (struct duo_slot_run){duo_payload_offset(s->header.hdr_size) + offset, data, len};
    *used = len;
    s->pos += len;
    return DUO_OK;
}

/* An open end: the info header of the last TLV area has arrived and says where the file ends. */
static enum duo_status close_end(struct duo_slot_stream *s)
{
    const uint8_t *info = s->meta + s->meta_len - TLV_MIN;
    const uint16_t size = duo_get16(info + 2);

    if (duo_get16(info) != TLV_INFO || size < TLV_MIN) {
        return DUO_E_MALFORMED;
    }
    s->open = false;
    s->file_size += size - TLV_MIN;
    const struct duo_locator loc = locator_of(s);
    return duo_slot_fits(s->slot, &loc);
}

enum duo_status duo_slot_stream_retarget(struct duo_slot_stream *s, const struct duo_slot *slot)
{
    const struct duo_locator loc = locator_of(s);

    s->slot = slot;
    return duo_slot_fits(slot, &loc);
}

bool duo_slot_stream_complete(const struct duo_slot_stream *s)
{
    return !s->open && s->header_ok && s->pos == s->file_size;
}

enum duo_status duo_slot_stream_push(struct duo_slot_stream *s, const uint8_t *data, uint32_t len,
                                     uint32_t *used, struct duo_slot_run *run)
{
    *used = 0;
    *run = (struct duo_slot_run){0};
    if (len > s->file_size - s->pos) {
        if (!s->open_end) {
            return DUO_E_TRAILING;
        }
        len = s->file_size - s->pos;
    }
    if (len == 0) {
        return DUO_OK;
    }
    if (s->pos < DUO_IMAGE_HEADER_SIZE) {
        return take_header(s, data, len, used, run);
    }
    if (!s->header_ok) {
        return DUO_E_STATE; /* went on after an error */
    }
    const uint32_t tlvs = s->header.hdr_size + s->header.payload_size;
    if (s->pos < s->header.hdr_size) {
        take_padding(s, data, len, used, run);
        return DUO_OK;
    }
    if (s->pos < tlvs) {
        return take_payload(s, data, len, used, run);
    }
    *used = take_meta(s, data, len); /* duo_slot_fits() has left room for all TLVs */
    return s->open && s->pos == s->file_size ? close_end(s) : DUO_OK;
}

enum duo_status duo_slot_stream_finish(struct duo_slot_stream *s, uint32_t *offset, uint32_t *len)
{
    if (!duo_slot_stream_complete(s)) {
        return DUO_E_TRUNCATED;
    }
    const struct duo_locator loc = locator_of(s);
    duo_locator_encode(s->slot, &loc, s->meta);
    *offset = duo_meta_offset(loc.hdr_size, loc.payload_size);
    *len = duo_slot_used(&loc) - *offset;
    memset(s->meta + s->meta_len, 0xFF, *len - s->meta_len);
    return DUO_OK;
}
