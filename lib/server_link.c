/* SPDX-License-Identifier: MIT */
#include "lib/server_link.h"

#include <string.h>

#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "proto/an3155.h"

/* A client of ST's protocol has sent a sync byte; noise sends nothing after it. */
#define SYNC_MS 2000u

struct server_link server_link;

/* ---- Out ---- */

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    const uint32_t room = (uint32_t)sizeof(server_link.out) - server_link.out_to;
    const size_t taken = n < room ? n : room;

    (void)ctx;
    memcpy(server_link.out + server_link.out_to, bytes, taken);
    server_link.out_to += (uint32_t)taken;
}

void server_link_answer(const uint8_t *answer, uint32_t n)
{
    server_link.out_from = server_link.out_to = 0;
    duo_smp_line_send(&server_link.line, answer, n, send, NULL);
    server_link.heard = server_link.now;
}

void server_link_put(const uint8_t *bytes, uint32_t n)
{
    if (server_link_is_sent()) {
        server_link.out_from = server_link.out_to = 0;
    }
    send(NULL, bytes, n);
    if (n > 0 && bytes[0] == DUO_AN3155_ACK) {
        server_link.accepted++;
        server_link.heard = server_link.now;
    }
}

bool server_link_is_sent(void)
{
    return server_link.out_from == server_link.out_to;
}

size_t duo_server_output(void *bytes, size_t max)
{
    const uint32_t left = server_link.out_to - server_link.out_from;
    const size_t n = left < max ? left : max;

    if (!bytes) {
        return 0;
    }
    memcpy(bytes, server_link.out + server_link.out_from, n);
    server_link.out_from += (uint32_t)n;
    return n;
}

/* ---- In ---- */

bool server_link_busy(void)
{
    return duo_smp_line_busy(&server_link.line, server_link.now) ||
           duo_smp_line_raw_begins(&server_link.line, server_link.now);
}

static bool programmer_holds(void)
{
    const uint32_t patience = server_link.accepted > 1u ? SERVER_ACTIVE_MS : SYNC_MS;

    return server_link.programmer && server_link.now - server_link.heard < patience;
}

/* After a silence, what begins no command is another client's. */
static void give_way(uint8_t byte)
{
    if (server_link.now - server_link.came > DUO_AN3155_GAP_MS && !duo_an3155_begins(byte)) {
        server_link.programmer = false;
    }
    server_link.came = server_link.now;
}

static bool programmer_calls(uint8_t byte)
{
    return server_link.by_address && byte == DUO_AN3155_SYNC && !server_link_busy();
}

static void take_message(uint8_t byte)
{
    if (!duo_smp_line_take(&server_link.line, server_link.now, byte)) {
        return;
    }
    server_link.any = true;
    server_link.heard = server_link.now;
    server_request();
}

/* How many bytes were taken. */
static size_t take(const uint8_t *bytes, size_t n)
{
    if (server_waits()) {
        return n;
    }
    give_way(*bytes);
    if (!programmer_holds()) {
        server_link.programmer = programmer_calls(*bytes);
        if (!server_link.programmer) {
            take_message(*bytes);
            return 1;
        }
        server_link.accepted = 0;
        server_link.heard = server_link.now;
    }
    server_link.any = true;
    server_address(bytes, n);
    return n;
}

static bool may_be_used(void)
{
    return cpu_exception() == 0 && server_serves();
}

/* An erase keeps the application from listening for longer than the gaps in a message may be. */
static void hold_after_erase(void)
{
    const uint32_t sign = SHARED->aside_sign;

    if (sign != server_link.stood) {
        duo_smp_line_hold(&server_link.line, server_link.now);
        server_link.came = server_link.now;
    }
    server_link.stood = sign;
}

static bool holds_line(void)
{
    return server_waits() || programmer_holds() || server_link_busy();
}

bool duo_server_input(const void *bytes, size_t n, uint32_t now_ms)
{
    const uint8_t *byte = bytes;

    if (!may_be_used() || (!bytes && n > 0)) {
        return false;
    }
    server_link.now = now_ms;
    hold_after_erase();
    const uint32_t heard_then = server_link.heard;
    const bool held = holds_line();
    for (size_t i = 0; i < n;) {
        i += take(byte + i, n - i);
    }
    return held || server_link.heard != heard_then || holds_line();
}

bool duo_server_active(uint32_t now_ms)
{
    return server_link.any && now_ms - server_link.heard < SERVER_ACTIVE_MS;
}

/* ---- Begin ---- */

enum duo_status server_link_start(void *buffer, size_t size)
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
    const bool by_address = server_link.by_address;
    memset(&server_link, 0, sizeof(server_link));
    server_link.by_address = by_address;
    duo_smp_line_start(&server_link.line, buffer, (uint32_t)size);
    return DUO_OK;
}
