/* SPDX-License-Identifier: MIT */
/* The boot: finds the facts that the decision asks for (core/txn/decide.h), and carries it out. */
#include <string.h>

#include "core/txn/decide.h"
#include "core/txn/exchange.h"
#include "core/txn/release.h"
#include "core/txn/set.h"
#include "core/txn/swap.h"
#include "core/txn/txn_parts.h"

/* Questions the decision can ask: two verdicts, a set dropped, an exchange given up, a journal that
 * refuses, each once, and what follows; the answer. */
#define DECIDE_ROUNDS 9u

/* Of a trial boot: its own record, then pads and a record for each core, and words that are
 * refused. */
#define CONFIRM_WORDS 16u

struct booting {
    struct duo_txn *txn;
    const struct duo_boot_request *request;
    struct duo_boot *boot;
    struct duo_set_verdict current, other;
    bool dry;    /* only asked: nothing is written */
    bool frozen; /* the journal has refused a record, or is not to be written */
};

static void set_recovery(struct duo_boot *boot, enum duo_reason reason)
{
    boot->action = DUO_BOOT_RECOVERY;
    boot->reason = reason;
}

static enum duo_status record(struct booting *b, const struct duo_state *next)
{
    if (b->dry) {
        b->txn->state = *next;
        return DUO_OK;
    }
    return b->request->stuck ? DUO_E_STUCK : duo_txn_record(b->txn, next);
}

/* The journal cannot be written: what rests on a record is not done, and the decision is asked
 * again. */
static void freeze(struct booting *b, enum duo_status status)
{
    b->frozen = true;
    b->boot->status = status;
}

static void drop_other(struct booting *b, const struct duo_decision *d)
{
    struct duo_state next = b->txn->state;

    next.phase = next.current.present && !next.current.confirmed ? DUO_PHASE_TRIAL : DUO_PHASE_IDLE;
    next.reason = d->reason;
    next.reason_code = d->reason_code;
    duo_state_forget_other(&next);
    b->boot->status = record(b, &next);
    b->txn->state = next; /* not recorded: then the next boot finds out again */
}

/* The reason is there already: the flash has refused the exchange. But a swap that brings a
 * bootloader was counted when it was begun. */
static void give_up(struct booting *b)
{
    struct duo_state next = b->txn->state;

    if (DUO_SWAPS && next.boot_new != 0) {
        next.reason = DUO_REASON_BOOTLOADER;
        next.reason_code = DUO_OK;
    }
    duo_exchange_give_up(&next);
    b->boot->status = record(b, &next);
    b->txn->state = next;
}

static bool begin(struct booting *b, const struct duo_decision *d)
{
    const struct duo_state next = duo_txn_exchange_begun(b->txn, &b->other, d);
    const enum duo_status status = record(b, &next);

    if (status != DUO_OK) {
        freeze(b, status);
        return false;
    }
    b->txn->fresh = true;
    b->boot->action = DUO_BOOT_EXCHANGE;
    return true;
}

/* A confirmation records it, but not that of an application with a libduo of before version 0.2. */
static void revoke(struct booting *b)
{
    struct duo_state next = b->txn->state;

    next.revoked |= (uint8_t)b->current.revokes;
    if (next.current.confirmed && next.revoked != b->txn->state.revoked) {
        b->boot->status = record(b, &next);
    }
}

static void run(struct booting *b)
{
    const struct duo_set_ref *set = &b->txn->state.current;

    b->boot->action = DUO_BOOT_RUN;
    b->boot->m4_by_m7 = b->current.m4_by_m7;
    memcpy(b->boot->image, b->current.image, sizeof(b->boot->image));
    b->boot->proof = b->current.proof;
    memcpy(b->boot->from, b->current.from, sizeof(b->boot->from));
    b->boot->unnamed = b->current.unnamed;
    b->boot->trial = set->present && !set->confirmed;
    b->boot->watchdog_s = b->boot->trial ? b->txn->state.trial_time_s : 0;
    if (b->dry || b->frozen) {
        return;
    }
    revoke(b);
    if (b->current.unnamed) {
        (void)duo_txn_note(b->txn, DUO_REASON_UNNAMED, DUO_E_JOURNAL);
    }
    (void)duo_swap_make_room(b->txn); /* else an update is refused until another boot can */
}

/* An application that confirms has neither the time nor the stack for switching the journal's
 * halves. */
static enum duo_status room_to_confirm(const struct booting *b)
{
    return b->dry || b->frozen
               ? DUO_OK
               : duo_journal_make_room(&b->txn->journal, &b->txn->state, CONFIRM_WORDS);
}

/* Counted before it runs: a boot that hangs has been counted, too. */
static bool run_trial(struct booting *b)
{
    struct duo_state next = b->txn->state;

    if (next.phase != DUO_PHASE_TRIAL) { /* a download came in between, and was cut */
        next.phase = DUO_PHASE_TRIAL;
        duo_state_forget_other(&next);
    }
    next.trial_used++;
    enum duo_status status = room_to_confirm(b);
    if (status == DUO_OK) {
        status = record(b, &next);
    }
    if (status != DUO_OK) {
        freeze(b, status);
        return false;
    }
    run(b);
    return true;
}

