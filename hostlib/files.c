/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem() */
#include "hostlib/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40, KEY_LOOK = 65536 };

bool file_is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

void files_add(struct files_named *files, enum file_use use, const char *path, size_t len)
{
    char *copy = files->count < FILES_MAX ? strndup(path, len) : NULL;

    if (!copy) {
        files->too_many = true;
        return;
    }
    files->list[files->count].use = use;
    files->list[files->count++].path = copy;
}

void files_free(struct files_named *files)
{
    while (files->count > 0) {
        free(files->list[--files->count].path);
    }
}

/* ---- which file a path means ---- */

/* Where the symbolic link `path` points to, seen from its own folder. */
static bool follow_link(const char *path, char *next, size_t size)
{
    char link[PATH_MAX];
    ssize_t len = readlink(path, link, sizeof(link) - 1);
    const char *slash = strrchr(path, '/');
    int folder = slash && len > 0 && link[0] != '/' ? (int)(slash - path) + 1 : 0;

    if (len < 0) {
        return false;
    }
    link[len] = '\0';
    return snprintf(next, size, "%.*s%s", folder, path, link) < (int)size;
}

bool file_target(const char *path, char *target, size_t size)
{
    char next[PATH_MAX];
    struct stat st;

    if (snprintf(target, size, "%s", path) >= (int)size) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (int i = 0; i < LINKS_MAX; i++) {
        if (lstat(target, &st) != 0 || !S_ISLNK(st.st_mode)) {
            return true;
        }
        if (!follow_link(target, next, sizeof(next)) ||
            snprintf(target, size, "%s", next) >= (int)size) {
            errno = ENAMETOOLONG;
            return false;
        }
    }
    errno = ELOOP;
    return false;
}

struct identity {
    bool exists, ordinary; /* ordinary: a file with content of its own, no device or pipe */
    dev_t dev;             /* of the file, or of the folder it would be in */
    ino_t ino;
    char name[NAME_MAX + 1]; /* in that folder */
};

/* False: the path cannot be a file, so opening it will fail in words of its own. */
static bool identify(const char *path, struct identity *id)
{
    char target[PATH_MAX], folder[PATH_MAX];
    struct stat st;

    memset(id, 0, sizeof(*id));
    id->exists = stat(path, &st) == 0;
    id->ordinary = !id->exists || S_ISREG(st.st_mode);
    if (!id->exists) {
        if (!file_target(path, target, sizeof(target))) {
            return false;
        }
        const char *slash = strrchr(target, '/');
        const char *name = slash ? slash + 1 : target;
        int len = slash ? (int)(slash - target) + 1 : 0;
        snprintf(folder, sizeof(folder), "%.*s.", len, target);
        if (stat(folder, &st) != 0 ||
            snprintf(id->name, sizeof(id->name), "%s", name) >= (int)sizeof(id->name)) {
            return false;
        }
    }
    id->dev = st.st_dev;
    id->ino = st.st_ino;
    return true;
}

static bool same_file(const char *a, const char *b)
{
    struct identity x, y;

    if (file_is_standard(a) || file_is_standard(b)) {
        return false;
    }
    return identify(a, &x) && identify(b, &y) && x.ordinary && y.ordinary && x.exists == y.exists &&
           x.dev == y.dev && x.ino == y.ino && strcmp(x.name, y.name) == 0;
}

/* ---- private keys ---- */

/* The beginning of a DER private key: SEQUENCE, then the version number of PKCS#8, SEC1 or PKCS#12;
 * or an encrypted PKCS#8, which begins with the algorithm PBES2 (1.2.840.113549.1.5.13). */
