/* SPDX-License-Identifier: MIT */
#include "pack/elf.h"

#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pack/pack.h"

struct elf {
    uint8_t *file;
    size_t size;
    Elf32_Shdr *sections;
    Elf32_Phdr *segments;
    unsigned nsections, nsegments;
    const char *names;
    uint32_t names_size;
    struct elf_pack_result *result;
};

__attribute__((format(printf, 2, 3))) static void say(struct elf *elf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(elf->result->error, sizeof(elf->result->error), format, args);
    va_end(args);
}

/* A macro, so that a function can end with it and static analysis sees the value. */
#define fail(...) (say(__VA_ARGS__), false)

static bool inside(const struct elf *elf, uint64_t offset, uint64_t size)
{
    return offset <= elf->size && size <= elf->size - offset;
}

/* The toolchain's files have tables at multiples of 4, so their entries can be used where they are.
 */
static bool open_tables(struct elf *elf)
{
    const Elf32_Ehdr *eh = (const Elf32_Ehdr *)(void *)elf->file;

    if (elf->size < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
        eh->e_ident[EI_CLASS] != ELFCLASS32 || eh->e_ident[EI_DATA] != ELFDATA2LSB) {
        return fail(elf, "not a 32-bit little-endian ELF file");
    }
    elf->nsections = eh->e_shnum;
    elf->nsegments = eh->e_phnum;
    if (eh->e_shoff % 4 != 0 || eh->e_phoff % 4 != 0 || eh->e_shstrndx >= eh->e_shnum ||
        !inside(elf, eh->e_shoff, (uint64_t)elf->nsections * sizeof(Elf32_Shdr)) ||
        !inside(elf, eh->e_phoff, (uint64_t)elf->nsegments * sizeof(Elf32_Phdr))) {
        return fail(elf, "its section or segment table is damaged");
    }
    elf->sections = (Elf32_Shdr *)(void *)(elf->file + eh->e_shoff);
    elf->segments = (Elf32_Phdr *)(void *)(elf->file + eh->e_phoff);

    const Elf32_Shdr *names = &elf->sections[eh->e_shstrndx];
    if (!inside(elf, names->sh_offset, names->sh_size) || names->sh_size == 0 ||
        elf->file[names->sh_offset + names->sh_size - 1] != '\0') {
        return fail(elf, "its section names are damaged");
    }
    elf->names = (const char *)elf->file + names->sh_offset;
    elf->names_size = names->sh_size;
    return true;
}

static Elf32_Shdr *section(struct elf *elf, const char *name)
{
    for (unsigned i = 0; i < elf->nsections; i++) {
        Elf32_Shdr *s = &elf->sections[i];
        if (s->sh_name < elf->names_size && strcmp(elf->names + s->sh_name, name) == 0) {
            if (s->sh_type == SHT_PROGBITS && !inside(elf, s->sh_offset, s->sh_size)) {
                return say(elf, "%s lies outside the file", name), NULL;
            }
            if (s->sh_type != SHT_PROGBITS) {
                return say(elf, "%s has no content; was it packed before?", name), NULL;
            }
            return s;
        }
    }
    return say(elf, "there is no section %s", name), NULL;
}

/* The segment that loads this section, and nothing else. */
static Elf32_Phdr *segment_of(struct elf *elf, const Elf32_Shdr *s, const char *name)
{
    for (unsigned i = 0; i < elf->nsegments; i++) {
        Elf32_Phdr *p = &elf->segments[i];
        if (p->p_type == PT_LOAD && p->p_offset == s->sh_offset && p->p_vaddr == s->sh_addr &&
            p->p_filesz == s->sh_size) {
            return p;
        }
    }
    return say(elf, "%s is not alone in its segment; see PHDRS in the linker script", name), NULL;
}

/* Appends the section's content and takes it out of what is loaded. `next` is where it must lie. */
static bool take_section(struct elf *elf, const char *name, uint8_t *content, uint32_t *next)
{
    Elf32_Shdr *s = section(elf, name);

    if (!s) {
        return false;
    }
    if (s->sh_size == 0) {
        return true;
    }
    Elf32_Phdr *p = segment_of(elf, s, name);
    if (!p) {
        return false;
    }
    if (elf->result->content != 0 && p->p_paddr != *next) {
        return fail(elf, "%s has load address 0x%08x, not 0x%08x behind the section before it",
                    name, p->p_paddr, *next);
    }
    if (s->sh_size > PACK_MAX_CONTENT - elf->result->content) {
        return fail(elf, "there is more to pack than %u bytes", PACK_MAX_CONTENT);
    }
    memcpy(content + elf->result->content, elf->file + s->sh_offset, s->sh_size);
    elf->result->content += s->sh_size;
    *next = p->p_paddr + s->sh_size;
    s->sh_type = SHT_NOBITS;
    p->p_filesz = 0;
    return true;
}

/* The packed content, if it unpacks to the same. */
static bool make_packed(struct elf *elf, const uint8_t *content, uint8_t *packed)
{
    static uint8_t again[PACK_MAX_CONTENT];
    struct elf_pack_result *r = elf->result;

    if (r->content % 4 != 0) {
        return fail(elf, "%zu bytes are not whole words; align the end of the last section",
                    r->content);
    }
    r->packed = pack(content, r->content, packed);
    if (r->packed == 0) {
        return fail(elf, "out of memory");
    }
    if (!unpack(packed, r->packed + PACK_LOOKAHEAD, again, r->content) ||
        memcmp(content, again, r->content) != 0) {
        return fail(elf, "does not unpack to the same content: an error in pack/pack.c");
    }
    return true;
}

static bool put_packed(struct elf *elf, const uint8_t *packed)
{
    struct elf_pack_result *r = elf->result;
    Elf32_Shdr *s = section(elf, ".packed");
    Elf32_Phdr *p = s ? segment_of(elf, s, ".packed") : NULL;

    if (!p) {
        return false;
    }
    r->room = s->sh_size;
    if (r->packed > r->room) {
        return fail(elf,
                    "%zu bytes are packed to %zu, but .packed has room for %zu: shrink the program",
                    r->content, r->packed, r->room);
    }
    memcpy(elf->file + s->sh_offset, packed, r->packed);
    memset(elf->file + s->sh_offset + r->packed, 0xFF, r->room - r->packed);
    s->sh_size = p->p_filesz = p->p_memsz = (uint32_t)r->packed;
    return true;
}

bool elf_pack(uint8_t *file, size_t size, char *const *names, unsigned count,
              struct elf_pack_result *result)
{
    static uint8_t content[PACK_MAX_CONTENT];
    static uint8_t packed[PACK_ROOM(PACK_MAX_CONTENT) + PACK_LOOKAHEAD];
    struct elf elf = {.file = file, .size = size, .result = result};
    uint32_t next = 0;

    *result = (struct elf_pack_result){0};
    if (!open_tables(&elf)) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!take_section(&elf, names[i], content, &next)) {
            return false;
        }
    }
    return make_packed(&elf, content, packed) && put_packed(&elf, packed);
}
