/* SPDX-License-Identifier: MIT */
/*
 * After the transfer: until the device says that the set is confirmed. The running application is
 * asked by SMP (libduo's server), or the recovery that it has fallen back into; what is printed on
 * the line is only shown, and tells why nobody has answered.
 */
#include <stdio.h>
#include <string.h>

#include "duo/reason.h"
#include "tool/inputs.h"
#include "tool/update.h"

enum {
    KNOCK_MS = 400,
    ANSWER_MS = 1500,
    SETTLE_MS = 4000 /* a device that has not reset yet tells of the set before */
};

/* What the device says of itself: the answer to DUO_SMP_STATUS. */
struct state {
    bool recovery;
    char phase[16];
    uint32_t reason_number;    /* enum duo_reason, of the last failure */
    char reason[64], code[64]; /* its text, "" if there is none */
    bool known;                /* it has a set */
    struct duo_version set, core[DUO_CORES];
};

enum ending { WAIT, CONFIRMED, FAILED };

/* ---- What it says ---- */

static void text_of(const struct duo_cbor_item *map, const char *key, char *to, size_t size)
{
    struct duo_cbor_item text;

    to[0] = '\0';
    if (duo_cbor_get(map, key, DUO_CBOR_TEXT, &text)) {
        snprintf(to, size, "%.*s", (int)text.size, (const char *)text.bytes);
    }
}

static bool version_of(const struct duo_cbor_item *map, const char *key, struct duo_version *v)
{
    char text[32];
    unsigned major, minor, revision, build = 0;

    text_of(map, key, text, sizeof(text));
    /* NOLINTNEXTLINE(cert-err34-c): out-of-range parts are refused below */
    if (sscanf(text, "%3u.%3u.%5u.%9u", &major, &minor, &revision, &build) < 3 ||
        major > UINT8_MAX || minor > UINT8_MAX || revision > UINT16_MAX) {
        return false;
    }
    *v = (struct duo_version){(uint8_t)major, (uint8_t)minor, (uint16_t)revision, build};
    return true;
}

static void read_state(const struct duo_cbor_item *map, struct state *s)
{
    struct duo_cbor_item item;

    memset(s, 0, sizeof(*s));
    s->recovery = duo_cbor_get(map, "recovery", DUO_CBOR_BOOL, &item) && item.number != 0;
    text_of(map, "state", s->phase, sizeof(s->phase));
    if (duo_cbor_get(map, "reason", DUO_CBOR_NUMBER, &item) && item.number != 0) {
        s->reason_number = item.number;
        text_of(map, "reason_text", s->reason, sizeof(s->reason));
    }
    if (duo_cbor_get(map, "code", DUO_CBOR_NUMBER, &item) && item.number != 0) {
        text_of(map, "code_text", s->code, sizeof(s->code));
    }
    s->known = duo_cbor_get(map, "current", DUO_CBOR_MAP, &item) &&
               version_of(&item, "set", &s->set) && version_of(&item, "m7", &s->core[DUO_CM7]) &&
               version_of(&item, "m4", &s->core[DUO_CM4]);
}

/* ---- What it means ---- */

static bool is(const struct state *s, const char *phase)
{
    return strcmp(s->phase, phase) == 0;
}

/* A set that is installed ends the failure before. So one of these says that this set, or the
 * bootloader in it, did not stay, though the one that runs may have the same version. */
static bool taken_back(const struct state *s)
{
    return s->reason_number == DUO_REASON_TRIAL_EXPIRED ||
           s->reason_number == DUO_REASON_TRIAL_WATCHDOG ||
           s->reason_number == DUO_REASON_STAGING_CHANGED ||
           s->reason_number == DUO_REASON_BOOTLOADER;
}

static bool runs_new_set(const struct update *u, const struct state *s)
{
    return s->known && duo_version_compare(&s->set, &u->manifest.set_version) == 0;
}

static enum ending judge(const struct update *u, const struct state *s)
{
    if (is(s, "staged") || is(s, "exchange")) {
        return WAIT;
    }
    if (!runs_new_set(u, s) || taken_back(s)) {
        return FAILED;
    }
    if (is(s, "trial")) {
        return s->recovery ? FAILED : WAIT;
    }
    return CONFIRMED;
}

/* ---- Following ---- */

struct watch {
    uint32_t start;    /* of this stage */
    uint32_t knocked;  /* when the device was last asked whether it is there */
    uint32_t failing;  /* since when it looks as if it had failed */
    bool fails, trial; /* it does; the set has been seen on trial */
    bool installed;
};

