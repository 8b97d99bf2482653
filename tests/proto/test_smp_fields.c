/* SPDX-License-Identifier: MIT */
/* The fields of SMP's requests, one by one: each of a wrong type or size is refused and changes
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/smp.h"

#define RAW(text) (const uint8_t *)(text), sizeof(text) - 1u

/* What version 1 of the protocol answers (proto/smp_error.c). */
enum { INVALID = 3, NO_ENTRY = 5, NOT_SUPPORTED = 8 };
enum {
    OS = DUO_SMP_GROUP_OS,
    IMAGE = DUO_SMP_GROUP_IMAGE,
    READ = DUO_SMP_READ,
    WRITE = DUO_SMP_WRITE
};

static struct duo_smp server;
static uint8_t answer[DUO_SMP_ANSWER_MAX];
static struct duo_cbor_item map;   /* of the answer */
static struct duo_smp_piece piece; /* as the owner has got it */
static uint8_t sha[DUO_SMP_HASH];
static unsigned calls; /* of the owner */
static uint32_t erased;
static bool recovery;

static unsigned images(void *ctx, struct duo_smp_image *list)
{
    (void)ctx;
    (void)list;
    return 0;
}

static enum duo_status select_image(void *ctx, const uint8_t *hash, bool confirm)
{
    (void)ctx;
    (void)hash;
    (void)confirm;
    calls++;
    return DUO_OK;
}

static enum duo_status uploaded(void *ctx, struct duo_smp_taken *taken)
{
    (void)ctx;
    *taken = (struct duo_smp_taken){7, false};
    return DUO_OK;
}

static enum duo_status upload(void *ctx, const struct duo_smp_piece *p, struct duo_smp_taken *taken)
{
    calls++;
    piece = *p;
    if (p->sha) {
        memcpy(sha, p->sha, sizeof(sha));
    }
    return uploaded(ctx, taken);
}

static enum duo_status erase(void *ctx, uint32_t slot)
{
    (void)ctx;
    calls++;
    erased = slot;
    return DUO_OK;
}

static enum duo_status reset(void *ctx, bool to_recovery)
{
    (void)ctx;
    calls++;
    recovery = to_recovery;
    return DUO_OK;
}

static enum duo_status command(void *ctx, uint32_t id, bool write,
                               const struct duo_cbor_item *request, struct duo_cbor_out *out)
{
    (void)ctx;
    (void)id;
    (void)write;
    (void)request;
    (void)out;
    return DUO_E_HASH;
}

static const struct duo_smp_ops ops = {images, select_image, upload, uploaded,
                                       erase,  reset,        command};
static const struct duo_smp_about about = {"duoboot", "9.8.7", "chip", 2048, NULL, 0};

static int start(void **state)
{
    (void)state;
    calls = 0;
    duo_smp_start(&server, &ops, NULL, &about);
    return 0;
}

/* One request of version `version`; the number of the answer, 0 when it has none. */
static uint32_t ask_in(uint8_t version, uint8_t op, uint16_t group, uint8_t id, const uint8_t *body,
                       size_t n)
{
    uint8_t message[512] = {(uint8_t)(version << 3 | op),
                            0,
                            (uint8_t)(n >> 8),
                            (uint8_t)n,
                            (uint8_t)(group >> 8),
                            (uint8_t)group,
                            1,
                            id};
    struct duo_cbor_item rc;

    memcpy(message + DUO_SMP_HEADER, body, n);
    const uint32_t got =
        duo_smp_serve(&server, message, (uint32_t)(DUO_SMP_HEADER + n), answer, sizeof(answer));
    assert_true(got > DUO_SMP_HEADER);
    assert_true(duo_cbor_read_map(answer + DUO_SMP_HEADER, got - DUO_SMP_HEADER, &map));
    return duo_cbor_get(&map, "rc", DUO_CBOR_NUMBER, &rc) ? rc.number : 0;
}

static uint32_t ask(uint8_t op, uint16_t group, uint8_t id, const uint8_t *body, size_t n)
{
    return ask_in(0, op, group, id, body, n);
}

static void expect_text(const char *key, const char *text)
{
    struct duo_cbor_item item;

    assert_true(duo_cbor_get(&map, key, DUO_CBOR_TEXT, &item));
    assert_int_equal(item.size, strlen(text));
    assert_memory_equal(item.bytes, text, item.size);
}

