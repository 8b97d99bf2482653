/* SPDX-License-Identifier: MIT */
/* DFU's states, request by request: what the standard allows, and what a host must not get away
 * with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/proto/dfu_host.h"
#include "tests/proto/story.h"

#define FILE_SIZE 5000u /* of what is uploaded: one whole block and a part */

static enum duo_dfu_status next_status; /* of write, finish and upload */
static const char *next_reason;
static void (*meanwhile)(void); /* what the host does during a job */

static void host_acts(void)
{
    void (*act)(void) = meanwhile;

    meanwhile = NULL;
    if (act) {
        act();
    }
}

static enum duo_dfu_status on_write(void *ctx, uint8_t alternate, bool first, const uint8_t *bytes,
                                    uint16_t n)
{
    (void)ctx;
    tell("[%swrite %u: %u of %02x]", first ? "first " : "", alternate, n, bytes[0]);
    host_acts();
    return next_status;
}

static enum duo_dfu_status on_finish(void *ctx, uint8_t alternate)
{
    (void)ctx;
    tell("[finish %u]", alternate);
    host_acts();
    return next_status;
}

static void on_abort(void *ctx)
{
    (void)ctx;
    tell("[abort]");
}

static uint32_t on_wait(void *ctx)
{
    (void)ctx;
    return 0x010203;
}

static enum duo_dfu_status on_upload(void *ctx, uint8_t alternate, uint32_t offset, uint8_t *bytes,
                                     uint16_t *n)
{
    const uint32_t left = FILE_SIZE - offset;

    (void)ctx;
    tell("[upload %u: %u at %u]", alternate, *n, offset);
    *n = left < *n ? (uint16_t)left : *n;
    memset(bytes, 0x5A, *n);
    return next_status;
}

static const char *on_reason(void *ctx)
{
    (void)ctx;
    return next_reason;
}

static void on_leave(void *ctx, bool detached)
{
    (void)ctx;
    tell(detached ? "[detached]" : "[reset]");
}

static const struct duo_dfu_ops ops = {.write = on_write,
                                       .finish = on_finish,
                                       .abort = on_abort,
                                       .wait_ms = on_wait,
                                       .upload = on_upload,
                                       .reason = on_reason,
                                       .leave = on_leave};

static int begin(void **state)
{
    (void)state;
    story_begin();
    next_status = DUO_DFU_OK;
    next_reason = NULL;
    meanwhile = NULL;
    duo_dfu_start(&dfu, &ops, NULL, buffer);
    return 0;
}

/* ---- The host ---- */

static enum duo_usb_answer download(uint16_t block, uint16_t length)
{
    buffer[0] = (uint8_t)(0xB0 + block);
    return request(FROM_HOST, DNLOAD, block, length);
}

static void expect_status(enum duo_dfu_status status, enum duo_dfu_state state)
{
    assert_int_equal(request(TO_HOST, GETSTATUS, 0, 6), DUO_USB_ACCEPT);
    assert_int_equal(answer_length, 6);
    assert_int_equal(answer[0], status);
    assert_int_equal(answer[4], state);
}

static void expect_state(enum duo_dfu_state state)
{
    assert_int_equal(request(TO_HOST, GETSTATE, 0, 1), DUO_USB_ACCEPT);
    assert_int_equal(answer_length, 1);
    assert_int_equal(answer[0], state);
}

/* A block that is written without trouble. */
static void write_block(uint16_t block, uint16_t length)
{
    assert_int_equal(download(block, length), DUO_USB_ACCEPT);
    expect_state(DUO_DFU_DNLOAD_SYNC);
    expect_status(DUO_DFU_OK, DUO_DFU_DNBUSY);
    assert_int_equal(answer[1] | answer[2] << 8 | answer[3] << 16, 0x010203);
    assert_true(duo_dfu_work(&dfu));
    expect_status(DUO_DFU_OK, DUO_DFU_DNLOAD_IDLE);
    assert_int_equal(answer[1] | answer[2] << 8 | answer[3] << 16, 0);
}

static void refused(uint8_t type, uint8_t what, uint16_t length)
{
    assert_int_equal(request(type, what, 0, length), DUO_USB_STALL);
    expect_status(DUO_DFU_ERR_STALLEDPKT, DUO_DFU_ERROR);
}

/* ---- Files to the device ---- */

static void a_file_from_begin_to_end(void **state)
{
    (void)state;
    assert_false(duo_dfu_work(&dfu));
    assert_int_equal(duo_dfu_alternate(&dfu, 2), DUO_USB_ACCEPT);
    write_block(0, DUO_DFU_BLOCK);
    write_block(1, 100);
    expect("[first write 2: 4096 of b0][write 2: 100 of b1]");
    assert_int_equal(download(2, 0), DUO_USB_ACCEPT);
    expect_state(DUO_DFU_MANIFEST_SYNC);
    expect_status(DUO_DFU_OK, DUO_DFU_MANIFEST);
    assert_int_equal(answer[1], 3);
    assert_true(duo_dfu_work(&dfu));
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
    expect("[finish 2]");
    write_block(7, 10); /* the next file, with any number */
    expect("[first write 2: 10 of b7]");
}

