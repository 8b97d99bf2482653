/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/ring.h"

#include <string.h>

bool ring_empty(const struct ring *r)
{
    return r->in == r->out;
}

uint32_t ring_room(const struct ring *r)
{
    return r->size - (r->in - r->out);
}

/* Sizes divide 2^32, or the place of a byte would jump when the counts wrap: not before 4 GiB. */
void ring_put(struct ring *r, const uint8_t *bytes, uint32_t n)
{
    const uint32_t at = r->in % r->size;
    const uint32_t first = n < r->size - at ? n : r->size - at;

    memcpy(r->bytes + at, bytes, first);
    memcpy(r->bytes, bytes + first, n - first);
    r->in += n;
}

const uint8_t *ring_front(const struct ring *r, uint32_t max, uint32_t *n)
{
    const uint32_t at = r->out % r->size;

    *n = r->in - r->out;
    *n = *n < r->size - at ? *n : r->size - at;
    *n = *n < max ? *n : max;
    return r->bytes + at;
}

void ring_drop(struct ring *r, uint32_t n)
{
    r->out += n;
}
