/* SPDX-License-Identifier: MIT */
#include "emu/cli/board_files.h"

#include "chip/stm32h7/memory.h"
#include "emu/cli/cli.h"
#include "hostlib/loader.h"

#include <stdio.h>
#include <string.h>

#define CM7_BOOT MEM_BANK1_BASE /* factory boot addresses (RM0399, option bytes) */
#define CM4_BOOT MEM_BANK2_BASE

size_t board_path_length(const char *value, unsigned long long *addr)
{
    const char *at = strrchr(value, '@');

    return at && cli_parse_u64(at + 1, addr) && *addr <= UINT32_MAX ? (size_t)(at - value)
                                                                    : strlen(value);
}

struct sink {
    struct machine *m;
    const char *path;
    char *err;
    size_t errlen;
};

static bool store(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct sink *s = ctx;
    const struct mem *mem = bus_find_mem(&s->m->bus, addr, MASTER_DEBUG);

    if (!mem || len > mem->size - (addr - mem->base)) {
        snprintf(
            s->err, s->errlen,
            "%s has content at 0x%08X..0x%08X, where this chip has no memory: link it to flash "
            "(0x08000000-0x081FFFFF) or RAM",
            s->path, (unsigned)addr, (unsigned)(addr + len - 1));
        return false;
    }
    return bus_poke(&s->m->bus, MASTER_DEBUG, addr, data, len);
}

static int add_symbols(struct board *b, const char *path, int core)
{
    char err[512];

    if (!symbols_add(b->symbols[core], path, err, sizeof(err)) ||
        !symbols_add(b->symbols[2], path, err, sizeof(err))) {
        cli_error("%s", err);
        return EXIT_FILE;
    }
    return 0;
}

static int load(struct board *b, const char *path, const uint32_t *bin_addr, int core)
{
    char err[512];
    struct load_result result;
    struct sink sink = {.m = b->m, .path = path, .err = err, .errlen = sizeof(err)};
    struct load_sink ls = {.chunk = store, .ctx = &sink};

    if (!load_file(path, bin_addr, &ls, &result, err, sizeof(err))) {
        cli_error("%s", err);
        return EXIT_FILE;
    }
    if (result.kind != LOAD_BIN && core < 0 && bin_addr) {
        cli_error("%s is %s, which says itself where it goes; leave out @0x%08X", path,
                  result.kind == LOAD_ELF ? "ELF" : "Intel HEX", (unsigned)*bin_addr);
        return EXIT_USAGE;
    }
    /* Which core a --load file belongs to shows in its address: bank 2 is the M4's. */
    if (core < 0) {
        core = result.low >= CM4_BOOT ? CM4 : CM7;
    }
    return result.kind == LOAD_ELF ? add_symbols(b, path, core) : 0;
}

static bool store_nothing(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    (void)ctx, (void)addr, (void)data, (void)len;
    return true;
}

static int load_symbols(struct board *b, const char *path)
{
    char err[512];
    struct load_result result;
    struct load_sink nowhere = {.chunk = store_nothing};

    if (!load_file(path, NULL, &nowhere, &result, err, sizeof(err))) {
        cli_error("%s", err);
        return EXIT_FILE;
    }
    if (result.kind != LOAD_ELF) {
        cli_error("--symbols %s: names of functions are in ELF files only; give the file that the "
                  "linker made",
                  path);
        return EXIT_FILE;
    }
    return add_symbols(b, path, result.low >= CM4_BOOT ? CM4 : CM7);
}

/* FILE or FILE@ADDR; a BIN file needs the address. */
static int load_extra(struct board *b, const char *arg)
{
    char path[4096];
    unsigned long long addr = 0;
    size_t len = board_path_length(arg, &addr);

    if (!arg[len]) {
        return load(b, arg, NULL, -1);
    }
    if (len >= sizeof(path)) {
        cli_error("file name too long: %s", arg);
        return EXIT_USAGE;
    }
    memcpy(path, arg, len);
    path[len] = '\0';
    uint32_t base = (uint32_t)addr;
    return load(b, path, &base, -1);
}

int board_load_all(struct board *b, const struct board_args *a)
{
    static const uint32_t cm7 = CM7_BOOT, cm4 = CM4_BOOT;
    int rc = 0;

    if (a->m7) {
        rc = load(b, a->m7, &cm7, CM7);
    }
    if (!rc && a->m4) {
        rc = load(b, a->m4, &cm4, CM4);
    }
    for (unsigned i = 0; !rc && i < a->nloads; i++) {
        rc = load_extra(b, a->loads[i]);
    }
    for (unsigned i = 0; !rc && i < a->nsymbols; i++) {
        rc = load_symbols(b, a->symbols[i]);
    }
    return rc;
}
