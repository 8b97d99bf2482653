/* SPDX-License-Identifier: MIT */
#include "tool/lms_state.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hostlib/files.h"

#define FOOTER    "-----END DUOBOOT LMS PRIVATE KEY-----"
#define FILE_ROOM 1024u

__attribute__((format(printf, 4, 5))) static enum lms_result
fail(struct lms_trouble *t, enum lms_result result, const char *next, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(t->what, sizeof(t->what), format, args);
    va_end(args);
    snprintf(t->next, sizeof(t->next), "%s", next);
    return result;
}

static enum lms_result fail_io(struct lms_trouble *t, const char *path, const char *doing)
{
    return fail(t, LMS_IO, "nothing has been signed; the key is as usable as before",
                "%s cannot be %s: %s", path, doing, strerror(errno));
}

/* ---- The text of a key ---- */

static void print_hex(char *to, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        sprintf(to + 2 * i, "%02x", bytes[i]);
    }
}

static bool parse_hex(const char *text, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned value;
        int used = 0;

        if (sscanf(text + 2 * i, "%2x%n", &value, &used) != 1 || used != 2) {
            return false;
        }
        bytes[i] = (uint8_t)value;
    }
    return true;
}

static void print_file(const struct lms_file *file, char text[FILE_ROOM])
{
    char id[2 * DUO_LMS_ID_SIZE + 1], root[2 * DUO_HASH_SIZE + 1], seed[2 * DUO_LMS_SEED_SIZE + 1];

    print_hex(id, file->secret.id, sizeof(file->secret.id));
    print_hex(root, file->root, sizeof(file->root));
    print_hex(seed, file->secret.seed, sizeof(file->secret.seed));
    snprintf(text, FILE_ROOM, LMS_HEADER "\nid %s\nroot %s\nseed %s\nnext %u\n" FOOTER "\n", id,
             root, seed, file->next);
    explicit_bzero(seed, sizeof(seed));
}

enum lms_result lms_file_parse(const char *name, const uint8_t *data, size_t size,
                               struct lms_file *file, struct lms_trouble *trouble)
{
    char text[FILE_ROOM] = "", id[65], root[65], seed[65], footer[64];
    unsigned next;
    bool good = size < sizeof(text);

    memcpy(text, data, good ? size : 0);
    good = good &&
           sscanf(text, LMS_HEADER " id %64s root %64s seed %64s next %u %63[^\n]", id, root, seed,
                  &next, footer) == 5 &&
           strcmp(footer, FOOTER) == 0 && strlen(id) == 2 * DUO_LMS_ID_SIZE &&
           parse_hex(id, file->secret.id, sizeof(file->secret.id)) &&
           parse_hex(root, file->root, sizeof(file->root)) &&
           parse_hex(seed, file->secret.seed, sizeof(file->secret.seed)) && next <= DUO_LMS_LEAVES;
    explicit_bzero(text, sizeof(text));
    explicit_bzero(seed, sizeof(seed));
    if (!good) {
        return fail(trouble, LMS_NO_KEY, "`duoboot keygen --lms` makes one",
                    "%s is not an LMS private key, or it is damaged", name);
    }
    file->next = next;
    return LMS_DONE;
}

enum lms_result lms_file_read(const char *path, struct lms_file *file, struct lms_trouble *trouble)
{
    uint8_t bytes[FILE_ROOM];
    FILE *in = fopen(path, "rb");

    if (!in) {
        return fail_io(trouble, path, "opened");
    }
    const size_t size = fread(bytes, 1, sizeof(bytes), in);
    const bool failed = ferror(in);
    (void)fclose(in);
    if (failed) {
        return fail_io(trouble, path, "read");
    }
    const enum lms_result result = lms_file_parse(path, bytes, size, file, trouble);
    explicit_bzero(bytes, sizeof(bytes));
    return result;
}

/* ---- Onto the disk ---- */

