/* SPDX-License-Identifier: MIT */
/* --revoke of `duoboot sign` and `duoboot bundle`: keys that sign nothing any more. */
#ifndef DUO_TOOL_REVOKE_H
#define DUO_TOOL_REVOKE_H

#include "core/image/keyring.h"
#include "hostlib/cli.h"
#include "tool/keys.h"

/* As given: a key may be named twice. */
#define REVOKE_GIVEN_MAX 32u
struct revoke_args {
    unsigned count;
    const char *path[REVOKE_GIVEN_MAX];
};

extern const struct option_row revoke_rows[]; /* --revoke, as the group of a struct revoke_args */

/* Reads these keys and puts their ids in order. `signer` may not be among them. Reports failure. */
int revoke_load(const struct cli *cli, const struct revoke_args *args, const struct key *signer,
                struct duo_revocation *revokes);

#endif
