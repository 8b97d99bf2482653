/* SPDX-License-Identifier: MIT */
/* Finding the port that a device is on. */
#ifndef DUO_TOOL_PORTS_H
#define DUO_TOOL_PORTS_H

#include <stdint.h>

#include "hostlib/cli.h"

enum { PORT_NAME = 128 };

/*
 * `port` as it is, or the one on which a device answers: for "auto" of all USB serial ports and
 * those that DUO_PORTS names (separated by colons), for "usb:VID:PID" and "usb:VID:PID:SERIAL" of
 * those among them that belong to this USB device. Listens for `seconds`. An exit code, reported:
 * TIMEOUT when nobody answers, REJECTED when several do, IO when there is no port to ask on.
 */
int port_find(const struct cli *cli, const char *port, uint32_t baud, uint32_t seconds,
              char found[PORT_NAME]);

#endif
