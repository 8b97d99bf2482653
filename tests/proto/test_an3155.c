/* SPDX-License-Identifier: MIT */
/*
 * ST's boot loader protocol, byte for byte: each command, each way it can go wrong, and what any
 * bytes at all may do. The store here is 64 KiB at 0x08020000.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/an3155.h"

enum { BASE = 0x08020000, SIZE = 0x10000 };

static struct duo_an3155 server;
static uint8_t store[SIZE], sent[4096];
static size_t sent_n;
static uint32_t erased, gone_to, clock_ms;
static unsigned writes;

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    assert_true(n <= DUO_AN3155_BLOCK + 1);
    if (sent_n + n > sizeof(sent)) {
        sent_n = 0;
    }
    memcpy(sent + sent_n, bytes, n);
    sent_n += n;
}

static bool inside(uint32_t addr, uint32_t n)
{
    assert_true(n >= 1 && n <= DUO_AN3155_BLOCK);
    return addr >= BASE && addr - BASE <= SIZE - n;
}

static bool read_store(void *ctx, uint32_t addr, uint8_t *to, uint32_t n)
{
    (void)ctx;
    if (!inside(addr, n)) {
        return false;
    }
    memcpy(to, store + (addr - BASE), n);
    return true;
}

static bool write_store(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    (void)ctx;
    if (!inside(addr, n)) {
        return false;
    }
    memcpy(store + (addr - BASE), bytes, n);
    writes++;
    return true;
}

static bool erase_pages(void *ctx, uint32_t pages)
{
    (void)ctx;
    erased |= pages;
    return (pages & 1u) == 0; /* the bootloader's */
}

static bool go(void *ctx, uint32_t addr)
{
    (void)ctx;
    gone_to = addr;
    return addr == BASE;
}

static const struct duo_an3155_ops ops = {send, read_store, write_store, erase_pages, go};

static void feed(const uint8_t *bytes, size_t n)
{
    sent_n = 0;
    duo_an3155_input(&server, ++clock_ms, bytes, n);
}

#define FEED(...)                                                                                  \
    do {                                                                                           \
        const uint8_t bytes_[] = {__VA_ARGS__};                                                    \
        feed(bytes_, sizeof(bytes_));                                                              \
    } while (0)

#define SENT(...)                                                                                  \
    do {                                                                                           \
        const uint8_t want_[] = {__VA_ARGS__};                                                     \
        assert_int_equal(sent_n, sizeof(want_));                                                   \
        assert_memory_equal(sent, want_, sizeof(want_));                                           \
    } while (0)

#define ADDRESS(last) 0x08, 0x02, 0x00, last, 0x08 ^ 0x02 ^ (last)

static int connect(void **state)
{
    (void)state;
    duo_an3155_start(&server, &ops, NULL);
    erased = gone_to = 0;
    writes = 0;
    clock_ms += 10000;
    FEED(0x00, 0xFF, 0x7F);
    SENT(0x79);
    return 0;
}

static void it_says_what_it_is(void **state)
{
    (void)state;
    FEED(0x00, 0xFF);
    SENT(0x79, 7, 0x31, 0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x44, 0x79);
    FEED(0x01, 0xFE);
    SENT(0x79, 0x31, 0, 0, 0x79);
    FEED(0x02, 0xFD);
    SENT(0x79, 1, 0x04, 0x50, 0x79);
}

/* A program that was killed in the middle of a block keeps nobody away for long. */
static void a_client_of_smp_takes_over(void **state)
{
    static const uint8_t half[100];

    (void)state;
    FEED(0x06, 0xF9); /* a command that it does not have */
    SENT(0x1F);
    FEED(0x31, 0xCE);
    FEED(ADDRESS(0));
    FEED(0xFF);
    feed(half, sizeof(half));
    FEED(0x06, 0x09); /* data */
    assert_true(duo_an3155_synchronized(&server));
    clock_ms += 1100;
    FEED(0x06, 0x09, 'A', 'A', 'A', 'A', '\n');
    assert_int_equal(sent_n, 0);
    assert_false(duo_an3155_synchronized(&server));
    FEED(0x7F);
    SENT(0x79);
}

