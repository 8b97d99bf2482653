/* SPDX-License-Identifier: MIT */
/* What the parts of the web board ask of one another. */
#ifndef EMU_WEB_PARTS_H
#define EMU_WEB_PARTS_H

#include "chip/stm32h7/memory.h"
#include "emu/web/web.h"

#include <jansson.h>

#define WEB_SECTORS      (MEM_FLASH_SIZE / MEM_SECTOR_SIZE)
#define WEB_NAME_SIZE    24
#define WEB_KNOWN        64    /* contents of sectors whose version has been seen */
#define WEB_SHOWN        16384 /* bytes of a terminal that a new page gets */
#define WEB_TYPED        65536 /* bytes typed or pasted that the line has not taken */
#define WEB_NOTES        64
#define WEB_NOTE_SIZE    320
#define WEB_VERSION_SIZE 24

/* ---- the flash, sector by sector ---- */

struct web_sector {
    char name[WEB_NAME_SIZE];       /* its part in the layout */
    const char *use;                /* boot, app, staging, spare, journal, unused */
    char version[WEB_VERSION_SIZE]; /* of the image it is a part of; "" when unknown */
    unsigned used, torn;            /* flash words that are not erased, and that are damaged */
    uint64_t hash;
    bool dirty; /* has to be looked at again */
};

struct web_flash {
    struct machine *m;
    struct web_sector sector[WEB_SECTORS];
    struct {
        uint64_t hash;
        char version[WEB_VERSION_SIZE];
    } known[WEB_KNOWN];
    unsigned next_known;
};

void web_flash_init(struct web_flash *f, struct machine *m);
void web_flash_forget(struct web_flash *f); /* every sector may have changed */
/* Looks again at what has changed. */
void web_flash_look(struct web_flash *f);
/* [bank][sector] objects. */
json_t *web_flash_json(const struct web_flash *f);
/* The newest records of the journal in words, newest first. */
json_t *web_journal_json(const struct web_flash *f);

/* ---- the lines ---- */

struct web_line {
    struct web *web;
    struct uart *uart;
    uint8_t shown[WEB_SHOWN]; /* a ring: byte n of all that was sent is shown[n % WEB_SHOWN] */
    uint64_t sent;
    uint8_t typed[WEB_TYPED];
    size_t typed_len;
};

/* False when there is no room for that much. */
bool web_line_type(struct web_line *l, const char *text, size_t len);
/* Gives the line what it takes; true when it has taken something. */
bool web_line_push(struct web_line *l);
/* A message with what was sent from *from on, which becomes what the client has; NULL: nothing. */
json_t *web_line_message(const struct web_line *l, uint64_t *from);

/* ---- all of it ---- */

struct lws_context;
struct web_client;

struct web {
    struct board *board;
    struct machine *m;
    struct lws_context *lws;
    struct web_client *clients;
    struct web_flash flash;
    struct web_line line[UARTS + 1];      /* by number, from 1 */
    char notes[WEB_NOTES][WEB_NOTE_SIZE]; /* JSON texts, a ring */
    uint64_t notes_seen;
    struct sched_event step_end;
    bool local_only; /* only names of this machine are served */
    bool stopped, unplugged, pressed;
    bool came;            /* since web_serve() began */
    bool stepping;        /* one instruction of a core */
    enum core_id stepped; /* which */
    uint64_t state_ns;    /* wall clock of the last state message */
    uint64_t state_number;
    char *state; /* its text; the same for all clients */
};

/* What a state message says. */
json_t *web_state(struct web *w);

/* Carries out one message of a client. NULL when done, else what was wrong (static text). */
const char *web_command(struct web *w, const json_t *message);

/* server.c */
bool web_listen(struct web *w, const char *where, char *err, size_t errlen);
void web_unlisten(struct web *w);
void web_turn(struct web *w);

#endif
