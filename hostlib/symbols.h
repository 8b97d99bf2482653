/* SPDX-License-Identifier: MIT */
/* Names of addresses, from the symbol tables of ELF files. */
#ifndef DUO_HOSTLIB_SYMBOLS_H
#define DUO_HOSTLIB_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/* An empty table; NULL when out of memory. symbols_free(NULL) is allowed. */
struct symbols *symbols_new(void);
void symbols_free(struct symbols *symbols);

/* Adds the functions and objects of an ELF file. A file that is not ELF, or is stripped, adds
 * nothing and is no error: false only when it cannot be read or is damaged (message in err). */
bool symbols_add(struct symbols *symbols, const char *path, char *err, size_t err_size);

size_t symbols_count(const struct symbols *symbols);

/* The symbol that covers `addr` (Thumb bit ignored) and the distance from its start. NULL if none.
 * A symbol without a size covers what follows up to the next symbol, within its section and at most
 * 64 KiB. The text lives as long as the table. */
const char *symbols_name(const struct symbols *symbols, uint32_t addr, uint32_t *offset);

/* The address of a symbol, Thumb bit cleared. */
bool symbols_find(const struct symbols *symbols, const char *name, uint32_t *addr);

/* Writes "name+0x12" or "0x08020000" and returns buf: for messages. */
const char *symbols_format(const struct symbols *symbols, uint32_t addr, char *buf, size_t size);

#endif
