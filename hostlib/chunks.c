/* SPDX-License-Identifier: MIT */
#include "hostlib/chunks.h"

#include <stdlib.h>

bool chunks_add(struct chunks *chunks, uint32_t addr, const uint8_t *data, uint32_t len)
{
    if (len == 0) {
        return true;
    }
    /* Records of a HEX file usually continue each other. */
    if (chunks->count > 0) {
        struct chunk *last = &chunks->list[chunks->count - 1];
        if (last->addr + last->len == addr && last->data + last->len == data &&
            last->addr + last->len != 0) {
            last->len += len;
            return true;
        }
    }
    if (chunks->count == chunks->room) {
        size_t room = chunks->room ? 2 * chunks->room : 16;
        struct chunk *list = realloc(chunks->list, room * sizeof(*list));
        if (!list) {
            return false;
        }
        chunks->list = list;
        chunks->room = room;
    }
    chunks->list[chunks->count++] = (struct chunk){.addr = addr, .len = len, .data = data};
    return true;
}

void chunks_free(struct chunks *chunks)
{
    free(chunks->list);
    *chunks = (struct chunks){0};
}

static int by_address(const void *left, const void *right)
{
    const struct chunk *a = left, *b = right;

    return (a->addr > b->addr) - (a->addr < b->addr);
}

bool chunks_settle(struct chunks *chunks, uint32_t *overlap)
{
    if (chunks->count > 0) {
        qsort(chunks->list, chunks->count, sizeof(*chunks->list), by_address);
    }
    for (size_t i = 1; i < chunks->count; i++) {
        const struct chunk *before = &chunks->list[i - 1];
        if ((uint64_t)before->addr + before->len > chunks->list[i].addr) {
            *overlap = chunks->list[i].addr;
            return false;
        }
    }
    return true;
}