static void numbers_of_blocks_wrap(void **state)
{
    (void)state;
    write_block(0xFFFF, 8);
    write_block(0, 8);
}

static void a_block_that_is_missing_or_comes_twice(void **state)
{
    static const uint16_t wrong[] = {0, 2};

    for (unsigned i = 0; i < 2; i++) {
        begin(state);
        write_block(0, 8);
        assert_int_equal(download(wrong[i], 8), DUO_USB_STALL);
        expect_status(DUO_DFU_ERR_ADDRESS, DUO_DFU_ERROR);
        assert_true(duo_dfu_work(&dfu));
        expect("[first write 0: 8 of b0][abort]");
    }
}

static void what_cannot_be_written_is_said_and_dropped(void **state)
{
    (void)state;
    next_status = DUO_DFU_ERR_PROG;
    next_reason = "the flash has refused a word";
    assert_int_equal(download(0, 8), DUO_USB_ACCEPT);
    assert_true(duo_dfu_work(&dfu));
    expect_status(DUO_DFU_ERR_PROG, DUO_DFU_ERROR);
    assert_int_equal(answer[5], DUO_DFU_STRING_REASON);
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 0: 8 of b0][abort]");
    next_reason = NULL;
    expect_status(DUO_DFU_ERR_PROG, DUO_DFU_ERROR);
    assert_int_equal(answer[5], 0);
    assert_int_equal(request(FROM_HOST, CLRSTATUS, 0, 0), DUO_USB_ACCEPT);
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
    next_status = DUO_DFU_OK;
    write_block(0, 8);
    expect("[first write 0: 8 of b0]");
}

static void a_file_that_does_not_verify(void **state)
{
    (void)state;
    write_block(0, 8);
    next_status = DUO_DFU_ERR_VERIFY;
    assert_int_equal(download(1, 0), DUO_USB_ACCEPT);
    assert_true(duo_dfu_work(&dfu));
    expect_status(DUO_DFU_ERR_VERIFY, DUO_DFU_ERROR);
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 0: 8 of b0][finish 0][abort]");
}

/* ---- What has no place ---- */

static void requests_without_a_place(void **state)
{
    static const struct {
        uint8_t type, what;
        uint16_t length;
    } wrong[] = {
        {FROM_HOST, DNLOAD, 0},                  /* the end of a file that has not begun */
        {FROM_HOST, DNLOAD, DUO_DFU_BLOCK + 1u}, /* more than the buffer has */
        {TO_HOST, UPLOAD, DUO_DFU_BLOCK + 1u},
        {FROM_HOST, CLRSTATUS, 0}, /* there is no error */
        {FROM_HOST, ABORT, 1},     /* has data */
        {FROM_HOST, 7, 0},
        {TO_HOST, ABORT, 0},
    };

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        begin(state);
        refused(wrong[i].type, wrong[i].what, wrong[i].length);
        refused(FROM_HOST, ABORT, 0); /* CLRSTATUS alone leads out */
        refused(FROM_HOST, DETACH, 0);
        refused(FROM_HOST, DNLOAD, 8);
        refused(TO_HOST, UPLOAD, 8);
        assert_int_equal(request(FROM_HOST, CLRSTATUS, 0, 0), DUO_USB_ACCEPT);
        expect_state(DUO_DFU_IDLE);
        expect("");
    }
}

static void requests_to_others_change_nothing(void **state)
{
    struct duo_usb_setup setup = {FROM_HOST, DNLOAD, 0, 1, 8};

    (void)state;
    assert_int_equal(duo_dfu_request(&dfu, &setup, &answer, &answer_length), DUO_USB_STALL);
    assert_int_equal(request(VENDOR, DNLOAD, 0, 8), DUO_USB_STALL);
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
}

static void a_download_in_the_middle_of_an_upload(void **state)
{
    (void)state;
    assert_int_equal(request(TO_HOST, UPLOAD, 0, 100), DUO_USB_ACCEPT);
    expect_state(DUO_DFU_UPLOAD_IDLE);
    refused(FROM_HOST, DNLOAD, 8);
}

static void an_upload_in_the_middle_of_a_download(void **state)
{
    (void)state;
    write_block(0, 8);
    refused(TO_HOST, UPLOAD, 8);
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 0: 8 of b0][abort]");
}

/* ---- Files from the device ---- */