static bool is_der_key(const unsigned char *data, size_t size)
{
    static const unsigned char pbes2[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                          0xF7, 0x0D, 0x01, 0x05, 0x0D};
    size_t head = 2;

    if (size < 32 || data[0] != 0x30) {
        return false;
    }
    if (data[1] > 0x80 && data[1] <= 0x84) {
        head += data[1] & 0x0Fu; /* the length takes as many bytes more */
    }
    const unsigned char *body = data + head;
    bool version = body[0] == 0x02 && body[1] == 0x01 && (body[2] <= 1 || body[2] == 3);
    return version || (body[0] == 0x30 && memmem(body, 16, pbes2, sizeof(pbes2)));
}

static bool holds_private_key(const char *path)
{
    static const char pem[] = "PRIVATE KEY-----";
    struct stat st;
    bool found = false;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return errno == EACCES; /* who may not read it should not replace it either */
    }
    unsigned char *data = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? malloc(KEY_LOOK) : NULL;
    if (data) {
        ssize_t n = read(fd, data, KEY_LOOK);
        found =
            n > 0 && (memmem(data, (size_t)n, pem, sizeof(pem) - 1) || is_der_key(data, (size_t)n));
        explicit_bzero(data, KEY_LOOK);
        free(data);
    }
    close(fd);
    return found;
}

static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* ---- the rule ---- */

__attribute__((format(printf, 3, 4))) static bool fail(char *err, size_t err_size,
                                                       const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err, err_size, format, args);
    va_end(args);
    return false;
}

static bool is_output(enum file_use use)
{
    return use == FILE_WRITTEN || use == FILE_KEY_MADE;
}

static bool check_key(const struct files_named *files, unsigned i, char *err, size_t err_size)
{
    const char *path = files->list[i].path;

    if (file_is_standard(path) || !holds_private_key(path)) {
        return true;
    }
    if (files->list[i].use != FILE_KEY_MADE) {
        return fail(err, err_size,
                    "%s holds a private key, which nobody can make again: name another output",
                    path);
    }
    if (!files->replace_key) {
        return fail(err, err_size,
                    "%s exists: a lost key cannot be made again; choose another name, or --force "
                    "if you are sure",
                    path);
    }
    if (is_link(path)) {
        return fail(err, err_size,
                    "%s is a symbolic link to a private key: to replace the key, give its own name",
                    path);
    }
    return true;
}

static bool check_pair(const struct files_named *files, unsigned i, unsigned j, char *err,
                       size_t err_size)
{
    const enum file_use a = files->list[i].use, b = files->list[j].use;
    const char *out = is_output(a) ? files->list[i].path : files->list[j].path;
    const char *other = is_output(a) ? files->list[j].path : files->list[i].path;
    const bool standard = file_is_standard(out) && file_is_standard(other);

    if (standard && a == FILE_READ && b == FILE_READ) {
        return fail(err, err_size,
                    "standard input can be read once: give the other file by its name");
    }
    if (standard && is_output(a) && is_output(b)) {
        return fail(err, err_size,
                    "two outputs cannot both be standard output: give one of them a name");
    }
    bool lost = is_output(a) || is_output(b) || (a == FILE_KEPT) != (b == FILE_KEPT) ||
                (a == FILE_KEPT && b == FILE_KEPT);
    if (!lost || !same_file(out, other)) {
        return true;
    }
    if (is_output(a) && is_output(b)) {
        return fail(err, err_size, "%s and %s are one file: give each output a name of its own",
                    out, other);
    }
    return fail(err, err_size,
                "%s would be overwritten, and it is an input (%s): give the output another name",
                out, other);
}

bool files_check(const struct files_named *files, char *err, size_t err_size)
{
    if (files->too_many) {
        return fail(err, err_size, "more than %d files: join some of them", FILES_MAX);
    }
    for (unsigned i = 0; i < files->count; i++) {
        if (is_output(files->list[i].use) && !check_key(files, i, err, err_size)) {
            return false;
        }
        for (unsigned j = 0; j < i; j++) {
            if (!check_pair(files, i, j, err, err_size)) {
                return false;
            }
        }
    }
    return true;
}
