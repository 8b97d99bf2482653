/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/format.h"

#include <stdint.h>

typedef void (*put_fn)(const void *bytes, size_t n);

static void put_number(put_fn put, uint32_t value, uint32_t base)
{
    char digits[10];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put(&digits[at], sizeof(digits) - at);
}

static void put_string(put_fn put, const char *s)
{
    size_t n = 0;

    while (s[n] != '\0') {
        n++;
    }
    put(s, n);
}

void format_text(put_fn put, const char *format, va_list args)
{
    for (const char *p = format; *p != '\0'; p++) {
        if (*p != '%') {
            const char *start = p;
            while (p[1] != '\0' && p[1] != '%') {
                p++;
            }
            put(start, (size_t)(p - start) + 1u);
            continue;
        }
        p++;
        switch (*p) {
        case 'u':
            put_number(put, va_arg(args, unsigned), 10);
            break;
        case 'x':
            put_number(put, va_arg(args, unsigned), 16);
            break;
        case 's':
            put_string(put, va_arg(args, const char *));
            break;
        case 'c': {
            char c = (char)va_arg(args, int);
            put(&c, 1);
            break;
        }
        case '%':
            put("%", 1);
            break;
        case '\0':
            return;
        default:
            put(p - 1, 2);
            break;
        }
    }
}
