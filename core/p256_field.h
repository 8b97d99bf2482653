/* Arithmetic modulo the prime of P-256, for core/p256.c. Not constant time. */
#ifndef DUO_CORE_P256_FIELD_H
#define DUO_CORE_P256_FIELD_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1 (FIPS 186-4, D.1.2.3), least significant word
 * first, always below p. In Montgomery form (times 2^256) unless said otherwise. */
#define FE_WORDS 8u
typedef uint32_t fe[FE_WORDS];

extern const fe fe_one;

/* Every result may be one of the arguments. */
void fe_add(fe out, const fe a, const fe b);
void fe_subtract(fe out, const fe a, const fe b);
void fe_multiply(fe out, const fe a, const fe b);
void fe_square(fe out, const fe a);
void fe_invert(fe out, const fe a); /* 0 for 0 */
bool fe_is_zero(const fe a);

/* 32 bytes, big endian, as words, whatever their value and not in Montgomery form. */
void fe_words(uint32_t out[FE_WORDS], const uint8_t bytes[32]);

/* False when the number is not below p. */
bool fe_from_bytes(fe out, const uint8_t bytes[32]);
void fe_to_bytes(uint8_t bytes[32], const fe a);

#endif
