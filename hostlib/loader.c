/* SPDX-License-Identifier: MIT */
#include "hostlib/loader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hostlib/chunks.h"

void load_set_error(const struct load_error *err, const char *format, ...)
{
    va_list args;

    if (err->size > 0) {
        va_start(args, format);
        vsnprintf(err->text, err->size, format, args);
        va_end(args);
    }
}

const char *load_kind_name(enum load_kind kind)
{
    static const char *const names[] = {
        [LOAD_ELF] = "ELF", [LOAD_HEX] = "Intel HEX", [LOAD_BIN] = "BIN"};

    return names[kind];
}

/* Reads to the end of the stream, growing the buffer; stops one byte beyond max. */
static uint8_t *read_stream(FILE *file, size_t max, size_t *size)
{
    size_t room = 65536, used = 0;
    uint8_t *data = malloc(room);

    while (data) {
        size_t got = fread(data + used, 1, room - used, file);
        used += got;
        if (got == 0 || used > max) {
            break;
        }
        if (used == room) {
            uint8_t *more = realloc(data, 2 * room);
            if (!more) {
                free(data);
                return NULL;
            }
            data = more;
            room *= 2;
        }
    }
    *size = used;
    return data;
}

static bool check_read(const char *path, const uint8_t *data, size_t size, size_t max,
                       int read_error, const struct load_error *err)
{
    if (!data) {
        return load_fail(err, "%s: out of memory", path);
    }
    if (read_error != 0) {
        return load_fail(err, "%s: cannot be read: %s", path, strerror(read_error));
    }
    if (size == 0) {
        return load_fail(err, "%s: the file is empty; was it written to the end?", path);
    }
    if (size > max) {
        return load_fail(err, "%s: more than %zu bytes, too large to be such a file", path, max);
    }
    return true;
}

bool load_bytes(const char *path, size_t max, uint8_t **data, size_t *size, char *err_text,
                size_t err_size)
{
    const struct load_error err = {err_text, err_size};
    struct stat info;

    *data = NULL;
    *size = 0;
    FILE *file = fopen(path, "rb");
    if (!file) {
        return load_fail(&err, "%s: cannot be opened: %s; check the path", path, strerror(errno));
    }
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
        (void)fclose(file);
        return load_fail(&err, "%s: is a directory; give a file", path);
    }
    errno = 0;
    *data = read_stream(file, max, size);
    int read_error = ferror(file) ? (errno ? errno : EIO) : 0;
    (void)fclose(file);
    if (!check_read(path, *data, *size, max, read_error, &err)) {
        free(*data);
        *data = NULL;
        return false;
    }
    return true;
}

static bool is_srecord(const uint8_t *data, size_t size)
{
    return size > 4 && data[0] == 'S' && data[1] >= '0' && data[1] <= '9' && data[2] >= '0' &&
           data[2] <= 'F' && (data[3] >= '0' && data[3] <= 'F');
}

static bool load_bin(const char *path, const uint8_t *data, size_t size, const uint32_t *addr,
                     struct chunks *chunks, const struct load_error *err)
{
    if (is_srecord(data, size)) {
        return load_fail(
            err, "%s: a Motorola S-record file; convert it: objcopy -I srec -O ihex %s out.hex",
            path, path);
    }
    if (!addr) {
        return load_fail(err,
                         "%s: neither ELF nor Intel HEX, and a BIN file carries no address; "
                         "give the address it is linked to",
                         path);
    }
    if ((uint64_t)*addr + size > 0x100000000u) {
        return load_fail(err, "%s: %zu bytes at 0x%08x reach beyond the address space", path, size,
                         *addr);
    }
    return chunks_add(chunks, *addr, data, (uint32_t)size) ||
           load_fail(err, "%s: out of memory", path);
}

static bool deliver(const char *path, const struct chunks *chunks, const struct load_sink *sink,
                    const struct load_error *err)
{
    load_set_error(err, "%s: its content was refused", path);
    for (size_t i = 0; i < chunks->count; i++) {
        const struct chunk *c = &chunks->list[i];
        if (!sink->chunk(sink->ctx, c->addr, c->data, c->len)) {
            return false;
        }
    }
    if (err->size > 0) {
        err->text[0] = '\0';
    }
    return true;
}

static bool finish(const char *path, struct chunks *chunks, const struct load_sink *sink,
                   struct load_result *result, const struct load_error *err)
{
    uint32_t overlap;

    if (chunks->count == 0) {
        return load_fail(err, "%s: contains no data to load; is it the linked program?", path);
    }
    if (!chunks_settle(chunks, &overlap)) {
        return load_fail(
            err,
            "%s: two parts of the file overlap at 0x%08x; check the linker script or the "
            "merge that made it",
            path, overlap);
    }
    const struct chunk *last = &chunks->list[chunks->count - 1];
    result->low = chunks->list[0].addr;
    result->high = last->addr + last->len;
    return deliver(path, chunks, sink, err);
}

bool load_file(const char *path, const uint32_t *bin_addr, const struct load_sink *sink,
               struct load_result *result, char *err_text, size_t err_size)
{
    const struct load_error err = {err_text, err_size};
    struct chunks chunks = {0};
    uint8_t *data, *bytes = NULL;
    size_t size;
    bool ok;

    *result = (struct load_result){.kind = LOAD_BIN};
    if (!load_bytes(path, LOAD_MAX_FILE, &data, &size, err_text, err_size)) {
        return false;
    }
    if (data[0] == 0x7F) {
        result->kind = LOAD_ELF;
        ok = load_elf(path, data, size, &chunks, result, &err);
    } else if (data[0] == ':') {
        result->kind = LOAD_HEX;
        bytes = malloc(size);
        ok = bytes ? load_hex(path, data, size, bytes, &chunks, result, &err)
                   : load_fail(&err, "%s: out of memory", path);
    } else {
        ok = load_bin(path, data, size, bin_addr, &chunks, &err);
    }
    ok = ok && finish(path, &chunks, sink, result, &err);
    chunks_free(&chunks);
    free(bytes);
    free(data);
    return ok;
}
