/* SPDX-License-Identifier: MIT */
#include "emu/web/web.h"

#include "emu/web/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATE_EVERY 100000000u /* ns of wall clock between two states: ten a second */
#define HOLD_TURN   10000000   /* ns between two looks at the page while the board stands */

static uint64_t wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- what the machine tells ---- */

static void on_uart(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    struct web *w = arg;
    struct web_line *l = &w->line[uart];

    (void)when;
    l->shown[l->sent++ % WEB_SHOWN] = byte;
}

static void on_flash(void *arg, const struct flash_op *op, bool done)
{
    struct web *w = arg;
    struct web_flash *f = &w->flash;
    uint32_t sector = (op->addr - MEM_FLASH_BASE) / MEM_SECTOR_SIZE;

    (void)done;
    for (uint32_t i = 0; i <= (op->len ? op->len - 1 : 0) / MEM_SECTOR_SIZE; i++) {
        if (sector + i < WEB_SECTORS) {
            f->sector[sector + i].dirty = true;
        }
    }
}

static void on_note(void *arg, const struct note *n)
{
    struct web *w = arg;

    json_t *message = json_pack("{s:s, s:s, s:s, s:f}", "type", "note", "name", n->name, "text",
                                n->text, "time", (double)n->when / (double)VT_S);
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
    if (text && strlen(text) < WEB_NOTE_SIZE) {
        snprintf(w->notes[w->notes_seen++ % WEB_NOTES], WEB_NOTE_SIZE, "%s", text);
    }
    free(text);
    json_decref(message);
}

static void on_step_end(void *arg)
{
    struct web *w = arg;

    w->stopped = true;
    machine_debug_stop(w->m);
}

/* ---- life ---- */

static void listen_to_board(struct web *w)
{
    struct machine *m = w->m;

    web_flash_init(&w->flash, m);
    for (unsigned n = 1; n <= UARTS; n++) {
        w->line[n].web = w;
        w->line[n].uart = m->uart[n];
    }
    machine_observe(m, &(struct observer){
                           .arg = w, .on_uart = on_uart, .on_flash = on_flash, .on_note = on_note});
    m->lockup_stops = false; /* a page may press reset */
    sched_event_init(&w->step_end, "page: the end of a step", on_step_end, w);
}

struct web *web_new(struct board *board, const char *where, char *err, size_t errlen)
{
    struct web *w = calloc(1, sizeof(*w));

    if (!w) {
        snprintf(err, errlen, "out of memory");
        return NULL;
    }
    w->board = board;
    w->m = board->m;
    if (!web_listen(w, where, err, errlen)) {
        web_free(w);
        return NULL;
    }
    listen_to_board(w);
    return w;
}

void web_free(struct web *w)
{
    if (w) {
        web_unlisten(w);
        free(w->state);
        free(w);
    }
}

/* ---- turns ---- */

static void renew_state(struct web *w)
{
    uint64_t now = wall_ns();

    if (!w->clients || (w->state && now - w->state_ns < STATE_EVERY)) {
        return;
    }
    json_t *state = web_state(w);
    char *text = state ? json_dumps(state, JSON_COMPACT) : NULL;
    json_decref(state);
    if (text) {
        free(w->state);
        w->state = text;
        w->state_number++;
        w->state_ns = now;
    }
}

bool web_serve(struct web *w)
{
    w->came = false;
    renew_state(w);
    web_turn(w);
    for (unsigned n = 1; n <= UARTS; n++) {
        w->came |= web_line_push(&w->line[n]);
    }
    return w->came;
}

bool web_holds(const struct web *w)
{
    return w->stopped || w->unplugged;
}

void web_hold(struct web *w)
{
    const struct timespec turn = {.tv_nsec = HOLD_TURN};

    w->state_ns = 0; /* that it stands is told at once */
    while (web_holds(w) && !w->m->stop_requested) {
        web_serve(w);
        nanosleep(&turn, NULL); /* a signal ends it */
    }
}

bool web_stopped(struct web *w)
{
    if (w->stepping && w->m->debug_core == (int)w->stepped) {
        core_set_single_step(w->m->core[w->stepped], false);
        w->stepping = false;
        w->stopped = true;
    }
    return w->stopped;
}

void web_power_cut(struct web *w)
{
    web_flash_forget(&w->flash);
}
