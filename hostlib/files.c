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

/* "%2F" is a slash (RFC 3986). */
static void decode(char *text)
{
    char *to = text;
    unsigned value;
    int used;

    for (const char *from = text; *from; to++) {
        used = 0;
        /* NOLINTNEXTLINE(cert-err34-c): two digits */
        if (sscanf(from, "%%%2x%n", &value, &used) == 1 && used == 3) {
            *to = (char)value;
            from += used;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* A key in a token is no file, but the PIN that its URI names may be in one (RFC 7512). */
static void add_pin(struct files_named *files, const char *uri)
{
    static const char scheme[] = "file:";
    const char *at = strstr(uri, "pin-source=");
    char *path = at ? strdup(at + strlen("pin-source=")) : NULL;

    if (path) {
        path[strcspn(path, ";&?")] = '\0';
        decode(path);
        const size_t skip = strncmp(path, scheme, strlen(scheme)) == 0 ? strlen(scheme) : 0;
        files_add(files, FILE_READ, path + skip, strlen(path + skip));
    }
    free(path);
}

void files_add(struct files_named *files, enum file_use use, const char *path, size_t len)
{
    if (use == FILE_READ && strncmp(path, "pkcs11:", strlen("pkcs11:")) == 0) {
        add_pin(files, path);
        return;
    }
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

int file_descriptor(const char *path)
{
    char folder[PATH_MAX];
    struct stat its, own;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *end;
    const long fd = strtol(name, &end, 10);

    if (!slash || end == name || *end || fd < 0 || fd > INT_MAX ||
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path) >=
            (int)sizeof(folder)) {
        return -1;
    }
    return stat(folder, &its) == 0 && stat("/proc/self/fd", &own) == 0 &&
                   its.st_dev == own.st_dev && its.st_ino == own.st_ino
               ? (int)fd
               : -1;
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
        if (lstat(target, &st) != 0 || !S_ISLNK(st.st_mode) || file_descriptor(target) >= 0) {
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

/* The file that is named, or that standard input or output has been opened with. */
static bool look_at(const char *path, bool output, struct stat *st)
{
    return file_is_standard(path) ? fstat(output ? STDOUT_FILENO : STDIN_FILENO, st) == 0
                                  : stat(path, st) == 0;
}

/* False: the path cannot be a file, so opening it will fail in words of its own. */
static bool identify(const char *path, bool output, struct identity *id)
{
    char target[PATH_MAX], folder[PATH_MAX];
    struct stat st;

    memset(id, 0, sizeof(*id));
    id->exists = look_at(path, output, &st);
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

/* `a` is written; `b`, too, if `both`. */
static bool same_file(const char *a, const char *b, bool both)
{
    struct identity x, y;

    return identify(a, true, &x) && identify(b, both, &y) && x.ordinary && y.ordinary &&
           x.exists == y.exists && x.dev == y.dev && x.ino == y.ino && strcmp(x.name, y.name) == 0;
}

/* ---- private keys ---- */

/* The beginning of a DER private key: SEQUENCE, then the version number of PKCS#8, SEC1 or PKCS#12;
 * or an encrypted PKCS#8, which begins with an algorithm of PKCS#5 (1.2.840.113549.1.5) or of
 * PKCS#12 (1.2.840.113549.1.12). */
static bool is_der_key(const unsigned char *data, size_t size)
{
    static const unsigned char pkcs[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01};
    size_t head = 2;

    if (size < 32 || data[0] != 0x30) {
        return false;
    }
    if (data[1] > 0x80 && data[1] <= 0x84) {
        head += data[1] & 0x0Fu; /* the length takes as many bytes more */
    }
    const unsigned char *body = data + head;
    bool version = body[0] == 0x02 && body[1] == 0x01 && (body[2] <= 1 || body[2] == 3);
    const unsigned char *id = memmem(body, 16, pkcs, sizeof(pkcs));
    return version ||
           (body[0] == 0x30 && id && (id[sizeof(pkcs)] == 0x05 || id[sizeof(pkcs)] == 0x0C));
}

/* PEM of any kind, of OpenSSH, PGP and ours, too; PuTTY; age; a Java key store. */
static bool is_text_key(const unsigned char *data, size_t size)
{
    static const char *const words[] = {"PRIVATE KEY-----", "PRIVATE KEY BLOCK-----",
                                        "PuTTY-User-Key-File-", "AGE-SECRET-KEY-",
                                        "\xFE\xED\xFE\xED"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const bool anywhere = i < 2;
        const size_t length = strlen(words[i]);

        const size_t within = anywhere ? size : length;

        if (size >= length && memmem(data, within, words[i], length)) {
            return true;
        }
    }
    return false;
}

enum precious { NOTHING_PRECIOUS, PRIVATE_KEY, LEDGER };

static enum precious is_precious(const unsigned char *data, size_t size)
{
    static const char ledger[] = FILE_LEDGER;
    const size_t length = sizeof(ledger) - 1;

    if (size >= length && memcmp(data, ledger, length) == 0) {
        return LEDGER;
    }
    return is_text_key(data, size) || is_der_key(data, size) ? PRIVATE_KEY : NOTHING_PRECIOUS;
}

/* What a file holds that nobody can make again. */
static enum precious look_into(const char *path)
{
    struct stat st;
    enum precious found = NOTHING_PRECIOUS;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        /* Who may not read it should not replace it either. */
        return errno == EACCES ? PRIVATE_KEY : NOTHING_PRECIOUS;
    }
    unsigned char *data = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? malloc(KEY_LOOK) : NULL;
    if (data) {
        ssize_t n = read(fd, data, KEY_LOOK);
        found = n > 0 ? is_precious(data, (size_t)n) : NOTHING_PRECIOUS;
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

    const enum precious held = file_is_standard(path) ? NOTHING_PRECIOUS : look_into(path);
    if (held == NOTHING_PRECIOUS) {
        return true;
    }
    if (held == LEDGER) {
        return fail(err, err_size,
                    "%s is the ledger of an LMS private key, which signs nothing without it: name "
                    "another output",
                    path);
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

static const char *name_of(const char *path, bool output)
{
    return !file_is_standard(path) ? path : output ? "standard output" : "standard input";
}

static bool check_pair(const struct files_named *files, unsigned i, unsigned j, char *err,
                       size_t err_size)
{
    const enum file_use a = files->list[i].use, b = files->list[j].use;
    const char *out = is_output(a) ? files->list[i].path : files->list[j].path;
    const char *other = is_output(a) ? files->list[j].path : files->list[i].path;
    const bool standard = file_is_standard(out) && file_is_standard(other);
    const bool both = is_output(a) && is_output(b);

    if (standard && a == FILE_READ && b == FILE_READ) {
        return fail(err, err_size,
                    "standard input can be read once: give the other file by its name");
    }
    if (standard && both) {
        return fail(err, err_size,
                    "two outputs cannot both be standard output: give one of them a name");
    }
    bool lost = is_output(a) || is_output(b) || (a == FILE_KEPT) != (b == FILE_KEPT) ||
                (a == FILE_KEPT && b == FILE_KEPT);
    if (!lost || !same_file(out, other, both)) {
        return true;
    }
    if (both) {
        return fail(err, err_size, "%s and %s are one file: give each output a name of its own",
                    name_of(out, true), name_of(other, true));
    }
    return fail(err, err_size,
                "%s would be overwritten, and it is an input (%s): give the output another name",
                name_of(out, true), name_of(other, false));
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