static bool resume(struct booting *b)
{
    const enum duo_status status =
        b->dry ? DUO_OK : duo_journal_claim(&b->txn->journal, &b->txn->state);

    if (status != DUO_OK) {
        freeze(b, status);
        return false;
    }
    b->boot->action = DUO_BOOT_EXCHANGE;
    return true;
}

/* A trial without a way back: who comes to recovery now wants to get rid of its set. */
static bool nothing_to_go_back_to(const struct duo_state *s)
{
    return s->phase == DUO_PHASE_TRIAL && !(s->other.present && s->other.confirmed);
}

static void recovery(struct booting *b, const struct duo_decision *d)
{
    set_recovery(b->boot, d->reason);
    b->boot->reason_code = d->reason_code;
    b->boot->reason_core = d->reason_core;
    if (b->request->stuck && d->reason == DUO_REASON_FLASH_FAILED) {
        b->boot->reason_code = DUO_E_STUCK;
    }
    b->txn->current_unfit =
        d->reason == DUO_REASON_IMAGE_BAD || d->reason == DUO_REASON_BELOW_COUNTER;
    b->txn->may_discard =
        d->reason != DUO_REASON_REQUESTED || nothing_to_go_back_to(&b->txn->state);
}

/* One round; true when the boot is decided. */
static bool decide(struct booting *b)
{
    const struct duo_facts facts = {.journal = b->txn->journal.content,
                                    .state = &b->txn->state,
                                    .current = &b->current,
                                    .other = &b->other,
                                    .recovery = b->request->recovery,
                                    .watchdog = b->request->watchdog,
                                    .taken_back = b->request->taken_back,
                                    .frozen = b->frozen,
                                    .swaps = DUO_SWAPS && b->txn->dev->map->twin,
                                    .elsewhere = duo_swap_elsewhere(b->txn)};
    const struct duo_decision d = duo_decide(&facts);

    switch (d.todo) {
    case DUO_TODO_VERIFY_CURRENT:
        duo_set_verify(b->txn, DUO_STANDING_CURRENT, &b->current);
        return false;
    case DUO_TODO_VERIFY_OTHER:
        duo_set_verify(b->txn, DUO_STANDING_OTHER, &b->other);
        return false;
    case DUO_TODO_DROP_OTHER:
        drop_other(b, &d);
        return false;
    case DUO_TODO_GIVE_UP:
        give_up(b);
        return false;
    case DUO_TODO_RUN:
        run(b);
        return true;
    case DUO_TODO_RUN_TRIAL:
        return run_trial(b);
    case DUO_TODO_BEGIN:
        return begin(b, &d);
    case DUO_TODO_RESUME:
        return resume(b);
    case DUO_TODO_SWAP_BACK:
        b->boot->action = DUO_BOOT_EXCHANGE;
        return true;
    case DUO_TODO_RECOVERY:
        break;
    }
    recovery(b, &d);
    return true;
}

/* The swap that was begun in an earlier power cycle is done, or the other core's bootloader has
 * made one: the sets change places. */
static void end_swap(struct booting *b)
{
    struct duo_state next = b->txn->state;

    if (duo_swap_taken_back(b->txn)) {
        next.kind = DUO_EXCHANGE_REVERT;
        next.save = true;
        next.reason = DUO_REASON_BOOTLOADER;
        next.reason_code = DUO_OK;
    } else if (!duo_swap_done(b->txn)) {
        return;
    }
    duo_exchange_commit(b->txn->dev->map, &next);
    const enum duo_status status = record(b, &next);
    b->txn->state = next; /* not recorded: then the next boot finds the same */
    if (status != DUO_OK) {
        freeze(b, status);
    }
}

static void decide_all(struct booting *b)
{
    memset(b->boot, 0, sizeof(*b->boot));
    duo_release_nothing(b->boot);
    set_recovery(b->boot, DUO_REASON_JOURNAL_LOST);
    end_swap(b);
    for (unsigned i = 0; i < DECIDE_ROUNDS; i++) {
        if (decide(b)) {
            break;
        }
    }
}

/* Without a journal the images say which keys are revoked. */
static void recall_revoked(const struct duo_txn *txn)
{
    if (txn->journal.content != DUO_JOURNAL_OK) {
        txn->dev->trust->revoked = duo_set_revoked_floor(txn->dev);
    }
}

void duo_txn_boot(struct duo_txn *txn, const struct duo_boot_request *request,
                  struct duo_boot *boot)
{
    const enum duo_status settled =
        request->stuck ? DUO_E_STUCK : duo_journal_settle(&txn->journal, &txn->state);
    struct booting b = {.txn = txn, .request = request, .boot = boot, .frozen = request->stuck};

    recall_revoked(txn);
    decide_all(&b);
    if (boot->status == DUO_OK) {
        boot->status = settled;
    }
}

void duo_txn_next_boot(const struct duo_txn *txn, struct duo_boot *boot)
{
    const struct duo_boot_request request = {0};
    struct duo_txn copy = *txn;
    struct booting b = {.txn = &copy, .request = &request, .boot = boot, .dry = true};

    decide_all(&b);
}

void duo_txn_cannot_start(struct duo_txn *txn, bool often)
{
    recall_revoked(txn); /* there may have been no boot */
    txn->may_discard = often || nothing_to_go_back_to(&txn->state);
}
