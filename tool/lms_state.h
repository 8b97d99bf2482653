/* SPDX-License-Identifier: MIT */
/*
 * An LMS private key in a file, and what keeps its one-time keys from being used twice.
 *
 * Two places know which ones are used: the file itself, which says the first that is not, and a
 * ledger of this machine, outside the file's folder, which gets a line for each signature and is
 * never made smaller. A one-time key is given up in both, and both are on the disk, before it
 * signs. So a copy of the file that is put back later is older than the ledger, and refused; and a
 * machine that has no ledger of the key signs nothing with it until it is told how many one-time
 * keys to give up (`duoboot keygen --lms --skip`). What cannot be seen: file and ledger put back
 * together.
 */
#ifndef DUO_TOOL_LMS_STATE_H
#define DUO_TOOL_LMS_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/lms_sign.h"

#define LMS_HEADER "-----BEGIN DUOBOOT LMS PRIVATE KEY-----"

struct lms_file {
    struct duo_lms_secret secret;
    uint8_t root[DUO_HASH_SIZE];
    uint32_t next; /* the first one-time key that has not been used */
};

enum lms_result {
    LMS_DONE,
    LMS_IO,       /* a file cannot be read or written */
    LMS_NO_KEY,   /* not an LMS private key, or a damaged one */
    LMS_STRANGER, /* this machine has no ledger of it */
    LMS_RESTORED, /* older than the ledger */
    LMS_USED_UP
};

/* What went wrong, and what to do about it. */
struct lms_trouble {
    char what[PATH_MAX + 512];
    char next[512];
};

/* Parses the content of a key file; `name` is for the message. */
enum lms_result lms_file_parse(const char *name, const uint8_t *data, size_t size,
                               struct lms_file *file, struct lms_trouble *trouble);

/* Reads a key file. Does not look at the ledger. */
enum lms_result lms_file_read(const char *path, struct lms_file *file, struct lms_trouble *trouble);

/* A new key: its ledger, then its file (0600). Replaces an existing file. */
enum lms_result lms_file_make(const char *path, const struct lms_file *file,
                              struct lms_trouble *trouble);

/* Gives up the next one-time key, so that the caller may sign with it: file->next was it. Waits for
 * another duoboot that is at it. */
enum lms_result lms_reserve(const char *path, struct lms_file *file, uint32_t *q,
                            struct lms_trouble *trouble);

/* Gives up `count` one-time keys after the last that file or ledger know of; makes a ledger if this
 * machine has none. */
enum lms_result lms_skip(const char *path, uint32_t count, struct lms_file *file,
                         struct lms_trouble *trouble);

#endif
