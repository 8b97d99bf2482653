/* SPDX-License-Identifier: MIT */
/* SMP group 1: images. */
#include <string.h>

#include "proto/smp_parts.h"

enum command { STATE = 0, UPLOAD = 1, ERASE = 5, SLOTS = 6 };

static void put_image(struct duo_cbor_out *out, const struct duo_smp_image *image)
{
    duo_cbor_map(out);
    duo_cbor_put_number(out, "image", image->image);
    duo_cbor_put_number(out, "slot", image->slot);
    duo_cbor_put_text(out, "version", image->version);
    duo_cbor_put_bytes(out, "hash", image->hash, DUO_SMP_HASH);
    duo_cbor_put_bool(out, "bootable", image->bootable);
    duo_cbor_put_bool(out, "pending", image->pending);
    duo_cbor_put_bool(out, "confirmed", image->confirmed);
    duo_cbor_put_bool(out, "active", image->active);
    duo_cbor_put_bool(out, "permanent", image->permanent);
    duo_cbor_end(out);
}

static enum duo_status state(struct duo_smp *s, struct duo_cbor_out *out)
{
    struct duo_smp_image list[DUO_SMP_IMAGES_MAX];
    const unsigned n = s->ops->images(s->ctx, list);

    duo_cbor_text(out, "images");
    duo_cbor_array(out);
    for (unsigned i = 0; i < n; i++) {
        put_image(out, &list[i]);
    }
    duo_cbor_end(out);
    duo_cbor_put_number(out, "splitStatus", 0);
    return DUO_OK;
}

static enum duo_status set_state(struct duo_smp *s, const struct smp_request *q,
                                 struct duo_cbor_out *out)
{
    struct duo_cbor_item hash = {.bytes = NULL};
    struct duo_cbor_item confirm = {.number = 0};

    if (duo_cbor_find(&q->map, "confirm", &confirm) && confirm.type != DUO_CBOR_BOOL) {
        return DUO_E_MALFORMED;
    }
    const bool named = duo_cbor_find(&q->map, "hash", &hash);
    if (named && (hash.type != DUO_CBOR_BYTES || hash.size != DUO_SMP_HASH)) {
        return DUO_E_MALFORMED;
    }
    if (!named && !confirm.number) {
        return DUO_E_MALFORMED; /* which one is to be tried? */
    }
    const enum duo_status status =
        s->ops->select(s->ctx, named ? hash.bytes : NULL, confirm.number != 0);
    return status == DUO_OK ? state(s, out) : status;
}

static bool get_number(const struct smp_request *q, const char *key, uint32_t *value)
{
    struct duo_cbor_item item;

    if (!duo_cbor_get(&q->map, key, DUO_CBOR_NUMBER, &item)) {
        return false;
    }
    *value = item.number;
    return true;
}

/* What comes with the first piece. */
static bool get_first(const struct smp_request *q, struct duo_smp_piece *piece)
{
    struct duo_cbor_item item;

    if (!get_number(q, "len", &piece->length)) {
        return false;
    }
    if (duo_cbor_find(&q->map, "image", &item)) {
        if (item.type != DUO_CBOR_NUMBER) {
            return false;
        }
        piece->image = item.number;
    }
    if (duo_cbor_find(&q->map, "sha", &item)) {
        if (item.type != DUO_CBOR_BYTES) {
            return false;
        }
        /* Some clients send a part of it: good for nothing here. */
        piece->sha = item.size == DUO_SMP_HASH ? item.bytes : NULL;
    }
    if (duo_cbor_find(&q->map, "upgrade", &item)) {
        if (item.type != DUO_CBOR_BOOL) {
            return false;
        }
        piece->upgrade = item.number != 0;
    }
    return true;
}

enum duo_status smp_upload_answer(enum duo_status status, const struct duo_smp_taken *taken,
                                  struct duo_cbor_out *out)
{
    if (status == DUO_OK) {
        duo_cbor_put_number(out, "off", taken->next);
    }
    if (status == DUO_OK && taken->whole) {
        duo_cbor_put_bool(out, "match", true);
    }
    return status;
}

static enum duo_status upload(struct duo_smp *s, const struct smp_request *q,
                              struct duo_cbor_out *out)
{
    struct duo_smp_piece piece = {.offset = 0};
    struct duo_cbor_item data;
    struct duo_smp_taken taken = {0};

    if (!get_number(q, "off", &piece.offset) ||
        !duo_cbor_get(&q->map, "data", DUO_CBOR_BYTES, &data) ||
        (piece.offset == 0 && !get_first(q, &piece))) {
        return DUO_E_MALFORMED;
    }
    piece.data = data.bytes;
    piece.n = data.size;
    return smp_upload_answer(s->ops->upload(s->ctx, &piece, &taken), &taken, out);
}

static enum duo_status erase(struct duo_smp *s, const struct smp_request *q)
{
    struct duo_cbor_item slot = {.number = 1};

    if (duo_cbor_find(&q->map, "slot", &slot) && slot.type != DUO_CBOR_NUMBER) {
        return DUO_E_MALFORMED;
    }
    return s->ops->erase(s->ctx, slot.number);
}

static void put_slot(struct duo_cbor_out *out, const struct duo_smp_slot *slot)
{
    duo_cbor_map(out);
    duo_cbor_put_number(out, "slot", slot->slot);
    duo_cbor_put_number(out, "size", slot->size);
    if (slot->slot != 0) {
        duo_cbor_put_number(out, "upload_image_id", slot->image);
    }
    duo_cbor_end(out);
}

/* The slots of one image follow one another in `about`. */
static enum duo_status slots(const struct duo_smp_about *about, struct duo_cbor_out *out)
{
    unsigned i = 0;

    duo_cbor_text(out, "images");
    duo_cbor_array(out);
    while (i < about->slot_count) {
        const uint32_t image = about->slots[i].image;
        const uint32_t size = about->slots[i].size;

        duo_cbor_map(out);
        duo_cbor_put_number(out, "image", image);
        duo_cbor_text(out, "slots");
        duo_cbor_array(out);
        while (i < about->slot_count && about->slots[i].image == image) {
            put_slot(out, &about->slots[i++]);
        }
        duo_cbor_end(out);
        duo_cbor_put_number(out, "max_image_size", size);
        duo_cbor_end(out);
    }
    duo_cbor_end(out);
    return DUO_OK;
}

enum duo_status smp_image(struct duo_smp *s, const struct smp_request *q, struct duo_cbor_out *out)
{
    switch (q->id) {
    case STATE:
        return q->write ? set_state(s, q, out) : state(s, out);
    case UPLOAD:
        return q->write ? upload(s, q, out) : DUO_E_UNSUPPORTED;
    case ERASE:
        return q->write ? erase(s, q) : DUO_E_UNSUPPORTED;
    case SLOTS:
        return q->write ? DUO_E_UNSUPPORTED : slots(s->about, out);
    default:
        return DUO_E_UNSUPPORTED;
    }
}

bool duo_smp_is_piece(const uint8_t *message, uint32_t n)
{
    return n >= DUO_SMP_HEADER && (message[0] & 7u) == DUO_SMP_WRITE && message[4] == 0 &&
           message[5] == DUO_SMP_GROUP_IMAGE && message[7] == UPLOAD;
}
