/* SPDX-License-Identifier: MIT */
/*
 * The files that a command line names, and the rule that no command destroys one of them: what is
 * written is never a file that is read, nor another output, nor a private key that exists. Files
 * are compared as the system knows them, so another path, a symbolic link or a hard link to the
 * same file is the same file.
 */
#ifndef DUO_HOSTLIB_FILES_H
#define DUO_HOSTLIB_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum file_use {
    FILE_NONE = 0, /* the option names no file */
    FILE_READ,     /* an input */
    FILE_WRITTEN,  /* an output: its old content is lost */
    FILE_KEPT,     /* read, and changed as its format says: a flash file, results to resume */
    FILE_KEY_MADE  /* an output for a new private key, which may replace a private key when
                      replace_key is set */
};

enum { FILES_MAX = 64 };

struct files_named {
    struct {
        enum file_use use;
        char *path;
    } list[FILES_MAX];
    unsigned count;
    bool too_many;    /* more than FILES_MAX, or out of memory */
    bool replace_key; /* --force: an existing private key may be replaced under its own name */
};

/* How a ledger of one-time keys begins (tool/lms_state.h): without it its key signs nothing. */
#define FILE_LEDGER "one-time keys of an LMS private key that are used; do not change\n"

/* Notes a file; the text of the path (`len` bytes of it) is copied. */
void files_add(struct files_named *files, enum file_use use, const char *path, size_t len);
void files_free(struct files_named *files);

/* False, with what is wrong and what to do in err, when writing an output would destroy something.
 * Call it before anything is written. */
bool files_check(const struct files_named *files, char *err, size_t err_size);

/* "-", by which both programs mean standard input or output. */
bool file_is_standard(const char *path);

/* The number of a descriptor that this process has open, if that is what `path` names ("/dev/fd/1",
 * and what "/dev/stdout" leads to); else -1. */
int file_descriptor(const char *path);

/* What `path` leads to when all symbolic links are followed, whether the last one is there or not;
 * not further than to a descriptor, whose link names no file that could be opened again when it is
 * a pipe. False: a loop, or too long. */
bool file_target(const char *path, char *target, size_t size);

#endif
