/* SPDX-License-Identifier: MIT */
#include "proto/cbor.h"

#include <string.h>

/* Major types (RFC 8949, 3.1). */
enum { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

#define INFO_1_BYTE  24u
#define INFO_8_BYTES 27u
#define FALSE        20u
#define TRUE         21u

/* ---- Reading ---- */

struct cursor {
    const uint8_t *at, *end;
};

struct head {
    uint8_t major, info;
    bool large; /* the argument does not fit 32 bits */
    uint32_t argument;
};

static uint32_t left(const struct cursor *c)
{
    return (uint32_t)(c->end - c->at);
}

static bool read_head(struct cursor *c, struct head *h)
{
    if (left(c) == 0) {
        return false;
    }
    *h = (struct head){.major = *c->at >> 5, .info = *c->at & 0x1Fu};
    c->at++;
    h->argument = h->info;
    if (h->info < INFO_1_BYTE) {
        return true;
    }
    if (h->info > INFO_8_BYTES) {
        return false; /* reserved, or of open length: no client writes that */
    }
    const uint32_t size = 1u << (h->info - INFO_1_BYTE);
    if (size > left(c)) {
        return false;
    }
    h->argument = 0;
    for (uint32_t i = 0; i < size; i++) {
        h->large = h->large || h->argument >> 24 != 0;
        h->argument = h->argument << 8 | c->at[i];
    }
    c->at += size;
    return true;
}

static bool is_string(const struct head *h)
{
    return h->major == BYTES || h->major == TEXT;
}

/* How many items follow that belong to this one; false: it cannot be right. */
static bool count_inner(const struct head *h, uint32_t room, uint32_t *inner)
{
    *inner = 0;
    if (h->major == TAG) {
        *inner = 1;
    } else if (h->major == ARRAY || h->major == MAP) {
        if (h->large || h->argument > room) { /* each needs a byte at least */
            return false;
        }
        *inner = h->major == MAP ? h->argument * 2u : h->argument;
    }
    return true;
}

/* Past one item with all that is in it. */
static bool skip(struct cursor *c)
{
    uint32_t open[DUO_CBOR_DEPTH] = {1}; /* items still to come, on each level */
    uint32_t depth = 0;

    for (;;) {
        while (open[depth] == 0) {
            if (depth == 0) {
                return true;
            }
            depth--;
        }
        struct head h;
        uint32_t inner;

        open[depth]--;
        if (!read_head(c, &h) || !count_inner(&h, left(c), &inner)) {
            return false;
        }
        if (is_string(&h)) {
            if (h.large || h.argument > left(c)) {
                return false;
            }
            c->at += h.argument;
        } else if (inner > 0) {
            if (depth + 1u == DUO_CBOR_DEPTH) {
                return false;
            }
            open[++depth] = inner;
        }
    }
}

static enum duo_cbor_type type_of(const struct head *h)
{
    switch (h->major) {
    case UNSIGNED:
        return h->large ? DUO_CBOR_OTHER : DUO_CBOR_NUMBER;
    case BYTES:
        return DUO_CBOR_BYTES;
    case TEXT:
        return DUO_CBOR_TEXT;
    case ARRAY:
        return DUO_CBOR_ARRAY;
    case MAP:
        return DUO_CBOR_MAP;
    case SIMPLE:
        return h->info == FALSE || h->info == TRUE ? DUO_CBOR_BOOL : DUO_CBOR_OTHER;
    default:
        return DUO_CBOR_OTHER;
    }
}

static bool read_item(struct cursor *c, struct duo_cbor_item *item)
{
    struct head h;
    struct cursor whole = *c;

    if (!skip(&whole)) {
        return false;
    }
    (void)read_head(c, &h); /* skip() has seen it */
    item->type = type_of(&h);
    item->number = item->type == DUO_CBOR_BOOL ? h.info == TRUE : h.argument;
    item->bytes = c->at;
    item->size = (uint32_t)(whole.at - c->at);
    c->at = whole.at;
    return true;
}

bool duo_cbor_read_map(const uint8_t *bytes, size_t n, struct duo_cbor_item *map)
{
    struct cursor c = {bytes, bytes + n};

    return read_item(&c, map) && map->type == DUO_CBOR_MAP && left(&c) == 0;
}

bool duo_cbor_next(struct duo_cbor_item *rest, struct duo_cbor_item *item)
{
    struct cursor c = {rest->bytes, rest->bytes + rest->size};

    if (rest->size == 0 || !read_item(&c, item)) {
        return false;
    }
    rest->bytes = c.at;
    rest->size = left(&c);
    return true;
}

static bool is_text(const struct duo_cbor_item *item, const char *text)
{
    return item->type == DUO_CBOR_TEXT && item->size == strlen(text) &&
           memcmp(item->bytes, text, item->size) == 0;
}

bool duo_cbor_find(const struct duo_cbor_item *map, const char *key, struct duo_cbor_item *value)
{
    struct cursor c = {map->bytes, map->bytes + map->size};
    struct duo_cbor_item name, found;

    for (uint32_t i = 0; i < map->number; i++) {
        if (!read_item(&c, &name) || !read_item(&c, &found)) {
            return false;
        }
        if (is_text(&name, key)) {
            *value = found;
            return true;
        }
    }
    return false;
}

bool duo_cbor_get(const struct duo_cbor_item *map, const char *key, enum duo_cbor_type type,
                  struct duo_cbor_item *value)
{
    return duo_cbor_find(map, key, value) && value->type == type;
}

/* ---- Writing ---- */

static void put(struct duo_cbor_out *out, const void *bytes, size_t n)
{
    out->full = out->full || n > (size_t)(out->end - out->at);
    if (!out->full) {
        memcpy(out->at, bytes, n);
        out->at += n;
    }
}

static void put_byte(struct duo_cbor_out *out, unsigned byte)
{
    const uint8_t one = (uint8_t)byte;

    put(out, &one, 1);
}

/* In the shortest form, as the standard recommends. */
static void put_head(struct duo_cbor_out *out, unsigned major, uint32_t argument)
{
    const unsigned bits = argument < INFO_1_BYTE ? 0
                          : argument < 0x100u    ? 8
                          : argument < 0x10000u  ? 16
                                                 : 32;

    if (out->depth > 0) {
        out->items[out->depth - 1u]++;
    }
    put_byte(out, major << 5 | (bits == 0 ? argument : INFO_1_BYTE + bits / 16u));
    for (unsigned shift = bits; shift > 0; shift -= 8) {
        put_byte(out, argument >> (shift - 8u));
    }
}

void duo_cbor_begin(struct duo_cbor_out *out, uint8_t *bytes, size_t size)
{
    *out = (struct duo_cbor_out){.at = bytes, .end = bytes + size};
}

static void open_group(struct duo_cbor_out *out, unsigned major)
{
    uint8_t *const head = out->at;

    put_head(out, major, 0);
    out->full = out->full || out->depth == DUO_CBOR_OPEN;
    if (!out->full) {
        out->head[out->depth] = head;
        out->items[out->depth] = 0;
        out->depth++;
    }
}

void duo_cbor_map(struct duo_cbor_out *out)
{
    open_group(out, MAP);
}

void duo_cbor_array(struct duo_cbor_out *out)
{
    open_group(out, ARRAY);
}

void duo_cbor_end(struct duo_cbor_out *out)
{
    if (out->full || out->depth == 0) {
        return;
    }
    out->depth--;
    uint8_t *const head = out->head[out->depth];
    const uint32_t items = out->items[out->depth] / (*head >> 5 == MAP ? 2u : 1u);
    out->full = items > DUO_CBOR_ITEMS;
    *head |= (uint8_t)(items & 0x1Fu);
}

void duo_cbor_number(struct duo_cbor_out *out, uint32_t value)
{
    put_head(out, UNSIGNED, value);
}

void duo_cbor_bool(struct duo_cbor_out *out, bool value)
{
    put_head(out, SIMPLE, value ? TRUE : FALSE);
}

void duo_cbor_text(struct duo_cbor_out *out, const char *text)
{
    const size_t n = strlen(text);

    put_head(out, TEXT, (uint32_t)n);
    put(out, text, n);
}

void duo_cbor_bytes(struct duo_cbor_out *out, const uint8_t *bytes, uint32_t n)
{
    put_head(out, BYTES, n);
    put(out, bytes, n);
}

void duo_cbor_put_number(struct duo_cbor_out *out, const char *key, uint32_t value)
{
    duo_cbor_text(out, key);
    duo_cbor_number(out, value);
}

void duo_cbor_put_bool(struct duo_cbor_out *out, const char *key, bool value)
{
    duo_cbor_text(out, key);
    duo_cbor_bool(out, value);
}

void duo_cbor_put_text(struct duo_cbor_out *out, const char *key, const char *text)
{
    duo_cbor_text(out, key);
    duo_cbor_text(out, text);
}

void duo_cbor_put_bytes(struct duo_cbor_out *out, const char *key, const uint8_t *bytes, uint32_t n)
{
    duo_cbor_text(out, key);
    duo_cbor_bytes(out, bytes, n);
}
