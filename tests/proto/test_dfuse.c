/* SPDX-License-Identifier: MIT */
/* ST's extension of DFU: commands, addresses, and the states that its hosts want to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/dfuse.h"
#include "tests/proto/dfu_host.h"
#include "tests/proto/story.h"

#define HERE 0x08020000u /* what can be read, written and erased: 64 KiB */
#define SIZE 0x10000u

static struct duo_dfuse dfuse;
static enum duo_dfu_status decision;

static bool here(const char *what, uint32_t addr, uint32_t n)
{
    tell("[%s %08x %u]", what, (unsigned)addr, (unsigned)n);
    return addr - HERE < SIZE && n <= SIZE - (addr - HERE);
}

/* ---- The device ---- */

static bool on_read(void *ctx, uint32_t addr, uint8_t *to, uint32_t n)
{
    assert_ptr_equal(ctx, &dfuse);
    memset(to, 0x5A, n);
    return here("read", addr, n);
}

static bool on_write(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    assert_ptr_equal(ctx, &dfuse);
    assert_ptr_equal(bytes, buffer);
    return here("write", addr, n);
}

static bool on_erase(void *ctx, uint32_t addr)
{
    assert_ptr_equal(ctx, &dfuse);
    return here("erase", addr, 0);
}

static void on_erase_all(void *ctx)
{
    assert_ptr_equal(ctx, &dfuse);
    (void)here("erase all", 0, 0);
}

static const struct duo_dfuse_ops slots = {on_read, on_write, on_erase, on_erase_all};

static enum duo_dfu_status on_block(void *ctx, uint16_t number, const uint8_t *bytes, uint16_t n)
{
    return duo_dfuse_block(ctx, number, bytes, n);
}

static enum duo_dfu_status on_upload(void *ctx, uint8_t alternate, uint32_t number, uint8_t *bytes,
                                     uint16_t *n)
{
    (void)alternate;
    return duo_dfuse_upload(ctx, (uint16_t)number, bytes, n);
}

static enum duo_dfu_status on_finish(void *ctx, uint8_t alternate)
{
    (void)ctx;
    (void)alternate;
    (void)here("leave", 0, 0);
    return decision;
}

static void on_abort(void *ctx)
{
    (void)ctx;
    (void)here("abort", 0, 0);
}

static uint32_t on_wait(void *ctx)
{
    (void)ctx;
    return 7;
}

static const char *on_reason(void *ctx)
{
    (void)ctx;
    return NULL;
}

static void on_leave(void *ctx, bool detached)
{
    (void)ctx;
    (void)detached;
}

static const struct duo_dfu_ops ops = {.block = on_block,
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
    decision = DUO_DFU_OK;
    dfuse = (struct duo_dfuse){&slots, &dfuse, HERE};
    duo_dfu_start(&dfu, &ops, &dfuse, buffer);
    return 0;
}

/* ---- The host ---- */

static void expect_status(enum duo_dfu_status status, enum duo_dfu_state state)
{
    assert_int_equal(request(TO_HOST, GETSTATUS, 0, 6), DUO_USB_ACCEPT);
    assert_int_equal(answer[0], status);
    assert_int_equal(answer[4], state);
    assert_int_equal(answer[1], state == DUO_DFU_DNBUSY || state == DUO_DFU_MANIFEST ? 7 : 0);
}

/* Busy when it is asked first, though the work is done: dfu-util takes all else for an error. */
static void block(uint16_t number, const char *bytes, uint16_t n, enum duo_dfu_status status)
{
    memcpy(buffer, bytes, n);
    assert_int_equal(request(FROM_HOST, DNLOAD, number, n), DUO_USB_ACCEPT);
    assert_true(duo_dfu_work(&dfu));
    if (status != DUO_DFU_OK) {
        expect_status(status, DUO_DFU_ERROR);
        assert_int_equal(request(FROM_HOST, CLRSTATUS, 0, 0), DUO_USB_ACCEPT);
        return;
    }
    expect_status(DUO_DFU_OK, DUO_DFU_DNBUSY);
    expect_status(DUO_DFU_OK, DUO_DFU_DNLOAD_IDLE);
}

static void blocks_lie_at_the_address_that_was_set(void **state)
{
    (void)state;
    block(2, "abcd", 4, DUO_DFU_OK);
    block(0, "\x21\x00\x10\x02\x08", 5, DUO_DFU_OK);
    block(2, "abcd", 4, DUO_DFU_OK); /* dfu-util: always 2 */
    block(2, "efgh", 4, DUO_DFU_OK);
    block(5, "ijkl", 4, DUO_DFU_OK); /* others count */
    expect("[write 08020000 4][write 08021000 4][write 08021000 4][write 08024000 4]");
}

