/*
 * The fast curve code against BearSSL's own (br_ec_p256_m31): the same results for random input,
 * and for the input that breaks addition formulas: equal and opposite points, results at infinity,
 * multipliers 0, 1, n - 1, n, long runs, points that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/rand.h>

#include "core/p256.h"

#define ROUNDS 300

static const br_ec_impl *const trusted = &br_ec_p256_m31;
static const br_ec_impl *const fast = &duo_ec_p256_public;

/* k * G by the trusted code; k random. */
static void random_point(uint8_t point[65])
{
    uint8_t k[32];

    do {
        assert_int_equal(RAND_bytes(k, sizeof k), 1);
        k[0] &= 0x7F; /* below the order */
    } while (trusted->mulgen(point, k, sizeof k, BR_EC_secp256r1) != 65);
}

/* BearSSL allows multipliers below the order only; the answers must be the same then. */
static void compare(const uint8_t a[65], const uint8_t *b, const uint8_t *x, size_t xlen,
                    const uint8_t *y, size_t ylen)
{
    uint8_t want[65], have[65];

    memcpy(want, a, 65);
    memcpy(have, a, 65);
    uint32_t want_ok = trusted->muladd(want, b, 65, x, xlen, y, ylen, BR_EC_secp256r1);
    uint32_t have_ok = fast->muladd(have, b, 65, x, xlen, y, ylen, BR_EC_secp256r1);
    assert_int_equal(have_ok, want_ok);
    if (want_ok)
        assert_memory_equal(have, want, 65);
}

static void agrees_on_random_input(void **state)
{
    uint8_t a[65], b[65], x[32], y[32];

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        random_point(a);
        random_point(b);
        RAND_bytes(x, sizeof x);
        RAND_bytes(y, sizeof y);
        x[0] &= 0x7F;
        y[0] &= 0x7F;
        compare(a, i % 2 ? b : NULL, x, sizeof x, y, sizeof y);
    }
}

/* Multipliers with few bits, long runs of ones, and short encodings. */
static void agrees_on_special_multipliers(void **state)
{
    uint8_t a[65], values[12][32] = {{0}};
    size_t length = 0;
    const uint8_t *n = trusted->order(BR_EC_secp256r1, &length);

    (void)state;
    values[0][31] = 1;
    values[1][31] = 2;
    values[2][31] = 15;
    values[3][31] = 16;
    values[4][31] = 17;
    values[5][0] = 0x80;
    memset(values[6], 0x7F, 32);
    memset(values[7] + 16, 0xFF, 16);
    memcpy(values[8], n, 32);
    values[8][31] -= 1; /* n - 1: the opposite point */
    memcpy(values[9], n, 32);
    values[9][31] -= 2;
    memset(values[10], 0x55, 32);
    memset(values[11], 0xAA, 32);
    random_point(a);
    for (unsigned i = 0; i < 12; i++) {
        for (unsigned j = 0; j < 12; j++)
            compare(a, NULL, values[i], 32, values[j], 32);
        if (values[i][31] != 0)
            compare(a, NULL, values[i] + 31, 1, values[0], 32);
    }
}

/* Here br_ec_p256_m31 is no judge: it takes 0 * A for A and doubles. A signature can give x = 0
 * only with r = 0, y = 0 with a hash that is a multiple of the order. */
static void takes_zero_for_zero(void **state)
{
    uint8_t a[65], result[65], zero[32] = {0}, one[32] = {0};
    size_t length = 0;

    (void)state;
    one[31] = 1;
    random_point(a);
    memcpy(result, a, 65);
    assert_int_equal(fast->muladd(result, NULL, 65, zero, 32, one, 32, BR_EC_secp256r1), 1);
    assert_memory_equal(result, trusted->generator(BR_EC_secp256r1, &length), 65);
    memcpy(result, a, 65);
    assert_int_equal(fast->muladd(result, NULL, 65, one, 32, zero, 32, BR_EC_secp256r1), 1);
    assert_memory_equal(result, a, 65);
    assert_int_equal(fast->muladd(result, NULL, 65, zero, 32, zero, 32, BR_EC_secp256r1), 0);
    assert_int_equal(fast->muladd(result, NULL, 65, zero, 0, zero, 0, BR_EC_secp256r1), 0);
    memcpy(result, a, 65);
    const uint8_t *n = trusted->order(BR_EC_secp256r1, &length);
    assert_int_equal(fast->muladd(result, NULL, 65, n, 32, n, 32, BR_EC_secp256r1), 0);
}

/* Same point twice, and with its opposite: doubling and infinity inside the addition. */
static void handles_equal_and_opposite_points(void **state)
{
    uint8_t a[65], b[65], one[32] = {0}, k[32], n_minus[32];
    size_t length = 0;

    (void)state;
    one[31] = 1;
    for (int i = 0; i < 50; i++) {
        random_point(a);
        RAND_bytes(k, sizeof k);
        k[0] &= 0x7F;
        memcpy(b, a, 65);
        compare(a, b, k, 32, k, 32);
        compare(a, b, one, 32, one, 32);
        memcpy(n_minus, trusted->order(BR_EC_secp256r1, &length), 32);
        n_minus[31] -= 1;
        memcpy(b, a, 65);
        assert_int_equal(fast->muladd(b, a, 65, one, 32, n_minus, 32, BR_EC_secp256r1), 0);
    }
}

static void refuses_what_is_no_point(void **state)
{
    uint8_t a[65], one[32] = {0}, bad[65];

    (void)state;
    one[31] = 1;
    random_point(a);
    for (unsigned i = 1; i < 65; i += 7) {
        memcpy(bad, a, 65);
        bad[i] ^= 0x10;
        assert_int_equal(fast->muladd(bad, NULL, 65, one, 32, one, 32, BR_EC_secp256r1), 0);
    }
    memset(bad, 0, sizeof bad);
    bad[0] = 4;
    assert_int_equal(fast->muladd(bad, NULL, 65, one, 32, one, 32, BR_EC_secp256r1), 0);
    memset(bad + 1, 0xFF, 64); /* coordinates not below p */
    assert_int_equal(fast->muladd(bad, NULL, 65, one, 32, one, 32, BR_EC_secp256r1), 0);
    memcpy(bad, a, 65);
    bad[0] = 2;
    assert_int_equal(fast->muladd(bad, NULL, 65, one, 32, one, 32, BR_EC_secp256r1), 0);
    memcpy(bad, a, 65);
    assert_int_equal(fast->muladd(bad, NULL, 64, one, 32, one, 32, BR_EC_secp256r1), 0);
    assert_int_equal(fast->muladd(bad, NULL, 65, one, 33, one, 32, BR_EC_secp256r1), 0);
    assert_int_equal(fast->muladd(bad, NULL, 65, one, 32, one, 32, BR_EC_secp384r1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_random_input),
        cmocka_unit_test(agrees_on_special_multipliers),
        cmocka_unit_test(takes_zero_for_zero),
        cmocka_unit_test(handles_equal_and_opposite_points),
        cmocka_unit_test(refuses_what_is_no_point),
    };

    return cmocka_run_group_tests_name("p256", tests, NULL, NULL);
}