static bool sync_folder(const char *path)
{
    char copy[PATH_MAX];

    snprintf(copy, sizeof(copy), "%s", path);
    const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return ok;
}

/* Whole and on the disk, or as it was. */
static bool write_file(const char *path, const struct lms_file *file)
{
    char target[PATH_MAX], temp[PATH_MAX + 8], text[FILE_ROOM];

    if (!file_target(path, target, sizeof(target))) {
        return false;
    }
    snprintf(temp, sizeof(temp), "%s.XXXXXX", target);
    const int fd = mkstemp(temp); /* 0600 */
    if (fd < 0) {
        return false;
    }
    print_file(file, text);
    const size_t size = strlen(text);
    bool ok = write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
    explicit_bzero(text, sizeof(text));
    ok = close(fd) == 0 && ok;
    ok = ok && rename(temp, target) == 0 && sync_folder(target);
    if (!ok) {
        const int error = errno;

        (void)unlink(temp);
        errno = error;
    }
    return ok;
}

/* ---- The ledger ---- */

struct ledger {
    char path[PATH_MAX];
    int fd;
    uint32_t next; /* after the last that it knows to be used */
};

static void make_folders(char *path)
{
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        (void)mkdir(path, 0700); /* what fails here, opening the ledger reports */
        *p = '/';
    }
}

/* $XDG_STATE_HOME/duoboot/lms/IDENTIFIER: where a program keeps what must outlive it. */
static bool name_ledger(const struct duo_lms_secret *secret, struct ledger *l)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char id[2 * DUO_LMS_ID_SIZE + 1];
    int n = -1;

    print_hex(id, secret->id, sizeof(secret->id));
    if (state && state[0] == '/') {
        n = snprintf(l->path, sizeof(l->path), "%s/duoboot/lms/%s", state, id);
    } else if (home && home[0] == '/') {
        n = snprintf(l->path, sizeof(l->path), "%s/.local/state/duoboot/lms/%s", home, id);
    }
    return n > 0 && n < (int)sizeof(l->path);
}

/* The last line that was written to its end; one that was not had not been signed with. */
static bool read_ledger(struct ledger *l)
{
    char line[128];
    unsigned q;
    FILE *in = fopen(l->path, "r");

    if (!in) {
        return false;
    }
    l->next = 0;
    while (fgets(line, sizeof(line), in)) {
        if (strchr(line, '\n') && sscanf(line, "%u ", &q) == 1 && q >= l->next &&
            q < DUO_LMS_LEAVES) {
            l->next = q + 1u;
        }
    }
    const bool ok = !ferror(in);
    return fclose(in) == 0 && ok;
}

/* Says what it is, for people, and for commands that would take it for an output. */
static bool begin_ledger(const struct ledger *l)
{
    struct stat st;
    const ssize_t size = (ssize_t)strlen(FILE_LEDGER);

    return fstat(l->fd, &st) == 0 &&
           (st.st_size > 0 || write(l->fd, FILE_LEDGER, (size_t)size) == size);
}

/* Opens it, alone: others wait. */
static enum lms_result open_ledger(const char *key, const struct duo_lms_secret *secret, bool make,
                                   struct ledger *l, struct lms_trouble *t)
{
    if (!name_ledger(secret, l)) {
        return fail(t, LMS_IO, "set XDG_STATE_HOME or HOME to a folder of your own",
                    "there is no place for the ledger of %s", key);
    }
    if (make) {
        make_folders(l->path);
    }
    l->fd = open(l->path, O_RDWR | O_APPEND | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    if (l->fd < 0 && errno == ENOENT && !make) {
        return fail(
            t, LMS_STRANGER,
            "sign where it was made; or, if that machine is lost, give up more one-time keys "
            "than it can have used since: `duoboot keygen --lms --from KEY --skip N`",
            "this machine does not know which one-time keys of %s are used: there is no %s", key,
            l->path);
    }
    if (l->fd < 0 || flock(l->fd, LOCK_EX) != 0 || (make && !begin_ledger(l)) || !read_ledger(l)) {
        const enum lms_result result = fail_io(t, l->path, "opened");

        if (l->fd >= 0) {
            (void)close(l->fd);
        }
        return result;
    }
    return LMS_DONE;
}

static bool append(const struct ledger *l, uint32_t q)
{
    char line[64], when[32];
    const time_t now = time(NULL);
    struct tm utc;

    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    /* A line that a crash has cut is ended first. */
    const int n = snprintf(line, sizeof(line), "\n%u %s\n", q, when);
    return write(l->fd, line, (size_t)n) == n && fsync(l->fd) == 0 && sync_folder(l->path);
}

/* ---- What others call ---- */

enum lms_result lms_file_make(const char *path, const struct lms_file *file,
                              struct lms_trouble *trouble)
{
    struct ledger l = {.fd = -1};
    enum lms_result result = open_ledger(path, &file->secret, true, &l, trouble);

