/* SPDX-License-Identifier: MIT */
/* The server's line on the M4: messages go to the server on the M7, and answers come back. */
#include <string.h>

#include "duo/duo.h"
#include "lib/pipe.h"
#include "lib/server.h"
#include "lib/server_link.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"

static struct {
    struct pipe pipe;
    uint32_t number; /* of this opening of the pipe */
    bool on;
    bool joined;       /* the M7 serves */
    bool asked;        /* a message waits for its answer */
    uint32_t put, fed; /* bytes for ST's protocol: in the buffer, and of these in the pipe */
    uint8_t answer[DUO_SMP_ANSWER_MAX];
} far;

/* ---- The pipe ---- */

static void open_pipe(void)
{
    memset(&far.pipe, 0, sizeof(far.pipe));
    far.joined = far.asked = false;
    far.put = far.fed = 0;
    far.number = SHARED->pipe.opened + 1u;
    far.number += far.number == 0;
    SHARED->pipe.room = server_link.line.size;
    cpu_dsb(); /* the room before the number that announces it */
    SHARED->pipe.opened = far.number;
}

/* The M7 may have begun again, or given this opening up. */
static void look_at_m7(void)
{
    const bool answered = SHARED->pipe.answered == far.number;

    if (SHARED->pipe.opened != far.number || (far.joined && !answered)) {
        open_pipe();
        return;
    }
    far.joined = answered;
}

static void take_answers(void)
{
    while (pipe_receive(&far.pipe, far.answer, sizeof(far.answer))) {
        if (far.pipe.kind == PIPE_PROGRAMMER) {
            server_link_put(far.answer, far.pipe.size);
            continue;
        }
        far.asked = false;
        if (far.pipe.size > 0) { /* else it was no request */
            server_link_answer(far.answer, far.pipe.size);
        }
    }
}

/* What has come for ST's protocol waits in the line's buffer. */
static void send_bytes(void)
{
    if (pipe_sends(&far.pipe) || far.put == 0) {
        return;
    }
    if (far.fed == far.put) {
        far.put = far.fed = 0;
        return;
    }
    pipe_send(&far.pipe, PIPE_PROGRAMMER, server_link.line.buffer + far.fed, far.put - far.fed);
    far.fed = far.put;
    (void)pipe_sends(&far.pipe);
}

/* ---- For server_link.c ---- */

bool server_serves(void)
{
    if (far.on) {
        look_at_m7();
    }
    return far.on && far.joined;
}

bool server_waits(void)
{
    return far.asked;
}

void server_request(void)
{
    far.asked = true;
    pipe_send(&far.pipe, PIPE_SMP, server_link.line.message, server_link.line.length);
    (void)pipe_sends(&far.pipe);
}

void server_address(const uint8_t *bytes, size_t n)
{
    const uint32_t room = server_link.line.size - far.put;
    const uint32_t taken = n < room ? (uint32_t)n : room;

    memcpy(server_link.line.buffer + far.put, bytes, taken);
    far.put += taken;
    send_bytes();
}

/* ---- For applications ---- */

enum duo_status duo_server_start(void *buffer, size_t size)
{
    const enum duo_status status = server_link_start(buffer, size);

    if (status == DUO_OK) {
        open_pipe();
        far.on = true;
    }
    return status;
}

enum duo_status duo_server_by_address(void)
{
    server_link.by_address = true;
    return cpu_exception() != 0 ? DUO_E_INTERRUPT : DUO_OK;
}

void duo_server_work(uint32_t now_ms)
{
    if (cpu_exception() != 0) {
        return;
    }
    server_link.now = now_ms;
    if (server_serves()) {
        send_bytes();
        take_answers();
    }
}

bool duo_server_wants_reset(void)
{
    return far.joined && !far.asked && server_link_is_sent() &&
           SHARED->pipe.reset != SERVER_NO_RESET;
}

void duo_server_reset(void)
{
    if (SHARED->pipe.reset == SERVER_RECOVERY) {
        duo_enter_recovery();
    }
    duo_restart();
}
