/* SPDX-License-Identifier: MIT */
/* The same update on several ports at once, each in a process of its own. */
#ifndef DUO_TOOL_UPDATE_MANY_H
#define DUO_TOOL_UPDATE_MANY_H

#include "hostlib/cli.h"

#define UPDATE_PORTS_MAX 32u

struct update_ports {
    const char *name[UPDATE_PORTS_MAX];
    unsigned count;
};

/*
 * Calls one(ctx, port) for each port in a process of its own, and tells what each says, a line each
 * with its port in front, and at the end how many succeeded and why the others did not. With --json
 * each object gets a member "port". The highest exit code of all.
 */
int update_many(const struct cli *cli, const struct update_ports *ports,
                int (*one)(void *ctx, const char *port), void *ctx);

#endif
