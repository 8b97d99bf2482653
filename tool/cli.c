/* SPDX-License-Identifier: MIT */
#include "tool/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

bool cli_option(struct cli *cli, int c)
{
    switch (c) {
    case CLI_OPT_JSON:
        cli->json = true;
        return true;
    case 'q':
        cli->verbosity = -1;
        return true;
    case 'v':
        cli->verbosity++;
        return true;
    default:
        fprintf(stderr, "  hint: `duoboot %s --help` lists the options\n", cli->command);
        return false;
    }
}

const char *cli_parse(struct cli *cli, int argc, char **argv, const char *short_options,
                      const struct option *options,
                      const char *(*take)(struct cli *cli, void *args, int c), void *args)
{
    int c;

    while ((c = getopt_long(argc, argv, short_options, options, NULL)) != -1) {
        const char *mistake = take(cli, args, c);
        if (mistake) {
            return mistake;
        }
    }
    return NULL;
}

static void fail_json(enum exit_code code, const char *message, const char *hint)
{
    json_t *error = json_pack("{s:{s:i, s:s, s:s*}}", "error", "code", (int)code, "message",
                              message, "hint", hint);

    if (error) {
        (void)json_dumpf(error, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(error);
    }
}

int cli_fail(const struct cli *cli, enum exit_code code, const char *hint, const char *format, ...)
{
    char message[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    fprintf(stderr, "duoboot %s: error: %s\n", cli->command, message);
    if (hint) {
        fprintf(stderr, "  hint: %s\n", hint);
    }
    if (cli->json) {
        fail_json(code, message, hint);
    }
    return (int)code;
}

int cli_usage(const struct cli *cli, const char *mistake)
{
    char hint[64];

    if (*mistake == '\0') {
        return EXIT_USAGE;
    }
    snprintf(hint, sizeof(hint), "`duoboot %s --help` shows an example", cli->command);
    return cli_fail(cli, EXIT_USAGE, hint, "%s", mistake);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli->verbosity < 0 || cli->json) {
        return;
    }
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

bool cli_number(const char *text, uint32_t max, uint32_t *value)
{
    char *end;

    errno = 0;
    unsigned long long n = strtoull(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || n > max) {
        return false;
    }
    *value = (uint32_t)n;
    return true;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        data += n;
        size -= (size_t)n;
    }
    return true;
}

/* A pipe or device (/dev/stdout) cannot be replaced by renaming. */
static bool write_special(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY);
    bool ok = fd >= 0 && write_all(fd, data, size);

    return (fd < 0 || close(fd) == 0) && ok;
}

bool cli_write_file(const char *path, const void *data, size_t size, int mode)
{
    char temp[4096];
    struct stat info;

    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return write_special(path, data, size);
    }
    if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = mkstemp(temp);
    if (fd < 0) {
        return false;
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    bool ok = write_all(fd, data, size) && fchmod(fd, (mode_t)mode & ~mask) == 0 && fsync(fd) == 0;
    int saved = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (ok && rename(temp, path) != 0) {
        ok = false;
        saved = errno;
    }
    if (!ok) {
        (void)unlink(temp);
        errno = saved;
    }
    return ok;
}
