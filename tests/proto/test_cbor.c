/* SPDX-License-Identifier: MIT */
/* The part of CBOR that SMP needs: what is read, what is refused, what is written. Vectors come
 * from RFC 8949. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/cbor.h"

/* From memory of just this size: who reads further is seen by the sanitizer. */
static bool reads(const char *bytes, size_t n)
{
    struct duo_cbor_item map;
    uint8_t *const copy = malloc(n > 0 ? n : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    const bool good = duo_cbor_read_map(copy, n, &map);
    free(copy);
    return good;
}
#define READS(bytes) reads(bytes, sizeof(bytes) - 1)

static void cbor_is_strict(void **state)
{
    (void)state;
    assert_true(READS("\xA0"));
    assert_true(READS("\xA1\x61"
                      "a\x83\x01\x02\x03"));
    assert_true(READS("\xA1\x61"
                      "a\xFB\x3F\xF1\x99\x99\x99\x99\x99\x9A")); /* 1.1, which nobody asks for */
    assert_true(READS("\xA1\x61"
                      "a\xC1\x1A\x51\x4B\x67\xB0")); /* a tag */
    assert_false(READS(""));
    assert_false(READS("\xA1\x61"
                       "a"));        /* no value */
    assert_false(READS("\xA0\xA0")); /* something after it */
    assert_false(READS("\x80"));     /* no map */
    assert_false(READS("\xBF\xFF")); /* open length */
    assert_false(READS("\xBB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
    assert_false(READS("\xA1\x61"
                       "a\x7A\xFF\xFF\xFF\xFF"
                       "x"));
    assert_false(READS("\xA2\x61"
                       "a\x58\x7F\x61"
                       "b\x01")); /* what follows the string would lie elsewhere */
    assert_false(READS("\xA1\x61"
                       "a\x1B\x01"));
    assert_false(READS("\xA1\x61"
                       "a\x1C"));
    assert_false(READS("\xA1\x61"
                       "a\x1C\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")); /* reserved */
    assert_false(READS("\xA1\x61"
                       "a\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01")); /* too deep */
}

/* What is written is read back, and what does not fit is noticed. */
static void cbor_is_written(void **state)
{
    struct duo_cbor_out out;
    struct duo_cbor_item map, item;
    uint8_t bytes[400];

    (void)state;
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        static const uint32_t numbers[] = {0, 23, 24, 255, 256, 65535, 65536, UINT32_MAX};
        static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

        duo_cbor_begin(&out, bytes, size);
        duo_cbor_map(&out);
        for (unsigned i = 0; i < 8; i++) {
            duo_cbor_put_number(&out, names[i], numbers[i]);
        }
        duo_cbor_text(&out, "list");
        duo_cbor_array(&out);
        for (unsigned i = 0; i < 3; i++) {
            duo_cbor_map(&out);
            duo_cbor_put_bytes(&out, "x", (const uint8_t *)"0123456789", i);
            duo_cbor_end(&out);
        }
        duo_cbor_end(&out);
        duo_cbor_put_bool(&out, "end", true);
        duo_cbor_end(&out);
        if (out.full) {
            assert_true(size < 100);
            continue;
        }
        assert_true(duo_cbor_read_map(bytes, (size_t)(out.at - bytes), &map));
        assert_int_equal(map.number, 10);
        for (unsigned i = 0; i < 8; i++) {
            assert_true(duo_cbor_get(&map, names[i], DUO_CBOR_NUMBER, &item));
            assert_int_equal(item.number, numbers[i]);
        }
        assert_true(duo_cbor_get(&map, "list", DUO_CBOR_ARRAY, &item) && item.number == 3);
        assert_true(duo_cbor_get(&map, "end", DUO_CBOR_BOOL, &item) && item.number == 1);
    }
    duo_cbor_begin(&out, bytes, sizeof(bytes));
    duo_cbor_array(&out);
    for (unsigned i = 0; i <= DUO_CBOR_ITEMS; i++) {
        duo_cbor_number(&out, i);
    }
    duo_cbor_end(&out);
    assert_true(out.full);
}

static void items_are_taken_in_turn(void **state)
{
    static const uint8_t bytes[] = "\xA3\x61"
                                   "a\x83\x01\x41\x02\xF4\x01\x20\x61"
                                   "b\x1B\0\0\0\1\0\0\0\0";
    static const enum duo_cbor_type types[] = {DUO_CBOR_NUMBER, DUO_CBOR_BYTES, DUO_CBOR_BOOL};
    struct duo_cbor_item map, list, item;

    (void)state;
    assert_true(duo_cbor_read_map(bytes, sizeof(bytes) - 1u, &map));
    assert_true(duo_cbor_get(&map, "a", DUO_CBOR_ARRAY, &list));
    for (unsigned i = 0; i < 3; i++) {
        assert_true(duo_cbor_next(&list, &item));
        assert_int_equal(item.type, types[i]);
    }
    assert_false(duo_cbor_next(&list, &item));
    assert_false(duo_cbor_get(&map, "a", DUO_CBOR_MAP, &item)); /* of another type */
    assert_true(
        duo_cbor_find(&map, "b", &item));        /* after a key that is a number, and one below 0 */
    assert_int_equal(item.type, DUO_CBOR_OTHER); /* beyond 32 bits */
    assert_false(duo_cbor_find(&map, "c", &item));
}

static void more_is_open_than_can_be(void **state)
{
    uint8_t bytes[64];
    struct duo_cbor_out out;

    (void)state;
    duo_cbor_begin(&out, bytes, sizeof(bytes));
    for (unsigned i = 0; i < DUO_CBOR_OPEN; i++) {
        duo_cbor_array(&out);
    }
    assert_false(out.full);
    duo_cbor_array(&out);
    assert_true(out.full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cbor_is_strict),
        cmocka_unit_test(cbor_is_written),
        cmocka_unit_test(items_are_taken_in_turn),
        cmocka_unit_test(more_is_open_than_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