static void an_upload_ends_with_a_short_block(void **state)
{
    (void)state;
    assert_int_equal(request(TO_HOST, UPLOAD, 0, DUO_DFU_BLOCK), DUO_USB_ACCEPT);
    assert_int_equal(answer_length, DUO_DFU_BLOCK);
    expect_status(DUO_DFU_OK, DUO_DFU_UPLOAD_IDLE);
    assert_int_equal(request(TO_HOST, UPLOAD, 1, DUO_DFU_BLOCK), DUO_USB_ACCEPT);
    assert_int_equal(answer_length, FILE_SIZE - DUO_DFU_BLOCK);
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
    expect("[upload 0: 4096 at 0][upload 0: 4096 at 4096]");
    assert_int_equal(request(TO_HOST, UPLOAD, 0, 8), DUO_USB_ACCEPT); /* from the start */
    expect("[upload 0: 8 at 0]");
    assert_int_equal(request(FROM_HOST, ABORT, 0, 0), DUO_USB_ACCEPT);
    expect_state(DUO_DFU_IDLE);
    next_status = DUO_DFU_ERR_ADDRESS;
    assert_int_equal(request(TO_HOST, UPLOAD, 0, 8), DUO_USB_STALL);
    expect_status(DUO_DFU_ERR_ADDRESS, DUO_DFU_ERROR);
}

/* ---- Who waits for what ---- */

static void nothing_uses_the_buffer_while_there_is_work(void **state)
{
    (void)state;
    write_block(0, 8);
    assert_int_equal(download(1, 8), DUO_USB_ACCEPT);
    assert_int_equal(request(FROM_HOST, ABORT, 0, 0), DUO_USB_LATER);
    expect_state(DUO_DFU_IDLE);
    assert_int_equal(download(0, 8), DUO_USB_LATER);
    assert_int_equal(request(TO_HOST, UPLOAD, 0, 8), DUO_USB_LATER);
    assert_int_equal(request(FROM_HOST, DETACH, 0, 0), DUO_USB_LATER);
    assert_int_equal(duo_dfu_alternate(&dfu, 1), DUO_USB_LATER);
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 0: 8 of b0][abort]");
    assert_int_equal(duo_dfu_alternate(&dfu, 1), DUO_USB_ACCEPT);
    write_block(0, 8);
    expect("[first write 1: 8 of b0]");
}

static void abort_now(void)
{
    assert_int_equal(request(FROM_HOST, ABORT, 0, 0), DUO_USB_LATER);
}

static void reset_now(void)
{
    duo_dfu_reset(&dfu);
}

static void refuse_now(void)
{
    refused(FROM_HOST, CLRSTATUS, 0);
}

static void an_abort_while_a_block_is_written(void **state)
{
    (void)state;
    meanwhile = abort_now;
    assert_int_equal(download(0, 8), DUO_USB_ACCEPT);
    next_status = DUO_DFU_ERR_WRITE; /* of a file that nobody wants any more */
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 0: 8 of b0][abort]");
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
}

/* What is finished stays, though the host has gone before it could be told. */
static void a_reset_while_the_file_is_finished(void **state)
{
    (void)state;
    write_block(0, 8);
    meanwhile = reset_now;
    assert_int_equal(download(1, 0), DUO_USB_ACCEPT);
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 0: 8 of b0][finish 0][reset]");
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
}

static void an_error_while_a_block_is_written(void **state)
{
    (void)state;
    meanwhile = refuse_now;
    assert_int_equal(download(0, 8), DUO_USB_ACCEPT);
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 0: 8 of b0][abort]");
    assert_int_equal(request(FROM_HOST, CLRSTATUS, 0, 0), DUO_USB_ACCEPT);
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
}

static void a_reset_drops_the_file_and_the_alternate(void **state)
{
    (void)state;
    assert_int_equal(duo_dfu_alternate(&dfu, 3), DUO_USB_ACCEPT);
    write_block(0, 8);
    duo_dfu_reset(&dfu);
    assert_true(duo_dfu_work(&dfu));
    expect("[first write 3: 8 of b0][abort][reset]");
    assert_false(duo_dfu_work(&dfu));
    write_block(0, 8);
    expect("[first write 0: 8 of b0]");
}

static void a_host_that_says_it_leaves(void **state)
{
    (void)state;
    assert_int_equal(request(FROM_HOST, DETACH, 1000, 0), DUO_USB_ACCEPT);
    assert_true(duo_dfu_work(&dfu));
    expect("[detached]");
    write_block(0, 8);
    refused(FROM_HOST, DETACH, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_file_from_begin_to_end),
        TEST(numbers_of_blocks_wrap),
        TEST(a_block_that_is_missing_or_comes_twice),
        TEST(what_cannot_be_written_is_said_and_dropped),
        TEST(a_file_that_does_not_verify),
        TEST(requests_without_a_place),
        TEST(requests_to_others_change_nothing),
        TEST(a_download_in_the_middle_of_an_upload),
        TEST(an_upload_in_the_middle_of_a_download),
        TEST(an_upload_ends_with_a_short_block),
        TEST(nothing_uses_the_buffer_while_there_is_work),
        TEST(an_abort_while_a_block_is_written),
        TEST(a_reset_while_the_file_is_finished),
        TEST(an_error_while_a_block_is_written),
        TEST(a_reset_drops_the_file_and_the_alternate),
        TEST(a_host_that_says_it_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
