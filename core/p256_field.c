#include "core/p256_field.h"

#include <string.h>

#define WORDS FE_WORDS

static const fe prime = {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 0, 1, 0xFFFFFFFF};
/* 2^256 and 2^512 modulo p: one, and the factor that makes Montgomery form. */
const fe fe_one = {1, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFE, 0};
static const fe r_squared = {3, 0, 0xFFFFFFFF, 0xFFFFFFFB, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 4};

/* *acc + a * b + *carry: low word to *acc, high word to *carry. Cannot overflow. */
static inline void multiply_add(uint32_t *acc, uint32_t *carry, uint32_t a, uint32_t b)
{
#ifdef __ARM_FEATURE_DSP
    __asm("umaal %0, %1, %2, %3" : "+r"(*acc), "+r"(*carry) : "r"(a), "r"(b));
#else
    uint64_t sum = (uint64_t)a * b + *acc + *carry;
    *acc = (uint32_t)sum;
    *carry = (uint32_t)(sum >> 32);
#endif
}

static uint32_t add_words(fe out, const fe a, const fe b)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < WORDS; i++) {
        sum += (uint64_t)a[i] + b[i];
        out[i] = (uint32_t)sum;
        sum >>= 32;
    }
    return (uint32_t)sum;
}

static uint32_t subtract_words(fe out, const fe a, const fe b)
{
    uint64_t difference = 0;

    for (unsigned i = 0; i < WORDS; i++) {
        difference = (uint64_t)a[i] - b[i] - (difference >> 63);
        out[i] = (uint32_t)difference;
    }
    return (uint32_t)(difference >> 63);
}

static bool below_prime(const fe a)
{
    for (unsigned i = WORDS; i-- > 0;) {
        if (a[i] != prime[i])
            return a[i] < prime[i];
    }
    return false;
}

bool fe_is_zero(const fe a)
{
    uint32_t any = 0;

    for (unsigned i = 0; i < WORDS; i++)
        any |= a[i];
    return any == 0;
}

void fe_add(fe out, const fe a, const fe b)
{
    if (add_words(out, a, b) != 0 || !below_prime(out))
        (void)subtract_words(out, out, prime);
}

void fe_subtract(fe out, const fe a, const fe b)
{
    if (subtract_words(out, a, b) != 0)
        (void)add_words(out, out, prime);
}

/* One row of a product: t += a * b, the carry out of t[7] comes back. */
static inline uint32_t add_row(uint32_t t[WORDS], const fe a, uint32_t b)
{
    uint32_t carry = 0;

    multiply_add(&t[0], &carry, a[0], b);
    multiply_add(&t[1], &carry, a[1], b);
    multiply_add(&t[2], &carry, a[2], b);
    multiply_add(&t[3], &carry, a[3], b);
    multiply_add(&t[4], &carry, a[4], b);
    multiply_add(&t[5], &carry, a[5], b);
    multiply_add(&t[6], &carry, a[6], b);
    multiply_add(&t[7], &carry, a[7], b);
    return carry;
}

/*
 * Montgomery product a * b / 2^256. p = -1 modulo 2^32, so the multiple of p that clears the lowest
 * word is that word itself: m * p = m * (2^256 - 2^224 + 2^192 + 2^96) - m.
 */
void fe_multiply(fe out, const fe a, const fe b)
{
    uint32_t t[2 * WORDS];
    uint64_t top = 0;

    t[0] = t[1] = t[2] = t[3] = t[4] = t[5] = t[6] = t[7] = 0;
    for (unsigned i = 0; i < WORDS; i++)
        t[i + WORDS] = add_row(&t[i], a, b[i]);
#pragma GCC unroll 8
    for (unsigned i = 0; i < WORDS; i++) {
        uint32_t m = t[i];
        uint64_t sum = (uint64_t)t[i + 3] + m;
        t[i + 3] = (uint32_t)sum;
        sum = (sum >> 32) + t[i + 4];
        t[i + 4] = (uint32_t)sum;
        sum = (sum >> 32) + t[i + 5];
        t[i + 5] = (uint32_t)sum;
        sum = (sum >> 32) + t[i + 6] + m;
        t[i + 6] = (uint32_t)sum;
        /* words 7 and 8 together get m * 2^32 - m, which is m * (2^32 - 1) */
        uint64_t wide = (uint64_t)m * 0xFFFFFFFFu;
        sum = (sum >> 32) + t[i + 7] + (uint32_t)wide;
        t[i + 7] = (uint32_t)sum;
        sum = (sum >> 32) + t[i + 8] + (wide >> 32) + top;
        t[i + 8] = (uint32_t)sum;
        top = sum >> 32; /* belongs to word 9, which is word 8 of the next round */
    }
    memcpy(out, t + WORDS, sizeof(fe));
    if (top != 0 || !below_prime(out))
        (void)subtract_words(out, out, prime);
}

void fe_square(fe out, const fe a)
{
    fe_multiply(out, a, a);
}

/* a^(p - 2). */
void fe_invert(fe out, const fe a)
{
    fe exponent, base;

    memcpy(base, a, sizeof(fe));
    memcpy(exponent, prime, sizeof(fe));
    exponent[0] -= 2;
    memcpy(out, fe_one, sizeof(fe));
    for (unsigned i = 256; i-- > 0;) {
        fe_square(out, out);
        if (exponent[i / 32] >> i % 32 & 1)
            fe_multiply(out, out, base);
    }
}

void fe_words(uint32_t out[WORDS], const uint8_t bytes[32])
{
    for (unsigned i = 0; i < WORDS; i++) {
        const uint8_t *b = bytes + 28u - 4u * i;
        out[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
}

bool fe_from_bytes(fe out, const uint8_t bytes[32])
{
    fe_words(out, bytes);
    if (!below_prime(out))
        return false;
    fe_multiply(out, out, r_squared);
    return true;
}

void fe_to_bytes(uint8_t bytes[32], const fe a)
{
    static const fe plain_one = {1};
    fe plain;

    fe_multiply(plain, a, plain_one);
    for (unsigned i = 0; i < WORDS; i++) {
        uint8_t *b = bytes + 28u - 4u * i;
        b[0] = (uint8_t)(plain[i] >> 24);
        b[1] = (uint8_t)(plain[i] >> 16);
        b[2] = (uint8_t)(plain[i] >> 8);
        b[3] = (uint8_t)plain[i];
    }
}
