/* SPDX-License-Identifier: MIT */
/* The SMP server's line: bytes of the application's link in, bytes out. */
#include <string.h>

#include "duo/duo.h"
#include "lib/server.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "proto/smp_line.h"

/* As in recovery: so long after a client's last message nothing unasked is said. */
#define ACTIVE_MS 10000u

/* The longest answer in the console's framing: base64, and 3 bytes more for each line of 93. */
#define PACKET   (DUO_SMP_ANSWER_MAX + DUO_SMP_LINE_EXTRA)
#define OUT_SIZE ((PACKET + 2u) / 3u * 4u + (PACKET / 93u + 1u) * 3u)

static struct {
    struct duo_smp smp;
    struct duo_smp_line line;
    uint32_t now, asked, heard; /* ms: now, when the request at hand came, and the last one */
    bool on, any;
    uint32_t out_from, out_to;
    uint8_t answer[DUO_SMP_ANSWER_MAX];
    uint8_t out[OUT_SIZE];
} server;

uint32_t server_waited(void)
{
    return server.now - server.asked;
}

/* ---- Out ---- */

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    memcpy(server.out + server.out_to, bytes, n);
    server.out_to += (uint32_t)n;
}

/* An answer that has not been fetched gives way: its client has asked again. */
static void reply(uint32_t n)
{
    if (n > 0) {
        server.out_from = server.out_to = 0;
        duo_smp_line_send(&server.line, server.answer, n, send, NULL);
        server.heard = server.now;
    }
}

size_t duo_server_output(void *bytes, size_t max)
{
    const uint32_t left = server.out_to - server.out_from;
    const size_t n = left < max ? left : max;

    memcpy(bytes, server.out + server.out_from, n);
    server.out_from += (uint32_t)n;
    return n;
}

/* ---- In ---- */

static bool waiting(void)
{
    return duo_smp_waiting(&server.smp);
}

static void serve(void)
{
    reply(duo_smp_serve(&server.smp, server.line.message, server.line.length, server.answer,
                        sizeof(server.answer)));
}

static void take(uint8_t byte)
{
    if (waiting() || !duo_smp_line_take(&server.line, server.now, byte)) {
        return;
    }
    server.any = true;
    server.asked = server.heard = server.now;
    serve();
}

static bool holds_line(void)
{
    return waiting() || duo_smp_line_busy(&server.line, server.now) ||
           duo_smp_line_raw_begins(&server.line, server.now);
}

static bool may_be_used(void)
{
    return server.on && cpu_exception() == 0;
}

bool duo_server_input(const void *bytes, size_t n, uint32_t now_ms)
{
    const uint8_t *byte = bytes;

    if (!may_be_used()) {
        return false;
    }
    server.now = now_ms;
    const uint32_t heard_then = server.heard;
    const bool held = holds_line();
    for (size_t i = 0; i < n; i++) {
        take(byte[i]);
    }
    return held || server.heard != heard_then || holds_line();
}

/* The message stays in its buffer while it waits. */
void duo_server_work(uint32_t now_ms)
{
    if (!may_be_used()) {
        return;
    }
    server.now = now_ms;
    server_device_work();
    if (!waiting()) {
        return;
    }
    if (duo_smp_is_piece(server.line.message, server.line.length)) {
        reply(duo_smp_again(&server.smp, server.answer, sizeof(server.answer)));
    } else {
        serve();
    }
}

bool duo_server_active(uint32_t now_ms)
{
    return server.any && now_ms - server.heard < ACTIVE_MS;
}

/* ---- Begin and end ---- */

enum duo_status duo_server_start(void *buffer, size_t size)
{
    if (cpu_exception() != 0) {
        return DUO_E_INTERRUPT;
    }
    if (!buffer || size < DUO_SERVER_BUFFER_MIN || size > 0x10000u) {
        return DUO_E_ARG;
    }
    if (!shared_ready()) {
        return DUO_E_STATE;
    }
    memset(&server, 0, sizeof(server));
    duo_smp_line_start(&server.line, buffer, (uint32_t)size);
    duo_smp_start(&server.smp, &server_ops, NULL,
                  server_device_open((uint32_t)size - DUO_SMP_LINE_EXTRA));
    server.on = true;
    return DUO_OK;
}

bool duo_server_wants_reset(void)
{
    return server_reset_wanted() != SERVER_NO_RESET && server.out_from == server.out_to;
}

void duo_server_reset(void)
{
    if (server_reset_wanted() == SERVER_RECOVERY) {
        duo_enter_recovery();
    }
    duo_restart();
}