    if (result != LMS_DONE) {
        return result;
    }
    if (fsync(l.fd) != 0 || !sync_folder(l.path)) {
        result = fail_io(trouble, l.path, "written");
    } else if (!write_file(path, file)) {
        result = fail_io(trouble, path, "written");
    }
    (void)close(l.fd);
    return result;
}

/* The file first: if only that has been written, it is ahead of the ledger, and nothing is used
 * twice. */
static enum lms_result give_up(const char *path, struct lms_file *file, const struct ledger *l,
                               uint32_t next, struct lms_trouble *trouble)
{
    file->next = next;
    if (!write_file(path, file)) {
        return fail_io(trouble, path, "written");
    }
    return append(l, next - 1u) ? LMS_DONE : fail_io(trouble, l->path, "written");
}

static enum lms_result used_up(const char *path, struct lms_trouble *trouble)
{
    return fail(trouble, LMS_USED_UP,
                "sign with another pair of keys that devices trust, and plan the next bootloader's",
                "%s is used up: none of its %u one-time keys is left", path, DUO_LMS_LEAVES);
}

enum lms_result lms_reserve(const char *path, struct lms_file *file, uint32_t *q,
                            struct lms_trouble *trouble)
{
    struct ledger l = {.fd = -1};
    enum lms_result result = lms_file_read(path, file, trouble);

    if (result == LMS_DONE) {
        result = open_ledger(path, &file->secret, false, &l, trouble);
    }
    if (result != LMS_DONE) {
        return result;
    }
    result =
        lms_file_read(path, file, trouble); /* again: somebody else may have signed meanwhile */
    if (result == LMS_DONE && file->next < l.next) {
        result =
            fail(trouble, LMS_RESTORED,
                 "take the file that was signed with last; if it is lost, give up more one-time "
                 "keys than may have been used: `duoboot keygen --lms --from KEY --skip N`",
                 "%s is an older copy: its next one-time key is %u, and %u has signed already "
                 "(%s)",
                 path, file->next, l.next - 1u, l.path);
    }
    if (result == LMS_DONE && file->next >= DUO_LMS_LEAVES) {
        result = used_up(path, trouble);
    }
    if (result == LMS_DONE) {
        *q = file->next;
        result = give_up(path, file, &l, file->next + 1u, trouble);
    }
    (void)close(l.fd);
    return result;
}

enum lms_result lms_skip(const char *path, uint32_t count, struct lms_file *file,
                         struct lms_trouble *trouble)
{
    struct ledger l = {.fd = -1};
    enum lms_result result = lms_file_read(path, file, trouble);

    if (result == LMS_DONE) {
        result = open_ledger(path, &file->secret, true, &l, trouble);
    }
    if (result != LMS_DONE) {
        return result;
    }
    const uint32_t known = file->next > l.next ? file->next : l.next;
    if (count > DUO_LMS_LEAVES - known) {
        result = used_up(path, trouble);
    } else {
        result = give_up(path, file, &l, known + count, trouble);
    }
    (void)close(l.fd);
    return result;
}
