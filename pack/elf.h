/* SPDX-License-Identifier: MIT */
/* A linked firmware whose sections are packed in place. */
#ifndef DUO_PACK_ELF_H
#define DUO_PACK_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_pack_result {
    size_t content, packed, room; /* bytes */
    char error[160];              /* when it failed */
};

/*
 * In the ELF file of `size` bytes at `file`: packs the content of the `count` named sections, which
 * must lie one behind the other by load address, into the section .packed, whose linked size is the
 * room for it. Afterwards .packed has the size that was used, and the named sections have addresses
 * and symbols as before, but no content: nothing loads them. False: `error` says why; `file` is
 * then of no use.
 */
bool elf_pack(uint8_t *file, size_t size, char *const *names, unsigned count,
              struct elf_pack_result *result);

#endif
