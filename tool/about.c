/* SPDX-License-Identifier: MIT */
#include "tool/about.h"

#include <stddef.h>
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

/* Of bootloaders before version 0.2: without the last four bytes, and then one key. */
#define OLD_MAGIC    "duoboot about 1"
#define PLAIN_RECORD offsetof(struct duo_about_record, lms)
enum { OLD_ABOUT = sizeof(struct duo_about) - 4, OLD_RECORD = OLD_ABOUT + DUO_PUBKEY_SIZE };

/* What follows the keys is the LMS keys only where the record says so. */
static void take_record(const uint8_t *bytes, uint32_t left, struct duo_about_record *record)
{
    memset(record, 0, sizeof(*record));
    memcpy(record, bytes, PLAIN_RECORD);
    if (record->about.second && left >= sizeof(*record)) {
        memcpy(&record->lms, bytes + PLAIN_RECORD, sizeof(record->lms));
    }
}

static bool read_record(const uint8_t *bytes, uint32_t left, struct duo_about_record *record)
{
    struct duo_pubkey key;

    if (left >= PLAIN_RECORD && memcmp(bytes, DUO_ABOUT_MAGIC, sizeof(DUO_ABOUT_MAGIC)) == 0) {
        take_record(bytes, left, record);
        return duo_ring_count(&record->ring) == record->ring.count;
    }
    if (left < OLD_RECORD || memcmp(bytes, OLD_MAGIC, sizeof(OLD_MAGIC)) != 0) {
        return false;
    }
    memset(record, 0, sizeof(*record));
    memcpy(&record->about, bytes, OLD_ABOUT);
    memcpy(key.xy, bytes + OLD_ABOUT, sizeof(key.xy));
    (void)duo_trust_one(&record->ring, &key);
    return true;
}

bool about_find_in(const uint8_t *data, uint32_t size, struct duo_about_record *record)
{
    for (uint32_t i = 0; i < size; i += 4) {
        if (read_record(data + i, size - i, record)) {
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
                       about_find_in(memory.bytes, memory.size, record);
    free(memory.bytes);
    return found;
}
