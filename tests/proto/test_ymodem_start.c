/* SPDX-License-Identifier: MIT */
/* How a transfer begins, and what that makes of it: YMODEM, XMODEM with CRC or sum, YMODEM-G. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/proto/rx_bench.h"

static void xmodem_has_no_header(void **state)
{
    (void)state;
    start(false);
    block(1, 1024, 1);
    wait_ms(200);
    block(2, 128, 2);
    expect("C[file  ?0][0+1024 01]A[1024+128 02]A");
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    expect("N[end 1152]A[complete]");

    start(false);
    next_answer = DUO_YM_LATER;
    block(1, 128, 1);
    wait_ms(200);
    block(1, 128, 1);
    expect("C[file  ?0]");
    next_answer = DUO_YM_TAKE;
    duo_ymodem_rx_ready(&rx);
    expect("[0+128 01]A");
}

/* A sender that had read several 'C's sends block 1 as often. With an answer for each it would be
 * ahead by as many blocks. */
static void surplus_first_blocks_get_one_answer(void **state)
{
    (void)state;
    start(false);
    for (int i = 0; i < 4; i++) {
        block(1, 1024, 1);
        wait_ms(20);
    }
    wait_ms(200);
    expect("C[file  ?0][0+1024 01]A");
    block(2, 1024, 2);
    expect("[1024+1024 02]A");
}

static void a_header_after_a_lone_block_1_is_ymodem(void **state)
{
    (void)state;
    start(false);
    block(1, 128, 1);
    for (int i = 0; i < 1100; i++) { /* no silence: it is noise */
        feed_byte('x');
        wait_ms(10);
    }
    wait_ms(200);
    forget();
    header("f", "128");
    wait_ms(200);
    expect("[file f 128]AC");
    block(1, 128, 2);
    expect("[0+128 02]A");
}

/* Its header had no valid size, and it has ignored the cancelling: this is no file by XMODEM. */
static void the_rest_of_a_file_is_no_xmodem(void **state)
{
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    (void)state;
    config.header_ms = 11000;
    for (unsigned i = 0; i < 2; i++) {
        start_with(&config);
        wait_ms(i == 0 ? 500 : 10500);
        forget();
        block(1, 1024, 1);
        block(2, 1024, 2);
        expect("X");
        wait_ms(600);
        expect("[the file header has no valid size]");
    }
    start_with(&config);
    wait_ms(500);
    forget();
    header("f", "128"); /* a header ends it */
    wait_ms(200);
    block(1, 128, 2);
    expect("[file f 128]AC[0+128 02]A");
    start_with(&config);
    wait_ms(11000);
    forget();
    block(1, 128, 1);
    wait_ms(200);
    expect("[file  ?0][0+128 01]A");
}

static void checksum_when_nobody_answers_c(void **state)
{
    (void)state;
    start(false);
    wait_ms(7050);
    expect("CCCCNCNC");
    block_checksum(1, 128, 5);
    expect("");
    wait_ms(1100); /* one byte short of a CRC block: the sum decides */
    expect("[file  ?0][0+128 05]A");
    block_checksum(2, 128, 6);
    expect("[128+128 06]A");
}

static void keys_before_the_transfer_are_harmless(void **state)
{
    (void)state;
    start(false);
    feed("12a\r\n\x04xyz", 9);
    wait_ms(150);
    assert_false(duo_ymodem_rx_started(&rx));
    expect("C");
    header("f", "5");
    wait_ms(200);
    expect("[file f 5]AC");
}

static void streaming(void **state)
{
    (void)state;
    start(true);
    header("f", "2048");
    wait_ms(200);
    block(1, 1024, 1);
    block(2, 1024, 2);
    feed_byte(DUO_YM_EOT);
    expect("G[file f 2048]AG[0+1024 01][1024+1024 02][end 2048]AG");

    /* A sender that has read two 'G's takes the second for the request for data. */
    start(true);
    header("f", "2048");
    block(1, 1024, 1);
    block(2, 1024, 2);
    feed_byte(DUO_YM_EOT);
    expect("G[file f 2048]AG[0+1024 01][1024+1024 02][end 2048]AG");

    start(true);
    begin_file("4096");
    next_answer = DUO_YM_LATER;
    block(1, 1024, 1);
    block(2, 1024, 2);
    wait_ms(600);
    expect("[0+1024 01]X[data came too fast (YMODEM-G has no flow control)]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xmodem_has_no_header),
        cmocka_unit_test(surplus_first_blocks_get_one_answer),
        cmocka_unit_test(a_header_after_a_lone_block_1_is_ymodem),
        cmocka_unit_test(the_rest_of_a_file_is_no_xmodem),
        cmocka_unit_test(checksum_when_nobody_answers_c),
        cmocka_unit_test(keys_before_the_transfer_are_harmless),
        cmocka_unit_test(streaming),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
