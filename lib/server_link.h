/* SPDX-License-Identifier: MIT */
/*
 * A core's line on which clients may call, for the server: bytes of the application's link in,
 * messages out, and the way back. The same on both cores; what is done with a message is in
 * server_cm7.c and server_cm4.c.
 */
#ifndef DUO_LIB_SERVER_LINK_H
#define DUO_LIB_SERVER_LINK_H

#include "duo/server.h"
#include "proto/smp.h"
#include "proto/smp_line.h"

/* As in recovery: so long after a client's last message nothing unasked is said. */
#define SERVER_ACTIVE_MS 10000u

/* The longest answer in the console's framing: base64, and 3 bytes more for each line of 93. */
#define SERVER_PACKET   (DUO_SMP_ANSWER_MAX + DUO_SMP_LINE_EXTRA)
#define SERVER_OUT_SIZE ((SERVER_PACKET + 2u) / 3u * 4u + (SERVER_PACKET / 93u + 1u) * 3u)

struct server_link {
    struct duo_smp_line line;
    uint32_t now, heard; /* ms, as the application last said, and when a client was heard */
    uint32_t came;       /* ms, when the last byte came */
    uint32_t stood;      /* as SHARED->aside_sign was then: it counts while a sector is erased */
    bool any;            /* ... at all */
    bool by_address;     /* clients of ST's protocol are served, too */
    bool programmer;     /* one of them has called */
    uint32_t accepted;   /* what it has been answered, but for refusals */
    uint32_t out_from, out_to;
    uint8_t out[SERVER_OUT_SIZE];
};
extern struct server_link server_link;

/* INTERRUPT, ARG, STATE: as duo_server_start(). */
enum duo_status server_link_start(void *buffer, size_t size);

/* An answer to an SMP message; one that has not been fetched gives way: its client has asked again.
 */
void server_link_answer(const uint8_t *answer, uint32_t n);
/* Bytes for a client of ST's protocol. */
void server_link_put(const uint8_t *bytes, uint32_t n);
bool server_link_is_sent(void);

/* A message is arriving, or may be. */
bool server_link_busy(void);

/* ---- What the core does, in server_cm7.c and server_cm4.c ---- */

/* Somebody serves. */
bool server_serves(void);
/* The message before has not been answered: what comes is dropped. */
bool server_waits(void);
/* server_link.line holds a message. */
void server_request(void);
/* Bytes of a client of ST's protocol. */
void server_address(const uint8_t *bytes, size_t n);

#endif
