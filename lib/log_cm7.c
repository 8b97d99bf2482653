/* SPDX-License-Identifier: MIT */
#include "core/txn/history.h"
#include "duo/duo.h"
#include "lib/request.h"
#include "lib/service.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"

size_t duo_get_log(struct duo_event *events, size_t max)
{
    const struct duo_txn *txn = events && cpu_exception() == 0 ? library_txn() : NULL;

    return txn ? duo_history(&txn->journal, events,
                             max < DUO_LOG_EVENTS ? (unsigned)max : DUO_LOG_EVENTS)
               : 0;
}

/* All of them are looked for with the first one, so that the M4 has one state of the journal. */
void log_serve(void)
{
    static struct duo_event events[DUO_LOG_EVENTS];
    static uint32_t count;
    struct shared_log *to = &SHARED->log;
    const uint32_t request = to->request;
    const uint32_t wish = request & REQUEST_KIND;

    if (request == to->answered) {
        return;
    }
    if (wish == 0) {
        count = (uint32_t)duo_get_log(events, DUO_LOG_EVENTS);
    }
    to->count = count;
    if (wish < count) {
        to->kind = events[wish].kind;
        to->reason = events[wish].reason;
        to->reason_code = events[wish].reason_code;
        to->set = events[wish].set;
        to->build = events[wish].build;
    }
    cpu_dsb(); /* the answer before the number that announces it */
    to->answered = request;
}
