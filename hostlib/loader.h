/* SPDX-License-Identifier: MIT */
/*
 * Loads firmware files for the host tool and the emulator: ELF (by load address), Intel HEX, BIN.
 * The kind is told from the content, never from the name.
 */
#ifndef DUO_HOSTLIB_LOADER_H
#define DUO_HOSTLIB_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum load_kind { LOAD_ELF, LOAD_HEX, LOAD_BIN };

struct load_result {
    enum load_kind kind;
    uint32_t low, high; /* first address, and the address after the last byte */
    bool has_entry;
    uint32_t entry; /* as in the file, Thumb bit included */
};

/* Receives the content in ascending order of address, without overlaps. Return false to stop; the
 * load then fails with the text that the callback left in err (or a general one). */
struct load_sink {
    bool (*chunk)(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len);
    void *ctx;
};

/* The whole of a file into memory. The caller frees *data. False with a message in err: not found,
 * not readable, empty, larger than `max` bytes. Works for pipes too. */
bool load_bytes(const char *path, size_t max, uint8_t **data, size_t *size, char *err,
                size_t err_size);

/*
 * Loads `path`. `bin_addr` is where a BIN file goes; NULL when none is known, then a BIN file is an
 * error. Nothing is delivered unless the whole file is good. On failure returns false and err says
 * what is wrong and what to do: no such file, not ARM, not linked, truncated, bad checksum,
 * overlap.
 */
bool load_file(const char *path, const uint32_t *bin_addr, const struct load_sink *sink,
               struct load_result *result, char *err, size_t err_size);

/* "ELF", "Intel HEX", "BIN" */
const char *load_kind_name(enum load_kind kind);

#endif