static void sectors_are_erased_by_address_and_all_at_once(void **state)
{
    (void)state;
    block(0, "\x41\x00\x80\x02\x08", 5, DUO_DFU_OK);
    block(0, "\x41", 1, DUO_DFU_OK);
    expect("[erase 08028000 0][erase all 00000000 0]");
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    block(0, "\x41\x00\x00\x00\x20", 5, DUO_DFU_ERR_ADDRESS);
    block(0, "\x21\xfe\xff\x02\x08", 5, DUO_DFU_OK);
    block(2, "abcd", 4, DUO_DFU_ERR_ADDRESS);
    assert_int_equal(request(TO_HOST, UPLOAD, 2, 4), DUO_USB_STALL);
    expect_status(DUO_DFU_ERR_ADDRESS, DUO_DFU_ERROR);
}

static void what_is_no_command_is_refused(void **state)
{
    static const struct {
        uint16_t number;
        uint16_t n;
        const char *bytes;
    } wrong[] = {{0, 1, "\x92"},         {0, 1, "\x21"},
                 {0, 4, "\x21\0\0\x02"}, {0, 6, "\x41\0\0\x02\x08\0"},
                 {0, 1, "\0"},           {1, 4, "abcd"}};

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        begin(state);
        block(wrong[i].number, wrong[i].bytes, wrong[i].n, DUO_DFU_ERR_VENDOR);
        expect("");
    }
    assert_int_equal(request(TO_HOST, UPLOAD, 1, 4), DUO_USB_STALL);
}

static void commands_and_content_are_read_by_number(void **state)
{
    (void)state;
    assert_int_equal(request(TO_HOST, UPLOAD, 0, 64), DUO_USB_ACCEPT);
    assert_int_equal(answer_length, 3);
    assert_memory_equal(answer, "\x00\x21\x41", 3);
    assert_int_equal(request(TO_HOST, UPLOAD, 0, 2), DUO_USB_ACCEPT);
    assert_int_equal(answer_length, 2);
    assert_int_equal(request(FROM_HOST, ABORT, 0, 0), DUO_USB_ACCEPT);
    assert_int_equal(request(TO_HOST, UPLOAD, 3, 16), DUO_USB_ACCEPT);
    assert_int_equal(request(TO_HOST, UPLOAD, 2, 16), DUO_USB_ACCEPT);
    expect("[read 08021000 16][read 08020000 16]");
}

/* Its host asks once, and goes. */
static void the_decision_is_there_when_the_host_asks_first(void **state)
{
    (void)state;
    assert_int_equal(request(FROM_HOST, DNLOAD, 2, 0), DUO_USB_ACCEPT); /* in dfuIDLE, too */
    assert_int_equal(request(TO_HOST, GETSTATUS, 0, 6), DUO_USB_LATER);
    assert_true(duo_dfu_work(&dfu));
    expect_status(DUO_DFU_OK, DUO_DFU_MANIFEST);
    expect_status(DUO_DFU_OK, DUO_DFU_MANIFEST);
    expect("[leave 00000000 0]");
    duo_dfu_fail(&dfu, DUO_DFU_ERR_PROG); /* later, when the flash refuses it */
    expect_status(DUO_DFU_ERR_PROG, DUO_DFU_ERROR);
}

static void a_refusal_leads_back_to_idle(void **state)
{
    (void)state;
    decision = DUO_DFU_ERR_FILE;
    block(2, "abcd", 4, DUO_DFU_OK);
    assert_int_equal(request(FROM_HOST, DNLOAD, 2, 0), DUO_USB_ACCEPT);
    assert_true(duo_dfu_work(&dfu));
    expect_status(DUO_DFU_ERR_FILE, DUO_DFU_ERROR);
    assert_int_equal(request(FROM_HOST, CLRSTATUS, 0, 0), DUO_USB_ACCEPT);
    expect_status(DUO_DFU_OK, DUO_DFU_IDLE);
    expect("[write 08020000 4][leave 00000000 0]"); /* what was written is not given up */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(blocks_lie_at_the_address_that_was_set, begin),
        cmocka_unit_test_setup(sectors_are_erased_by_address_and_all_at_once, begin),
        cmocka_unit_test_setup(what_is_not_there_is_said, begin),
        cmocka_unit_test_setup(what_is_no_command_is_refused, begin),
        cmocka_unit_test_setup(commands_and_content_are_read_by_number, begin),
        cmocka_unit_test_setup(the_decision_is_there_when_the_host_asks_first, begin),
        cmocka_unit_test_setup(a_refusal_leads_back_to_idle, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