static void echo(void **state)
{
    (void)state;
    assert_int_equal(ask(WRITE, OS, 0, RAW("\xA0")), INVALID);
    assert_int_equal(ask(WRITE, OS, 0,
                         RAW("\xA1\x61"
                             "d\x07")),
                     INVALID);
    assert_int_equal(ask(WRITE, OS, 0,
                         RAW("\xA1\x61"
                             "d\x62hi")),
                     0);
    expect_text("r", "hi");
}

static void an_echo_that_has_no_room_is_told(void **state)
{
    uint8_t body[300] = {0xA1, 0x61, 'd', 0x79, 1, 0};
    uint8_t message[8 + 262] = {WRITE, 0, 262 >> 8, 262 & 0xFF, 0, OS, 1, 0};

    (void)state;
    memset(body + 6, 'x', 256);
    memcpy(message + 8, body, 262);
    assert_int_equal(duo_smp_serve(&server, message, sizeof(message), answer, 200) > 0, true);
    assert_true(duo_cbor_read_map(answer + 8, (size_t)(answer[2] << 8 | answer[3]), &map));
    expect_text("rsn", duo_status_text(DUO_E_TOO_LARGE));
    assert_int_equal(duo_smp_serve(&server, message, sizeof(message), answer, 12),
                     0); /* not even for that */
}

static void a_reset_and_where_it_leads(void **state)
{
    (void)state;
    assert_int_equal(ask(READ, OS, 5, RAW("\xA0")), NOT_SUPPORTED);
    assert_int_equal(ask(WRITE, OS, 5,
                         RAW("\xA1\x69"
                             "boot_mode\x02")),
                     INVALID);
    assert_int_equal(ask(WRITE, OS, 5,
                         RAW("\xA1\x69"
                             "boot_mode\xF5")),
                     INVALID);
    assert_int_equal(calls, 0);
    assert_int_equal(ask(WRITE, OS, 5,
                         RAW("\xA1\x69"
                             "boot_mode\x01")),
                     0);
    assert_true(recovery);
    assert_int_equal(ask(WRITE, OS, 5, RAW("\xA0")), 0);
    assert_false(recovery);
}

static void information(void **state)
{
    uint8_t many[80] = "\xA1\x66"
                       "format\x78\x30";

    (void)state;
    assert_int_equal(ask(READ, OS, 7, RAW("\xA0")), 0);
    expect_text("output", "duoboot");
    assert_int_equal(ask(READ, OS, 7,
                         RAW("\xA1\x66"
                             "format\x61"
                             "a")),
                     0);
    expect_text("output", "duoboot chip 9.8.7 9.8.7 unknown cortex-m7 cortex-m7 chip duoboot");
    assert_int_equal(ask(READ, OS, 7,
                         RAW("\xA1\x66"
                             "format\x64snmb")),
                     0);
    expect_text("output", "duoboot chip cortex-m7 unknown");
    assert_int_equal(ask(READ, OS, 7,
                         RAW("\xA1\x66"
                             "format\x07")),
                     INVALID);
    assert_int_equal(ask(READ, OS, 7,
                         RAW("\xA1\x66"
                             "format\x62sx")),
                     INVALID);
    memset(many + 10, 's', 48); /* longer than the answer's text */
    assert_int_equal(ask(READ, OS, 7, many, 58), INVALID);
    assert_int_equal(ask(WRITE, OS, 7, RAW("\xA0")), NOT_SUPPORTED);
}

static void the_boot_loader(void **state)
{
    struct duo_cbor_item mode;

    (void)state;
    assert_int_equal(ask(READ, OS, 8, RAW("\xA0")), 0);
    expect_text("bootloader", "MCUboot");
    assert_int_equal(ask(READ, OS, 8, RAW("\xA1\x65query\x64mode")), 0);
    assert_true(duo_cbor_get(&map, "mode", DUO_CBOR_NUMBER, &mode));
    assert_int_equal(mode.number, 1);
    assert_int_equal(ask(READ, OS, 8, RAW("\xA1\x65query\x64more")), NO_ENTRY);
    assert_int_equal(ask(READ, OS, 8, RAW("\xA1\x65query\x65modes")), NO_ENTRY);
    assert_int_equal(ask(READ, OS, 8, RAW("\xA1\x65query\x04")), NO_ENTRY);
}

