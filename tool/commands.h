/* SPDX-License-Identifier: MIT */
/* The commands of duoboot. */
#ifndef DUO_TOOL_COMMANDS_H
#define DUO_TOOL_COMMANDS_H

#include "hostlib/cli.h"

extern const struct command cmd_keygen, cmd_sign, cmd_bundle, cmd_info, cmd_verify, cmd_update,
    cmd_factory;

#endif
