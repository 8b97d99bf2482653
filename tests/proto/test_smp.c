/* SPDX-License-Identifier: MIT */
/*
 * SMP's commands on the host: each one's map, what is refused and how, and what any bytes at all
 * may do. Vectors come from smp 4.2.0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smp_bench.h"

enum { FILE_MAX = 100000 };

static uint8_t answer[DUO_SMP_ANSWER_MAX];
static struct duo_smp server;

/* ---- An owner that takes a file ---- */

static struct {
    uint8_t file[FILE_MAX];
    uint32_t taken, length, image;
    bool slow, reset, to_recovery, confirmed;
    uint8_t selected[DUO_SMP_HASH];
    bool has_selected;
    uint32_t erased;
    enum duo_status status;
} owner;

static unsigned images(void *ctx, struct duo_smp_image *list)
{
    (void)ctx;
    memset(list, 0, sizeof(*list));
    strcpy(list[0].version, "1.2.3.4");
    memset(list[0].hash, 0xA5, DUO_SMP_HASH);
    list[0].active = list[0].bootable = true;
    return 1;
}

static enum duo_status select_image(void *ctx, const uint8_t *hash, bool confirm)
{
    (void)ctx;
    owner.has_selected = hash;
    if (hash) {
        memcpy(owner.selected, hash, DUO_SMP_HASH);
    }
    owner.confirmed = confirm;
    return owner.status;
}

static enum duo_status uploaded(void *ctx, struct duo_smp_taken *taken)
{
    (void)ctx;
    if (owner.slow) {
        return DUO_E_BUSY;
    }
    taken->next = owner.taken;
    taken->whole = owner.taken == owner.length;
    return owner.status;
}

static enum duo_status upload(void *ctx, const struct duo_smp_piece *piece,
                              struct duo_smp_taken *taken)
{
    if (piece->offset == 0) {
        owner.taken = 0;
        owner.length = piece->length;
        owner.image = piece->image;
    }
    assert_true(piece->n <= BUFFER);
    if (piece->offset == owner.taken && owner.taken + piece->n <= FILE_MAX) {
        memcpy(owner.file + owner.taken, piece->data, piece->n);
        owner.taken += piece->n;
    }
    return uploaded(ctx, taken);
}

static enum duo_status erase(void *ctx, uint32_t slot)
{
    (void)ctx;
    owner.erased = slot;
    return slot == 0 ? DUO_E_ARG : DUO_OK;
}

static enum duo_status reset(void *ctx, bool to_recovery)
{
    (void)ctx;
    owner.reset = true;
    owner.to_recovery = to_recovery;
    return owner.status;
}

static enum duo_status command(void *ctx, uint32_t id, bool write,
                               const struct duo_cbor_item *request, struct duo_cbor_out *out)
{
    struct duo_cbor_item x;

    (void)ctx;
    if (id != 0) {
        return DUO_E_ARG;
    }
    duo_cbor_put_bool(out, "write", write);
    if (duo_cbor_get(request, "x", DUO_CBOR_NUMBER, &x)) {
        duo_cbor_put_number(out, "x", x.number);
    }
    return owner.status;
}

static const struct duo_smp_ops ops = {images, select_image, upload, uploaded,
                                       erase,  reset,        command};
static const struct duo_smp_slot slots[] = {{0, 0, 0x60000}, {0, 1, 0x60000}, {1, 0, 0x40000}};
static const struct duo_smp_about about = {"duoboot", "9.8.7", "chip", BUFFER, slots, 3};

/* ---- Requests ---- */

static int start(void **state)
{
    (void)state;
    memset(&owner, 0, sizeof(owner));
    start_line();
    duo_smp_start(&server, &ops, NULL, &about);
    return 0;
}

static void serve(void)
{
    const uint32_t n = duo_smp_serve(&server, line.message, line.length, answer, sizeof(answer));

    sent_n = 0;
    if (n > 0) {
        duo_smp_line_send(&line, answer, n, sends, NULL);
    }
}

/* A raw request; the answer is in sent. */
static void ask(uint8_t version, uint8_t op, uint16_t group, uint8_t id, const char *body, size_t n)
{
    uint8_t message[BUFFER] = {(uint8_t)(version << 3 | op),
                               0,
                               (uint8_t)(n >> 8),
                               (uint8_t)n,
                               (uint8_t)(group >> 8),
                               (uint8_t)group,
                               42,
                               id};

    memcpy(message + 8, body, n);
    now_ms += 100;
    assert_true(feed(message, 8 + n));
    serve();
}
#define ASK(version, op, group, id, body) ask(version, op, group, id, body, sizeof(body) - 1)

static void expect_body(const char *body, size_t n)
{
    struct duo_cbor_item map;

    assert_int_equal(sent_n, 8 + 1 + n);
    assert_memory_equal(sent + 9, body, n);
    assert_int_equal(sent[2] << 8 | sent[3], n + 1);
    assert_true(duo_cbor_read_map(sent + 8, n + 1, &map));
}
#define EXPECT(body) expect_body(body, sizeof(body) - 1)