static int install_failed(const struct update *u, const struct state *s)
{
    const char *line = u->follow.refused[0] != '\0' ? u->follow.refused : u->follow.reason;
    char why[160] = "it is in recovery";

    if (s && s->reason[0] != '\0') {
        snprintf(why, sizeof(why), "%s%s%s", s->reason, s->code[0] != '\0' ? ": " : "", s->code);
    } else if (line[0] != '\0') {
        snprintf(why, sizeof(why), "%.150s", line);
    } else if (s && !s->recovery) {
        snprintf(why, sizeof(why), "it runs another set, and does not say why");
    }
    return cli_fail(u->cli, EXIT_REJECTED, "send the bundle again, or one that ran before",
                    "the device took the bundle but does not run it: %s", why);
}

/* Nobody has said that the set is confirmed; what is known instead? */
static int not_confirmed(const struct update *u, const struct watch *w)
{
    const unsigned seconds = u->timeout_ms / 1000;

    if (w->trial) {
        return cli_fail(
            u->cli, EXIT_TIMEOUT,
            "does the application call duo_confirm() on both cores? A trial that nobody confirms "
            "ends in the set before",
            "both cores run the set on trial, but did not confirm it within %u s", seconds);
    }
    if (u->follow.ran[DUO_CM7] && u->follow.ran[DUO_CM4]) {
        return cli_fail(u->cli, EXIT_TIMEOUT,
                        "an application that serves SMP can be asked (docs/iap.md); for others "
                        "there is --no-wait",
                        "both cores have said their versions, but nobody says within %u s whether "
                        "the set is confirmed",
                        seconds);
    }
    return cli_fail(u->cli, EXIT_TIMEOUT,
                    "an application that serves SMP can be asked (docs/iap.md); for others there "
                    "is --no-wait; else look at the device",
                    "the device took the bundle, but nobody answers within %u s to say whether it "
                    "is confirmed",
                    seconds);
}

static void note_state(struct update *u, struct watch *w, const struct state *s)
{
    if (!runs_new_set(u, s)) {
        return;
    }
    for (unsigned c = 0; c < DUO_CORES; c++) {
        u->follow.ran[c] = true;
        u->follow.version[c] = s->core[c];
    }
    snprintf(u->follow.state, sizeof(u->follow.state), "%s", s->phase);
    if (is(s, "trial") && !w->trial) {
        cli_note(u->cli, "both cores run it on trial; waiting for their confirmation");
        w->trial = true;
        w->start = serial_now();
    }
}

/* Asks a device that has answered a knock. WAIT also when it has not answered this time. */
static enum ending ask(struct update *u, struct watch *w, struct state *s)
{
    const struct duo_cbor_out body = smp_body(&u->smp);
    struct duo_cbor_item map;

    if (smp_ask(&u->smp, DUO_SMP_GROUP, DUO_SMP_STATUS, false, &body, ANSWER_MS, 1, &map) !=
        SMP_DONE) {
        return WAIT; /* it resets, or its own group is not served */
    }
    read_state(&map, s);
    note_state(u, w, s);
    if (u->unanswered && is(s, "staged")) {
        u->unanswered = smp_reset(&u->smp, false) == SMP_SILENT;
    }
    const enum ending ending = judge(u, s);
    if (ending != FAILED) {
        w->fails = false;
        return ending;
    }
    if (!w->fails) {
        w->fails = true;
        w->failing = serial_now();
    }
    return serial_now() - w->failing >= SETTLE_MS ? FAILED : WAIT;
}

/* One turn: an exit code, or -1 to go on. */
static int follow_turn(struct update *u, struct watch *w)
{
    struct state s;

    if (serial_now() - w->knocked >= KNOCK_MS) {
        w->knocked = serial_now();
        smp_knock(&u->smp);
    }
    u->over_smp = false;
    if (!update_listen(u) && !update_port_back(u)) {
        return update_interrupted ? update_stopped(u) : update_port_gone(u);
    }
    if (u->over_smp) {
        switch (ask(u, w, &s)) {
        case CONFIRMED:
            return EXIT_DONE;
        case FAILED:
            return install_failed(u, &s);
        case WAIT:
            break;
        }
    }
    /* A recovery that knows no SMP. */
    return u->follow.recovery && follow_asks(&u->follow, serial_now()) &&
                   serial_now() - u->follow.heard > SETTLE_MS / 4
               ? install_failed(u, NULL)
               : -1;
}

int update_follow(struct update *u)
{
    struct watch w = {.start = serial_now(), .knocked = serial_now()};

    smp_start(&u->smp, &u->serial, &u->follow);
    for (;;) {
        const int code = follow_turn(u, &w);

        if (update_interrupted) {
            return update_stopped(u);
        }
        if (code >= 0) {
            return code;
        }
        if (u->follow.exchanged && !w.installed) {
            w.installed = true; /* the exchange may have taken long; now the cores get their time */
            w.start = serial_now();
        }
        if (serial_now() - w.start > u->timeout_ms) {
            return not_confirmed(u, &w);
        }
    }
}
