/* SPDX-License-Identifier: MIT */
#include "core/txn/history.h"
#include "duo/duo.h"
#include "lib/service.h"
#include "port/stm32h7/cpu.h"

size_t duo_get_log(struct duo_event *events, size_t max)
{
    const struct duo_txn *txn = cpu_exception() == 0 ? library_txn() : NULL;

    return txn ? duo_history(&txn->journal, events,
                             max < DUO_LOG_EVENTS ? (unsigned)max : DUO_LOG_EVENTS)
               : 0;
}
