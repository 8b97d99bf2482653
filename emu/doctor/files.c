/* SPDX-License-Identifier: MIT */
#include "emu/doctor/files.h"
#include "chip/stm32h7/memory.h"

#include "emu/cli/cli.h"
#include "hostlib/loader.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define FLASH_HI (MEM_FLASH_BASE + MEM_FLASH_SIZE)
#define RAM_LO   MEM_SRAM123_ALIAS
#define RAM_HI   0x40000000u
#define ITCM_HI  (MEM_ITCM_BASE + MEM_ITCM_SIZE)
#define SECTOR   0x20000u
#define HEADER   0x1000u /* a signed image may have a header of that size before its table */
#define MAX_FILE ((size_t)64 << 20)

struct reader {
    struct files *f;
    int clash; /* file that has content here already, -1: none */
    uint32_t clash_at;
    bool in_flash;
    uint32_t low, end; /* extent of what is in flash */
};

static bool take_chunk(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct reader *r = ctx;
    struct files *f = r->f;

    (void)data;
    if (addr < MEM_FLASH_BASE || addr >= FLASH_HI) {
        return true;
    }
    r->low = r->in_flash ? r->low : addr;
    r->end = addr + len;
    r->in_flash = true;
    for (unsigned i = 0; i < f->nflash; i++) {
        if (f->flash[i].file != f->count && addr < f->flash[i].hi && f->flash[i].lo < addr + len) {
            r->clash = (int)f->flash[i].file;
            r->clash_at = addr > f->flash[i].lo ? addr : f->flash[i].lo;
        }
    }
    if (f->nflash < FILES_RANGES) {
        f->flash[f->nflash++] = (struct flash_range){addr, addr + len, f->count};
    }
    return true;
}

/* Program headers, read by hand: sections may have been stripped, these may not. */
static void take_ram(struct files *f, const char *path)
{
    char err[256];
    uint8_t *data;
    size_t size;
    Elf32_Ehdr eh;

    if (!load_bytes(path, MAX_FILE, &data, &size, err, sizeof(err))) {
        return;
    }
    if (size >= sizeof(eh)) {
        memcpy(&eh, data, sizeof(eh));
        for (unsigned i = 0; i < eh.e_phnum && f->nram < FILES_RANGES; i++) {
            Elf32_Phdr ph;
            size_t at = (size_t)eh.e_phoff + (size_t)i * eh.e_phentsize;
            if (at + sizeof(ph) > size) {
                break;
            }
            memcpy(&ph, data + at, sizeof(ph));
            bool ram = ph.p_vaddr < ITCM_HI || (ph.p_vaddr >= RAM_LO && ph.p_vaddr < RAM_HI);
            if (ph.p_type == PT_LOAD && ph.p_memsz && ram) {
                f->ram[f->nram++] =
                    (struct ram_range){.lo = ph.p_vaddr,
                                       .hi = ph.p_vaddr + ph.p_memsz,
                                       .file = f->count,
                                       .initialised = ph.p_filesz != 0,
                                       .app = f->program[f->count].kind == PROGRAM_LOADED};
            }
        }
    }
    free(data);
}

/* FILE or FILE@ADDR, as in the board's own loader. */
static const char *split(const char *arg, char *path, size_t size, uint32_t *addr)
{
    unsigned long long v;
    const char *at = strrchr(arg, '@');

    if (!at || !cli_parse_u64(at + 1, &v) || v > UINT32_MAX || (size_t)(at - arg) >= size) {
        return arg;
    }
    memcpy(path, arg, (size_t)(at - arg));
    path[at - arg] = '\0';
    *addr = (uint32_t)v;
    return path;
}

static int read_one(struct files *f, const char *arg, uint32_t addr, enum program_kind kind)
{
    char path[4096], err[512];
    const char *file = split(arg, path, sizeof(path), &addr);
    struct reader r = {.f = f, .clash = -1};
    struct load_sink sink = {.chunk = take_chunk, .ctx = &r};
    struct load_result result;

    f->program[f->count] = (struct program){.name = arg, .kind = kind};
    if (!load_file(file, addr ? &addr : NULL, &sink, &result, err, sizeof(err))) {
        return 0; /* board_open() says it */
    }
    if (!r.in_flash) {
        cli_error("%s has nothing in flash (its content is at 0x%08X..0x%08X): link bootloaders to "
                  "0x08000000 and 0x08100000, applications after them, for example to 0x08020000 "
                  "and 0x08120000",
                  file, (unsigned)result.low, (unsigned)(result.high - 1));
        return EXIT_FILE;
    }
    if (r.clash >= 0) {
        cli_error("%s and %s both have content at 0x%08X: give each program once, and link the "
                  "applications to addresses of their own",
                  f->program[r.clash].name, file, (unsigned)r.clash_at);
        return EXIT_FILE;
    }
    f->program[f->count].elf = result.kind == LOAD_ELF;
    f->program[f->count].low = r.low;
    f->program[f->count].end = r.end;
    if (result.kind == LOAD_ELF) {
        take_ram(f, file);
    }
    f->count++;
    return 0;
}

int files_read(struct files *f, const struct board_args *a)
{
    int rc = 0;

    if (a->m7) {
        rc = read_one(f, a->m7, MEM_FLASH_BASE, PROGRAM_BOOT7);
    }
    if (!rc && a->m4) {
        rc = read_one(f, a->m4, MEM_BANK2_BASE, PROGRAM_BOOT4);
    }
    for (unsigned i = 0; !rc && i < a->nloads; i++) {
        rc = read_one(f, a->loads[i], 0, PROGRAM_LOADED);
    }
    return rc;
}

/* ---- where the applications are ---- */

