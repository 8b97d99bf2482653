/* SPDX-License-Identifier: MIT */
/* What the commands for a connected device share: its options, the port, and how failures are told.
 */
#ifndef DUO_TOOL_DEVICE_H
#define DUO_TOOL_DEVICE_H

#include "hostlib/cli.h"
#include "tool/ports.h"
#include "tool/smp.h"

struct device_args {
    const char *port;
    uint32_t baud, timeout_s;
};

extern const struct option_row device_rows[]; /* --port, --baud, --timeout */
/* For commands that list these options themselves. */
option_setter device_baud, device_timeout;

#define DEVICE_DEFAULTS                                                                            \
    {                                                                                              \
        .port = NULL, .baud = 115200, .timeout_s = 10                                              \
    }

struct device {
    const struct cli *cli;
    const struct device_args *args;
    struct serial serial;
    struct smp smp;
    char port[PORT_NAME]; /* as found */
};

/* Opens the port; an exit code, reported. */
int device_port(struct device *d, const struct cli *cli, const struct device_args *args);
/* Opens the port and finds the device. */
int device_open(struct device *d, const struct cli *cli, const struct device_args *args);
void device_close(struct device *d);

/* A whole command: parses into `args`, of which `device` is a part, lets `check` say what is wrong
 * with the operands, opens the device, works, closes it. An exit code, reported. */
int device_command(struct cli *cli, void *args, const struct device_args *device,
                   const char *(*check)(const struct cli *cli),
                   int (*work)(struct device *d, const void *args));
/* A check: there is no operand. */
const char *device_no_operand(const struct cli *cli);

/* Tells what went wrong; an exit code. DONE gives EXIT_DONE. */
int device_result(const struct device *d, enum smp_result result, const char *what);

#endif
