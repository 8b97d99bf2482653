/* SPDX-License-Identifier: MIT */
#include "emu/cli/result.h"

#include "emu/cli/cli.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_UART_TEXT (16u << 20) /* a chatty board must not eat the host's memory */

static const char *const exit_names[] = {
    [EXIT_FOUND] = "end reached",
    [EXIT_FINDINGS] = "findings",
    [EXIT_USAGE] = "usage",
    [EXIT_TIME] = "time over",
    [EXIT_LOCKUP] = "lockup",
    [EXIT_FILE] = "file error",
    [EXIT_IDLE] = "idle",
    [EXIT_USER] = "ended from outside",
    [EXIT_PROGRAM] = "program failed",
};

void result_uart(struct result *r, unsigned n, uint8_t byte)
{
    if (r->len[n] == r->room[n]) {
        size_t room = r->room[n] ? 2 * r->room[n] : 4096;
        char *text = room <= MAX_UART_TEXT ? realloc(r->uart[n], room) : NULL;
        if (!text) {
            return; /* the rest is not in the JSON; the UART's own backend still has it */
        }
        r->uart[n] = text;
        r->room[n] = room;
    }
    r->uart[n][r->len[n]++] = (char)byte;
}

void result_free(struct result *r)
{
    for (unsigned n = 0; n <= UARTS; n++) {
        free(r->uart[n]);
    }
    memset(r, 0, sizeof(*r));
}

void result_line(const struct board *b, const struct report *report, int exit_code)
{
    char time[32];
    struct machine *m = b->m;

    cli_info("%s after %s of virtual time; %llu instructions on CM7, %llu on CM4",
             exit_names[exit_code], cli_time(machine_now(m), time, sizeof(time)),
             (unsigned long long)core_insns(m->core[CM7]),
             (unsigned long long)core_insns(m->core[CM4]));
    if (report->errors) {
        cli_info(
            "%llu features that the model does not have were switched on: do not trust this run",
            report->errors);
    }
}

/* UART output is bytes, JSON is Unicode: what is not ASCII goes in as its Latin-1 character. */
static json_t *bytes_to_json(const char *text, size_t len)
{
    char *utf8 = malloc(2 * len + 1);

    if (!utf8) {
        return json_null();
    }
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) {
            utf8[n++] = (char)(0xC0 | c >> 6), utf8[n++] = (char)(0x80 | (c & 0x3F));
        } else {
            utf8[n++] = (char)c;
        }
    }
    json_t *s = json_stringn(utf8, n);
    free(utf8);
    return s ? s : json_null();
}

static json_t *uarts_to_json(const struct machine *m, const struct result *r)
{
    json_t *uarts = json_object();

    for (unsigned n = 1; n <= UARTS; n++) {
        if (r->len[n]) {
            json_object_set_new(uarts, uart_name(m->uart[n]), bytes_to_json(r->uart[n], r->len[n]));
        }
    }
    return uarts;
}

static json_t *notes_to_json(const struct board *b, const struct report *report)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < report->nnotes; i++) {
        const struct saved_note *s = &report->notes[i];
        char sym[96];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:f, s:I, s:I, s:s}", "kind",
                            note_kind_name(s->kind), "id", note_info(s->id)->name, "core",
                            s->core == CM7   ? "CM7"
                            : s->core == CM4 ? "CM4"
                                             : "chip",
                            "text", s->text, "time_s", (double)s->when / 1e12, "pc",
                            (json_int_t)s->pc, "addr", (json_int_t)s->addr, "symbol",
                            board_symbol(b, s->core, s->pc, sym, sizeof(sym))));
    }
    return list;
}

static json_t *flash_to_json(const struct machine *m)
{
    struct flash_counts f = flash_counts(m->flash);

    return json_pack("{s:[I,I], s:[I,I], s:[f,f], s:f, s:I}", "programs", (json_int_t)f.programs[0],
                     (json_int_t)f.programs[1], "erases", (json_int_t)f.erases[0],
                     (json_int_t)f.erases[1], "work_s", (double)f.work[0] / 1e12,
                     (double)f.work[1] / 1e12, "options_s", (double)f.options / 1e12, "operations",
                     (json_int_t)flash_ops(m->flash));
}

static json_t *started_to_json(const struct started *s)
{
    json_t *list = json_object();

    for (int i = 0; i < CORES; i++) {
        json_object_set_new(list, i == CM7 ? "CM7" : "CM4",
                            s->core[i] ? json_real((double)s->when[i] / 1e12) : json_null());
    }
    return list;
}

void result_print(const struct result *r, const struct board *b, const struct report *report,
                  const struct started *started, int exit_code)
{
    struct machine *m = b->m;
    json_t *doc = json_pack(
        "{s:s, s:i, s:f, s:{s:I, s:I}, s:o, s:o, s:i, s:o}", "result", exit_names[exit_code],
        "exit_code", exit_code, "virtual_time_s", (double)machine_now(m) / 1e12, "instructions",
        "CM7", (json_int_t)core_insns(m->core[CM7]), "CM4", (json_int_t)core_insns(m->core[CM4]),
        "flash", flash_to_json(m), "uart", uarts_to_json(m, r), "faults", (int)report->faults,
        "notes", notes_to_json(b, report));

    if (started) {
        json_object_set_new(doc, "running_s", started_to_json(started));
    }
    if (!cli_put_json(doc)) {
        cli_error("cannot write the JSON result");
    }
}