/* ---- Commands ---- */

static void console_line_is_read(void **state)
{
    (void)state;
    assert_true(feed(echo_line, sizeof(echo_line) - 1));
    assert_int_equal(line.length, sizeof(echo_message));
    assert_memory_equal(line.message, echo_message, sizeof(echo_message));
    serve();
    assert_int_equal(sent[0], 6);
    assert_int_equal(sent[sent_n - 1], '\n');
}

static void echo_in_both_versions(void **state)
{
    (void)state;
    ASK(1, 2, 0, 0, "\xA1\x61\x64\x62hi");
    EXPECT("\x61r\x62hi");
    assert_int_equal(sent[0], 0x0B);
    assert_int_equal(sent[6], 42);
    ASK(0, 2, 0, 0, "\xA1\x61\x64\x62hi");
    assert_int_equal(sent[0], 0x03);
    ASK(1, 0, 0, 0, "\xA1\x61\x64\x62hi");
    assert_int_equal(sent[0], 0x09);
}

static void os_commands(void **state)
{
    (void)state;
    ASK(1, 0, 0, 6, "\xA0");
    EXPECT("\x68"
           "buf_size\x19\x08\x00\x69"
           "buf_count\x01");
    ask(1, 0, 0, 6, "", 0); /* no map at all is an empty one */
    assert_true(sent_n > 20);
    ASK(1, 0, 0, 7,
        "\xA1\x66"
        "format\x62sv");
    EXPECT("\x66output\x6D"
           "duoboot 9.8.7");
    ASK(1, 0, 0, 7,
        "\xA1\x66"
        "format\x62s?");
    EXPECT("\x63"
           "err\xA2\x65group\x00\x62rc\x02");
    ASK(1, 2, 0, 5,
        "\xA1\x69"
        "boot_mode\x01");
    EXPECT("");
    assert_true(owner.reset && owner.to_recovery);
    owner.reset = false;
    ASK(1, 2, 0, 5,
        "\xA1\x69"
        "boot_mode\x07");
    assert_false(owner.reset);
    ASK(1, 2, 0, 1,
        "\xA1\x64"
        "echo\x00");
    EXPECT("");
}

static void unknown_commands_and_groups(void **state)
{
    (void)state;
    ASK(1, 0, 0, 2, "\xA0");
    EXPECT("\x62rc\x08");
    ASK(1, 0, 8, 0, "\xA0");
    EXPECT("\x62rc\x08");
    ASK(1, 0, DUO_SMP_GROUP, 9, "\xA0");
    EXPECT("\x62rc\x08");
    ASK(1, 0, DUO_SMP_GROUP, 0, "\xA1\x61x\x07");
    EXPECT("\x65write\xF4\x61x\x07");
}

static void image_state(void **state)
{
    uint8_t hash[32];
    char body[100] = "\xA1\x64hash\x58\x20";

    (void)state;
    memset(hash, 0xA5, sizeof(hash));
    ASK(1, 0, 1, 0, "\xA0");
    assert_int_equal(sent[0], 0x09);
    assert_non_null(find(sent, sent_n, "1.2.3.4", 7));
    assert_non_null(find(sent, sent_n, hash, 32));
    memset(body + 8, 0xA5, 32);
    ask(1, 2, 1, 0, body, 40);
    assert_true(owner.has_selected && !owner.confirmed);
    assert_memory_equal(owner.selected, hash, 32);
    ASK(1, 2, 1, 0,
        "\xA1\x67"
        "confirm\xF5");
    assert_true(!owner.has_selected && owner.confirmed);
    owner.status = DUO_E_CANCELLED;
    ASK(1, 2, 1, 0,
        "\xA1\x67"
        "confirm\xF5");
    EXPECT("\x63"
           "err\xA2\x65group\x01\x62rc\x18\x20");
    ASK(0, 2, 1, 0,
        "\xA1\x67"
        "confirm\xF5");
    assert_non_null(find(sent, sent_n, "\x62rc\x0B", 4));
    owner.status = DUO_OK;
    owner.has_selected = owner.confirmed = false;
    ASK(1, 2, 1, 0, "\xA0"); /* nothing named */
    ASK(1, 2, 1, 0,
        "\xA1\x64hash\x43"
        "abc");
    assert_false(owner.has_selected);
}

