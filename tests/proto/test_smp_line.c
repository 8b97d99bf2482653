/* SPDX-License-Identifier: MIT */
/* SMP's framing on the host: both kinds, byte for byte, and what lies between messages. Vectors
 * come from smp 4.2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smp_bench.h"

static int start(void **state)
{
    (void)state;
    start_line();
    return 0;
}

static void what_the_device_sends_it_reads(void **state)
{
    static uint8_t message[BUFFER];

    (void)state;
    for (size_t n = 8; n <= sizeof(message); n += n < 300 ? 1 : 97) {
        for (size_t i = 0; i < n; i++) {
            message[i] = (uint8_t)(i * 7 + n);
        }
        line.raw = false;
        sent_n = 0;
        duo_smp_line_send(&line, message, (uint32_t)n, sends, NULL);
        for (size_t i = 0, start_of_line = 0; i < sent_n; i++) {
            if (sent[i] == '\n') {
                assert_true(i + 1 - start_of_line <= 127);
                start_of_line = i + 1;
            }
        }
        assert_true(feed(sent, sent_n));
        assert_int_equal(line.length, n);
        assert_memory_equal(line.message, message, n);
    }
}

static void text_between_lines_does_no_harm(void **state)
{
    (void)state;
    assert_false(feed("app: beat 17\r\n\x06", 15));
    assert_true(feed(echo_line + 1, sizeof(echo_line) - 2));
}

/* Who could not listen takes what has gathered meanwhile, in either framing. */
static void what_came_while_nobody_listened_is_taken(void **state)
{
    const uint8_t raw[] = {0x08, 0, 0, 1, 0, 0, 7, 6, 0xA0};
    const size_t n = sizeof(echo_line) - 1;

    (void)state;
    for (unsigned held = 0; held < 2; held++) {
        for (size_t cut = 1; cut < n; cut++) {
            start_line();
            assert_false(feed(echo_line, cut));
            now_ms += 3000;
            if (held) {
                duo_smp_line_hold(&line, now_ms);
            }
            assert_int_equal(feed(echo_line + cut, n - cut), held);
        }
        for (size_t cut = 1; cut < sizeof(raw); cut++) {
            start_line();
            assert_false(feed(raw, cut));
            now_ms += 3000;
            if (held) {
                duo_smp_line_hold(&line, now_ms);
            }
            assert_int_equal(feed(raw + cut, sizeof(raw) - cut), held);
        }
    }
    start_line(); /* where nothing is arriving, silence is silence: a raw message may begin */
    now_ms += 3000;
    duo_smp_line_hold(&line, now_ms);
    assert_true(feed(raw, sizeof(raw)));
}

static void damaged_messages_are_dropped(void **state)
{
    (void)state;
    for (size_t i = 2; i + 1 < sizeof(echo_line) - 1; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t damaged[sizeof(echo_line)];
            memcpy(damaged, echo_line, sizeof(damaged));
            damaged[i] ^= (uint8_t)(1u << bit);
            now_ms += 100;
            bool complete = false;
            for (size_t k = 0; k < sizeof(damaged) - 1; k++) {
                complete = complete || duo_smp_line_take(&line, now_ms, damaged[k]);
            }
            assert_false(complete);
            now_ms += 2000;
            assert_true(feed(echo_line, sizeof(echo_line) - 1));
        }
    }
}

/* Its length leaves no room for a CRC, or for a header; the CRC itself is right. */
static void messages_without_a_header_are_dropped(void **state)
{
    (void)state;
    assert_false(feed("\x06\x09"
                      "AAA=\n",
                      7)); /* length 0 */
    assert_false(feed("\x06\x09"
                      "AAEA\n",
                      7)); /* length 1 */
    assert_false(feed("\x06\x09"
                      "AAIAAA==\n",
                      11)); /* a CRC, and nothing before it */
    assert_true(feed(echo_line, sizeof(echo_line) - 1));
}

static void half_a_message_is_forgotten(void **state)
{
    (void)state;
    assert_false(feed(echo_line, 10));
    assert_true(duo_smp_line_busy(&line, now_ms));
    now_ms += DUO_SMP_GAP_MS + 1;
    assert_false(duo_smp_line_busy(&line, now_ms));
    assert_true(feed(echo_message, sizeof(echo_message)));
    assert_true(line.raw);
    now_ms += 5;
    assert_false(feed(echo_message, 11));
    now_ms += DUO_SMP_GAP_MS + 1;
    assert_true(feed(echo_line, sizeof(echo_line) - 1));
}

static void raw_messages_begin_after_silence(void **state)
{
    static const uint8_t zeros[64];

    (void)state;
    assert_false(feed("x", 1));
    assert_false(feed(zeros, sizeof(zeros))); /* eight zeros would be an echo request */
    assert_false(feed(echo_message, sizeof(echo_message)));
    now_ms += DUO_SMP_QUIET_MS;
    assert_true(feed(echo_message, sizeof(echo_message)));
    assert_true(feed(echo_message, sizeof(echo_message))); /* or directly after one */
}

