/* SPDX-License-Identifier: MIT */
#include "hostlib/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostlib/chunks.h"

enum { FIFO_WAIT_MS = 5000, FIFO_STEP_MS = 50 };

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

struct input {
    int fd;
    bool ahead; /* the first byte has been read already */
    uint8_t first;
};

/* Reads to the end of a file or pipe, growing the buffer; stops beyond max. NULL: out of memory. */
static uint8_t *read_stream(const struct input *in, size_t max, size_t *size, int *error)
{
    size_t room = 65536, used = 0;
    uint8_t *data = malloc(room);

    if (data && in->ahead) {
        data[used++] = in->first;
    }
    while (data && used <= max) {
        ssize_t got = read(in->fd, data + used, room - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            *error = got < 0 ? errno : 0;
            break;
        }
        used += (size_t)got;
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

/* A FIFO can be opened before anybody writes to it, and would then be waited for without end.
 * Opened without waiting, an empty one says "later" if it has a writer, and ends if it has none. */
static bool has_writer(struct input *in)
{
    for (int waited = 0; waited < FIFO_WAIT_MS; waited += FIFO_STEP_MS) {
        ssize_t got = read(in->fd, &in->first, 1);
        in->ahead = got == 1;
        if (got != 0) {
            return true;
        }
        poll(NULL, 0, FIFO_STEP_MS);
    }
    return false;
}

static bool open_input(struct input *in, const char *path, const struct load_error *err)
{
    struct stat st;
    const bool standard = strcmp(path, "-") == 0;

    in->ahead = false;
    in->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                      : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (in->fd < 0) {
        return load_fail(err, "%s: cannot be opened: %s; check the path", path, strerror(errno));
    }
    bool known = fstat(in->fd, &st) == 0;
    if (known && S_ISDIR(st.st_mode)) {
        close(in->fd);
        return load_fail(err, "%s: is a directory; give a file", path);
    }
    if (known && S_ISFIFO(st.st_mode) && !standard && !has_writer(in)) {
        close(in->fd);
        return load_fail(err, "%s: a FIFO that nobody writes to", path);
    }
    if (!standard) {
        fcntl(in->fd, F_SETFL, 0); /* from here on it may wait */
    }
    return true;
}

/* What came through a pipe comes once, and a command may read a file twice: the first reading is
 * kept. */
static struct {
    char *path;
    uint8_t *data;
    size_t size;
} piped[8];

static bool from_pipe_again(const char *path, uint8_t **data, size_t *size)
{
    for (size_t i = 0; i < sizeof(piped) / sizeof(piped[0]) && piped[i].path; i++) {
        if (strcmp(piped[i].path, path) == 0) {
            *data = malloc(piped[i].size ? piped[i].size : 1);
            *size = piped[i].size;
            if (*data) {
                memcpy(*data, piped[i].data, *size);
            }
            return *data;
        }
    }
    return false;
}

static void keep_piped(const char *path, int fd, const uint8_t *data, size_t size)
{
    struct stat st;
    size_t i = 0;

    if (strcmp(path, "-") != 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        return;
    }
    while (i < sizeof(piped) / sizeof(piped[0]) && piped[i].path) {
        i++;
    }
    uint8_t *copy = i < sizeof(piped) / sizeof(piped[0]) ? malloc(size ? size : 1) : NULL;
    if (copy) {
        memcpy(copy, data, size);
        piped[i].path = strdup(path);
        piped[i].data = copy;
        piped[i].size = size;
    }
}

bool load_bytes(const char *path, size_t max, uint8_t **data, size_t *size, char *err_text,
                size_t err_size)
{
    const struct load_error err = {err_text, err_size};
    int error = 0;

    *data = NULL;
    *size = 0;
    if (!from_pipe_again(path, data, size)) {
        struct input in;
        if (!open_input(&in, path, &err)) {
            return false;
        }
        *data = read_stream(&in, max, size, &error);
        if (*data && !error) {
            keep_piped(path, in.fd, *data, *size);
        }
        close(in.fd);
    }
    if (!check_read(path, *data, *size, max, error, &err)) {
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