static uint32_t word(const struct board *b, uint32_t addr)
{
    uint32_t v = UINT32_MAX;

    return bus_peek(&b->m->bus, MASTER_DEBUG, addr, &v, sizeof(v)) ? v : UINT32_MAX;
}

/* Word 1 leads into the program itself; whether the stack pointer is any good is for the doctor. */
static bool table_in(const struct board *b, const struct program *p, uint32_t at, bool odd)
{
    uint32_t entry = word(b, at + 4);

    if (at < p->low || at + 8 > p->end || (odd && !(entry & 1))) {
        return false;
    }
    return (entry & ~1u) >= p->low && (entry & ~1u) < p->end &&
           word(b, at) - MEM_FLASH_BASE >= FLASH_HI - MEM_FLASH_BASE;
}

/* Vector table of a loaded program: at its beginning, or after a header. 0: none. */
static uint32_t table_of(const struct board *b, const struct program *p)
{
    for (uint32_t at = (p->low + 0x7F) & ~0x7Fu; at + 8 <= p->end && at - p->low <= HEADER;
         at += 0x80) {
        if (table_in(b, p, at, true)) {
            return at;
        }
    }
    return 0;
}

static const struct program *covering(const struct files *f, uint32_t addr)
{
    for (unsigned i = 0; i < f->count; i++) {
        if (addr >= f->program[i].low && addr < f->program[i].end) {
            return &f->program[i];
        }
    }
    return NULL;
}

static bool good(const struct files *f, const struct board *b, uint32_t addr)
{
    const struct program *p = covering(f, addr);

    return p && table_in(b, p, addr, false);
}

/* The loaded program of that core's bank that has a table, leaving out what the user has given to
 * the other core. */
static const struct program *candidate(const struct files *f, const struct board *b, int core,
                                       uint32_t others, uint32_t *table)
{
    uint32_t lo = core == CM7 ? MEM_FLASH_BASE : MEM_BANK2_BASE,
             hi = core == CM7 ? MEM_BANK2_BASE : FLASH_HI;

    for (unsigned i = 0; i < f->count; i++) {
        const struct program *p = &f->program[i];
        *table = p->kind == PROGRAM_LOADED ? table_of(b, p) : 0;
        if (*table >= lo && *table < hi && *table != others && *table != lo) {
            return p;
        }
    }
    return NULL;
}

static int no_table(const struct board *b, const struct program *p, uint32_t addr, int core)
{
    cli_error(
        "%s has content at 0x%08X, where the application of the Cortex-M%c is expected, but no "
        "vector table there (words 0x%08X 0x%08X; a stack pointer and the entry are needed): "
        "link the table to the beginning, or give its address with --app-m%c",
        p->name, (unsigned)addr, core == CM7 ? '7' : '4', (unsigned)word(b, addr),
        (unsigned)word(b, addr + 4), core == CM7 ? '7' : '4');
    return EXIT_FILE;
}

/* A table that was linked for another place is a finding about the firmware: linked.c. */
static bool linked_table(const struct board *b, uint32_t addr)
{
    uint32_t sp = word(b, addr), entry = word(b, addr + 4);

    return sp - RAM_LO < RAM_HI - RAM_LO && entry & 1 &&
           entry - MEM_FLASH_BASE < FLASH_HI - MEM_FLASH_BASE;
}

static int locate(struct files *f, const struct board *b, unsigned long long app[CORES],
                  const bool given[CORES], int core)
{
    uint32_t table, addr = (uint32_t)app[core], others = given[!core] ? (uint32_t)app[!core] : 0;

    if (good(f, b, addr)) {
        return 0;
    }
    const struct program *p = candidate(f, b, core, others, &table), *here = covering(f, addr);
    if (p && given[core]) {
        cli_error("--app-m%c 0x%08X has no vector table, but %s has one at 0x%08X",
                  core == CM7 ? '7' : '4', (unsigned)addr, p->name, (unsigned)table);
        return EXIT_FILE;
    }
    if (p) {
        app[core] = table;
        return 0;
    }
    if (here && here->kind == PROGRAM_LOADED && here->elf && !linked_table(b, addr)) {
        return no_table(b, here, addr, core);
    }
    if (here && here->kind != PROGRAM_LOADED && given[core]) {
        cli_error("%s reaches to 0x%08X, beyond --app-m%c 0x%08X: is it a bootloader, and was it "
                  "linked for the space in front of the application?",
                  here->name, (unsigned)here->end, core == CM7 ? '7' : '4', (unsigned)addr);
        return EXIT_FILE;
    }
    if (here && here->kind != PROGRAM_LOADED) { /* large, and no application after it */
        app[core] = (here->end + SECTOR - 1) & ~(SECTOR - 1);
    }
    return 0;
}

/* Whose program a file is: the bank tells, unless the user put the M7's application into bank 2. */
static int core_of(const struct program *p, const unsigned long long app[CORES])
{
    if (p->kind != PROGRAM_LOADED) {
        return p->kind == PROGRAM_BOOT4 ? CM4 : CM7;
    }
    for (int i = 0; i < CORES; i++) {
        if (app[i] >= p->low && app[i] < p->end) {
            return i;
        }
    }
    return p->low >= MEM_BANK2_BASE ? CM4 : CM7;
}

int files_locate(struct files *f, const struct board *b, unsigned long long app[CORES],
                 const bool given[CORES])
{
    int rc = locate(f, b, app, given, CM7);

    if (!rc) {
        rc = locate(f, b, app, given, CM4);
    }
    for (unsigned i = 0; i < f->nram; i++) {
        f->ram[i].core = core_of(&f->program[f->ram[i].file], app);
    }
    return rc;
}