static void a_line_end_before_a_raw_message_does_no_harm(void **state)
{
    (void)state;
    assert_false(feed("\n", 1));
    now_ms += DUO_SMP_QUIET_MS;
    assert_true(feed(echo_message, sizeof(echo_message)));
}

static void only_a_crc_counts_where_something_else_goes_on(void **state)
{
    bool complete = false;

    (void)state;
    now_ms += 100;
    for (size_t i = 0; i < sizeof(echo_message); i++) {
        complete = complete || duo_smp_line_overhear(&line, now_ms, echo_message[i]);
    }
    assert_false(complete);
    for (size_t i = 0; i < sizeof(echo_line) - 1; i++) {
        complete = complete || duo_smp_line_overhear(&line, now_ms, (uint8_t)echo_line[i]);
    }
    assert_true(complete);
}

static void too_long_messages_are_dropped(void **state)
{
    uint8_t message[BUFFER + 200] = {0x0A, 0, (BUFFER - 7) >> 8, (uint8_t)(BUFFER - 7)};

    (void)state;
    assert_false(feed(message, BUFFER + 1));
    now_ms += 100;
    sent_n = 0;
    line.raw = false;
    duo_smp_line_send(&line, message, BUFFER + 1, sends, NULL);
    bool complete = false;
    for (size_t i = 0; i < sent_n; i++) {
        complete = complete || duo_smp_line_take(&line, now_ms, sent[i]);
    }
    assert_false(complete);
    assert_true(feed(echo_line, sizeof(echo_line) - 1));
}

/* Whose the line is: a client's, or a person's who presses keys. */
static void it_is_told_whether_a_message_is_arriving(void **state)
{
    (void)state;
    start_line();
    now_ms += 2000;
    assert_false(duo_smp_line_busy(&line, now_ms) || duo_smp_line_raw_begins(&line, now_ms));
    assert_false(feed(echo_message, 3)); /* may be a key, too */
    assert_true(duo_smp_line_raw_begins(&line, now_ms));
    assert_false(duo_smp_line_raw_begins(&line, now_ms + DUO_SMP_QUIET_MS));
    assert_false(duo_smp_line_busy(&line, now_ms));
    assert_false(feed(echo_message + 3, 6));
    assert_false(duo_smp_line_raw_begins(&line, now_ms));
    assert_true(duo_smp_line_busy(&line, now_ms));
    assert_false(duo_smp_line_busy(&line, now_ms + DUO_SMP_GAP_MS + 1u));
    start_line();
    assert_false(feed(echo_line, 5));
    assert_true(duo_smp_line_busy(&line, now_ms));
    assert_false(duo_smp_line_busy(&line, now_ms + DUO_SMP_GAP_MS + 1u));
}

static bool overhear(const void *bytes, size_t n)
{
    bool complete = false;

    for (size_t i = 0; i < n; i++) {
        complete = duo_smp_line_overhear(&line, now_ms, ((const uint8_t *)bytes)[i]);
    }
    return complete;
}

/* In somebody else's transfer only the console's framing is a message, and only in one piece. */
static void what_is_overheard(void **state)
{
    const size_t n = sizeof(echo_line) - 1u;

    (void)state;
    start_line();
    assert_true(overhear(echo_line, n));
    start_line();
    now_ms += 2000;
    assert_false(overhear(echo_message, sizeof(echo_message)));
    start_line();
    assert_false(feed(echo_message, 9)); /* of before: dropped */
    assert_true(overhear(echo_line, n));
    start_line();
    assert_false(overhear(echo_line, 10));
    now_ms += DUO_SMP_GAP_MS + 1u;
    assert_false(overhear(echo_line + 10, n - 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_the_device_sends_it_reads, start),
        cmocka_unit_test_setup(text_between_lines_does_no_harm, start),
        cmocka_unit_test_setup(what_came_while_nobody_listened_is_taken, start),
        cmocka_unit_test_setup(damaged_messages_are_dropped, start),
        cmocka_unit_test_setup(messages_without_a_header_are_dropped, start),
        cmocka_unit_test_setup(half_a_message_is_forgotten, start),
        cmocka_unit_test_setup(raw_messages_begin_after_silence, start),
        cmocka_unit_test_setup(a_line_end_before_a_raw_message_does_no_harm, start),
        cmocka_unit_test_setup(only_a_crc_counts_where_something_else_goes_on, start),
        cmocka_unit_test_setup(too_long_messages_are_dropped, start),
        cmocka_unit_test(it_is_told_whether_a_message_is_arriving),
        cmocka_unit_test(what_is_overheard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
