/* SPDX-License-Identifier: MIT */
#include "tool/follow.h"

#include <stdio.h>
#include <string.h>

#include "proto/ymodem.h"

/* Longer than any gap within a line of text at 9600 baud, shorter than two polls are apart. */
enum { ALONE_MS = 60 };

static const char prefix[] = "duoboot: ";

static const char *after(const char *text, const char *start)
{
    size_t n = strlen(start);

    return strncmp(text, start, n) == 0 ? text + n : NULL;
}

static void keep(char *to, const char *text)
{
    snprintf(to, FOLLOW_LINE_MAX + 1, "%s", text);
}

static void loader_line(struct follow *f, const char *text)
{
    const char *rest;

    if ((rest = after(text, "refused: ")) || (rest = after(text, "transfer failed: ")) ||
        (rest = after(text, "exchange stopped: "))) {
        keep(f->refused, rest);
    } else if ((rest = after(text, "reason: "))) {
        keep(f->reason, rest);
    } else if (after(text, "exchange done")) {
        f->exchanged = true;
    } else if (after(text, "recovery")) {
        f->recovery = true;
    }
}

/* "m7 1.2.3" as a word of its own anywhere in the line. */
static bool find_version(const char *text, const char *core, struct duo_version *v)
{
    for (const char *at = strstr(text, core); at; at = strstr(at + 1, core)) {
        unsigned major, minor, revision, build = 0;

        if (at != text && !strchr(" \t:,([", at[-1])) {
            continue;
        }
        /* NOLINTNEXTLINE(cert-err34-c): out-of-range parts are refused below */
        if (sscanf(at + strlen(core), " %3u.%3u.%5u+%9u", &major, &minor, &revision, &build) >= 3 &&
            major <= UINT8_MAX && minor <= UINT8_MAX && revision <= UINT16_MAX) {
            *v = (struct duo_version){(uint8_t)major, (uint8_t)minor, (uint16_t)revision, build};
            return true;
        }
    }
    return false;
}

static void application_line(struct follow *f, const char *text)
{
    static const char *const cores[DUO_CORES] = {[DUO_CM7] = "m7", [DUO_CM4] = "m4"};
    const char *state = strstr(text, "state ");

    for (unsigned i = 0; i < DUO_CORES; i++) {
        f->ran[i] = find_version(text, cores[i], &f->version[i]) || f->ran[i];
    }
    if (state) {
        /* NOLINTNEXTLINE(cert-err34-c): a word, not a number */
        (void)sscanf(state + 6, "%15[a-z]", f->state);
    }
}

static void line_done(struct follow *f)
{
    const char *rest;

    f->text[f->length] = '\0';
    f->length = 0;
    if (f->text[0] == '\0') {
        return;
    }
    rest = after(f->text, prefix);
    if (rest) {
        loader_line(f, rest);
    } else {
        application_line(f, f->text);
    }
    if (f->line) {
        f->line(f->ctx, f->text);
    }
}

static void one_byte(struct follow *f, uint8_t byte)
{
    /* Polls stand between the lines: "CCduoboot: ..." is a line of text after two polls. */
    if (byte == DUO_YM_C && f->length == 0) {
        f->asks = true;
        return;
    }
    f->asks = false;
    if (byte == '\n') {
        line_done(f);
    } else if (byte >= ' ' && byte < 0x7f && f->length < FOLLOW_LINE_MAX) {
        f->text[f->length++] = (char)byte;
    }
}

void follow_bytes(struct follow *f, uint32_t now_ms, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        one_byte(f, bytes[i]);
    }
    if (n > 0) {
        f->heard = now_ms;
    }
}

bool follow_asks(struct follow *f, uint32_t now_ms)
{
    return f->asks && now_ms - f->heard >= ALONE_MS;
}

void follow_reset(struct follow *f)
{
    void (*line)(void *ctx, const char *text) = f->line;
    void *ctx = f->ctx;

    memset(f, 0, sizeof(*f));
    f->line = line;
    f->ctx = ctx;
}
