/* SPDX-License-Identifier: MIT */
/* ST's protocol: any bytes and silences, to a server whose owner answers as the input says. */
#include "proto/an3155.h"

#include "tests/fuzz/fuzz.h"

static struct fuzz_input in;

static void sent(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    FUZZ_CHECK(bytes && n > 0 && n <= DUO_AN3155_BLOCK + 1);
}

static bool agrees(void)
{
    return fuzz_byte(&in) < 200;
}

static bool reads(void *ctx, uint32_t addr, uint8_t *to, uint32_t n)
{
    (void)ctx;
    (void)addr;
    FUZZ_CHECK(n >= 1 && n <= DUO_AN3155_BLOCK);
    for (uint32_t i = 0; i < n; i++) {
        to[i] = (uint8_t)i;
    }
    return agrees();
}

static bool writes(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    volatile uint8_t sum = 0;

    (void)ctx;
    (void)addr;
    FUZZ_CHECK(n >= 1 && n <= DUO_AN3155_BLOCK);
    for (uint32_t i = 0; i < n; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
    return agrees();
}

static bool erases(void *ctx, uint32_t pages)
{
    (void)ctx;
    FUZZ_CHECK(pages >> DUO_AN3155_PAGES == 0);
    return agrees();
}

static bool goes(void *ctx, uint32_t addr)
{
    (void)ctx;
    (void)addr;
    return agrees();
}

static const struct duo_an3155_ops ops = {sent, reads, writes, erases, goes};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct duo_an3155 server;
    uint32_t now = 0;

    in = (struct fuzz_input){data, size};
    duo_an3155_start(&server, &ops, NULL);
    while (in.left > 0) {
        const uint8_t step = fuzz_byte(&in);
        const size_t n = step < in.left ? step : in.left;
        const uint8_t *bytes = in.data;

        in.data += n;
        in.left -= n;
        now += step == 0 ? 1500u : 3u;
        duo_an3155_input(&server, now, bytes, n);
    }
    return 0;
}
