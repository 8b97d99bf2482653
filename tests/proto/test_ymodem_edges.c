/* SPDX-License-Identifier: MIT */
/* The receiver where transfers end otherwise than they should, and YMODEM-G. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/crc16.h"
#include "tests/proto/rx_bench.h"

/* Data and check are good; the number stands beside something that is not its complement. */
static void a_number_without_its_complement_is_a_damaged_block(void **state)
{
    uint8_t packet[133] = {DUO_YM_SOH, 1, 1};
    const uint16_t crc = duo_crc16(0, packet + 3, 128);

    (void)state;
    packet[131] = (uint8_t)(crc >> 8);
    packet[132] = (uint8_t)crc;
    start(false);
    begin_file("128");
    feed(packet, sizeof(packet));
    wait_ms(200);
    expect("C"); /* the first block is asked for again */
    block(1, 128, 0x11);
    expect("[0+128 11]A");
}

static void an_abort_ends_on_a_line_that_is_never_quiet(void **state)
{
    (void)state;
    start(false);
    begin_file("100000");
    duo_ymodem_rx_abort(&rx);
    expect("X");
    for (unsigned i = 0; i < 98; i++) {
        feed_byte('x');
        wait_ms(100);
    }
    assert_false(duo_ymodem_rx_over(&rx));
    for (unsigned i = 0; i < 4; i++) {
        feed_byte('x');
        wait_ms(100);
    }
    expect("[refused]");
    assert_true(duo_ymodem_rx_over(&rx));
    duo_ymodem_rx_abort(&rx); /* too late */
    expect("");
}

static void a_file_by_ymodem_g(void **state)
{
    (void)state;
    start(true);
    expect("G");
    header("f", "256");
    expect("[file f 256]AG");
    block(1, 128, 1);
    block(2, 128, 2);
    expect("[0+128 01][128+128 02]");
    feed_byte(DUO_YM_EOT);
    expect("[end 256]AG");
    block(0, 128, 0);
    expect("A[complete]");
    assert_true(duo_ymodem_rx_goodbye(&rx));
}

/* There is no way to ask again. */
static void an_error_ends_ymodem_g(void **state)
{
    uint8_t noise[133] = {DUO_YM_SOH, 1, 0xFE};

    (void)state;
    start(true);
    header("f", "256");
    forget();
    memset(noise + 3, 1, 130);
    feed(noise, sizeof(noise));
    wait_ms(200);
    expect("X");
    wait_ms(1000);
    expect("[too many line errors]");
}

static void silence_ends_ymodem_g(void **state)
{
    (void)state;
    start(true);
    header("f", "256");
    block(1, 128, 1);
    forget();
    wait_ms(6000);
    expect("X[the other side is silent]");
}

static void the_end_of_ymodem_g_waits_for_the_last_block(void **state)
{
    (void)state;
    start(true);
    header("f", "128");
    forget();
    next_answer = DUO_YM_LATER;
    block(1, 128, 1);
    feed_byte(DUO_YM_EOT);
    expect("[0+128 01]");
    next_answer = DUO_YM_TAKE;
    duo_ymodem_rx_ready(&rx);
    expect("[end 128]AG");
}

static void data_that_comes_too_fast_ends_ymodem_g(void **state)
{
    (void)state;
    start(true);
    header("f", "1000");
    next_answer = DUO_YM_LATER;
    block(1, 128, 1);
    forget();
    block(2, 128, 2);
    expect("X");
    wait_ms(1000);
    expect("[data came too fast (YMODEM-G has no flow control)]");
}

/* The sender has counted an acknowledgement too many: its next header comes in place of the EOT. */
static void a_header_in_place_of_the_last_eot(void **state)
{
    (void)state;
    start(false);
    begin_file("128");
    block(1, 128, 1);
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    expect("[0+128 01]AN");
    header("g", "5");
    wait_ms(200);
    expect("[end 128][file g 5]AC");
}

static void xmodem_has_neither_name_nor_size(void **state)
{
    (void)state;
    start(false);
    forget();
    block(1, 128, 0x31);
    wait_ms(200);
    expect("[file  ?0][0+128 31]A");
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    expect("N[end 128]A[complete]");
    feed_byte(DUO_YM_EOT); /* the answer to the last one was lost */
    expect("A");
}

