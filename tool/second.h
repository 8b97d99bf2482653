/* SPDX-License-Identifier: MIT */
/* Second signatures (LMS) on the command line: keys, signing a bundle, and `duoboot keygen --lms`.
 */
#ifndef DUO_TOOL_SECOND_H
#define DUO_TOOL_SECOND_H

#include "core/image/keyring.h"
#include "hostlib/cli.h"
#include "tool/imagefile.h"

/* Reads the public half of an LMS key, or the public half out of a private one. Reports failure. */
int second_load(const struct cli *cli, const char *path, struct duo_lms_key *key);

/* Is this the public half of an LMS key? */
bool second_is_public(const uint8_t *data, size_t size);
/* The first eight digits of its identifier, by which messages call it. */
void second_name(const struct duo_lms_key *key, char text[9]);

/* Puts the second signature into a bundle that has room for it, and gives up a one-time key for
 * that. Reports failure. */
int second_sign(const struct cli *cli, const char *path, const struct buffer *bundle);

struct second_keygen {
    const char *out, *from, *public_out;
    uint32_t skip; /* 0: none */
    bool force;
};
int second_keygen(const struct cli *cli, const struct second_keygen *k);

#endif
