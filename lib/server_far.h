/* SPDX-License-Identifier: MIT */
/* M7: the line of the M4's, as the server sees it. */
#ifndef DUO_LIB_SERVER_FAR_H
#define DUO_LIB_SERVER_FAR_H

#include <stdbool.h>
#include <stdint.h>

void server_far_start(void);

/* Takes what has come, into the server's buffer, and sends what has to go. */
void server_far_work(uint32_t now_ms);

/* Something is on its way, in the server's buffers. */
bool server_far_busy(void);

/* The answer to the message at hand; it stays where it is. n = 0: there is none. */
void server_far_answer(const uint8_t *answer, uint32_t n);
/* Bytes for a client of ST's protocol. */
void server_far_put(const uint8_t *bytes, uint32_t n);

/* Tells the M4 that its client wants a reset. */
void server_far_reset(uint32_t what);

/* Bytes of the M4's buffer; 0: it has no line. */
uint32_t server_far_room(void);

/* A client has been heard there lately. */
bool server_far_active(uint32_t now_ms);

#endif
