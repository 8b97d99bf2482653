/* SPDX-License-Identifier: MIT */
#include "emu/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const char *prefix, const char *fmt, va_list ap)
{
    fflush(stdout); /* keeps the order of the two streams on a terminal */
    fputs(prefix, stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

void cli_error(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("duoemu: ", fmt, ap);
    va_end(ap);
}

void cli_info(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("duoemu: ", fmt, ap);
    va_end(ap);
}

bool cli_parse_u64(const char *text, unsigned long long *value)
{
    char *end;

    errno = 0;
    if (*text < '0' || *text > '9') {
        return false;
    }
    *value = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0';
}

bool cli_parse_time(const char *text, vtime_t *time)
{
    static const struct {
        const char *unit;
        double ps;
    } units[] = {{"", 1e12}, {"s", 1e12}, {"ms", 1e9}, {"us", 1e6}, {"ns", 1e3}};
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (end == text || errno || !(v >= 0)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].unit) != 0) {
            continue;
        }
        double ps = v * units[i].ps;
        if (ps >= 9e18) { /* half the range of vtime_t: sums must not overflow */
            return false;
        }
        *time = (vtime_t)(ps + 0.5);
        return true;
    }
    return false;
}

const char *option_time(struct cli *cli, void *field, const char *value)
{
    vtime_t *time = field;

    return cli_parse_time(value, time) && *time
               ? NULL
               : cli_mistake(cli, "--%s takes a time such as 2s, 150ms or 20us, not '%s'",
                             cli->row->name, value);
}

const char *cli_time(vtime_t t, char *buf, size_t size)
{
    snprintf(buf, size, "%llu.%06llu s", (unsigned long long)(t / VT_S),
             (unsigned long long)(t % VT_S / VT_US));
    return buf;
}
