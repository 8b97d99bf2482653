/* SPDX-License-Identifier: MIT */
/* The journal is the M7's, which is asked for one event after the other. */
#include <string.h>

#include "duo/duo.h"
#include "lib/request.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"

static struct {
    struct duo_event event[DUO_LOG_EVENTS];
    uint32_t have;
    uint32_t asked; /* the request that waits for its answer; 0: none */
    uint32_t number;
} got;

static void take_event(struct duo_event *event)
{
    const struct shared_log *from = &SHARED->log;

    event->kind = (enum duo_event_kind)from->kind;
    event->reason = (enum duo_reason)from->reason;
    event->reason_code = (enum duo_status)from->reason_code;
    event->set = from->set;
    event->build = from->build;
}

static void ask(void)
{
    got.number += REQUEST_STEP;
    got.number += got.number == 0 ? REQUEST_STEP : 0;
    got.asked = got.number | got.have;
    SHARED->log.request = got.asked;
}

/* True: all have come. */
static bool collect(uint32_t *count)
{
    if (got.asked == 0) {
        ask();
    }
    if (SHARED->log.answered != got.asked) {
        return false;
    }
    cpu_dsb(); /* the number before the answer it announces */
    *count = SHARED->log.count < DUO_LOG_EVENTS ? SHARED->log.count : DUO_LOG_EVENTS;
    if (got.have < *count) {
        take_event(&got.event[got.have++]);
    }
    if (got.have < *count) {
        ask();
        return false;
    }
    got.have = got.asked = 0;
    return true;
}

size_t duo_get_log(struct duo_event *events, size_t max)
{
    uint32_t count;

    if (!events || cpu_exception() != 0 || !shared_ready() || !collect(&count)) {
        return 0;
    }
    const size_t n = max < count ? max : count;
    memcpy(events, &got.event[count - n], n * sizeof(*events));
    return n;
}
