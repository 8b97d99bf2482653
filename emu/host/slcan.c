/* SPDX-License-Identifier: MIT */
#include "emu/host/slcan.h"

#include "emu/chip/seam/can.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX 160 /* "D", 8 digits of identifier, 1 of length, 128 of data */

/* A node that tries again after nobody has acknowledged: about a frame at 125 kbit/s. */
#define RETRY VT_MS

struct slcan {
    struct machine *m;
    char name[8];
    struct line_end end;
    struct uart_backend *port;
    bool open, silent; /* silent: it sends nothing, as the command L says */
    char line[LINE_MAX + 1];
    size_t len;
    bool on_wire; /* a frame of the host */
    bool waits;   /* it is sent again and again, until a node acknowledges it */
    struct can_frame frame;
    struct sched_event arrives;
};

static const char ok[] = "\r", bad[] = "\a";

static void say(struct slcan *s, const char *text)
{
    uart_backend_put(s->port, text, strlen(text));
}

/* ---- from the chip ---- */

static char type_of(const struct can_frame *f)
{
    const char *types = f->remote ? "rR" : f->fast ? "bB" : f->fd ? "dD" : "tT";

    return types[f->extended];
}

static void on_sent(void *arg, const struct can_frame *f)
{
    struct slcan *s = arg;
    char text[LINE_MAX + 2];
    const unsigned bytes = f->remote ? 0 : can_length(f->dlc, f->fd);
    const unsigned dlc = f->dlc > 8 && !f->fd ? 8 : f->dlc;
    int n = snprintf(text, sizeof(text), "%c%0*X%X", type_of(f), f->extended ? 8 : 3,
                     (unsigned)f->id, dlc);

    for (unsigned i = 0; i < bytes; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%02X", f->data[i]);
    }
    text[n++] = '\r';
    uart_backend_put(s->port, text, (size_t)n);
}

/* With the channel closed there is no node that acknowledges. */
static void set_open(struct slcan *s, bool open, bool silent)
{
    const struct can_line line = {s, open ? on_sent : NULL};

    if (!open) {
        sched_cancel(&s->m->sched, &s->arrives);
        s->on_wire = s->waits = false;
    }
    s->open = open;
    s->silent = silent;
    can_attach(s->m, s->name, &line);
}

/* ---- to the chip ---- */

/* The last bit of the frame; until a node acknowledges it, it is sent again. */
static void on_arrival(void *arg)
{
    struct slcan *s = arg;

    s->on_wire = false;
    s->waits = s->open && !can_receive(s->m, s->name, &s->frame);
    if (s->waits) {
        sched_at(&s->m->sched, &s->arrives, machine_now(s->m) + RETRY);
    }
}

static void transmit(struct slcan *s)
{
    const vtime_t span = can_frame_time(s->m, s->name, &s->frame);

    s->on_wire = true;
    sched_at(&s->m->sched, &s->arrives, machine_now(s->m) + (span ? span : RETRY));
}

static int digit(char c)
{
    static const char digits[] = "0123456789ABCDEFabcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return !at ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

static bool number(const char *text, unsigned count, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < count; i++) {
        int d = digit(text[i]);
        if (d < 0) {
            return false;
        }
        *value = *value << 4 | (uint32_t)d;
    }
    return true;
}

static bool parse_frame(const char *text, struct can_frame *f)
{
    static const char types[] = "tTrRdDbB";
    const char *type = strchr(types, text[0]);
    const size_t index = (size_t)(type - types);
    uint32_t value;

    memset(f, 0, sizeof(*f));
    f->extended = index & 1;
    f->remote = index / 2 == 1;
    f->fd = index / 2 >= 2;
    f->fast = index / 2 == 3;
    const unsigned digits = f->extended ? 8 : 3;
    if (!number(text + 1, digits, &f->id) || !number(text + 1 + digits, 1, &value) ||
        f->id > (f->extended ? 0x1FFFFFFFu : 0x7FFu) || (!f->fd && value > 8)) {
        return false;
    }
    f->dlc = value;
    text += 2 + digits;
    const unsigned bytes = f->remote ? 0 : can_length(f->dlc, f->fd);
    for (unsigned i = 0; i < bytes; i++) {
        if (!number(text + (size_t)2 * i, 2, &value)) {
            return false;
        }
        f->data[i] = (uint8_t)value;
    }
    return text[(size_t)2 * bytes] == '\0';
}

static void send_frame(struct slcan *s, const char *text)
{
    if (!s->open || s->silent || s->waits || !parse_frame(text, &s->frame)) {
        say(s, bad);
        return;
    }
    transmit(s);
    say(s, s->frame.extended ? "Z\r" : "z\r");
}

/* ---- commands ---- */

static void command(struct slcan *s, const char *text)
{
    switch (text[0]) {
    case '\0': /* clients send empty lines to get in step */
        break;
    case 'O':
    case 'L':
        set_open(s, true, text[0] == 'L');
        say(s, ok);
        break;
    case 'C':
        set_open(s, false, false);
        say(s, ok);
        break;
    case 'S': /* bit rates: the chip's own counts */
    case 's':
    case 'Y':
        say(s, s->open ? bad : ok);
        break;
    case 'V':
        say(s, "V0101\r");
        break;
    case 'N':
        say(s, "NDUO1\r");
        break;
    case 'F':
        say(s, s->open ? "F00\r" : bad);
        break;
    case 'Z': /* time stamps: none */
        say(s, text[1] == '0' ? ok : bad);
        break;
    default:
        if (strchr("tTrRdDbB", text[0])) {
            send_frame(s, text);
        } else {
            say(s, bad);
        }
    }
}

static bool input(void *arg, uint8_t byte)
{
    struct slcan *s = arg;

    if (s->on_wire) {
        return false; /* the next line waits until this frame is through */
    }
    if (byte == '\n') {
        return true;
    }
    if (byte != '\r') {
        if (s->len < LINE_MAX) {
            s->line[s->len] = (char)byte;
        }
        s->len += s->len <= LINE_MAX; /* one more than fits: too long */
        return true;
    }
    if (s->len > LINE_MAX) {
        say(s, bad);
    } else {
        s->line[s->len] = '\0';
        command(s, s->line);
    }
    s->len = 0;
    return true;
}

static bool room(void *arg)
{
    const struct slcan *s = arg;

    return !s->on_wire;
}

/* The client has gone without a word: so has the node. */
static void gone(void *arg)
{
    struct slcan *s = arg;

    s->len = 0;
    set_open(s, false, false);
}

/* ---- life ---- */

bool slcan_is(const char *spec)
{
    return strncmp(spec, "FDCAN", 5) == 0 && (spec[5] == '1' || spec[5] == '2') &&
           strncmp(spec + 6, "=slcan:", 7) == 0;
}

struct slcan *slcan_new(struct machine *m, const char *spec, struct uart_backends *ports, char *err,
                        size_t errlen)
{
    struct slcan *s = calloc(1, sizeof(*s));

    if (!s) {
        snprintf(err, errlen, "out of memory");
        return NULL;
    }
    s->m = m;
    snprintf(s->name, sizeof(s->name), "%.6s", spec);
    s->end = (struct line_end){s, s->name, input, room, gone};
    sched_event_init(&s->arrives, "--can: a frame arrives", on_arrival, s);
    s->port = uart_backends_add_line(ports, &s->end, spec + 13, err, errlen);
    if (!s->port) {
        free(s);
        return NULL;
    }
    return s;
}

void slcan_free(struct slcan *s)
{
    free(s);
}
