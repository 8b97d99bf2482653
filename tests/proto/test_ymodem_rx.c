/* SPDX-License-Identifier: MIT */
/* The receiver byte by byte: what it answers to each thing a sender may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/proto/rx_bench.h"

static void mixed_blocks_and_ending(void **state)
{
    (void)state;
    start(false);
    expect("C");
    assert_false(duo_ymodem_rx_started(&rx));
    header("app.bin", "1200 14 100644 0 1 1200");
    wait_ms(200);
    expect("[file app.bin 1200]AC");
    assert_true(duo_ymodem_rx_started(&rx));
    block(1, 128, 0x11);
    block(2, 1024, 0x22);
    expect("[0+128 11]A[128+1024 22]A");
    block(3, 128, 0x33); /* trimmed to the size */
    expect("[1152+48 33]A");
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    expect("N");
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    expect("[end 1200]AC");
    block(0, 128, 0);
    expect("A[complete]");
    assert_true(duo_ymodem_rx_over(&rx));
    block(0, 128, 0); /* the last ACK was lost */
    expect("A");
}

static void repeats_are_acknowledged_not_delivered(void **state)
{
    (void)state;
    start(false);
    begin_file("256");
    block(1, 128, 1);
    block(1, 128, 1);
    block(2, 128, 2);
    block(2, 128, 2);
    expect("[0+128 01]AA[128+128 02]AA");
}

static void surplus_headers_get_one_answer(void **state)
{
    (void)state;
    start(false);
    for (int i = 0; i < 5; i++) {
        header("f", "10");
        wait_ms(20);
    }
    wait_ms(200);
    expect("C[file f 10]AC");
    header("f", "10"); /* the ACK was lost: a late copy is greeted again */
    wait_ms(200);
    expect("AC");
    block(1, 128, 9);
    expect("[0+10 09]A");
}

static void damaged_blocks_are_asked_for_again(void **state)
{
    uint8_t bad[133] = {DUO_YM_SOH, 1, 0xfe};

    (void)state;
    start(false);
    begin_file("256");
    block(1, 128, 1);
    forget();
    bad[1] = 2;
    bad[2] = 0xfd;
    bad[50] = 1; /* the CRC does not fit */
    feed(bad, sizeof(bad));
    expect("");
    wait_ms(200);
    expect("N");
    bad[2] = 0xfe; /* number and complement disagree */
    feed(bad, sizeof(bad));
    wait_ms(200);
    expect("N");
    feed(bad, 100); /* the rest is lost */
    wait_ms(900);
    expect("");
    wait_ms(200);
    expect("N");
    feed("\x55garbage", 8); /* the start was damaged */
    wait_ms(200);
    expect("N");
    wait_ms(5100); /* the block was lost whole */
    expect("N");
    block(2, 128, 2);
    expect("[128+128 02]A");
}

static void damaged_start_that_looks_like_eot(void **state)
{
    (void)state;
    start(false);
    begin_file("256");
    block(1, 128, 1);
    forget();
    feed_byte(DUO_YM_EOT);
    feed("\x02\xfd junk", 7);
    wait_ms(200);
    expect("N");
    block(2, 128, 2);
    expect("[128+128 02]A");
}

static void errors_are_bounded(void **state)
{
    (void)state;
    start(false);
    begin_file("256");
    for (int i = 0; i < 20; i++) {
        feed_byte(0x55);
        wait_ms(200);
    }
    wait_ms(1000);
    expect("CCCCCCCCCCX[too many line errors]");
    start(false);
    begin_file("256");
    block(1, 128, 1);
    wait_ms(100000);
    expect("[0+128 01]ANNNNNNNNNNX[the other side is silent]");
}

static void a_missing_block_fails(void **state)
{
    (void)state;
    start(false);
    begin_file("1000");
    block(1, 128, 1);
    block(3, 128, 1);
    wait_ms(600);
    expect("[0+128 01]AX[a block is missing]");
}

/* A sender is killed after two blocks of its file. */
static void begin_and_stop(void)
{
    start(false);
    begin_file("1000");
    block(1, 128, 1);
    block(2, 128, 2);
    forget();
}

/* It does not spoil the next one's try, which begins while its file is still waited for. */
static void the_next_sender_is_not_cancelled(void **state)
{
    (void)state;
    begin_and_stop();
    wait_ms(5100);
    expect("N");
    header("other", "10");
    expect("[the other side is silent]");

    begin_and_stop();
    block(1, 128, 7); /* XMODEM */
    expect("[the other side is silent]");

    begin_and_stop();
    block_checksum(0, 128, 7); /* it was NAK that it heard */
    wait_ms(1100);
    expect("[the other side is silent]");

    start(false);
    begin_file("1000");
    header("other", "1000"); /* nothing has come of the first one's file */
    expect("[the other side is silent]");

    start(true); /* one that streams would go on: it is stopped */
    header("f", "1000");
    block(1, 128, 1);
    block(2, 128, 2);
    block(0, 128, 3);
    wait_ms(600);
    expect("G[file f 1000]AG[0+128 01][128+128 02]X[a block is missing]");
}

