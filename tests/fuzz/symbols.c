/* SPDX-License-Identifier: MIT */
/* Symbol tables of ELF files. */
#include "hostlib/symbols.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct symbols *symbols = symbols_new();
    char err[256], text[128];
    uint32_t addr;

    FUZZ_CHECK(symbols);
    if (symbols_add(symbols, fuzz_file(data, size), err, sizeof(err))) {
        for (uint32_t at = 0x08020000u; at < 0x08020400u; at += 0x11u) {
            (void)symbols_format(symbols, at, text, sizeof(text));
        }
        (void)symbols_find(symbols, "main", &addr);
    }
    symbols_free(symbols);
    return 0;
}
