/* SPDX-License-Identifier: MIT */
/* The commands of duoboot, in the order of --help: cmd_NAME is defined in tool/cmd_NAME.c. */
#ifndef DUO_TOOL_COMMANDS_H
#define DUO_TOOL_COMMANDS_H

#include "hostlib/cli.h"

#define DUOBOOT_COMMANDS(X)                                                                        \
    X(keygen)                                                                                      \
    X(sign)                                                                                        \
    X(bundle)                                                                                      \
    X(info)                                                                                        \
    X(verify)                                                                                      \
    X(update)                                                                                      \
    X(factory) X(provision) X(status) X(confirm) X(rollback) X(reset) X(monitor) X(read) X(protect)

#define DECLARE_COMMAND(name) extern const struct command cmd_##name;
DUOBOOT_COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