/* Block 256 has number 0: one that is awaited is data, and without its CRC it is a damaged one. */
static void block_256_is_no_header(void **state)
{
    (void)state;
    start(false);
    begin_file("40000");
    for (unsigned number = 1; number < 256; number++) {
        block((uint8_t)number, 128, 1);
    }
    forget();
    block_checksum(0, 128, 7);
    wait_ms(1100);
    expect("N");
    block(0, 128, 7);
    block(0, 128, 7); /* once more: the acknowledgement was lost */
    block(1, 128, 8);
    expect("[32640+128 07]AA[32768+128 08]A");
}

static void sizes_are_checked(void **state)
{
    (void)state;
    start(false);
    begin_file("1000");
    block(1, 128, 1);
    forget();
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    feed_byte(DUO_YM_EOT);
    wait_ms(700);
    expect("NX[the file ended before its announced size]");

    start(false);
    begin_file("100");
    block(1, 128, 1);
    block(2, 128, 1); /* one block of padding is tolerated */
    block(3, 128, 1);
    wait_ms(600);
    expect("[0+100 01]AAX[the file is longer than its announced size]");

    start(false);
    header("f", "4294967296");
    wait_ms(700);
    expect("CX[the file header has no valid size]");
    start(false);
    header("f", "12x4");
    wait_ms(700);
    expect("CX[the file header has no valid size]");
    start(false);
    header("f", "4294967295 0 0");
    wait_ms(200);
    expect("C[file f 4294967295]AC");
    start(false);
    header("f\x1b[2J", ""); /* no size; an escape sequence in the name */
    wait_ms(200);
    expect("C[file f?[2J ?0]AC");
}

static void cancelling(void **state)
{
    (void)state;
    start(false);
    begin_file("1000");
    feed_byte(DUO_YM_CAN);
    wait_ms(50);
    expect("");
    feed_byte(DUO_YM_CAN);
    expect("[cancelled by the other side]");

    start(false);
    begin_file("1000");
    feed("\x01\x01\xfe some data\x18\x18\x18\x08\x08\x08", 19); /* in the middle of a block */
    wait_ms(1100);
    expect("[cancelled by the other side]");

    start(false);
    begin_file("1000");
    feed_byte(DUO_YM_CAN); /* a single one is a damaged byte */
    block(1, 128, 1);
    expect("[0+128 01]A");
    duo_ymodem_rx_abort(&rx);
    expect("X");
    block(2, 128, 1);
    wait_ms(600);
    expect("[refused]");
}

static void withheld_acknowledgement(void **state)
{
    (void)state;
    start(false);
    next_answer = DUO_YM_LATER;
    header("f", "200");
    wait_ms(3000);
    expect("C[file f 200]");
    duo_ymodem_rx_ready(&rx);
    expect("AC");
    block(1, 128, 7);
    wait_ms(60000);
    block(1, 128, 7); /* the sender lost patience */
    wait_ms(200);
    expect("[0+128 07]");
    duo_ymodem_rx_ready(&rx);
    expect("A");
    duo_ymodem_rx_ready(&rx); /* nothing withheld */
    expect("");
    block(2, 128, 8);
    duo_ymodem_rx_ready(&rx);
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    expect("[128+72 08]AN[end 200]");
    duo_ymodem_rx_ready(&rx);
    expect("AC");
}

/* Data stays in its buffer while the next block arrives in the other. */
static const uint8_t *kept;

static enum duo_ymodem_answer keep(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    (void)n;
    if (offset == 0) {
        kept = bytes;
        return DUO_YM_TAKE;
    }
    return DUO_YM_LATER;
}

static void taken_data_survives_the_next_block(void **state)
{
    struct duo_ymodem_rx_ops keeping = ops;

    (void)state;
    start(false);
    begin_file("4096");
    keeping.data = keep;
    rx.ops = &keeping;
    block(1, 1024, 0x11);
    block(2, 1024, 0x22);
    block(2, 1024, 0x33); /* a repeat, damaged in a way no CRC shows */
    for (int i = 0; i < 1024; i++) {
        assert_int_equal(kept[i], 0x11);
    }
    duo_ymodem_rx_ready(&rx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixed_blocks_and_ending),
        cmocka_unit_test(repeats_are_acknowledged_not_delivered),
        cmocka_unit_test(surplus_headers_get_one_answer),
        cmocka_unit_test(damaged_blocks_are_asked_for_again),
        cmocka_unit_test(damaged_start_that_looks_like_eot),
        cmocka_unit_test(errors_are_bounded),
        cmocka_unit_test(a_missing_block_fails),
        cmocka_unit_test(the_next_sender_is_not_cancelled),
        cmocka_unit_test(block_256_is_no_header),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(cancelling),
        cmocka_unit_test(withheld_acknowledgement),
        cmocka_unit_test(taken_data_survives_the_next_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