static void upload_in_pieces(void **state)
{
    (void)state;
    ASK(1, 2, 1, 1,
        "\xA4\x63off\x00\x64"
        "data\x43"
        "abc\x63len\x06\x65image\x01");
    EXPECT("\x63off\x03");
    ASK(1, 2, 1, 1,
        "\xA2\x63off\x01\x64"
        "data\x43"
        "xyz"); /* not the one that is wanted */
    EXPECT("\x63off\x03");
    owner.slow = true;
    ASK(1, 2, 1, 1,
        "\xA2\x63off\x03\x64"
        "data\x43"
        "def");
    assert_int_equal(sent_n, 0);
    assert_true(duo_smp_waiting(&server));
    assert_int_equal(duo_smp_again(&server, answer, sizeof(answer)), 0);
    owner.slow = false;
    assert_true(duo_smp_again(&server, answer, sizeof(answer)) > 0);
    assert_false(duo_smp_waiting(&server));
    assert_int_equal(duo_smp_again(&server, answer, sizeof(answer)), 0); /* once */
    assert_memory_equal(answer + 9, "\x63off\x06\x65match\xF5", 11);
    assert_int_equal(answer[6], 42);
    assert_memory_equal(owner.file, "abcdef", 6);
    assert_int_equal(owner.image, 1);
    ASK(1, 2, 1, 1,
        "\xA2\x63off\x00\x64"
        "data\x43"
        "abc"); /* no length */
    EXPECT("\x63"
           "err\xA2\x65group\x01\x62rc\x16");
}

static void each_refusal_has_its_number(void **state)
{
    static const struct {
        enum duo_status status;
        uint8_t v2, v1;
    } expected[] = {{DUO_E_CORE, 14, 3},      {DUO_E_MAGIC, 23, 3},      {DUO_E_HASH, 24, 9},
                    {DUO_E_KEY, 24, 11},      {DUO_E_SIGNATURE, 24, 11}, {DUO_E_DOWNGRADE, 27, 6},
                    {DUO_E_TOO_LARGE, 30, 2}, {DUO_E_TRAILING, 31, 1},   {DUO_E_ENTRY, 29, 1},
                    {DUO_E_NO_IMAGE, 3, 5},   {DUO_E_STUCK, 1, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        owner.status = expected[i].status;
        ASK(1, 2, 1, 1,
            "\xA2\x63off\x09\x64"
            "data\x40");
        assert_non_null(find(sent, sent_n, "\x65group\x01\x62rc", 10));
        const uint8_t *at = find(sent, sent_n, "\x62rc", 3) + 3;
        assert_int_equal(at[0] == 0x18 ? at[1] : at[0], expected[i].v2);
        ASK(0, 2, 1, 1,
            "\xA2\x63off\x09\x64"
            "data\x40");
        at = find(sent, sent_n, "\x62rc", 3) + 3;
        assert_int_equal(at[0], expected[i].v1);
    }
}

static void slots_and_erase(void **state)
{
    (void)state;
    ASK(1, 0, 1, 6, "\xA0");
    assert_non_null(find(sent, sent_n, "max_image_size\x1A\x00\x06\x00\x00", 19));
    ASK(1, 2, 1, 5, "\xA0");
    EXPECT("");
    assert_int_equal(owner.erased, 1);
    ASK(1, 2, 1, 5, "\xA1\x64slot\x00");
    EXPECT("\x63"
           "err\xA2\x65group\x01\x62rc\x0E");
}

static void answers_and_malformed_requests(void **state)
{
    uint8_t message[64] = {0x09, 0, 0, 1, 0, 0, 1, 6, 0xA0};

    (void)state;
    assert_int_equal(duo_smp_serve(&server, message, 9, answer, sizeof(answer)), 0);
    message[0] = 0x08;
    assert_true(duo_smp_serve(&server, message, 9, answer, sizeof(answer)) > 0);
    assert_int_equal(duo_smp_serve(&server, message, 5, answer, sizeof(answer)), 0);
    message[8] = 0x83; /* an array that is not all there */
    assert_true(duo_smp_serve(&server, message, 9, answer, sizeof(answer)) > 0);
    assert_non_null(find(answer, 40,
                         "\x63"
                         "err",
                         4));
    message[8] = 0xA0;
    assert_int_equal(duo_smp_serve(&server, message, 9, answer, 12), 0); /* no room for anything */
}

static void any_bytes_do_no_harm(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = 0; i < 300000; i++) {
        const int kind = rand() % 20;
        const uint8_t byte = kind == 0   ? 6
                             : kind == 1 ? 9
                             : kind == 2 ? '\n'
                             : kind < 10 ? (uint8_t)('A' + rand() % 26)
                                         : (uint8_t)rand();
        now_ms += rand() % 1000 == 0 ? 500 : 0;
        if (duo_smp_line_take(&line, now_ms, byte)) {
            serve();
        }
    }
    now_ms += 2000;
    assert_true(feed(echo_line, sizeof(echo_line) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(console_line_is_read, start),
        cmocka_unit_test_setup(echo_in_both_versions, start),
        cmocka_unit_test_setup(os_commands, start),
        cmocka_unit_test_setup(unknown_commands_and_groups, start),
        cmocka_unit_test_setup(image_state, start),
        cmocka_unit_test_setup(upload_in_pieces, start),
        cmocka_unit_test_setup(each_refusal_has_its_number, start),
        cmocka_unit_test_setup(slots_and_erase, start),
        cmocka_unit_test_setup(answers_and_malformed_requests, start),
        cmocka_unit_test_setup(any_bytes_do_no_harm, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
