/* SPDX-License-Identifier: MIT */
/* What `duoboot info` reads from a bootloader: the record about itself, wherever a file has it. */
#include "tool/about.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct duo_about_record record;

    if (about_find(fuzz_file(data, size), &record)) {
        FUZZ_CHECK(duo_ring_count(&record.ring) <= DUO_KEYS_MAX);
        FUZZ_CHECK(memchr(record.about.version, '\0', sizeof(record.about.version)));
        FUZZ_CHECK(memchr(record.about.layout, '\0', sizeof(record.about.layout)));
    }
    return 0;
}
