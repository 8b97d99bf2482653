/* SPDX-License-Identifier: MIT */
/* Firmware files: ELF, Intel HEX, BIN. */
#include "hostlib/loader.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

struct seen {
    uint64_t next;
    uint32_t sum;
};

static bool chunk(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct seen *seen = ctx;

    FUZZ_CHECK(addr >= seen->next && len > 0); /* in ascending order */
    for (uint32_t i = 0; i < len; i++) {
        seen->sum += data[i];
    }
    seen->next = (uint64_t)addr + len;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t bin_addr = 0x08020000u;
    struct seen seen = {0};
    const struct load_sink sink = {chunk, &seen};
    struct load_result result;
    char err[256] = "";

    if (!load_file(fuzz_file(data, size), &bin_addr, &sink, &result, err, sizeof(err))) {
        FUZZ_CHECK(err[0] != '\0'); /* a reason */
    }
    return 0;
}
