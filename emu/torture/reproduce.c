/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* program_invocation_name */
#include "emu/torture/reproduce.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct line {
    char *buf;
    size_t size, len;
};

static void put(struct line *l, const char *text)
{
    for (; *text && l->len + 1 < l->size; text++) {
        l->buf[l->len++] = *text;
    }
    l->buf[l->len] = '\0';
}

static bool plain(const char *text)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_-+=.,:/@%";

    return *text && text[strspn(text, harmless)] == '\0';
}

/* One word for the shell. */
static void put_word(struct line *l, const char *text)
{
    put(l, " ");
    if (plain(text)) {
        put(l, text);
        return;
    }
    put(l, "'");
    for (; *text; text++) {
        char c[2] = {*text, '\0'};
        put(l, *text == '\'' ? "'\\''" : c);
    }
    put(l, "'");
}

static void put_option(struct line *l, const char *name, const char *value)
{
    if (!value) {
        return;
    }
    put_word(l, name);
    put_word(l, value);
}

static void put_number(struct line *l, const char *name, unsigned long long value)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", value);
    if (value) {
        put_option(l, name, text);
    }
}

static void put_list(struct line *l, const char *name, const char *const *values, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put_option(l, name, values[i]);
    }
}

const char *reproduce(const struct torture *t, const struct cut *c, char *buf, size_t size)
{
    const struct board_args *a = &t->args;
    struct line l = {buf, size, 0};
    char text[160];

    put(&l, program_invocation_name);
    put(&l, " torture");
    put_option(&l, "--m7", a->m7);
    put_option(&l, "--m4", a->m4);
    put_list(&l, "--load", a->loads, a->nloads);
    put_option(&l, "--flash", a->flash_file);
    put_option(&l, "--key", t->key_file);
    put_list(&l, "--option", a->options, a->noptions);
    put_list(&l, "--button", a->buttons, a->nbuttons);
    put_option(&l, "--hse", a->hse);
    if (a->boot_pin) {
        put_word(&l, "--boot-pin");
    }
    put_number(&l, "--seed", a->seed);
    put_number(&l, "--quantum", a->quantum);
    bool seconds = t->limit % VT_S == 0;
    snprintf(text, sizeof(text), "%llu%s",
             (unsigned long long)(t->limit / (seconds ? VT_S : VT_NS)), seconds ? "s" : "ns");
    put_option(&l, "--for", text);
    put_option(&l, "--only", cut_format(c, text, sizeof(text)));
    return buf;
}
