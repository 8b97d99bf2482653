/* SPDX-License-Identifier: MIT */
/*
 * Hostile bytes into receiver and sender, under the sanitizers: random noise, valid blocks with
 * random numbers, cut blocks, control characters, silence, owners that answer at random. Nothing
 * may crash, data stays in order and inside the announced size, done() comes once, and silence ends
 * every transfer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/crc16.h"
#include "proto/ymodem_rx.h"
#include "proto/ymodem_tx.h"

enum { ROUNDS = 1500, STEPS = 120 };

static uint32_t seed;
static unsigned dones, files, data_blocks;
static bool open_file;
static uint32_t at, size;
static bool size_known;
static uint32_t answers; /* 0: take all; else one in this many is LATER or REFUSE */

static uint32_t dice(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return n == 0 ? 0 : (seed >> 3) % n;
}

static void sink(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    assert_in_range(n, 1, DUO_YM_CANCEL_BYTES);
    assert_non_null(bytes);
}

static enum duo_ymodem_answer answer(void)
{
    if (answers == 0 || dice(answers) != 0) {
        return DUO_YM_TAKE;
    }
    return dice(8) == 0 ? DUO_YM_REFUSE : DUO_YM_LATER;
}

static enum duo_ymodem_answer on_file(void *ctx, const struct duo_ymodem_file *file)
{
    (void)ctx;
    assert_int_equal(dones, 0);
    assert_false(open_file);
    assert_true(strlen(file->name) <= DUO_YM_NAME_MAX);
    for (const char *c = file->name; *c != '\0'; c++) {
        assert_in_range(*c, ' ', '~');
    }
    open_file = true;
    files++;
    at = 0;
    size = file->size;
    size_known = file->size_known;
    return answer();
}

static enum duo_ymodem_answer on_data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    assert_int_equal(dones, 0);
    assert_true(open_file);
    assert_int_equal(offset, at);
    assert_in_range(n, 1, DUO_YM_LONG_BLOCK);
    assert_non_null(bytes);
    at += (uint32_t)n;
    assert_true(!size_known || at <= size);
    data_blocks++;
    return answer();
}

static enum duo_ymodem_answer on_end(void *ctx, uint32_t total)
{
    (void)ctx;
    assert_true(open_file);
    assert_int_equal(total, at);
    assert_true(!size_known || total == size);
    open_file = false;
    return answer();
}

static void on_done(void *ctx, enum duo_ymodem_result result)
{
    (void)ctx;
    assert_non_null(duo_ymodem_text(result));
    dones++;
}

static const struct duo_ymodem_rx_ops rx_ops = {sink, on_file, on_data, on_end, on_done};

static size_t random_block(uint8_t *p, uint8_t near)
{
    size_t n = dice(2) ? DUO_YM_LONG_BLOCK : DUO_YM_SHORT_BLOCK;
    uint16_t crc;

    p[0] = n == DUO_YM_LONG_BLOCK ? DUO_YM_STX : DUO_YM_SOH;
    p[1] = dice(16) ? near : (uint8_t)dice(256);
    p[2] = (uint8_t)~p[1];
    for (size_t i = 0; i < n; i++) {
        p[3 + i] = dice(3) ? (uint8_t)dice(256) : "0123456789 \0name"[dice(16)];
    }
    if (p[1] == 0 && dice(2)) {
        memcpy(p + 3,
               "file\0"
               "3000",
               10);
    }
    crc = duo_crc16(0, p + 3, n);
    p[3 + n] = (uint8_t)(crc >> 8);
    p[4 + n] = (uint8_t)crc;
    return n + DUO_YM_OVERHEAD;
}

static size_t hostile(uint8_t *p, uint8_t near)
{
    static const uint8_t controls[] = {DUO_YM_SOH, DUO_YM_STX, DUO_YM_EOT, DUO_YM_ACK, DUO_YM_NAK,
                                       DUO_YM_CAN, DUO_YM_C,   DUO_YM_G,   DUO_YM_BS,  0};
    size_t n;

    switch (dice(12)) {
    case 0:
        n = dice(40);
        for (size_t i = 0; i < n; i++) {
            p[i] = controls[dice(sizeof(controls))];
        }
        return n;
    case 1:
        n = dice(1500);
        for (size_t i = 0; i < n; i++) {
            p[i] = (uint8_t)dice(256);
        }
        return n;
    case 2:
        n = random_block(p, near);
        p[dice((uint32_t)n)] ^= (uint8_t)(1 << dice(8));
        return n;
    case 3:
        return dice((uint32_t)random_block(p, near));
    default:
        return random_block(p, near);
    }
}

