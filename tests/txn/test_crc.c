/* SPDX-License-Identifier: MIT */
/* The CRC that simulations use is the one that devices use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/bytes.h"

/* The double, under another name. */
#define duo_crc32 double_crc32
uint32_t double_crc32(const void *data, size_t len);
/* NOLINTNEXTLINE(bugprone-suspicious-include): that is the point, see above */
#include "tests/txn/crc_double.c"
#undef duo_crc32

static void the_double_is_the_same(void **state)
{
    uint8_t data[300];

    (void)state;
    for (unsigned i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * i * 31u + i / 7u);
    }
    for (unsigned from = 0; from < 5; from++) {
        for (unsigned len = 0; len + from <= sizeof(data); len++) {
            assert_int_equal(double_crc32(data + from, len), duo_crc32(data + from, len));
        }
    }
}

/* The check value of CRC-32/ISO-HDLC. */
static void the_check_value(void **state)
{
    (void)state;
    assert_int_equal(duo_crc32("123456789", 9), 0xCBF43926u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_double_is_the_same),
        cmocka_unit_test(the_check_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
