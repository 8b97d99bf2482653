/* SPDX-License-Identifier: MIT */
/* The server: requests from this core's line, and from the M4's. One at a time: what comes
 * meanwhile on the other line waits, or is dropped, and its client asks again. */
#include <string.h>

#include "duo/duo.h"
#include "lib/server.h"
#include "lib/server_far.h"
#include "lib/server_link.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"

static struct {
    struct duo_smp smp;
    const struct server_programmer *programmer; /* NULL: nobody serves ST's protocol */
    uint32_t asked;                             /* ms: when the request at hand came */
    bool on;
    enum server_line from; /* whose it is */
    const uint8_t *message;
    uint32_t length;
    uint8_t answer[DUO_SMP_ANSWER_MAX];
} server;

uint32_t server_waited(void)
{
    return server_link.now - server.asked;
}

enum server_line server_line_at_hand(void)
{
    return server.from;
}

bool server_line_active(enum server_line line)
{
    return line == SERVER_OWN ? duo_server_active(server_link.now)
                              : server_far_active(server_link.now);
}

/* ---- Requests ---- */

static bool waiting(void)
{
    return duo_smp_waiting(&server.smp);
}

/* The M4 waits for an answer even to what is no request. */
static void reply(uint32_t n)
{
    if (server.from == SERVER_FAR && !waiting()) {
        server_far_answer(server.answer, n);
    } else if (n > 0) {
        server_link_answer(server.answer, n);
    }
}

static void serve(void)
{
    reply(duo_smp_serve(&server.smp, server.message, server.length, server.answer,
                        sizeof(server.answer)));
}

static void begin(enum server_line from, const uint8_t *message, uint32_t length)
{
    const uint32_t far = server_far_room();
    const uint32_t own = server_link.line.size;

    server.from = from;
    server.asked = server_link.now;
    server.message = message;
    server.length = length;
    server_device_buffer((from == SERVER_FAR && far < own ? far : own) - DUO_SMP_LINE_EXTRA);
    serve();
}

bool server_serves(void)
{
    return server.on;
}

bool server_waits(void)
{
    return waiting() || server_far_busy();
}

void server_request(void)
{
    begin(SERVER_OWN, server_link.line.message, server_link.line.length);
}

/* Its bytes lie where this core's line collects its own. */
bool server_takes_far(void)
{
    return !waiting() && (server_far_busy() || !server_link_busy());
}

void server_serve_far(const uint8_t *message, uint32_t length)
{
    begin(SERVER_FAR, message, length);
}

/* ---- ST's protocol ---- */

void server_use_programmer(const struct server_programmer *programmer)
{
    server.programmer = programmer;
    server_link.by_address = true;
}

void server_address(const uint8_t *bytes, size_t n)
{
    server.programmer->input(SERVER_OWN, server_link.now, bytes, n);
}

void server_address_far(const uint8_t *bytes, size_t n)
{
    if (server.programmer) {
        server.programmer->input(SERVER_FAR, server_link.now, bytes, n);
    }
}

/* ---- Work ---- */

/* The message stays in its buffer while it waits. */
static void ask_again(void)
{
    if (duo_smp_is_piece(server.message, server.length)) {
        reply(duo_smp_again(&server.smp, server.answer, sizeof(server.answer)));
    } else {
        serve();
    }
}

void duo_server_work(uint32_t now_ms)
{
    if (!server.on || cpu_exception() != 0) {
        return;
    }
    server_link.now = now_ms;
    server_device_work();
    if (server.programmer) {
        server.programmer->work();
    }
    if (waiting()) {
        ask_again();
    }
    server_far_work(now_ms);
    server_far_reset(server_reset_wanted(SERVER_FAR));
}

/* ---- Begin and end ---- */

enum duo_status duo_server_start(void *buffer, size_t size)
{
    const struct server_programmer *const programmer = server.programmer;
    const enum duo_status status = server_link_start(buffer, size);

    if (status != DUO_OK) {
        return status;
    }
    memset(&server, 0, sizeof(server));
    server.programmer = programmer;
    server_far_start();
    duo_smp_start(&server.smp, &server_ops, NULL, server_device_open());
    server.on = true;
    return DUO_OK;
}

bool duo_server_wants_reset(void)
{
    return server_reset_wanted(SERVER_OWN) != SERVER_NO_RESET && server_link_is_sent();
}

void duo_server_reset(void)
{
    if (server_reset_wanted(SERVER_OWN) == SERVER_RECOVERY) {
        duo_enter_recovery();
    }
    duo_restart();
}
