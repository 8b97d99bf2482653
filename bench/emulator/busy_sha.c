/* SPDX-License-Identifier: MIT */
/* The shape of SHA-256: rotations, xors and additions over a schedule of 64 words. */
#include "busy.h"

static uint32_t state[8];
static uint32_t block[16];
static uint32_t constants[64];

static uint32_t ror(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void schedule(uint32_t w[64])
{
    for (unsigned i = 0; i < 16; i++) {
        w[i] = __builtin_bswap32(block[i]);
    }
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[i - 7] +
               (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
    }
}

static void compress(const uint32_t w[64])
{
    uint32_t s[8];

    for (unsigned i = 0; i < 8; i++) {
        s[i] = state[i];
    }
    for (unsigned i = 0; i < 64; i++) {
        uint32_t e = s[4], a = s[0];
        uint32_t t1 = s[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & s[5]) ^ (~e & s[6])) +
                      constants[i] + w[i];
        uint32_t t2 =
            (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        for (unsigned k = 7; k > 0; k--) {
            s[k] = s[k - 1];
        }
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

void busy_round(uint32_t round)
{
    uint32_t w[64];

    block[round & 15] += round;
    schedule(w);
    compress(w);
}
