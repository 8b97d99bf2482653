/* SPDX-License-Identifier: MIT */
/* One update over a serial line: wait for the recovery, send the bundle, follow the device until it
 * runs. */
#ifndef DUO_TOOL_UPDATE_H
#define DUO_TOOL_UPDATE_H

#include "core/image/manifest.h"
#include "hostlib/cli.h"
#include "proto/ymodem_tx.h"
#include "tool/follow.h"
#include "tool/imagefile.h"
#include "tool/progress.h"
#include "tool/serial.h"
#include "tool/smp.h"

struct update {
    const struct cli *cli;
    const char *port, *name; /* name: of the bundle, as the device is told */
    const char *enter;       /* sent first, to make an application enter recovery; may be NULL */
    bool ymodem;             /* by YMODEM, whatever else the device serves */
    bool no_wait;            /* for the confirmation */
    uint32_t baud;
    uint32_t timeout_ms; /* longest silence in each stage */
    struct buffer bundle;
    struct duo_manifest manifest;

    struct serial serial;
    struct follow follow;
    bool over_smp; /* the device serves it */
    struct smp smp;
    struct duo_ymodem_tx tx;
    struct progress progress;
    enum duo_ymodem_result result;
    bool announced, sent;
    bool lost;       /* the port has gone */
    bool unanswered; /* the device may not have heard that it is to reset */
    uint32_t transfer_ms;
};

/* Each returns an exit_code and has reported a failure. In this order. */
int update_wait(struct update *u);   /* the device answers by SMP, or asks for a file */
int update_send(struct update *u);   /* the device has taken it */
int update_follow(struct update *u); /* the device says that the set is confirmed */

/* What the parts of an update share. One turn of listening; false: the port has gone. */
bool update_listen(struct update *u);
/* Waits until a port that has gone is there again, and opens it; false: it is not, or a signal. */
bool update_port_back(struct update *u);
int update_port_gone(struct update *u);
int update_stopped(struct update *u);

/* Set by a signal handler: the transfer is cancelled and the call fails with EXIT_IO. */
extern volatile int update_interrupted;

#endif
