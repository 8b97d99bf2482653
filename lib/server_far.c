/* SPDX-License-Identifier: MIT */
#include "lib/server_far.h"

#include <string.h>

#include "lib/pipe.h"
#include "lib/server.h"
#include "lib/server_link.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "proto/an3155.h"

static struct {
    struct pipe pipe;
    uint32_t number; /* of the M4's opening that is served, or was given up */
    bool any;
    uint32_t heard, moved; /* ms: the last frame, and the last time that one went on */
    uint32_t said;         /* bytes in `bytes` */
    uint8_t bytes[DUO_AN3155_BLOCK + 2u];
} far;

void server_far_start(void)
{
    memset(&far, 0, sizeof(far));
    SHARED->pipe.answered = 0;
}

static void join(uint32_t number)
{
    memset(&far, 0, sizeof(far));
    far.number = number;
    pipe_empty();
    SHARED->pipe.reset = SERVER_NO_RESET;
    cpu_dsb(); /* empty before the number that says so */
    SHARED->pipe.answered = number;
}

/* An M4 that does not fetch its answer must not keep the server from others. It opens again. */
static void give_up_when_stuck(uint32_t now_ms)
{
    if (!server_far_busy()) {
        far.moved = now_ms;
    } else if (now_ms - far.moved > SERVER_ACTIVE_MS) {
        far.pipe.sending = far.pipe.receiving = false;
        SHARED->pipe.answered = 0;
    }
}

static void take_frame(uint32_t now_ms)
{
    far.heard = now_ms;
    far.any = true;
    if (far.pipe.kind == PIPE_SMP) {
        server_serve_far(server_link.line.buffer, far.pipe.size);
    } else {
        far.said = 0;
        server_address_far(server_link.line.buffer, far.pipe.size);
        if (far.said > 0) {
            pipe_send(&far.pipe, PIPE_PROGRAMMER, far.bytes, far.said);
        }
    }
}

void server_far_work(uint32_t now_ms)
{
    const uint32_t opened = SHARED->pipe.opened;

    if (opened != far.number && opened != 0) {
        join(opened);
    }
    if (SHARED->pipe.answered != far.number || far.number == 0) {
        return;
    }
    give_up_when_stuck(now_ms);
    while (!pipe_sends(&far.pipe) && server_takes_far() &&
           pipe_receive(&far.pipe, server_link.line.buffer, server_link.line.size)) {
        take_frame(now_ms);
    }
}

bool server_far_busy(void)
{
    return far.pipe.sending || far.pipe.receiving;
}

void server_far_answer(const uint8_t *answer, uint32_t n)
{
    pipe_send(&far.pipe, PIPE_SMP, answer, n);
    (void)pipe_sends(&far.pipe);
}

void server_far_put(const uint8_t *bytes, uint32_t n)
{
    const uint32_t room = (uint32_t)sizeof(far.bytes) - far.said;
    const uint32_t taken = n < room ? n : room;

    memcpy(far.bytes + far.said, bytes, taken);
    far.said += taken;
}

void server_far_reset(uint32_t what)
{
    SHARED->pipe.reset = what;
}

uint32_t server_far_room(void)
{
    return far.number != 0 ? SHARED->pipe.room : 0;
}

bool server_far_active(uint32_t now_ms)
{
    return far.any && now_ms - far.heard < SERVER_ACTIVE_MS;
}
