/* SPDX-License-Identifier: MIT */
/* Addresses to "function, file:line", from the symbols and DWARF lines of the user's ELF files. */
#ifndef EMU_DOCTOR_PLACES_H
#define EMU_DOCTOR_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACES_MAX_FILES 40

struct symbols;

struct places {
    struct dwarf_file {
        void *dwarf; /* Dwarf *, or NULL when the file has no line information */
        int fd;
    } files[PLACES_MAX_FILES];
    unsigned count;
};

/* Takes the line information of an ELF file; files without any are fine. */
void places_add(struct places *p, const char *path);
void places_free(struct places *p);

/* "main() at boot.c:42", "main() + 0x12", or "0x08001234" when nothing is known. buf is returned.
 */
const char *places_format(const struct places *p, const struct symbols *symbols, uint32_t addr,
                          char *buf, size_t size);
/* File and line alone; false when not known. */
bool places_line(const struct places *p, uint32_t addr, const char **file, int *line);

#endif
