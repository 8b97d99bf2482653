/* SPDX-License-Identifier: MIT */
/*
 * The smallest sequence of tokens, nearly: for each position the cheapest way to it, once with a
 * byte and once with a match as the last token, because they differ in what may follow. Nearly,
 * because only the cheapest way is remembered, while a dearer one may leave a better offset to be
 * repeated.
 */
#include "pack/pack.h"

#include <stdlib.h>
#include <string.h>

#define BYTE_BITS  9u
#define LONGEST    512u /* a limit on time, for long runs of one byte */
#define NOWHERE    UINT32_MAX
#define LAST_BYTE  0
#define LAST_MATCH 1
#define PAIRS      65536u

/* The cheapest way to a position. */
struct way {
    uint32_t bits;
    uint32_t offset; /* of its last match, or 1 */
    uint32_t length; /* of its last token; 0: a byte */
    bool again;      /* its last token repeats an offset */
    uint8_t last;    /* which of the ways to the position before that token */
};

struct packer {
    const uint8_t *content;
    uint32_t size;
    struct way (*to)[2]; /* [position][LAST_...] */
    uint32_t *earlier;   /* position of the previous occurrence of the two bytes here, or NOWHERE */
    uint32_t newest[PAIRS];
    uint8_t *out;
    size_t bit;
};

static unsigned gamma_bits(uint32_t value)
{
    return 2u * (31u - (unsigned)__builtin_clz(value)) + 1u;
}

static uint32_t pair_at(const struct packer *p, uint32_t at)
{
    return p->content[at] | (uint32_t)p->content[at + 1] << 8;
}

static uint32_t common(const struct packer *p, uint32_t at, uint32_t offset)
{
    uint32_t limit = p->size - at < LONGEST ? p->size - at : LONGEST, n = 0;

    while (n < limit && p->content[at + n] == p->content[at + n - offset]) {
        n++;
    }
    return n;
}

static void consider(struct way *to, struct way way)
{
    if (way.bits < to->bits) {
        *to = way;
    }
}

static void try_byte(struct packer *p, uint32_t at, uint8_t last)
{
    const struct way *from = &p->to[at][last];

    if (from->bits != NOWHERE) {
        consider(&p->to[at + 1][LAST_BYTE],
                 (struct way){from->bits + BYTE_BITS, from->offset, 0, false, last});
    }
}

/* All lengths from `shortest` on: a shorter match than possible may end where a better one begins.
 */
static void try_match(struct packer *p, uint32_t at, struct way way, uint32_t shortest,
                      uint32_t longest)
{
    uint32_t bits = way.bits;

    for (uint32_t n = shortest; n <= longest; n++) {
        way.bits = bits + gamma_bits(way.again ? n : n - 1u);
        way.length = n;
        consider(&p->to[at + n][LAST_MATCH], way);
    }
}

static void try_again(struct packer *p, uint32_t at)
{
    const struct way *from = &p->to[at][LAST_BYTE];

    if (from->bits == NOWHERE || from->offset > at) {
        return;
    }
    struct way way = {from->bits + 2u, from->offset, 0, true, LAST_BYTE};
    try_match(p, at, way, 1, common(p, at, from->offset));
}

/* The cheaper of the ways to here to go on from with a new offset. Behind a byte it has one bit
 * more. */
static bool start_of_match(const struct packer *p, uint32_t at, struct way *start)
{
    const struct way *byte = &p->to[at][LAST_BYTE], *match = &p->to[at][LAST_MATCH];
    uint32_t after_byte = byte->bits == NOWHERE ? NOWHERE : byte->bits + 2u;
    uint32_t after_match = match->bits == NOWHERE ? NOWHERE : match->bits + 1u;

    start->again = false;
    start->last = after_byte < after_match ? LAST_BYTE : LAST_MATCH;
    start->bits = start->last == LAST_BYTE ? after_byte : after_match;
    return start->bits != NOWHERE;
}

