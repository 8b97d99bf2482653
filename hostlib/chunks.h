/* SPDX-License-Identifier: MIT */
/* Inside of the loader: pieces of a file with their addresses. */
#ifndef DUO_HOSTLIB_CHUNKS_H
#define DUO_HOSTLIB_CHUNKS_H

#include "hostlib/loader.h"

/* No firmware of these chips comes near this; it keeps a wrong file name (a disk image...) cheap.
 */
#define LOAD_MAX_FILE ((size_t)64 * 1024 * 1024)

struct chunk {
    uint32_t addr, len;
    const uint8_t *data; /* points into the file or into the text buffer of the HEX reader */
};

struct chunks {
    struct chunk *list;
    size_t count, room;
};

struct load_error {
    char *text;
    size_t size;
};

void load_set_error(const struct load_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Always false, so that a function can end with `return load_fail(...)`; a macro, so that static
 * analysis sees it too. */
#define load_fail(...) (load_set_error(__VA_ARGS__), false)

bool chunks_add(struct chunks *chunks, uint32_t addr, const uint8_t *data, uint32_t len);
void chunks_free(struct chunks *chunks);
/* Sorts by address, joins neighbours in memory; false and the address when two overlap. */
bool chunks_settle(struct chunks *chunks, uint32_t *overlap);

bool load_elf(const char *path, const uint8_t *data, size_t size, struct chunks *chunks,
              struct load_result *result, const struct load_error *err);
/* `bytes` must hold as many bytes as the text is long; the chunks point into it. */
bool load_hex(const char *path, const uint8_t *text, size_t size, uint8_t *bytes,
              struct chunks *chunks, struct load_result *result, const struct load_error *err);

#endif