static void commands_that_cannot_be_read_or_written(void **state)
{
    (void)state;
    assert_int_equal(ask(READ, OS, 1, RAW("\xA0")), NOT_SUPPORTED);
    assert_int_equal(ask(READ, OS, 9, RAW("\xA0")), NOT_SUPPORTED);
    assert_int_equal(ask(READ, IMAGE, 1, RAW("\xA0")), NOT_SUPPORTED);
    assert_int_equal(ask(READ, IMAGE, 5, RAW("\xA0")), NOT_SUPPORTED);
    assert_int_equal(ask(WRITE, IMAGE, 6, RAW("\xA0")), NOT_SUPPORTED);
    assert_int_equal(ask(READ, IMAGE, 2, RAW("\xA0")), NOT_SUPPORTED);
    assert_int_equal(calls, 0);
}

static void the_state_of_images(void **state)
{
    uint8_t body[64] = "\xA1\x64hash\x58\x20";

    (void)state;
    assert_int_equal(ask(WRITE, IMAGE, 0,
                         RAW("\xA1\x67"
                             "confirm\x01")),
                     INVALID);
    assert_int_equal(ask(WRITE, IMAGE, 0,
                         RAW("\xA1\x67"
                             "confirm\xF4")),
                     INVALID); /* and names none */
    assert_int_equal(ask(WRITE, IMAGE, 0, RAW("\xA1\x64hash\x07")), INVALID);
    body[7] = 0x1F;
    assert_int_equal(ask(WRITE, IMAGE, 0, body, 8 + 31), INVALID);
    assert_int_equal(calls, 0);
    body[7] = 0x20;
    assert_int_equal(ask(WRITE, IMAGE, 0, body, 8 + 32), 0);
    assert_int_equal(calls, 1);
}

static void what_an_upload_begins_with(void **state)
{
    static const struct {
        const char *body;
        size_t n;
    } wrong[] = {
#define WRONG(text) {text, sizeof(text) - 1u}
        WRONG("\xA2\x64"
              "data\x41x\x63len\x05"),       /* no offset */
        WRONG("\xA2\x63off\x00\x63len\x05"), /* no data */
        WRONG("\xA3\x63off\x00\x64"
              "data\x61x\x63len\x05"), /* text */
        WRONG("\xA3\x63off\x41\x00\x64"
              "data\x41x\x63len\x05"),
        WRONG("\xA2\x63off\x00\x64"
              "data\x41x"), /* no length */
        WRONG("\xA4\x63off\x00\x64"
              "data\x41x\x63len\x05\x65image\x41\x01"),
        WRONG("\xA4\x63off\x00\x64"
              "data\x41x\x63len\x05\x63sha\x01"),
        WRONG("\xA4\x63off\x00\x64"
              "data\x41x\x63len\x05\x67upgrade\x01"),
    };
    uint8_t whole[128] = "\xA4\x63off\x00\x64"
                         "data\x41x\x63len\x05\x63sha\x58\x20";
    const size_t head = 6 + 7 + 5 + 6;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(ask(WRITE, IMAGE, 1, (const uint8_t *)wrong[i].body, wrong[i].n), INVALID);
    }
    assert_int_equal(calls, 0);
    memset(whole + head, 0x5C, DUO_SMP_HASH);
    assert_int_equal(ask(WRITE, IMAGE, 1, whole, head + DUO_SMP_HASH), 0);
    assert_int_equal(sha[31], 0x5C);
    assert_int_equal(ask(WRITE, IMAGE, 1,
                         RAW("\xA6\x63off\x00\x64"
                             "data\x41x\x63len\x05\x65image\x01\x63sha\x43"
                             "abc\x67upgrade\xF5")),
                     0);
    assert_true(piece.upgrade && piece.image == 1 && piece.length == 5 && piece.n == 1);
    assert_null(piece.sha); /* a part of it is good for nothing */
}

