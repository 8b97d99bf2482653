/* SPDX-License-Identifier: MIT */
/*
 * As much of CBOR (RFC 8949) as SMP messages need. Reading: a well-formed item of definite length,
 * at most DUO_CBOR_DEPTH deep, whose map keys of interest are texts; numbers beyond 32 bits, tags
 * and floating point are passed over where nobody asks for them. Writing: what fits, and a flag for
 * what does not. No heap, no recursion without an end, nothing is read beyond the end.
 */
#ifndef DUO_PROTO_CBOR_H
#define DUO_PROTO_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUO_CBOR_DEPTH 8u

enum duo_cbor_type {
    DUO_CBOR_NUMBER, /* not negative, below 2^32 */
    DUO_CBOR_BYTES,
    DUO_CBOR_TEXT,
    DUO_CBOR_ARRAY,
    DUO_CBOR_MAP,
    DUO_CBOR_BOOL,
    DUO_CBOR_OTHER /* well formed, and of no use here */
};

struct duo_cbor_item {
    enum duo_cbor_type type;
    uint32_t number;      /* NUMBER; BOOL: 0 or 1; ARRAY, MAP: how many items or pairs */
    const uint8_t *bytes; /* BYTES, TEXT: the content; ARRAY, MAP: the first item */
    uint32_t size;        /* BYTES, TEXT: its length; ARRAY, MAP: bytes of all items */
};

/* Is this one well-formed map and nothing after it? Then *map is it. */
bool duo_cbor_read_map(const uint8_t *bytes, size_t n, struct duo_cbor_item *map);

/* The value of a key in a map from duo_cbor_read_map(); false when there is none, and then *value
 * is as it was. The first counts. */
bool duo_cbor_find(const struct duo_cbor_item *map, const char *key, struct duo_cbor_item *value);

/* The same when the value must be of one type; false also when it is of another. */
bool duo_cbor_get(const struct duo_cbor_item *map, const char *key, enum duo_cbor_type type,
                  struct duo_cbor_item *value);

/* Takes the first item from a map or array (of a map keys and values in turn), which is the rest
 * then; false: there is none. */
bool duo_cbor_next(struct duo_cbor_item *rest, struct duo_cbor_item *item);

/* Maps and arrays that are open, one in another; and the most that one of them may hold. */
#define DUO_CBOR_OPEN  6u
#define DUO_CBOR_ITEMS 23u

/* Where the next item goes. Begin with duo_cbor_begin(). */
struct duo_cbor_out {
    uint8_t *at;
    uint8_t *end;
    bool full; /* something did not fit; what is there is of no use */
    /* private */
    uint8_t *head[DUO_CBOR_OPEN]; /* of each map or array that is open */
    uint32_t items[DUO_CBOR_OPEN];
    uint32_t depth;
};

void duo_cbor_begin(struct duo_cbor_out *out, uint8_t *bytes, size_t size);

/* Each needs duo_cbor_end(), which writes how many items there are. */
void duo_cbor_map(struct duo_cbor_out *out);
void duo_cbor_array(struct duo_cbor_out *out);
void duo_cbor_end(struct duo_cbor_out *out);

void duo_cbor_number(struct duo_cbor_out *out, uint32_t value);
void duo_cbor_bool(struct duo_cbor_out *out, bool value);
void duo_cbor_text(struct duo_cbor_out *out, const char *text);
void duo_cbor_bytes(struct duo_cbor_out *out, const uint8_t *bytes, uint32_t n);

/* A pair of a map. */
void duo_cbor_put_number(struct duo_cbor_out *out, const char *key, uint32_t value);
void duo_cbor_put_bool(struct duo_cbor_out *out, const char *key, bool value);
void duo_cbor_put_text(struct duo_cbor_out *out, const char *key, const char *text);
void duo_cbor_put_bytes(struct duo_cbor_out *out, const char *key, const uint8_t *bytes,
                        uint32_t n);

#endif