/* By its first byte, for the owner of a line that others use, too. */
static void a_client_is_told_from_others(void **state)
{
    static const uint8_t its[] = {0x7F, 0x00, 0x01, 0x02, 0x11, 0x21, 0x31,
                                  0x44, 0x43, 0x63, 0x73, 0x82, 0x92};
    unsigned begin = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(its); i++) {
        assert_true(duo_an3155_begins(its[i]));
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        begin += duo_an3155_begins((uint8_t)byte);
    }
    assert_int_equal(begin, sizeof(its)); /* SMP's 06, 08 and 0A are not among them */
}

/* Noise on the line gets no further than a sync byte. */
static void what_is_accepted_is_counted(void **state)
{
    (void)state;
    duo_an3155_start(&server, &ops, NULL);
    assert_false(duo_an3155_synchronized(&server));
    assert_int_equal(duo_an3155_accepted(&server), 0);
    FEED('a', 0x00, 0xFF);
    assert_false(duo_an3155_synchronized(&server));
    FEED(0x7F);
    assert_true(duo_an3155_synchronized(&server));
    assert_int_equal(duo_an3155_accepted(&server), 1);
    FEED(0x43, 0xBC); /* not had */
    FEED(0x11, 0x11); /* no complement */
    assert_int_equal(duo_an3155_accepted(&server), 1);
    FEED(0x01, 0xFE);
    assert_int_equal(duo_an3155_accepted(&server), 2);
}

static void what_it_does_not_have_is_refused(void **state)
{
    static const uint8_t others[] = {0x43, 0x50, 0x51, 0x63, 0x73, 0x82, 0x92, 0xA1, 0x03, 0xFF};

    (void)state;
    for (size_t i = 0; i < sizeof(others); i++) {
        FEED(others[i], (uint8_t)~others[i]);
        SENT(0x1F);
    }
    FEED(0x11, 0x11);
    SENT(0x1F);
}

static void a_client_that_comes_again_is_answered(void **state)
{
    (void)state;
    FEED(0x7F);
    SENT();
    clock_ms += 5000; /* it waits for an answer, and asks again */
    FEED(0x7F);
    SENT(0x1F);
    FEED(0x02, 0xFD);
    SENT(0x79, 1, 0x04, 0x50, 0x79);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    FEED(0x31, 0xCE);
    SENT(0x79);
    FEED(ADDRESS(0x10));
    SENT(0x79);
    FEED(3, 1, 2, 3, 4, 7); /* the last byte is the sum of the others by XOR */
    SENT(0x79);
    FEED(0x11, 0xEE);
    FEED(ADDRESS(0x0F));
    SENT(0x79);
    store[0x0F] = 0xAA;
    store[0x14] = 0xBB;
    FEED(5, 0xFA);
    SENT(0x79, 0xAA, 1, 2, 3, 4, 0xBB);
}

static void a_whole_block_is_taken_in_any_pieces(void **state)
{
    uint8_t block[258] = {255}, sum = 255;

    (void)state;
    for (unsigned i = 1; i <= 256; i++) {
        block[i] = (uint8_t)(i * 7u);
        sum ^= block[i];
    }
    block[257] = sum;
    FEED(0x31, 0xCE);
    FEED(ADDRESS(0x00));
    for (unsigned i = 0; i < 257; i += 3) {
        feed(block + i, i + 3 <= 257 ? 3 : 257 - i);
        SENT();
    }
    feed(block + 257, 1);
    SENT(0x79);
    assert_memory_equal(store, block + 1, 256);
}

static void wrong_sums_and_places_change_nothing(void **state)
{
    (void)state;
    memset(store, 0x5A, sizeof(store));
    FEED(0x31, 0xCE);
    FEED(0x08, 0x02, 0x00, 0x00, 0x0B);
    SENT(0x1F);
    FEED(0x31, 0xCE);
    FEED(ADDRESS(0x00));
    FEED(3, 1, 2, 3, 4, 99);
    SENT(0x1F);
    FEED(0x31, 0xCE);
    FEED(0x08, 0x00, 0x00, 0x00, 0x08);
    FEED(0, 1, 1);
    SENT(0x1F);
    FEED(0x11, 0xEE);
    FEED(ADDRESS(0x00));
    FEED(0, 0);
    SENT(0x1F);
    assert_int_equal(writes, 0);
    assert_int_equal(store[0], 0x5A);
}

