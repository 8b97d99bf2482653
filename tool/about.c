/* SPDX-License-Identifier: MIT */
#include "tool/about.h"

#include <stdlib.h>
#include <string.h>

#include "hostlib/loader.h"

/* A file may be one HEX with both bootloaders and a set: both banks. */
enum { LARGEST = 0x200000 };

struct memory {
    uint8_t *bytes;
    uint32_t base, size;
};

static bool put(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct memory *m = ctx;

    if (m->size == 0) {
        m->base = addr;
    }
    const uint32_t at = addr - m->base;
    if (at >= LARGEST || len > LARGEST - at) {
        return false;
    }
    memcpy(m->bytes + at, data, len);
    m->size = at + len;
    return true;
}

static bool search(const struct memory *m, struct duo_about_record *record)
{
    for (uint32_t i = 0; i + sizeof(*record) <= m->size; i += 4) {
        if (memcmp(m->bytes + i, DUO_ABOUT_MAGIC, sizeof(record->about.magic)) == 0) {
            memcpy(record, m->bytes + i, sizeof(*record));
            record->about.version[sizeof(record->about.version) - 1] = '\0';
            record->about.layout[sizeof(record->about.layout) - 1] = '\0';
            return true;
        }
    }
    return false;
}

bool about_find(const char *path, struct duo_about_record *record)
{
    const uint32_t anywhere = 0;
    struct memory memory = {.bytes = calloc(1, LARGEST)};
    const struct load_sink sink = {put, &memory};
    struct load_result result;
    char error[256];

    const bool found = memory.bytes &&
                       load_file(path, &anywhere, &sink, &result, error, sizeof(error)) &&
                       search(&memory, record);
    free(memory.bytes);
    return found;
}
