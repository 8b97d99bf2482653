#include "core/p256.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/p256_field.h"

/* b of y^2 = x^3 - 3x + b, the generator and its order, as bytes (FIPS 186-4, D.1.2.3). */
static const uint8_t curve_b[32] = {
    0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7, 0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc,
    0x65, 0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6, 0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b};
static const uint8_t generator[65] = {
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
    0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
    0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
    0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
    0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/* Jacobian coordinates: x = X/Z^2, y = Y/Z^3; Z = 0 is the point at infinity. */
struct point {
    fe x, y, z;
};

/* ---- Curve ---- */

/* "dbl-2001-b" of the Explicit-Formulas Database, for a = -3. Infinity stays infinity. */
static void point_double(struct point *out, const struct point *a)
{
    fe delta, gamma, beta, alpha, t;

    fe_square(delta, a->z);
    fe_square(gamma, a->y);
    fe_multiply(beta, a->x, gamma);
    fe_subtract(t, a->x, delta);
    fe_add(alpha, a->x, delta);
    fe_multiply(alpha, alpha, t);
    fe_add(t, alpha, alpha);
    fe_add(alpha, alpha, t);

    fe_add(out->z, a->y, a->z); /* (Y + Z)^2 - gamma - delta = 2YZ */
    fe_square(out->z, out->z);
    fe_subtract(out->z, out->z, gamma);
    fe_subtract(out->z, out->z, delta);

    fe_add(beta, beta, beta);
    fe_add(beta, beta, beta); /* 4 beta */
    fe_square(t, alpha);
    fe_subtract(t, t, beta);
    fe_subtract(out->x, t, beta);

    fe_square(gamma, gamma);
    fe_add(gamma, gamma, gamma);
    fe_add(gamma, gamma, gamma);
    fe_add(gamma, gamma, gamma); /* 8 gamma^2 */
    fe_subtract(beta, beta, out->x);
    fe_multiply(t, alpha, beta);
    fe_subtract(out->y, t, gamma);
}

/* "add-2007-bl" with every special case: infinity on either side, equal and opposite points. */
static void point_add(struct point *out, const struct point *a, const struct point *b)
{
    fe z1z1, z2z2, u1, u2, s1, s2, h, i, j, r, v;

    if (fe_is_zero(a->z)) {
        *out = *b;
        return;
    }
    if (fe_is_zero(b->z)) {
        *out = *a;
        return;
    }
    fe_square(z1z1, a->z);
    fe_square(z2z2, b->z);
    fe_multiply(u1, a->x, z2z2);
    fe_multiply(u2, b->x, z1z1);
    fe_multiply(s1, b->z, z2z2);
    fe_multiply(s1, s1, a->y);
    fe_multiply(s2, a->z, z1z1);
    fe_multiply(s2, s2, b->y);
    fe_subtract(h, u2, u1);
    fe_subtract(r, s2, s1);
    if (fe_is_zero(h)) {
        if (fe_is_zero(r))
            point_double(out, a);
        else
            memset(out, 0, sizeof *out);
        return;
    }
    fe_add(r, r, r);
    fe_add(i, h, h);
    fe_square(i, i);
    fe_multiply(j, h, i);
    fe_multiply(v, u1, i);

    fe_add(u2, a->z, b->z); /* Z3 = ((Z1 + Z2)^2 - Z1Z1 - Z2Z2) * H */
    fe_square(u2, u2);
    fe_subtract(u2, u2, z1z1);
    fe_subtract(u2, u2, z2z2);
    fe_multiply(out->z, u2, h);

    fe_square(u2, r); /* X3 = r^2 - J - 2V */
    fe_subtract(u2, u2, j);
    fe_subtract(u2, u2, v);
    fe_subtract(out->x, u2, v);

    fe_subtract(v, v, out->x); /* Y3 = r * (V - X3) - 2 * S1 * J */
    fe_multiply(v, v, r);
    fe_multiply(s1, s1, j);
    fe_add(s1, s1, s1);
    fe_subtract(out->y, v, s1);
}

/* Reads an uncompressed point and proves that it is on the curve; infinity has no such encoding. */
static bool point_from_bytes(struct point *p, const uint8_t bytes[65])
{
    fe left, right, t;

    if (bytes[0] != 0x04 || !fe_from_bytes(p->x, bytes + 1) || !fe_from_bytes(p->y, bytes + 33))
        return false;
    memcpy(p->z, fe_one, sizeof(fe));
    fe_square(left, p->y);
    fe_square(right, p->x); /* x^3 - 3x + b = (x^2 - 3) x + b */
    for (unsigned i = 0; i < 3; i++)
        fe_subtract(right, right, fe_one);
    fe_multiply(right, right, p->x);
    if (!fe_from_bytes(t, curve_b))
        return false;
    fe_add(right, right, t);
    return memcmp(left, right, sizeof(fe)) == 0;
}

static void point_to_bytes(uint8_t bytes[65], const struct point *p)
{
    fe inverse, square, t;

    fe_invert(inverse, p->z);
    fe_square(square, inverse);
    fe_multiply(t, p->x, square);
    bytes[0] = 0x04;
    fe_to_bytes(bytes + 1, t);
    fe_multiply(square, square, inverse);
    fe_multiply(t, p->y, square);
    fe_to_bytes(bytes + 33, t);
}

/* ---- k * A + l * B ---- */

/*
 * A multiplier as signed odd digits, most of them zero: k = sum of digit[i] * 2^i, each digit 0 or
 * odd and within +-15 (width-5 NAF). One place more than the multiplier has bits.
 */
#define PLACES 257u
#define WINDOW 5u
#define ODD    8u /* multiples 1, 3, ... 15 */

static void recode(int8_t digit[PLACES], const uint8_t *k, size_t len)
{
    uint8_t padded[32] = {0};
    uint32_t word[FE_WORDS + 1] = {0};

    memcpy(padded + sizeof padded - len, k, len);
    fe_words(word, padded);
    for (unsigned i = 0; i < PLACES; i++) {
        digit[i] = 0;
        if (word[0] & 1) {
            int32_t d = (int32_t)(word[0] & ((1u << WINDOW) - 1u));
            if (d >= 1 << (WINDOW - 1))
                d -= 1 << WINDOW;
            digit[i] = (int8_t)d;
            /* Subtract the digit: the low bits become zero, a negative digit carries upwards. */
            uint64_t sum = (uint64_t)word[0] - (uint64_t)(int64_t)d;
            word[0] = (uint32_t)sum;
            uint32_t carry = d < 0 ? (uint32_t)(sum >> 32) : 0;
            for (unsigned j = 1; carry != 0 && j <= FE_WORDS; j++)
                carry = ++word[j] == 0;
        }
        for (unsigned j = 0; j < FE_WORDS; j++)
            word[j] = word[j] >> 1 | word[j + 1] << 31;
        word[FE_WORDS] >>= 1;
    }
}

static void odd_multiples(struct point table[ODD], const struct point *p)
{
    struct point twice;

    table[0] = *p;
    point_double(&twice, p);
    for (unsigned i = 1; i < ODD; i++)
        point_add(&table[i], &table[i - 1], &twice);
}

static void add_digit(struct point *sum, const struct point table[ODD], int8_t digit)
{
    static const fe zero = {0};
    struct point p;

    if (digit == 0)
        return;
    p = table[(digit < 0 ? -digit : digit) / 2];
    if (digit < 0)
        fe_subtract(p.y, zero, p.y);
    point_add(sum, sum, &p);
}

/* BearSSL's contract: A becomes x*A + y*B, B = NULL is the generator. 0 if a point is invalid or
 * the result is infinity. */
static uint32_t muladd(unsigned char *A, const unsigned char *B, size_t len, const unsigned char *x,
                       size_t xlen, const unsigned char *y, size_t ylen, int curve)
{
    struct point a, b, sum = {{0}, {0}, {0}};
    struct point multiples_a[ODD], multiples_b[ODD];
    int8_t digit_a[PLACES], digit_b[PLACES];

    if (curve != BR_EC_secp256r1 || len != sizeof generator || xlen > 32 || ylen > 32)
        return 0;
    if (!point_from_bytes(&a, A) || !point_from_bytes(&b, B ? B : generator))
        return 0;
    odd_multiples(multiples_a, &a);
    odd_multiples(multiples_b, &b);
    recode(digit_a, x, xlen);
    recode(digit_b, y, ylen);
    for (unsigned i = PLACES; i-- > 0;) {
        point_double(&sum, &sum);
        add_digit(&sum, multiples_a, digit_a[i]);
        add_digit(&sum, multiples_b, digit_b[i]);
    }
    if (fe_is_zero(sum.z))
        return 0;
    point_to_bytes(A, &sum);
    return 1;
}

static const unsigned char *get_generator(int curve, size_t *len)
{
    (void)curve;
    *len = sizeof generator;
    return generator;
}

static const unsigned char *get_order(int curve, size_t *len)
{
    (void)curve;
    *len = sizeof order;
    return order;
}

static size_t get_xoff(int curve, size_t *len)
{
    (void)curve;
    *len = 32;
    return 1;
}

const br_ec_impl duo_ec_p256_public = {
    .supported_curves = (uint32_t)1 << BR_EC_secp256r1,
    .generator = get_generator,
    .order = get_order,
    .xoff = get_xoff,
    .muladd = muladd,
};
