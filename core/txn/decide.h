/* SPDX-License-Identifier: MIT */
/*
 * The boot decision: a pure function of what the journal says, what the images are worth, and what
 * is asked for. It reads no flash and writes none; core/txn/boot.c finds the facts and carries it
 * out.
 */
#ifndef DUO_CORE_DECIDE_H
#define DUO_CORE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/journal.h"
#include "core/txn/set.h"
#include "core/txn/state.h"

struct duo_facts {
    enum duo_journal_content journal;
    const struct duo_state *state; /* used when journal is OK */
    const struct duo_set_verdict *current;
    const struct duo_set_verdict *other;
    bool recovery;   /* asked for */
    bool watchdog;   /* the last boot was ended by a watchdog */
    bool taken_back; /* the M4's bootloader says that it has swapped the banks back */
    bool frozen;     /* the journal has refused to be written: nothing may move */
    bool swaps;      /* the layout installs by a swap of the banks */
    bool elsewhere;  /* somebody else has swapped them (duo_swap_elsewhere()) */
};

enum duo_todo {
    DUO_TODO_VERIFY_CURRENT, /* find out and ask again */
    DUO_TODO_VERIFY_OTHER,
    DUO_TODO_RUN,
    DUO_TODO_RUN_TRIAL,  /* count the boot first */
    DUO_TODO_DROP_OTHER, /* the staged set is worth nothing: record that, ask again */
    DUO_TODO_BEGIN,      /* begin the exchange of .kind: record that, then carry it out */
    DUO_TODO_RESUME,     /* carry on with the exchange that the journal names */
    DUO_TODO_SWAP_BACK,  /* banks that somebody else has swapped */
    DUO_TODO_GIVE_UP,    /* the current set is whole, do without the exchange: record, ask again */
    DUO_TODO_RECOVERY
};

struct duo_decision {
    enum duo_todo todo;
    enum duo_exchange_kind kind; /* BEGIN */
    bool save;                   /* BEGIN: the current set is worth keeping */
    enum duo_reason reason;      /* to be recorded (BEGIN, DROP_OTHER), or why RECOVERY */
    enum duo_status reason_code;
    enum duo_core reason_core;
};

/* Boots in which the flash may refuse one exchange before recovery takes over. */
#define DUO_EXCHANGE_FAILURES_MAX 3u

struct duo_decision duo_decide(const struct duo_facts *facts);

#endif