static void pages_are_erased_together(void **state)
{
    (void)state;
    FEED(0x44, 0xBB);
    SENT(0x79);
    FEED(0, 1, 0, 1, 0, 9, 9);
    SENT(0x79);
    assert_int_equal(erased, 1u << 1 | 1u << 9);
}

static void whole_banks_are_pages(void **state)
{
    (void)state;
    FEED(0x44, 0xBB);
    FEED(0xFF, 0xFD, 0x02);
    SENT(0x79);
    assert_int_equal(erased, 0xFF00);
    erased = 0;
    FEED(0x44, 0xBB);
    FEED(0xFF, 0xFF, 0x00);
    SENT(0x1F); /* the owner refuses page 0 */
    assert_int_equal(erased, 0xFFFF);
}

static void bad_erases_are_refused_whole(void **state)
{
    (void)state;
    FEED(0x44, 0xBB);
    FEED(0, 1, 0, 1, 0, 16, 16); /* no such page */
    SENT(0x1F);
    FEED(0x44, 0xBB);
    FEED(0, 0, 0, 1, 0); /* sum */
    SENT(0x1F);
    FEED(0x44, 0xBB);
    FEED(0xFF, 0xF5, 0x0A); /* reserved */
    SENT(0x1F);
    FEED(0x44, 0xBB);
    FEED(0xEF, 0xFF);
    SENT(0x1F);
    assert_int_equal(erased, 0);
}

static void go_is_the_owners_decision(void **state)
{
    (void)state;
    FEED(0x21, 0xDE);
    FEED(ADDRESS(0x00));
    SENT(0x79);
    assert_int_equal(gone_to, BASE);
    FEED(0x21, 0xDE);
    FEED(ADDRESS(0x04));
    SENT(0x1F);
}

static void a_command_that_stops_is_forgotten(void **state)
{
    static const uint8_t begun[][7] = {
        {0x31}, {0x31, 0xCE, 0x08}, {0x31, 0xCE, ADDRESS(0)}, {0x44, 0xBB, 0, 5, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
        feed(begun[i], i == 0 ? 1 : i == 1 ? 3 : i == 2 ? 7 : 5);
        clock_ms += 1500;
        FEED(0x02, 0xFD);
        SENT(0x79, 1, 0x04, 0x50, 0x79);
    }
}

/* No bytes may bring it out of its buffers (sanitizers), or into a state that nothing ends. */
static void any_bytes_leave_it_working(void **state)
{
    (void)state;
    srand(1);
    for (unsigned round = 0; round < 3000; round++) {
        uint8_t bytes[400];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            static const uint8_t likely[] = {0x31, 0xCE, 0x44, 0xBB, 0x11, 0xEE, 0xFF, 0x00};
            bytes[i] = rand() % 3 ? (uint8_t)rand() : likely[rand() % 8];
        }
        feed(bytes, sizeof(bytes));
        clock_ms += 2000;
        const uint8_t there = duo_an3155_synchronized(&server) ? 0x1F : 0x79; /* SMP may be in it */
        FEED(0x7F); /* as stm32flash does: once more if nobody answers */
        if (sent_n == 0) {
            FEED(0x7F);
        }
        SENT(there);
        FEED(0x02, 0xFD);
        SENT(0x79, 1, 0x04, 0x50, 0x79);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_says_what_it_is, connect),
        cmocka_unit_test_setup(what_it_does_not_have_is_refused, connect),
        cmocka_unit_test_setup(a_client_that_comes_again_is_answered, connect),
        cmocka_unit_test_setup(what_is_written_is_read, connect),
        cmocka_unit_test_setup(a_whole_block_is_taken_in_any_pieces, connect),
        cmocka_unit_test_setup(wrong_sums_and_places_change_nothing, connect),
        cmocka_unit_test_setup(pages_are_erased_together, connect),
        cmocka_unit_test_setup(whole_banks_are_pages, connect),
        cmocka_unit_test_setup(bad_erases_are_refused_whole, connect),
        cmocka_unit_test_setup(go_is_the_owners_decision, connect),
        cmocka_unit_test_setup(a_command_that_stops_is_forgotten, connect),
        cmocka_unit_test_setup(any_bytes_leave_it_working, connect),
        cmocka_unit_test_setup(a_client_of_smp_takes_over, connect),
        cmocka_unit_test_setup(a_client_is_told_from_others, connect),
        cmocka_unit_test_setup(what_is_accepted_is_counted, connect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
