/* SPDX-License-Identifier: MIT */
/* ELF: what has to be in memory before the program starts, at its load (physical) address. */
#include <elf.h>
#include <gelf.h>
#include <string.h>

#include "hostlib/chunks.h"

struct elf_file {
    const char *path;
    const uint8_t *data;
    size_t size;
    Elf *elf;
    const Elf32_Phdr *phdrs;
    size_t phnum;
    const struct load_error *err;
};

static bool check_ident(const struct elf_file *f)
{
    if (f->size < sizeof(Elf32_Ehdr) || memcmp(f->data, ELFMAG, SELFMAG) != 0) {
        return load_fail(f->err, "%s: a damaged or truncated ELF file; build it again", f->path);
    }
    if (f->data[EI_CLASS] != ELFCLASS32 || f->data[EI_DATA] != ELFDATA2LSB) {
        return load_fail(
            f->err,
            "%s: an ELF file, but not for a 32-bit little-endian ARM (a program of this "
            "computer?); give the firmware built with arm-none-eabi-gcc",
            f->path);
    }
    return true;
}

static bool check_header(const struct elf_file *f, const Elf32_Ehdr *eh)
{
    if (eh->e_machine != EM_ARM) {
        return load_fail(
            f->err,
            "%s: an ELF file for machine %u, not for ARM; give the firmware built with "
            "arm-none-eabi-gcc",
            f->path, eh->e_machine);
    }
    if (eh->e_type == ET_REL) {
        return load_fail(f->err, "%s: an object file that has not been linked; give the linked ELF",
                         f->path);
    }
    if (eh->e_type != ET_EXEC) {
        return load_fail(f->err, "%s: not an executable ELF (type %u); link it to fixed addresses",
                         f->path, eh->e_type);
    }
    return true;
}

static bool add_range(const struct elf_file *f, struct chunks *chunks, uint32_t addr,
                      uint32_t offset, uint32_t len)
{
    if ((uint64_t)offset + len > f->size) {
        return load_fail(f->err,
                         "%s: truncated: it has %zu bytes and needs %llu; copy or build it again",
                         f->path, f->size, (unsigned long long)offset + len);
    }
    if ((uint64_t)addr + len > 0x100000000u) {
        return load_fail(f->err, "%s: data beyond the address space", f->path);
    }
    return chunks_add(chunks, addr, f->data + offset, len) ||
           load_fail(f->err, "%s: out of memory", f->path);
}

/* The load address of a section is its place in the segment that holds it. */
static uint32_t load_address(const struct elf_file *f, const Elf32_Shdr *sh)
{
    for (size_t i = 0; i < f->phnum; i++) {
        const Elf32_Phdr *ph = &f->phdrs[i];
        if (ph->p_type == PT_LOAD && sh->sh_offset >= ph->p_offset &&
            (uint64_t)sh->sh_offset + sh->sh_size <= (uint64_t)ph->p_offset + ph->p_filesz) {
            return ph->p_paddr + (sh->sh_offset - ph->p_offset);
        }
    }
    return sh->sh_addr;
}

/* Sections, as objcopy does it: a first segment may begin with the ELF headers themselves, which
 * must not land in flash in front of the program. */
static bool add_sections(const struct elf_file *f, struct chunks *chunks)
{
    Elf_Scn *scn = NULL;

    while ((scn = elf_nextscn(f->elf, scn))) {
        const Elf32_Shdr *sh = elf32_getshdr(scn);
        if (!sh) {
            return load_fail(f->err, "%s: damaged section table; build it again", f->path);
        }
        if ((sh->sh_flags & SHF_ALLOC) == 0 || sh->sh_type == SHT_NOBITS || sh->sh_size == 0) {
            continue;
        }
        if (!add_range(f, chunks, load_address(f, sh), sh->sh_offset, sh->sh_size)) {
            return false;
        }
    }
    return true;
}

static bool add_segments(const struct elf_file *f, struct chunks *chunks)
{
    for (size_t i = 0; i < f->phnum; i++) {
        const Elf32_Phdr *ph = &f->phdrs[i];
        if (ph->p_type == PT_LOAD && ph->p_filesz > 0 &&
            !add_range(f, chunks, ph->p_paddr, ph->p_offset, ph->p_filesz)) {
            return false;
        }
    }
    return true;
}

/* A file cut off after its program headers still has loadable segments; its section table is gone.
 */
static bool check_truncation(const struct elf_file *f, const Elf32_Ehdr *eh)
{
    uint64_t sections = (uint64_t)eh->e_shoff + (uint64_t)eh->e_shnum * eh->e_shentsize;
    uint64_t segments = (uint64_t)eh->e_phoff + (uint64_t)eh->e_phnum * eh->e_phentsize;

    if (sections > f->size || segments > f->size) {
        return load_fail(f->err, "%s: truncated; copy or build it again", f->path);
    }
    if (eh->e_phnum == 0) {
        return load_fail(
            f->err, "%s: has no program headers, so nothing to load; give the linked ELF", f->path);
    }
    return true;
}

static bool load_opened(struct elf_file *f, struct chunks *chunks, struct load_result *result)
{
    const Elf32_Ehdr *eh = f->elf ? elf32_getehdr(f->elf) : NULL;

    if (!eh) {
        return load_fail(f->err, "%s: a damaged or truncated ELF file: %s", f->path,
                         elf_errmsg(-1));
    }
    if (!check_header(f, eh) || !check_truncation(f, eh)) {
        return false;
    }
    f->phnum = eh->e_phnum;
    f->phdrs = elf32_getphdr(f->elf);
    if (!f->phdrs) {
        return load_fail(f->err, "%s: damaged program headers: %s", f->path, elf_errmsg(-1));
    }
    /* Both tables are read where they lie in the file. */
    if (eh->e_phoff % _Alignof(Elf32_Phdr) != 0 ||
        (eh->e_shnum > 0 && eh->e_shoff % _Alignof(Elf32_Shdr) != 0)) {
        return load_fail(
            f->err, "%s: damaged: its header tables begin at odd places; build it again", f->path);
    }
    result->has_entry = true;
    result->entry = eh->e_entry;
    return eh->e_shnum > 0 ? add_sections(f, chunks) : add_segments(f, chunks);
}

bool load_elf(const char *path, const uint8_t *data, size_t size, struct chunks *chunks,
              struct load_result *result, const struct load_error *err)
{
    struct elf_file f = {.path = path, .data = data, .size = size, .err = err};

    if (!check_ident(&f)) {
        return false;
    }
    (void)elf_version(EV_CURRENT);
    /* elf_memory() does not write to the image unless asked to update it. */
    f.elf = elf_memory((char *)(uintptr_t)data, size);
    bool ok = load_opened(&f, chunks, result);
    elf_end(f.elf);
    return ok;
}
