/* SPDX-License-Identifier: MIT */
#include "core/txn/decide.h"

static struct duo_decision todo(enum duo_todo what)
{
    return (struct duo_decision){.todo = what};
}

static struct duo_decision recover(enum duo_reason reason)
{
    return (struct duo_decision){.todo = DUO_TODO_RECOVERY, .reason = reason};
}

static struct duo_decision recover_bad(const struct duo_set_verdict *v)
{
    return (struct duo_decision){.todo = DUO_TODO_RECOVERY,
                                 .reason = DUO_REASON_IMAGE_BAD,
                                 .reason_code = v->status,
                                 .reason_core = v->core};
}

static struct duo_decision begin(enum duo_exchange_kind kind, bool save, enum duo_reason reason,
                                 enum duo_status code)
{
    return (struct duo_decision){
        .todo = DUO_TODO_BEGIN, .kind = kind, .save = save, .reason = reason, .reason_code = code};
}

static bool allowed(const struct duo_facts *f, const struct duo_set_verdict *v)
{
    return v->status == DUO_OK && v->counter >= f->state->counter;
}

/* The current set does not verify or is below the counter: put the other one in its place, if that
 * is worth anything. */
static struct duo_decision repair(const struct duo_facts *f)
{
    const bool below = f->current->status == DUO_OK;

    if (f->state->other.present && !f->other->known) {
        return todo(DUO_TODO_VERIFY_OTHER);
    }
    if (f->state->other.present && allowed(f, f->other)) {
        return begin(DUO_EXCHANGE_REPAIR, false,
                     below ? DUO_REASON_BELOW_COUNTER : DUO_REASON_IMAGE_BAD, f->current->status);
    }
    if (below || (f->state->other.present && f->other->status == DUO_OK)) {
        return recover(DUO_REASON_BELOW_COUNTER);
    }
    return recover_bad(f->current);
}

/* The current set and its counter have been found good, or what to do instead. */
static bool current_is_good(const struct duo_facts *f, struct duo_decision *d)
{
    if (!f->current->known) {
        *d = todo(DUO_TODO_VERIFY_CURRENT);
        return false;
    }
    if (!allowed(f, f->current)) {
        *d = repair(f);
        return false;
    }
    return true;
}

static struct duo_decision revert(const struct duo_facts *f)
{
    if (!f->state->other.present || !f->state->other.confirmed) {
        return recover(DUO_REASON_NO_PREVIOUS);
    }
    if (!f->other->known) {
        return todo(DUO_TODO_VERIFY_OTHER);
    }
    if (!allowed(f, f->other)) {
        return recover(DUO_REASON_NO_PREVIOUS);
    }
    return begin(DUO_EXCHANGE_REVERT, true,
                 f->watchdog ? DUO_REASON_TRIAL_WATCHDOG : DUO_REASON_TRIAL_EXPIRED, DUO_OK);
}

static bool boots_used_up(const struct duo_facts *f)
{
    return f->state->trial_used >= f->state->trial_boots;
}

/* A swap copies nothing: what the set that has failed is worth does not matter, and to verify it
 * would be a third of the time that both cores stand still. */
static bool goes_back_unseen(const struct duo_facts *f)
{
    return f->swaps && !f->frozen && boots_used_up(f) && f->state->other.present &&
           f->state->other.confirmed;
}

/* A boot that cannot be counted is still better than none: there is no way back either. */
static struct duo_decision trial(const struct duo_facts *f)
{
    struct duo_decision d;

    if (goes_back_unseen(f)) {
        return revert(f);
    }
    if (!current_is_good(f, &d)) {
        return d;
    }
    if (f->frozen) {
        return todo(DUO_TODO_RUN);
    }
    return boots_used_up(f) ? revert(f) : todo(DUO_TODO_RUN_TRIAL);
}

/* There is one set to run. One that no application has confirmed is still on trial: a download that
 * was cut came in between. */
static struct duo_decision run_current(const struct duo_facts *f)
{
    struct duo_decision d;

    if (!f->state->current.present) {
        return recover(f->state->reason == DUO_REASON_NONE ? DUO_REASON_NO_SET : f->state->reason);
    }
    if (!f->state->current.confirmed) {
        return trial(f);
    }
    return current_is_good(f, &d) ? todo(DUO_TODO_RUN) : d;
}