/* From near to far: an offset farther back costs more, so it is of use only for a longer match. */
static void try_offsets(struct packer *p, uint32_t at)
{
    struct way start;
    uint32_t done = 1;

    if (!start_of_match(p, at, &start)) {
        return;
    }
    for (uint32_t from = p->earlier[at]; from != NOWHERE; from = p->earlier[from]) {
        if (done == LONGEST || at + done == p->size) {
            return;
        }
        uint32_t offset = at - from;
        if (p->content[from + done] != p->content[at + done]) {
            continue; /* no longer than what there is */
        }
        uint32_t longest = common(p, at, offset);
        if (longest <= done) {
            continue;
        }
        struct way way = start;
        way.offset = offset;
        way.bits += gamma_bits(((offset - 1u) >> PACK_RAW_BITS) + 1u) + PACK_RAW_BITS;
        try_match(p, at, way, done + 1u, longest);
        done = longest;
    }
}

static void remember_pairs(struct packer *p)
{
    for (uint32_t i = 0; i < PAIRS; i++) {
        p->newest[i] = NOWHERE;
    }
    for (uint32_t at = 0; at < p->size; at++) {
        p->earlier[at] = NOWHERE;
        if (at + 1 < p->size) {
            p->earlier[at] = p->newest[pair_at(p, at)];
            p->newest[pair_at(p, at)] = at;
        }
    }
}

/* The stream begins as after a match: there is nothing yet that could be repeated. */
static void find_ways(struct packer *p)
{
    for (uint32_t at = 0; at <= p->size; at++) {
        p->to[at][LAST_BYTE].bits = p->to[at][LAST_MATCH].bits = NOWHERE;
    }
    p->to[0][LAST_MATCH] = (struct way){0, 1, 0, false, LAST_MATCH};
    for (uint32_t at = 0; at < p->size; at++) {
        try_byte(p, at, LAST_BYTE);
        try_byte(p, at, LAST_MATCH);
        try_again(p, at);
        try_offsets(p, at);
    }
}

static void put(struct packer *p, uint32_t value, unsigned count)
{
    while (count-- > 0) {
        if (value >> count & 1u) {
            p->out[p->bit / 8] |= (uint8_t)(0x80u >> p->bit % 8);
        }
        p->bit++;
    }
}

static void put_gamma(struct packer *p, uint32_t value)
{
    put(p, value, gamma_bits(value)); /* the number with its leading zeros */
}

static void put_token(struct packer *p, uint32_t at, const struct way *token)
{
    if (token->length == 0) {
        put(p, p->content[at], BYTE_BITS);
        return;
    }
    put(p, 1, 1);
    if (token->last == LAST_BYTE) {
        put(p, token->again, 1);
    }
    if (!token->again) {
        put_gamma(p, ((token->offset - 1u) >> PACK_RAW_BITS) + 1u);
        put(p, (token->offset - 1u) & ((1u << PACK_RAW_BITS) - 1u), PACK_RAW_BITS);
    }
    put_gamma(p, token->again ? token->length : token->length - 1u);
}

/* Ways lead backwards; `next` turns the best one round, in the entries that it no longer needs. */
static void put_stream(struct packer *p, uint32_t *next)
{
    uint8_t last =
        p->to[p->size][LAST_BYTE].bits < p->to[p->size][LAST_MATCH].bits ? LAST_BYTE : LAST_MATCH;

    for (uint32_t at = p->size; at > 0;) {
        const struct way *way = &p->to[at][last];
        uint32_t before = at - (way->length == 0 ? 1u : way->length);
        next[before] = at << 1 | last;
        last = way->last;
        at = before;
    }
    for (uint32_t at = 0; at < p->size; at = next[at] >> 1) {
        put_token(p, at, &p->to[next[at] >> 1][next[at] & 1u]);
    }
}

static void put_word(uint8_t *out, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++) {
        out[i] = (uint8_t)(word >> 8 * i);
    }
}

size_t pack(const uint8_t *content, size_t size, uint8_t *out)
{
    struct packer *p = calloc(1, sizeof(*p));
    size_t used = 0;

    if (!p) {
        return 0;
    }
    p->content = content;
    p->size = (uint32_t)size;
    p->to = calloc(size + 1, sizeof(*p->to));
    p->earlier = calloc(size + 1, sizeof(*p->earlier));
    if (p->to && p->earlier) {
        struct pack_sums sums = pack_sums(content, size);
        memset(out, 0, PACK_ROOM(size));
        put_word(out, sums.a);
        put_word(out + 4, sums.b);
        p->out = out + PACK_SUMS;
        remember_pairs(p);
        find_ways(p);
        put_stream(p, p->earlier);
        used = PACK_SUMS + (p->bit + 7) / 8;
    }
    free(p->earlier);
    free(p->to);
    free(p);
    return used;
}
