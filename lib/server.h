/* SPDX-License-Identifier: MIT */
/* M7: what the parts of the server share. Not for applications. */
#ifndef DUO_LIB_SERVER_H
#define DUO_LIB_SERVER_H

#include "duo/server.h"
#include "proto/smp.h"

/* What has been asked for with a reset. */
enum server_reset { SERVER_NO_RESET, SERVER_RESET, SERVER_RECOVERY };

/* Whose link a client is on: the M7's, or the M4's. */
enum server_line { SERVER_OWN, SERVER_FAR };

/* ---- server_cm7.c ---- */

/* Milliseconds since the request at hand came, and which line's it is. */
uint32_t server_waited(void);
enum server_line server_line_at_hand(void);
/* A client has been heard there in the last ten seconds. */
bool server_line_active(enum server_line line);

/* For server_far.c: a frame may be taken into the server's buffer, and what is in it is a message,
 * or bytes of a client of ST's protocol. */
bool server_takes_far(void);
void server_serve_far(const uint8_t *message, uint32_t length);
void server_address_far(const uint8_t *bytes, size_t n);

/* ST's protocol (programmer.c). An application that does not ask for it does not link it. */
struct server_programmer {
    void (*input)(enum server_line from, uint32_t now_ms, const uint8_t *bytes, size_t n);
    void (*work)(void);
};
void server_use_programmer(const struct server_programmer *programmer);

/* ---- server_device.c: what a client learns and may do ---- */

extern const struct duo_smp_ops server_ops;

/* Looks at what runs. */
const struct duo_smp_about *server_device_open(void);
/* The longest message of the client at hand. */
void server_device_buffer(uint32_t bytes);
/* A client on that line wants it. */
void server_reset_ask(enum server_line from);
enum server_reset server_reset_wanted(enum server_line from);
/* Does what was asked for and had to wait. */
void server_device_work(void);

/* ---- server_upload.c: a set that comes by SMP, into the update session ---- */

/* As struct duo_smp_ops. */
enum duo_status server_upload(void *ctx, const struct duo_smp_piece *piece,
                              struct duo_smp_taken *taken);
enum duo_status server_uploaded(void *ctx, struct duo_smp_taken *taken);

/* The session is ours. */
bool server_upload_open(void);
/* ... for a client on the other line than this one, who goes on with it. */
bool server_upload_is_others(enum server_line line);
/* Gives up what has come. */
void server_upload_forget(void);

#endif
