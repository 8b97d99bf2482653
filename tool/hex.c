/* SPDX-License-Identifier: MIT */
#include "tool/hex.h"

#include <stdio.h>
#include <stdlib.h>

enum record_type { RECORD_DATA = 0, RECORD_END = 1, RECORD_UPPER = 4 };

static bool make_room(struct hex *h, size_t size)
{
    if (h->room - h->size >= size) {
        return true;
    }
    size_t room = h->room * 2 + 4096;
    char *text = realloc(h->text, room);
    if (!text) {
        h->failed = true;
        return false;
    }
    h->text = text;
    h->room = room;
    return true;
}

static void put_record(struct hex *h, enum record_type type, uint16_t addr, const uint8_t *data,
                       size_t len)
{
    unsigned sum = (unsigned)len + (addr >> 8) + (addr & 0xFFu) + (unsigned)type;

    if (!make_room(h, 64)) {
        return;
    }
    h->size += (size_t)snprintf(h->text + h->size, 16, ":%02X%04X%02X", (unsigned)len, addr,
                                (unsigned)type);
    for (size_t i = 0; i < len; i++) {
        sum += data[i];
        h->size += (size_t)snprintf(h->text + h->size, 8, "%02X", data[i]);
    }
    h->size += (size_t)snprintf(h->text + h->size, 8, "%02X\n", (0x100u - (sum & 0xFFu)) & 0xFFu);
}

void hex_put16(struct hex *h, uint32_t addr, const uint8_t data[16])
{
    if (addr >> 16 != h->upper) {
        h->upper = addr >> 16;
        const uint8_t high[2] = {(uint8_t)(h->upper >> 8), (uint8_t)h->upper};
        put_record(h, RECORD_UPPER, 0, high, 2);
    }
    put_record(h, RECORD_DATA, (uint16_t)addr, data, 16);
}

void hex_end(struct hex *h)
{
    put_record(h, RECORD_END, 0, NULL, 0);
}
