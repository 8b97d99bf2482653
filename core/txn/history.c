/* SPDX-License-Identifier: MIT */
#include "core/txn/history.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/txn/journal_scan.h"

/* Manifests whose version is remembered while the halves are read: of two sets, and of one that
 * arrives. */
#define NAMES 4u

/* Where a manifest has the version of its set: number in the first chunk, build in the second. */
#define NUMBER_AT 12u

struct name {
    uint16_t id;
    uint32_t set, build;
};

struct history {
    struct duo_event *events;
    unsigned count, max;
    bool begun; /* there has been a state */
    struct duo_state last;
    struct name names[NAMES];
    unsigned next_name;
};

/* ---- Versions ---- */

static struct name *find_name(struct history *h, uint16_t id)
{
    for (unsigned i = 0; i < NAMES; i++) {
        if (h->names[i].id == id && id != 0) {
            return &h->names[i];
        }
    }
    return NULL;
}

static void see_chunk(struct history *h, const uint8_t *payload)
{
    const uint16_t id = duo_get16(payload + DUO_CHUNK_ID);
    const uint8_t *const data = payload + DUO_CHUNK_DATA;
    struct name *name = find_name(h, id);

    if (payload[DUO_CHUNK_INDEX] == 0) {
        if (!name) {
            name = &h->names[h->next_name++ % NAMES];
        }
        *name = (struct name){.id = id,
                              .set = (uint32_t)data[NUMBER_AT] << 24 |
                                     (uint32_t)data[NUMBER_AT + 1u] << 16 |
                                     duo_get16(data + NUMBER_AT + 2u)};
    } else if (payload[DUO_CHUNK_INDEX] == 1 && name) {
        name->build = duo_get32(data);
    }
}

/* ---- Events ---- */

/* What a state tells that comes after another one; NONE: it goes on with the same. */
static enum duo_event_kind kind_of(const struct duo_state *before, const struct duo_state *now)
{
    const bool failed = now->reason != DUO_REASON_NONE &&
                        (now->reason != before->reason || now->reason_code != before->reason_code);

    if (now->phase == DUO_PHASE_TRIAL) {
        return now->trial_used > 0 && before->trial_used != now->trial_used ? DUO_EVENT_TRIAL
                                                                            : DUO_EVENT_NONE;
    }
    if (now->phase == before->phase) {
        return failed ? DUO_EVENT_FAILED : DUO_EVENT_NONE;
    }
    switch (now->phase) {
    case DUO_PHASE_DOWNLOADING:
        return DUO_EVENT_DOWNLOAD;
    case DUO_PHASE_STAGED:
        return DUO_EVENT_STAGED;
    case DUO_PHASE_EXCHANGE:
        return now->kind == DUO_EXCHANGE_INSTALL ? DUO_EVENT_INSTALL : DUO_EVENT_BACK;
    case DUO_PHASE_IDLE:
    case DUO_PHASE_TRIAL:
        break;
    }
    return before->phase == DUO_PHASE_TRIAL      ? DUO_EVENT_CONFIRMED
           : before->phase == DUO_PHASE_EXCHANGE ? DUO_EVENT_RUNS
           : failed                              ? DUO_EVENT_FAILED
                                                 : DUO_EVENT_NONE;
}

/* The manifest of the set that an event is about: the one that comes, or the one that runs; 0: of
 * what has failed nothing is kept. */
static uint16_t set_of(enum duo_event_kind kind, const struct duo_state *s)
{
    switch (kind) {
    case DUO_EVENT_DOWNLOAD:
    case DUO_EVENT_STAGED:
    case DUO_EVENT_INSTALL:
    case DUO_EVENT_BACK:
        return s->other.manifest;
    case DUO_EVENT_FAILED:
        return 0;
    default:
        return s->current.manifest;
    }
}

/* The oldest one gives way. */
static struct duo_event *new_event(struct history *h)
{
    if (h->count == h->max) {
        memmove(h->events, h->events + 1, (h->max - 1u) * sizeof(*h->events));
        h->count--;
    }
    return &h->events[h->count++];
}

static void see_state(struct history *h, const uint8_t *payload)
{
    struct duo_state now;

    if (duo_state_decode(payload, &now) != DUO_OK) {
        return;
    }
    const enum duo_event_kind kind = h->begun ? kind_of(&h->last, &now) : DUO_EVENT_NONE;
    if (kind != DUO_EVENT_NONE) {
        const struct name *name = find_name(h, set_of(kind, &now));
        const bool same = now.reason == h->last.reason && now.reason_code == h->last.reason_code;

        *new_event(h) = (struct duo_event){.kind = kind,
                                           .reason = same ? DUO_REASON_NONE : now.reason,
                                           .reason_code = same ? DUO_OK : now.reason_code,
                                           .set = name ? name->set : 0,
                                           .build = name ? name->build : 0};
    }
    h->last = now;
    h->begun = true;
}

/* ---- Reading ---- */

static void see_half(struct history *h, const struct duo_journal *j, unsigned half, uint32_t end)
{
    struct duo_record r;

    for (uint32_t i = 0; i < end; i++) {
        if (duo_record_read(j->flash, duo_journal_addr(j, half, i), &r) != DUO_RECORD_GOOD) {
            continue;
        }
        if (r.type == DUO_RECORD_MANIFEST) {
            see_chunk(h, r.payload);
        } else if (r.type == DUO_RECORD_STATE) {
            see_state(h, r.payload);
        }
    }
}

unsigned duo_history(const struct duo_journal *j, struct duo_event *events, unsigned max)
{
    struct history h = {.events = events, .max = max};

    if (j->content != DUO_JOURNAL_OK || max == 0) {
        return 0;
    }
    see_half(&h, j, 1u - j->half, j->other_end); /* the older one */
    see_half(&h, j, j->half, j->next);
    return h.count;
}

const char *duo_event_text(enum duo_event_kind kind)
{
    static const char *const texts[DUO_EVENT_COUNT] = {
        [DUO_EVENT_NONE] = "nothing",
        [DUO_EVENT_DOWNLOAD] = "a set is being downloaded",
        [DUO_EVENT_STAGED] = "the set is complete",
        [DUO_EVENT_INSTALL] = "the set is being installed",
        [DUO_EVENT_TRIAL] = "a boot on trial",
        [DUO_EVENT_CONFIRMED] = "both cores have confirmed it",
        [DUO_EVENT_BACK] = "going back to it",
        [DUO_EVENT_RUNS] = "it runs",
        [DUO_EVENT_FAILED] = "failed",
    };

    return (unsigned)kind < DUO_EVENT_COUNT ? texts[kind] : "unknown event";
}
