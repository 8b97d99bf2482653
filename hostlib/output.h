/* SPDX-License-Identifier: MIT */
/* Files that a command makes: there as a whole, or not at all. */
#ifndef DUO_HOSTLIB_OUTPUT_H
#define DUO_HOSTLIB_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* An output that is being made. What is written to `file` appears under its name when
 * output_close() is told to keep it; until then a file of that name stays as it is. */
struct output {
    FILE *file;
    char *temp, *target; /* NULL: written in place (a device, a pipe, standard output) */
};

/* Opens `path`: "-" is standard output, symbolic links are followed. `mode` as for open(). False
 * with errno set. Open it before long work, so that a folder that does not exist is known at once.
 */
bool output_open(struct output *o, const char *path, int mode);

/* Ends the output; `keep` false drops it. False with errno set when it is not complete: then the
 * old file is still there. */
bool output_close(struct output *o, bool keep);

/* All of it at once. False with errno set. */
bool output_write(const char *path, const void *data, size_t size, int mode);

/* What to do about a failure with this errno, in words. */
const char *output_hint(int error);

#endif
