/* SPDX-License-Identifier: MIT */
/* Packing and unpacking: everything comes back; nothing damaged does, and nothing is touched
 * outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/pack.h"

static uint32_t seed;

static uint32_t noise(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void *exactly(size_t size)
{
    void *block = malloc(size ? size : 1);

    assert_non_null(block);
    return block;
}

struct packed {
    uint8_t *bytes; /* with PACK_LOOKAHEAD behind it, and not a byte more */
    size_t used;
};

static struct packed pack_up(const uint8_t *content, size_t size)
{
    uint8_t *room = exactly(PACK_ROOM(size));
    struct packed p;

    p.used = pack(content, size, room);
    assert_in_range(p.used, PACK_SUMS, PACK_ROOM(size));
    p.bytes = exactly(p.used + PACK_LOOKAHEAD);
    memcpy(p.bytes, room, p.used);
    memset(p.bytes + p.used, 0xA5, PACK_LOOKAHEAD);
    free(room);
    return p;
}

/* Packs, unpacks, compares; the packed size. */
static size_t there_and_back(const uint8_t *content, size_t size)
{
    struct packed p = pack_up(content, size);
    uint8_t *out = exactly(size);

    assert_true(unpack(p.bytes, p.used + PACK_LOOKAHEAD, out, size));
    assert_memory_equal(out, content, size);
    free(out);
    free(p.bytes);
    return p.used;
}

static void nothing(void **state)
{
    (void)state;
    assert_int_equal(there_and_back((const uint8_t *)"", 0), PACK_SUMS);
}

static void every_short_size(void **state)
{
    uint8_t content[256];

    (void)state;
    for (unsigned letters = 1; letters <= 16; letters *= 2) {
        for (size_t size = 4; size <= sizeof(content); size += 4) {
            for (size_t i = 0; i < size; i++) {
                content[i] = (uint8_t)(noise() % letters);
            }
            there_and_back(content, size);
        }
    }
}

static void all_equal(void **state)
{
    uint8_t *content = exactly(PACK_MAX_CONTENT);

    (void)state;
    for (size_t size = 4; size <= 4096; size *= 4) {
        memset(content, 0x5A, size);
        assert_in_range(there_and_back(content, size), PACK_SUMS, PACK_SUMS + 4 + size / 128);
    }
    memset(content, 0xFF, 16384);
    there_and_back(content, 16384);
    free(content);
}

static void noise_grows_by_an_eighth_at_most(void **state)
{
    uint8_t *content = exactly(PACK_MAX_CONTENT);

    (void)state;
    for (size_t i = 0; i < PACK_MAX_CONTENT; i++) {
        content[i] = (uint8_t)noise();
    }
    there_and_back(content, PACK_MAX_CONTENT);
    free(content);
}

/* Offsets and lengths of every magnitude: noise, in which parts from anywhere before are repeated.
 */
static void repeats_near_and_far(void **state)
{
    uint8_t *content = exactly(PACK_MAX_CONTENT);

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        size_t at = 0;
        while (at < PACK_MAX_CONTENT) {
            size_t left = PACK_MAX_CONTENT - at, length = 1 + noise() % (1u << noise() % 12u);
            size_t back = 1 + noise() % (1u << noise() % 17u);
            length = length < left ? length : left;
            for (size_t i = 0; i < length; i++, at++) {
                content[at] = back <= at ? content[at - back] : (uint8_t)noise();
            }
        }
        there_and_back(content, PACK_MAX_CONTENT);
    }
    free(content);
}

/* This program itself, up to the limit: code and tables, if not of an ARM. */
static void real_code_becomes_smaller(void **state)
{
    uint8_t *content = exactly(PACK_MAX_CONTENT);
    FILE *self = fopen("/proc/self/exe", "rb");

    (void)state;
    assert_non_null(self);
    assert_int_equal(fread(content, 1, PACK_MAX_CONTENT, self), PACK_MAX_CONTENT);
    fclose(self);
    assert_in_range(there_and_back(content, PACK_MAX_CONTENT), PACK_SUMS, PACK_MAX_CONTENT * 3 / 4);
    free(content);
}

