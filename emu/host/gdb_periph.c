/* SPDX-License-Identifier: MIT */
/*
 * `monitor regs`: peripherals and their registers by name, from the table that the register test
 * compares with (tests/svd/second.txt). Looking has no side effects.
 */
#include "emu/host/gdb_stub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME 40

struct block {
    char name[NAME], same_as[NAME]; /* same_as "": it has its own lines */
    uint32_t base;
    const char *lines;
};

struct text {
    char *at;
    size_t left;
};

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

/* The block whose heading is at `line` or after it; false: there is none any more. */
static bool next_block(const char *line, struct block *b)
{
    while (*line == '#' || *line == ' ' || *line == '\n') {
        line = next_line(line);
    }
    unsigned base;
    int n = sscanf(line, "%39s %x = %39s", b->name, &base, b->same_as);

    if (n < 2) {
        return false;
    }
    if (n < 3) {
        b->same_as[0] = '\0';
    }
    b->base = base;
    b->lines = next_line(line);
    return true;
}

static bool find(const char *name, struct block *b)
{
    for (const char *line = gdb_registers; next_block(line, b); line = b->lines) {
        if (strcasecmp(b->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void put(struct text *t, const char *line)
{
    int n = snprintf(t->at, t->left, "%s", line);

    n = n < 0 ? 0 : (size_t)n >= t->left ? (int)t->left - 1 : n;
    t->at += n;
    t->left -= (size_t)n;
}

static void list_blocks(struct text *t)
{
    struct block b;
    unsigned n = 0;

    for (const char *line = gdb_registers; next_block(line, &b); line = b.lines) {
        char word[NAME + 2];
        snprintf(word, sizeof(word), "%s%s", b.name, ++n % 8 ? " " : "\n");
        put(t, word);
    }
    put(t, "\n");
}

/* One line a register; `only` NULL: all of them. */
static bool show(struct gdb_stub *s, const struct block *b, const char *only, struct text *t)
{
    bool shown = false;

    for (const char *line = b->lines; *line == ' '; line = next_line(line)) {
        char name[NAME], text[96];
        unsigned off;
        uint32_t value = 0;
        if (sscanf(line, "%x %39s", &off, name) != 2 || (only && strcasecmp(only, name) != 0)) {
            continue;
        }
        bool there = bus_peek(&s->m->bus, s->id, b->base + off, &value, sizeof(value));
        snprintf(text, sizeof(text), there ? "%-16s 0x%08x  0x%08x\n" : "%-16s 0x%08x  -\n", name,
                 (unsigned)(b->base + off), (unsigned)value);
        put(t, text);
        shown = true;
    }
    return shown;
}

/* "", "PERIPHERAL" or "PERIPHERAL.REGISTER" */
const char *gdb_periph(struct gdb_stub *s, const char *what)
{
    static char out[GDB_PACKET];
    char name[2 * NAME];
    struct text t = {out, sizeof(out)};
    struct block b;

    while (*what == ' ') {
        what++;
    }
    if (!*what) {
        list_blocks(&t);
        return out;
    }
    snprintf(name, sizeof(name), "%s", what);
    char *dot = strchr(name, '.');
    if (dot) {
        *dot++ = '\0';
    }
    if (!find(name, &b)) {
        return "there is no peripheral of that name; monitor regs lists them\n";
    }
    uint32_t base = b.base;
    while (b.same_as[0]) { /* always of one before it */
        char other[NAME];
        snprintf(other, sizeof(other), "%s", b.same_as);
        if (!find(other, &b)) {
            return "its registers are not in the table\n";
        }
    }
    b.base = base;
    if (!show(s, &b, dot, &t)) {
        return "it has no register of that name; monitor regs PERIPHERAL lists them\n";
    }
    return out;
}