static void a_block_is_known_while_it_comes(void **state)
{
    (void)state;
    start(false);
    begin_file("128");
    assert_false(duo_ymodem_rx_in_block(&rx));
    feed_byte(DUO_YM_SOH);
    assert_true(duo_ymodem_rx_in_block(&rx));
    wait_ms(1100); /* it stops */
    assert_false(duo_ymodem_rx_in_block(&rx));
    expect("C");
}

static void any_block_but_the_first_in_place_of_a_header_ends_it(void **state)
{
    (void)state;
    start(false);
    forget();
    block(7, 128, 1);
    expect("X");
    wait_ms(1000);
    expect("[a block is missing]");
}

/* Until then a byte may be a key that a person presses. */
static void it_is_told_when_a_transfer_has_begun(void **state)
{
    (void)state;
    start(false);
    assert_false(duo_ymodem_rx_started(&rx));
    feed_byte('x'); /* noise, or a key */
    assert_false(duo_ymodem_rx_started(&rx));
    wait_ms(200);
    feed_byte(DUO_YM_SOH);
    assert_true(duo_ymodem_rx_started(&rx));
    assert_false(duo_ymodem_rx_in_block(&rx)); /* not in a file's data */

    start(false);
    header("f", "128");
    assert_true(duo_ymodem_rx_started(&rx));
    next_answer = DUO_YM_LATER;
    wait_ms(200);
    assert_true(duo_ymodem_rx_started(&rx));
    next_answer = DUO_YM_TAKE;
    duo_ymodem_rx_ready(&rx);
    assert_true(duo_ymodem_rx_started(&rx));
    assert_false(duo_ymodem_rx_in_block(&rx));
    feed_byte(DUO_YM_SOH);
    assert_true(duo_ymodem_rx_in_block(&rx));

    start(false);
    begin_file("128");
    block(1, 128, 1);
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    feed_byte(DUO_YM_EOT);
    wait_ms(200);
    expect("[0+128 01]AN[end 128]AC");
    assert_true(duo_ymodem_rx_started(&rx)); /* the next file, or the end */
}

static enum duo_ymodem_answer abort_it(void *ctx, const struct duo_ymodem_file *file)
{
    (void)ctx;
    (void)file;
    duo_ymodem_rx_abort(&rx);
    return DUO_YM_TAKE;
}

static void an_owner_that_aborts_from_within(void **state)
{
    struct duo_ymodem_rx_ops aborting = ops;

    (void)state;
    start(false);
    aborting.file = abort_it;
    rx.ops = &aborting;
    header("f", "128");
    wait_ms(200);
    expect("CX");
    wait_ms(600);
    expect("[refused]");
}

static void a_block_without_end_is_given_up(void **state)
{
    (void)state;
    start(false);
    begin_file("1000");
    block(1, 128, 1);
    forget();
    for (unsigned i = 0; i < duo_ymodem_rx_defaults.retries; i++) {
        block(1, 128, 1);
        expect("A");
    }
    block(1, 128, 1);
    wait_ms(600);
    expect("X[too many line errors]");
}

/* A header instead of the second EOT means that the file has ended only where its size says so. */
static void a_header_before_a_file_has_ended(void **state)
{
    static const char *const sizes[] = {"", "1000"};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        start(false);
        begin_file(sizes[i]);
        block(1, 128, 1);
        feed_byte(DUO_YM_EOT);
        wait_ms(200);
        expect("[0+128 01]AN");
        header("g", "128");
        wait_ms(600);
        expect("X[a block is missing]");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_without_its_complement_is_a_damaged_block),
        cmocka_unit_test(an_abort_ends_on_a_line_that_is_never_quiet),
        cmocka_unit_test(it_is_told_when_a_transfer_has_begun),
        cmocka_unit_test(an_owner_that_aborts_from_within),
        cmocka_unit_test(a_block_without_end_is_given_up),
        cmocka_unit_test(a_header_before_a_file_has_ended),
        cmocka_unit_test(a_file_by_ymodem_g),
        cmocka_unit_test(an_error_ends_ymodem_g),
        cmocka_unit_test(silence_ends_ymodem_g),
        cmocka_unit_test(the_end_of_ymodem_g_waits_for_the_last_block),
        cmocka_unit_test(data_that_comes_too_fast_ends_ymodem_g),
        cmocka_unit_test(a_header_in_place_of_the_last_eot),
        cmocka_unit_test(xmodem_has_neither_name_nor_size),
        cmocka_unit_test(a_block_is_known_while_it_comes),
        cmocka_unit_test(any_block_but_the_first_in_place_of_a_header_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