static void make_mixed(uint8_t *content, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        content[i] = (uint8_t)(i % 7 == 0 ? noise() : i / 3 % 11);
    }
}

/* A flipped bit may say the same in other words, but never something else. */
static void every_flipped_bit_is_found(void **state)
{
    enum { SIZE = 1200 };
    uint8_t content[SIZE];
    unsigned found = 0;

    (void)state;
    make_mixed(content, SIZE);
    struct packed p = pack_up(content, SIZE);
    for (size_t bit = 0; bit < p.used * 8; bit++) {
        uint8_t *out = exactly(SIZE);
        p.bytes[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
        if (unpack(p.bytes, p.used + PACK_LOOKAHEAD, out, SIZE)) {
            assert_memory_equal(out, content, SIZE);
        } else {
            found++;
        }
        p.bytes[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
        free(out);
    }
    assert_in_range(found, p.used * 8 - 16, p.used * 8); /* the last bits may be filling */
    free(p.bytes);
}

static void every_cut_is_found(void **state)
{
    enum { SIZE = 1200 };
    uint8_t content[SIZE];

    (void)state;
    make_mixed(content, SIZE);
    struct packed p = pack_up(content, SIZE);
    for (size_t left = 0; left < p.used; left++) {
        /* Erased flash behind the cut, and the end of the memory behind it. */
        uint8_t *cut = exactly(p.used + PACK_LOOKAHEAD), *end = exactly(left), *out = exactly(SIZE);
        memset(cut, 0xFF, p.used + PACK_LOOKAHEAD);
        memcpy(cut, p.bytes, left);
        memcpy(end, p.bytes, left);
        if (unpack(cut, p.used + PACK_LOOKAHEAD, out, SIZE)) {
            assert_int_equal(left, p.used - 1); /* its bits were ones, or filling */
            assert_memory_equal(out, content, SIZE);
        }
        assert_false(unpack(end, left, out, SIZE));
        free(cut);
        free(end);
        free(out);
    }
    free(p.bytes);
}

static void noise_is_refused_and_stays_in_its_buffers(void **state)
{
    enum { SIZE = 256 };

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        size_t available = noise() % 400;
        uint8_t *bytes = exactly(available), *out = exactly(SIZE);
        uint8_t mask = round % 3 == 0 ? 0xFF : (uint8_t)noise(); /* many zeros, too */
        for (size_t i = 0; i < available; i++) {
            bytes[i] = (uint8_t)noise() & mask;
        }
        memset(out, 0, SIZE);
        /* All zeros unpack to zeros, whose sums are 0: the one thing that is no noise. */
        if (unpack(bytes, available, out, SIZE)) {
            for (size_t i = 0; i < SIZE; i++) {
                assert_int_equal(out[i], 0);
            }
        }
        free(bytes);
        free(out);
    }
}

static void sums_see_changes_and_exchanges(void **state)
{
    uint8_t content[64];

    (void)state;
    make_mixed(content, sizeof(content));
    const struct pack_sums before = pack_sums(content, sizeof(content));
    for (size_t bit = 0; bit < sizeof(content) * 8; bit++) {
        content[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(pack_sums(content, sizeof(content)).a, before.a);
        content[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t i = 0; i < 4; i++) {
        uint8_t byte = content[8 + i];
        content[8 + i] = content[20 + i];
        content[20 + i] = byte;
    }
    const struct pack_sums exchanged = pack_sums(content, sizeof(content));
    assert_int_equal(exchanged.a, before.a);
    assert_int_not_equal(exchanged.b, before.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),
        cmocka_unit_test(every_short_size),
        cmocka_unit_test(all_equal),
        cmocka_unit_test(noise_grows_by_an_eighth_at_most),
        cmocka_unit_test(repeats_near_and_far),
        cmocka_unit_test(real_code_becomes_smaller),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_cut_is_found),
        cmocka_unit_test(noise_is_refused_and_stays_in_its_buffers),
        cmocka_unit_test(sums_see_changes_and_exchanges),
    };

    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
