/* The receiver byte by byte: what it answers to each thing a sender may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/crc16.h"
#include "proto/ymodem_rx.h"

/* Everything the receiver says and does, as text: replies as C G A N X(cancel), events in brackets.
 */
static char story[4096];
static enum duo_ymodem_answer next_answer;
static struct duo_ymodem_rx rx;
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

static const struct duo_ymodem_rx_ops ops = {on_send, on_file, on_data, on_end, on_done};

static void start(bool streaming)
{
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    config.streaming = streaming;
    story[0] = '\0';
    now = 5000;
    next_answer = DUO_YM_TAKE;
    duo_ymodem_rx_start(&rx, &ops, NULL, &config, now);
}

static void wait_ms(uint32_t ms)
{
    for (uint32_t end = now + ms; now < end;) {
        now += 10;
        duo_ymodem_rx_tick(&rx, now);
    }
}

static void feed(const void *bytes, size_t n)
{
    duo_ymodem_rx_input(&rx, now, bytes, n);
}

static void feed_byte(uint8_t byte)
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

static void block(uint8_t number, size_t n, uint8_t fill)
{
    uint8_t data[1024], packet[1029];

    memset(data, fill, n);
    feed(packet, build(packet, number, data, n, true));
}

static void block_checksum(uint8_t number, size_t n, uint8_t fill)
{
    uint8_t data[1024], packet[1029];

    memset(data, fill, n);
    feed(packet, build(packet, number, data, n, false));
}

/* A header with the text behind the name as given. */
static void header(const char *name, const char *rest)
{
    uint8_t data[128] = {0}, packet[133];

    snprintf((char *)data, sizeof(data), "%s%c%s", name, '\0', rest);
    feed(packet, build(packet, 0, data, sizeof(data), true));
}

static void expect(const char *text)
{
    assert_string_equal(story, text);
    story[0] = '\0';
}

static void begin_file(const char *size)
{
    header("f", size);
    wait_ms(200);
    story[0] = '\0';
}

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
    story[0] = '\0';
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
    story[0] = '\0';
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

static void sizes_are_checked(void **state)
{
    (void)state;
    start(false);
    begin_file("1000");
    block(1, 128, 1);
    story[0] = '\0';
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
    story[0] = '\0';
    header("f", "128");
    wait_ms(200);
    expect("[file f 128]AC");
    block(1, 128, 2);
    expect("[0+128 02]A");
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
        cmocka_unit_test(mixed_blocks_and_ending),
        cmocka_unit_test(repeats_are_acknowledged_not_delivered),
        cmocka_unit_test(surplus_headers_get_one_answer),
        cmocka_unit_test(damaged_blocks_are_asked_for_again),
        cmocka_unit_test(damaged_start_that_looks_like_eot),
        cmocka_unit_test(errors_are_bounded),
        cmocka_unit_test(a_missing_block_fails),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(cancelling),
        cmocka_unit_test(withheld_acknowledgement),
        cmocka_unit_test(taken_data_survives_the_next_block),
        cmocka_unit_test(xmodem_has_no_header),
        cmocka_unit_test(surplus_first_blocks_get_one_answer),
        cmocka_unit_test(a_header_after_a_lone_block_1_is_ymodem),
        cmocka_unit_test(checksum_when_nobody_answers_c),
        cmocka_unit_test(keys_before_the_transfer_are_harmless),
        cmocka_unit_test(streaming),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
