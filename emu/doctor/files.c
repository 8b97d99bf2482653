#include "emu/doctor/files.h"

#include "emu/cli/cli.h"
#include "hostlib/loader.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define FLASH_LO 0x08000000u
#define FLASH_HI 0x08200000u
#define BANK2    0x08100000u
#define MAX_FILE ((size_t)64 << 20)

struct reader {
    struct files *f;
    int clash; /* file that has content here already, -1: none */
    uint32_t clash_at;
    bool in_flash;
};

static bool take_chunk(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct reader *r = ctx;
    struct files *f = r->f;
    (void)data;
    if (addr < FLASH_LO || addr >= FLASH_HI)
        return true;
    r->in_flash = true;
    for (unsigned i = 0; i < f->nflash; i++)
        if (f->flash[i].file != f->count && addr < f->flash[i].hi && f->flash[i].lo < addr + len) {
            r->clash = (int)f->flash[i].file;
            r->clash_at = addr > f->flash[i].lo ? addr : f->flash[i].lo;
        }
    if (f->nflash < FILES_RANGES)
        f->flash[f->nflash++] = (struct flash_range){addr, addr + len, f->count};
    return true;
}

/* Program headers, read by hand: sections may have been stripped, these may not. */
static void take_ram(struct files *f, const char *path, int core, bool app)
{
    char err[256];
    uint8_t *data;
    size_t size;
    Elf32_Ehdr eh;
    if (!load_bytes(path, MAX_FILE, &data, &size, err, sizeof err))
        return;
    if (size >= sizeof eh) {
        memcpy(&eh, data, sizeof eh);
        for (unsigned i = 0; i < eh.e_phnum && f->nram < FILES_RANGES; i++) {
            Elf32_Phdr ph;
            size_t at = (size_t)eh.e_phoff + (size_t)i * eh.e_phentsize;
            if (at + sizeof ph > size)
                break;
            memcpy(&ph, data + at, sizeof ph);
            bool ram = ph.p_vaddr >= 0x10000000u && ph.p_vaddr < 0x40000000u;
            if (ph.p_type == PT_LOAD && ph.p_memsz && ram)
                f->ram[f->nram++] = (struct ram_range){ph.p_vaddr, ph.p_vaddr + ph.p_memsz, core,
                                                       ph.p_filesz != 0, app};
        }
    }
    free(data);
}

/* FILE or FILE@ADDR, as in the board's own loader. */
static const char *split(const char *arg, char *path, size_t size, uint32_t *addr)
{
    unsigned long long v;
    const char *at = strrchr(arg, '@');
    if (!at || !cli_parse_u64(at + 1, &v) || v > UINT32_MAX || (size_t)(at - arg) >= size)
        return arg;
    memcpy(path, arg, (size_t)(at - arg));
    path[at - arg] = '\0';
    *addr = (uint32_t)v;
    return path;
}

static int read_one(struct files *f, const char *arg, uint32_t addr, bool boot)
{
    char path[4096], err[512];
    const char *file = split(arg, path, sizeof path, &addr);
    struct reader r = {.f = f, .clash = -1};
    struct load_sink sink = {.chunk = take_chunk, .ctx = &r};
    struct load_result result;
    f->name[f->count] = arg;
    if (!load_file(file, addr ? &addr : NULL, &sink, &result, err, sizeof err))
        return 0; /* board_open() says it */
    if (!r.in_flash) {
        cli_error("%s has nothing in flash (its content is at 0x%08X..0x%08X): link bootloaders to "
                  "0x08000000 and 0x08100000, applications behind them, for example to 0x08020000 "
                  "and 0x08120000",
                  file, (unsigned)result.low, (unsigned)(result.high - 1));
        return EXIT_FILE;
    }
    if (r.clash >= 0) {
        cli_error("%s and %s both have content at 0x%08X: give each program once, and link the "
                  "applications to addresses of their own",
                  f->name[r.clash], file, (unsigned)r.clash_at);
        return EXIT_FILE;
    }
    if (result.kind == LOAD_ELF)
        take_ram(f, file, result.low >= BANK2 && result.low < FLASH_HI ? CM4 : CM7, !boot);
    f->count++;
    return 0;
}

int files_read(struct files *f, const struct board_args *a)
{
    int rc = 0;
    if (a->m7)
        rc = read_one(f, a->m7, FLASH_LO, true);
    if (!rc && a->m4)
        rc = read_one(f, a->m4, BANK2, true);
    for (unsigned i = 0; !rc && i < a->nloads; i++)
        rc = read_one(f, a->loads[i], 0, false);
    return rc;
}
