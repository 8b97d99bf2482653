/* SPDX-License-Identifier: MIT */
#include "hostlib/symbols.h"

#include <elf.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlib/chunks.h"

/* How far after a label without a size its name is still worth printing. */
#define LABEL_REACH 0x10000u

struct symbol {
    uint32_t addr, size, reach;
    char *name;
};

struct symbols {
    struct symbol *list;
    size_t count, room;
};

struct symbols *symbols_new(void)
{
    return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols) {
        return;
    }
    for (size_t i = 0; i < symbols->count; i++) {
        free(symbols->list[i].name);
    }
    free(symbols->list);
    free(symbols);
}

static bool append(struct symbols *symbols, uint32_t addr, uint32_t size, uint32_t reach,
                   const char *name)
{
    if (symbols->count == symbols->room) {
        size_t room = symbols->room ? 2 * symbols->room : 256;
        struct symbol *list = realloc(symbols->list, room * sizeof(*list));
        if (!list) {
            return false;
        }
        symbols->list = list;
        symbols->room = room;
    }
    char *copy = strdup(name);
    if (!copy) {
        return false;
    }
    struct symbol *s = &symbols->list[symbols->count++];
    s->addr = addr;
    s->size = size;
    s->reach = reach;
    s->name = copy;
    return true;
}

/* Functions, objects and labels; not files, sections, or ARM's mapping symbols ($t, $d...). */
static bool wanted(const GElf_Sym *sym, const char *name)
{
    int type = GELF_ST_TYPE(sym->st_info);

    return sym->st_shndx != SHN_UNDEF && sym->st_shndx != SHN_ABS && name && name[0] != '\0' &&
           name[0] != '$' && (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

/* A label covers what follows it in its section, and no more: one at the end of a program would
 * give its name to the next program in flash. */
static uint32_t reach_of(Elf *elf, const GElf_Sym *sym, uint32_t addr)
{
    GElf_Shdr sh;
    Elf_Scn *scn = elf_getscn(elf, sym->st_shndx);

    if (sym->st_size > 0) {
        return (uint32_t)sym->st_size;
    }
    if (!scn || !gelf_getshdr(scn, &sh) || addr < sh.sh_addr || addr >= sh.sh_addr + sh.sh_size) {
        return 0;
    }
    const uint64_t rest = sh.sh_addr + sh.sh_size - addr;
    return rest < LABEL_REACH ? (uint32_t)rest : LABEL_REACH;
}

static bool add_table(struct symbols *symbols, Elf *elf, Elf_Scn *scn, const GElf_Shdr *sh)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    GElf_Sym sym;

    for (int i = 0; data && gelf_getsym(data, i, &sym); i++) {
        const char *name = elf_strptr(elf, sh->sh_link, sym.st_name);
        if (!wanted(&sym, name)) {
            continue;
        }
        bool code = GELF_ST_TYPE(sym.st_info) == STT_FUNC;
        uint32_t addr = (uint32_t)sym.st_value & (code ? ~1u : ~0u);
        if (!append(symbols, addr, (uint32_t)sym.st_size, reach_of(elf, &sym, addr), name)) {
            return false;
        }
    }
    return true;
}

static int rank(const struct symbol *s)
{
    return s->size > 0 ? 0 : 1;
}

/* By address; at one address those with a size come last, so that a search finds them first. */
static int by_address(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;

    if (a->addr != b->addr) {
        return a->addr < b->addr ? -1 : 1;
    }
    return rank(b) - rank(a);
}

static bool add_elf(struct symbols *symbols, Elf *elf)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr sh;

    while ((scn = elf_nextscn(elf, scn))) {
        if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_SYMTAB &&
            !add_table(symbols, elf, scn, &sh)) {
            return false;
        }
    }
    if (symbols->count > 0) {
        qsort(symbols->list, symbols->count, sizeof(*symbols->list), by_address);
    }
    return true;
}

bool symbols_add(struct symbols *symbols, const char *path, char *err_text, size_t err_size)
{
    const struct load_error err = {err_text, err_size};
    uint8_t *data;
    size_t size;
    bool ok = true;

    if (!load_bytes(path, LOAD_MAX_FILE, &data, &size, err_text, err_size)) {
        return false;
    }
    if (size >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0) {
        (void)elf_version(EV_CURRENT);
        Elf *elf = elf_memory((char *)data, size);
        ok = elf ? add_elf(symbols, elf) || load_fail(&err, "%s: out of memory", path)
                 : load_fail(&err, "%s: damaged ELF file: %s", path, elf_errmsg(-1));
        elf_end(elf);
    }
    free(data);
    return ok;
}

size_t symbols_count(const struct symbols *symbols)
{
    return symbols->count;
}

/* Index of the last symbol at or below addr, or count. */
static size_t last_at_or_below(const struct symbols *symbols, uint32_t addr)
{
    size_t low = 0, high = symbols->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (symbols->list[mid].addr <= addr) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low == 0 ? symbols->count : low - 1;
}

const char *symbols_name(const struct symbols *symbols, uint32_t addr, uint32_t *offset)
{
    addr &= ~1u;
    size_t i = last_at_or_below(symbols, addr);
    if (i == symbols->count) {
        return NULL;
    }
    const struct symbol *s = &symbols->list[i];
    if (addr - s->addr >= s->reach) {
        return NULL;
    }
    if (offset) {
        *offset = addr - s->addr;
    }
    return s->name;
}

bool symbols_find(const struct symbols *symbols, const char *name, uint32_t *addr)
{
    for (size_t i = 0; i < symbols->count; i++) {
        if (strcmp(symbols->list[i].name, name) == 0) {
            *addr = symbols->list[i].addr;
            return true;
        }
    }
    return false;
}

const char *symbols_format(const struct symbols *symbols, uint32_t addr, char *buf, size_t size)
{
    uint32_t offset = 0;
    const char *name = symbols ? symbols_name(symbols, addr, &offset) : NULL;

    if (!name) {
        snprintf(buf, size, "0x%08x", addr);
    } else if (offset == 0) {
        snprintf(buf, size, "%s", name);
    } else {
        snprintf(buf, size, "%s+0x%x", name, offset);
    }
    return buf;
}