/* Feeds in pieces, as a line does. */
static void feed_rx(struct duo_ymodem_rx *rx, uint32_t now, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        size_t piece = 1 + dice((uint32_t)n);

        duo_ymodem_rx_input(rx, now, bytes, piece);
        bytes += piece;
        n -= piece;
    }
}

static void one_receiver(void)
{
    static struct duo_ymodem_rx rx;
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;
    uint32_t now = dice(UINT32_MAX);
    uint8_t bytes[2048];

    dones = 0;
    open_file = false;
    answers = dice(3) ? dice(20) : 0;
    config.streaming = dice(5) == 0;
    config.start_polls = 1 + dice(20);
    duo_ymodem_rx_start(&rx, &rx_ops, NULL, &config, now);
    for (int i = 0; i < STEPS; i++) {
        feed_rx(&rx, now, bytes, hostile(bytes, rx.phase == 0 ? 0 : rx.expect));
        now += dice(4) ? dice(200) : dice(6000);
        duo_ymodem_rx_tick(&rx, now);
        if (dice(3) == 0) {
            duo_ymodem_rx_ready(&rx);
        }
        if (dice(2000) == 0) {
            duo_ymodem_rx_abort(&rx);
        }
    }
    for (int i = 0; i < 20000 && dones == 0; i++) {
        now += 50;
        duo_ymodem_rx_ready(&rx);
        duo_ymodem_rx_tick(&rx, now);
    }
    assert_int_equal(dones, 1);
    assert_true(duo_ymodem_rx_over(&rx));
}

static void receiver_survives(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        seed = i * 2654435761u | 1;
        one_receiver();
    }
    /* The fuzz reaches the inside: else it would prove nothing. */
    assert_true(files > ROUNDS / 4);
    assert_true(data_blocks > ROUNDS);
}

static size_t tx_send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    assert_non_null(bytes);
    return dice((uint32_t)n + 1);
}

static bool tx_next(void *ctx, struct duo_ymodem_file *file)
{
    (void)ctx;
    if (dice(3) == 0) {
        return false;
    }
    memset(file, 0, sizeof(*file));
    memset(file->name, 'n', dice(DUO_YM_NAME_MAX) + 1);
    file->size = dice(5000);
    file->size_known = true;
    size = file->size;
    files++;
    return true;
}

static bool tx_read(void *ctx, uint32_t offset, uint8_t *bytes, size_t n)
{
    (void)ctx;
    assert_true(offset + n <= size);
    memset(bytes, 0x5a, n);
    return dice(500) != 0;
}

static const struct duo_ymodem_tx_ops tx_ops = {tx_send, tx_next, tx_read, NULL, on_done};

static void one_sender(void)
{
    static const char replies[] = "CCCG\x06\x06\x06\x06\x06\x06\x06\x06\x15\x18 x";
    struct duo_ymodem_tx tx;
    uint32_t now = dice(UINT32_MAX);

    dones = 0;
    duo_ymodem_tx_start(&tx, &tx_ops, NULL, NULL, now);
    for (int i = 0; i < STEPS; i++) {
        uint8_t byte = dice(10) ? (uint8_t)replies[dice(sizeof(replies) - 1)] : (uint8_t)dice(256);

        duo_ymodem_tx_input(&tx, now, &byte, 1);
        for (int k = 0; k < 8 && duo_ymodem_tx_pump(&tx, now); k++) {
        }
        now += dice(4) ? dice(50) : dice(12000);
    }
    for (int i = 0; i < 20000 && dones == 0; i++) {
        now += 100;
        duo_ymodem_tx_pump(&tx, now);
    }
    assert_int_equal(dones, 1);
    assert_true(duo_ymodem_tx_over(&tx));
}

static void sender_survives(void **state)
{
    (void)state;
    files = 0;
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        seed = i * 2246822519u | 1;
        one_sender();
    }
    assert_true(files > ROUNDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receiver_survives),
        cmocka_unit_test(sender_survives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
