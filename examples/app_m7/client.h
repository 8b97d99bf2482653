/* SPDX-License-Identifier: MIT */
/* A program on the other end of the line that speaks SMP: smpmgr, duoboot update. */
#ifndef EXAMPLE_CLIENT_H
#define EXAMPLE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

void client_start(void);

/* To be called in the main loop. Answers, and resets when the client has asked for it. */
void client_serve(uint32_t now_ms);

/* A byte of the line; false: it is not a client's. */
bool client_takes(uint8_t byte, uint32_t now_ms);

/* A client has been heard lately: nothing else may be said on the line. */
bool client_active(uint32_t now_ms);

#endif
