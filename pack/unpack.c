/* SPDX-License-Identifier: MIT */
#include "pack/unpack.h"

/* `bit` counts from the first bit of the stream. */
struct stream {
    const uint8_t *bytes;
    uint32_t bit;
};

/* The next 25 bits, and up to 7 more, at the top. */
static inline uint32_t window(const struct stream *s)
{
    const uint8_t *p = s->bytes + (s->bit >> 3);
    uint32_t w = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

    return w << (s->bit & 7u);
}

static inline uint32_t take(struct stream *s, unsigned count)
{
    uint32_t w = window(s);

    s->bit += count;
    return w >> (32u - count);
}

/* Of noise with too many zeros it makes some number, even 0, but ends as well. */
static inline uint32_t take_gamma(struct stream *s)
{
    uint32_t longest = 1u << (31u - PACK_GAMMA_ZERO);
    unsigned zeros = (unsigned)__builtin_clz(window(s) | longest);

    return take(s, 2u * zeros + 1u);
}

static bool expand(struct stream *s, uint32_t end, uint8_t *out, size_t size)
{
    uint32_t offset = 1;
    bool after_byte = false;

    for (size_t at = 0; at < size;) {
        uint32_t w = window(s);

        if (s->bit > end) {
            return false;
        }
        if (w >> 31 == 0) {
            out[at++] = (uint8_t)(w >> 23);
            s->bit += 9u;
            after_byte = true;
            continue;
        }
        s->bit++;
        uint32_t extra = 0;
        if (!after_byte || take(s, 1) == 0) {
            offset = (take_gamma(s) - 1u) << PACK_RAW_BITS;
            offset += take(s, PACK_RAW_BITS) + 1u;
            extra = 1;
        }
        after_byte = false;
        size_t length = take_gamma(s) + extra;
        if (offset > at || length > size - at) {
            return false;
        }
        for (size_t stop = at + length; at < stop; at++) {
            out[at] = out[at - offset];
        }
    }
    return true;
}

static uint32_t word_at(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

struct pack_sums pack_sums(const uint8_t *content, size_t size)
{
    struct pack_sums sums = {0, 0};

    for (size_t at = 0; at < size; at += 4) {
        sums.a += word_at(content + at);
        sums.b += sums.a;
    }
    return sums;
}

bool unpack(const uint8_t *packed, size_t available, uint8_t *out, size_t size)
{
    if (available < PACK_SUMS + PACK_LOOKAHEAD) {
        return false;
    }

    struct stream s = {packed + PACK_SUMS, 0};
    uint32_t end = (uint32_t)(available - PACK_SUMS - PACK_LOOKAHEAD) * 8u;
    if (!expand(&s, end, out, size)) {
        return false;
    }

    struct pack_sums sums = pack_sums(out, size);
    return sums.a == word_at(packed) && sums.b == word_at(packed + 4);
}