static void what_is_erased(void **state)
{
    (void)state;
    assert_int_equal(ask(WRITE, IMAGE, 5, RAW("\xA1\x64slot\x41\x01")), INVALID);
    assert_int_equal(calls, 0);
    assert_int_equal(ask(WRITE, IMAGE, 5, RAW("\xA0")), 0);
    assert_int_equal(erased, 1);
    assert_int_equal(ask(WRITE, IMAGE, 5, RAW("\xA1\x64slot\x03")), 0);
    assert_int_equal(erased, 3);
}

static uint32_t error_in_version_2(uint8_t op, uint16_t group, uint8_t id, const uint8_t *body,
                                   size_t n)
{
    struct duo_cbor_item error, number;

    assert_int_equal(ask_in(1, op, group, id, body, n), 0);
    assert_true(duo_cbor_get(&map, "err", DUO_CBOR_MAP, &error));
    assert_true(duo_cbor_get(&error, "group", DUO_CBOR_NUMBER, &number));
    assert_int_equal(number.number, group);
    assert_true(duo_cbor_get(&error, "rc", DUO_CBOR_NUMBER, &number));
    return number.number;
}

/* Each group has numbers of its own (Zephyr: os_mgmt.h); ours are those of enum duo_status. */
static void errors_of_version_2(void **state)
{
    (void)state;
    assert_int_equal(error_in_version_2(READ, OS, 8, RAW("\xA1\x65query\x04")), 3);
    assert_int_equal(error_in_version_2(WRITE, OS, 0, RAW("\xA0")), 2);
    assert_int_equal(error_in_version_2(READ, DUO_SMP_GROUP, 0, RAW("\xA0")), DUO_E_HASH);
}

static void what_is_no_request(void **state)
{
    static const uint8_t head[DUO_SMP_HEADER] = {READ, 0, 0, 1, 0, OS, 1, 6};
    static const uint8_t other_operation[DUO_SMP_HEADER] = {4, 0, 0, 0, 0, OS, 1, 6};
    static const uint8_t reply[DUO_SMP_HEADER] = {READ + 1u, 0, 0, 0, 0, OS, 1, 6};

    (void)state;
    assert_int_equal(duo_smp_serve(&server, head, 7, answer, sizeof(answer)), 0);
    assert_true(duo_smp_serve(&server, head, 8, answer, sizeof(answer)) >
                0); /* a byte is missing */
    assert_true(duo_cbor_read_map(answer + 8, answer[3], &map));
    expect_text("rsn", duo_status_text(DUO_E_MALFORMED));
    assert_true(duo_smp_serve(&server, other_operation, 8, answer, sizeof(answer)) > 0);
    assert_int_equal(duo_smp_serve(&server, reply, 8, answer, sizeof(answer)), 0);
    assert_int_equal(duo_smp_again(&server, answer, sizeof(answer)), 0); /* none waits */
}

static void pieces_and_groups_are_known(void **state)
{
    static const uint8_t good[DUO_SMP_HEADER] = {0x0A, 0, 0, 0, 0, IMAGE, 1, 1};

    static const struct {
        unsigned at;
        uint8_t value;
    } changes[] = {{0, 0x08}, {4, 1}, {5, OS}, {7, 0}};

    (void)state;
    assert_true(duo_smp_is_piece(good, sizeof(good)));
    assert_false(duo_smp_is_piece(good, sizeof(good) - 1u));
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        uint8_t other[DUO_SMP_HEADER];
        memcpy(other, good, sizeof(other));
        other[changes[i].at] = changes[i].value;
        assert_false(duo_smp_is_piece(other, sizeof(other)));
    }
    assert_true(duo_smp_serves(0) && duo_smp_serves(11) && duo_smp_serves(63) &&
                duo_smp_serves(DUO_SMP_GROUP));
    assert_false(duo_smp_serves(12) || duo_smp_serves(62) || duo_smp_serves(DUO_SMP_GROUP + 1u));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, start)
    const struct CMUnitTest tests[] = {
        TEST(echo),
        TEST(an_echo_that_has_no_room_is_told),
        TEST(a_reset_and_where_it_leads),
        TEST(information),
        TEST(the_boot_loader),
        TEST(commands_that_cannot_be_read_or_written),
        TEST(the_state_of_images),
        TEST(what_an_upload_begins_with),
        TEST(what_is_erased),
        TEST(errors_of_version_2),
        TEST(what_is_no_request),
        TEST(pieces_and_groups_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
