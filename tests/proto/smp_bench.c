/* SPDX-License-Identifier: MIT */
#include "smp_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct duo_smp_line line;
uint32_t now_ms;
uint8_t sent[8192];
size_t sent_n;

static uint8_t buffer[BUFFER + DUO_SMP_LINE_EXTRA];

const uint8_t echo_message[14] = {0x0A, 0, 0, 6, 0, 0, 0x42, 0, 0xA1, 0x61, 0x64, 0x62, 'h', 'i'};
const char echo_line[28] = "\x06\x09"
                           "ABAKAAAGAABCAKFhZGJoaZsK\n";

void start_line(void)
{
    now_ms = 100;
    sent_n = 0;
    duo_smp_line_start(&line, buffer, sizeof(buffer));
}

bool feed(const void *bytes, size_t n)
{
    bool complete = false;

    for (size_t i = 0; i < n; i++) {
        assert_false(complete);
        complete = duo_smp_line_take(&line, now_ms, ((const uint8_t *)bytes)[i]);
    }
    return complete;
}

void sends(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    assert_true(n > 0 && n <= 128 && sent_n + n <= sizeof(sent));
    memcpy(sent + sent_n, bytes, n);
    sent_n += n;
}

const uint8_t *find(const uint8_t *in, size_t size, const void *what, size_t n)
{
    for (size_t i = 0; i + n <= size; i++) {
        if (memcmp(in + i, what, n) == 0) {
            return in + i;
        }
    }
    return NULL;
}
