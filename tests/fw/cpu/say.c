/* SPDX-License-Identifier: MIT */
/* Result lines and the short log. */
#include "test.h"

static char log_text[32];
static unsigned log_len;

void log_reset(void)
{
    log_len = 0;
}

void log_mark(char c)
{
    if (log_len < sizeof(log_text) - 1) {
        log_text[log_len++] = c;
    }
}

const char *log_get(void)
{
    log_text[log_len] = 0;
    return log_text;
}

static void puts_raw(const char *s)
{
    while (*s) {
        board_putc(*s++);
    }
}

void say_text(const char *name, const char *value)
{
    puts_raw(name);
    puts_raw(" = ");
    puts_raw(value);
    board_putc('\n');
}

static void hex(char *out, uint32_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 4) {
        out[i] = "0123456789abcdef"[v & 15];
    }
    out[8] = 0;
}

void say(const char *name, uint32_t value)
{
    char text[9];

    hex(text, value);
    say_text(name, text);
}

void say_fault(const char *name, void (*fn)(void))
{
    char text[32];

    fault.number = fault.cfsr = fault.hfsr = 0;
    try_call(fn);
    hex(text, fault.number);
    text[8] = ' ';
    hex(text + 9, fault.cfsr);
    text[17] = ' ';
    hex(text + 18, fault.hfsr);
    say_text(name, text);
}
