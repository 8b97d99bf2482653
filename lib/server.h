/* SPDX-License-Identifier: MIT */
/* M7: what the parts of the SMP server share. Not for applications. */
#ifndef DUO_LIB_SERVER_H
#define DUO_LIB_SERVER_H

#include "duo/server.h"
#include "proto/smp.h"

/* What has been asked for with a reset. */
enum server_reset { SERVER_NO_RESET, SERVER_RESET, SERVER_RECOVERY };

/* Milliseconds as the application last said, and since the request at hand came. */
uint32_t server_waited(void);

/* ---- server_device.c: what a client learns and may do ---- */

extern const struct duo_smp_ops server_ops;

/* Looks at what runs. `buffer` is the longest message. */
const struct duo_smp_about *server_device_open(uint32_t buffer);
enum server_reset server_reset_wanted(void);
/* Does what was asked for and had to wait. */
void server_device_work(void);

/* ---- server_upload.c: a set that comes by SMP, into the update session ---- */

/* As struct duo_smp_ops. */
enum duo_status server_upload(void *ctx, const struct duo_smp_piece *piece,
                              struct duo_smp_taken *taken);
enum duo_status server_uploaded(void *ctx, struct duo_smp_taken *taken);

/* The session is ours. */
bool server_upload_open(void);
/* Gives up what has come. */
void server_upload_forget(void);

#endif
