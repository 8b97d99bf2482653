/* SPDX-License-Identifier: MIT */
#include "cpu_machine.h"

#include "hostlib/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_byte(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    struct cpu_machine *t = arg;

    (void)when;
    if (uart != 3 || t->len + 1 >= TEXT_MAX) {
        return;
    }
    t->text[t->len++] = (char)byte;
    t->text[t->len] = 0;
    if (byte != '\n' || !t->until) {
        return;
    }
    size_t start = t->len - 1;
    while (start && t->text[start - 1] != '\n') {
        start--;
    }
    if (!strncmp(t->text + start, t->until, strlen(t->until))) {
        machine_stop(t->m);
    }
}

static void on_note(void *arg, const struct note *n)
{
    struct cpu_machine *t = arg;

    t->features += n->kind == NOTE_FEATURE;
    snprintf(t->last_note, sizeof(t->last_note), "%s: %s", n->name, n->text);
}

void cpu_machine_open(struct cpu_machine *t, uint64_t quantum)
{
    char err[256];
    const struct machine_config cfg = {.seed = 1, .quantum = quantum};

    memset(t, 0, sizeof(*t));
    t->m = machine_new(&cfg, err, sizeof(err));
    if (!t->m) {
        fprintf(stderr, "no machine: %s\n", err);
        exit(1);
    }
    machine_observe(t->m, &(struct observer){.arg = t, .on_note = on_note, .on_uart = on_byte});
}

void cpu_machine_close(struct cpu_machine *t)
{
    machine_free(t->m);
}

void cpu_machine_poke(struct cpu_machine *t, uint32_t addr, const void *data, uint32_t len)
{
    if (!bus_poke(&t->m->bus, MASTER_DEBUG, addr, data, len)) {
        fprintf(stderr, "nothing to write at 0x%08x\n", addr);
        exit(1);
    }
}

static bool chunk(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    cpu_machine_poke(ctx, addr, data, len);
    return true;
}

void cpu_machine_load(struct cpu_machine *t, const char *name)
{
    char path[512], err[256];
    struct load_result result;
    const struct load_sink sink = {chunk, t};

    snprintf(path, sizeof(path), "%s/%s.elf", DUO_FW_DIR, name);
    if (access(path, R_OK)) {
        fprintf(stderr, "skipped: %s is not built (cmake --build --preset cm7 and cm4)\n", path);
        exit(77);
    }
    if (!load_file(path, NULL, &sink, &result, err, sizeof(err))) {
        fprintf(stderr, "%s\n", err);
        exit(1);
    }
}

uint32_t cpu_machine_word(struct cpu_machine *t, enum core_id view, uint32_t addr)
{
    uint32_t v = 0;

    bus_peek(&t->m->bus, view, addr, &v, 4);
    return v;
}
