/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/crc16.h"
#include "tests/proto/rx_bench.h"

static char story[4096];
enum duo_ymodem_answer next_answer;
struct duo_ymodem_rx rx;
static uint32_t now;

static void tell(const char *text)
{
    size_t at = strlen(story);

    assert_true(at + strlen(text) < sizeof(story));
    snprintf(story + at, sizeof(story) - at, "%s", text);
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    if (n > 1) {
        assert_memory_equal(bytes, duo_ymodem_cancel, n);
        tell("X");
    } else {
        tell(bytes[0] == DUO_YM_C     ? "C"
             : bytes[0] == DUO_YM_G   ? "G"
             : bytes[0] == DUO_YM_ACK ? "A"
             : bytes[0] == DUO_YM_NAK ? "N"
                                      : "?");
    }
}

static enum duo_ymodem_answer on_file(void *ctx, const struct duo_ymodem_file *file)
{
    char text[128];

    (void)ctx;
    snprintf(text, sizeof(text), "[file %s %s%u]", file->name, file->size_known ? "" : "?",
             file->size);
    tell(text);
    return next_answer;
}

static enum duo_ymodem_answer on_data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    char text[64];

    (void)ctx;
    snprintf(text, sizeof(text), "[%u+%zu %02x]", offset, n, bytes[0]);
    tell(text);
    return next_answer;
}

static enum duo_ymodem_answer on_end(void *ctx, uint32_t size)
{
    char text[32];

    (void)ctx;
    snprintf(text, sizeof(text), "[end %u]", size);
    tell(text);
    return next_answer;
}

static void on_done(void *ctx, enum duo_ymodem_result result)
{
    (void)ctx;
    tell("[");
    tell(duo_ymodem_text(result));
    tell("]");
}

const struct duo_ymodem_rx_ops ops = {on_send, on_file, on_data, on_end, on_done};

void start_with(const struct duo_ymodem_rx_config *config)
{
    story[0] = '\0';
    now = 5000;
    next_answer = DUO_YM_TAKE;
    duo_ymodem_rx_start(&rx, &ops, NULL, config, now);
}

void start(bool streaming)
{
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    config.streaming = streaming;
    start_with(&config);
}

void wait_ms(uint32_t ms)
{
    for (uint32_t end = now + ms; now < end;) {
        now += 10;
        duo_ymodem_rx_tick(&rx, now);
    }
}

void feed(const void *bytes, size_t n)
{
    duo_ymodem_rx_input(&rx, now, bytes, n);
}

void feed_byte(uint8_t byte)
{
    feed(&byte, 1);
}

static size_t build(uint8_t *p, uint8_t number, const uint8_t *data, size_t n, bool crc)
{
    p[0] = n == DUO_YM_LONG_BLOCK ? DUO_YM_STX : DUO_YM_SOH;
    p[1] = number;
    p[2] = (uint8_t)~number;
    memcpy(p + 3, data, n);
    if (!crc) {
        p[3 + n] = duo_ymodem_checksum(data, n);
        return n + 4;
    }
    p[3 + n] = (uint8_t)(duo_crc16(0, data, n) >> 8);
    p[4 + n] = (uint8_t)duo_crc16(0, data, n);
    return n + 5;
}

void block(uint8_t number, size_t n, uint8_t fill)
{
    uint8_t data[1024], packet[1029];

    memset(data, fill, n);
    feed(packet, build(packet, number, data, n, true));
}

void block_checksum(uint8_t number, size_t n, uint8_t fill)
{
    uint8_t data[1024], packet[1029];

    memset(data, fill, n);
    feed(packet, build(packet, number, data, n, false));
}

void header(const char *name, const char *rest)
{
    uint8_t data[128] = {0}, packet[133];

    snprintf((char *)data, sizeof(data), "%s%c%s", name, '\0', rest);
    feed(packet, build(packet, 0, data, sizeof(data), true));
}

void forget(void)
{
    story[0] = '\0';
}

void expect(const char *text)
{
    assert_string_equal(story, text);
    forget();
}

void begin_file(const char *size)
{
    header("f", size);
    wait_ms(200);
    story[0] = '\0';
}