/*
 * Verified when it was downloaded, but that was another boot. The set that is left is not looked
 * at: who wants it back verifies it then, and both cores stand still meanwhile. One that was never
 * confirmed is not kept.
 */
static struct duo_decision install(const struct duo_facts *f)
{
    if (f->frozen) {
        return run_current(f);
    }
    if (!f->other->known) {
        return todo(DUO_TODO_VERIFY_OTHER);
    }
    if (!allowed(f, f->other)) {
        return (struct duo_decision){.todo = DUO_TODO_DROP_OTHER,
                                     .reason = DUO_REASON_STAGING_CHANGED,
                                     .reason_code = f->other->status == DUO_OK ? DUO_E_DOWNGRADE
                                                                               : f->other->status};
    }
    return begin(DUO_EXCHANGE_INSTALL, f->state->current.present && f->state->current.confirmed,
                 DUO_REASON_NONE, DUO_OK);
}

/* Half an exchange runs nothing, however its slots read. But in its first step, or before a swap,
 * they have not been touched: then a confirmed set that verifies runs on, if the exchange cannot.
 */
static struct duo_decision resume(const struct duo_facts *f)
{
    const bool tried = DUO_SWAPS && f->taken_back && f->state->kind == DUO_EXCHANGE_INSTALL &&
                       f->state->boot_new == DUO_BOOT_CM7 && f->state->failures > 0;

    if (!f->frozen && !tried && f->state->failures < DUO_EXCHANGE_FAILURES_MAX) {
        return todo(DUO_TODO_RESUME);
    }
    const bool untouched = f->state->step == 0 || f->swaps;
    if (!untouched || !f->state->current.present || !f->state->current.confirmed) {
        return recover(DUO_REASON_FLASH_FAILED);
    }
    if (!f->current->known) {
        return todo(DUO_TODO_VERIFY_CURRENT);
    }
    if (!allowed(f, f->current)) {
        return recover(DUO_REASON_FLASH_FAILED);
    }
    return todo(f->frozen ? DUO_TODO_RUN : DUO_TODO_GIVE_UP);
}

static struct duo_decision factory(const struct duo_facts *f)
{
    if (!f->current->known) {
        return todo(DUO_TODO_VERIFY_CURRENT);
    }
    if (f->current->status == DUO_E_NO_IMAGE) {
        return recover(DUO_REASON_NO_SET);
    }
    return f->current->status == DUO_OK ? todo(DUO_TODO_RUN) : recover_bad(f->current);
}

static struct duo_decision by_phase(const struct duo_facts *f)
{
    if (f->elsewhere) {
        return todo(DUO_TODO_SWAP_BACK); /* before all else: addresses mean another set */
    }
    switch (f->state->phase) {
    case DUO_PHASE_IDLE:
    case DUO_PHASE_DOWNLOADING:
        return run_current(f);
    case DUO_PHASE_STAGED:
        return install(f);
    case DUO_PHASE_EXCHANGE:
        return resume(f);
    case DUO_PHASE_TRIAL:
        return trial(f);
    }
    return recover(DUO_REASON_JOURNAL_LOST); /* decoding lets no other phase through */
}

static struct duo_decision by_journal(const struct duo_facts *f)
{
    switch (f->journal) {
    case DUO_JOURNAL_OK:
        return by_phase(f);
    case DUO_JOURNAL_EMPTY:
        return factory(f);
    case DUO_JOURNAL_NEWER:
        return recover(DUO_REASON_JOURNAL_NEWER);
    case DUO_JOURNAL_LOST:
        break;
    }
    return recover(DUO_REASON_JOURNAL_LOST);
}

/* Moves sectors, or rests on a record to be written. */
static bool writes(enum duo_todo todo)
{
    return todo == DUO_TODO_RUN_TRIAL || todo == DUO_TODO_BEGIN || todo == DUO_TODO_RESUME;
}

struct duo_decision duo_decide(const struct duo_facts *f)
{
    const struct duo_decision d = by_journal(f);

    /* Asked for recovery: nothing runs and nothing moves. A recovery with a reason of its own keeps
     * that, because it decides what may be thrown away there. */
    if (f->recovery && (d.todo == DUO_TODO_RUN || writes(d.todo))) {
        return recover(DUO_REASON_REQUESTED);
    }
    return f->frozen && writes(d.todo) ? recover(DUO_REASON_FLASH_FAILED) : d;
}
