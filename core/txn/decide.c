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

/* The current set does not verify: put the other one in its place, if that is worth anything. */
static struct duo_decision repair(const struct duo_facts *f)
{
    if (!f->state->other.present) {
        return recover_bad(f->current);
    }
    if (!f->other->known) {
        return todo(DUO_TODO_VERIFY_OTHER);
    }
    if (f->other->status == DUO_OK && !allowed(f, f->other)) {
        return recover(DUO_REASON_BELOW_COUNTER);
    }
    if (!allowed(f, f->other)) {
        return recover_bad(f->current);
    }
    return begin(DUO_EXCHANGE_REPAIR, false, DUO_REASON_IMAGE_BAD, f->current->status);
}

/* IDLE, DOWNLOADING: there is one set to run. */
static struct duo_decision run_current(const struct duo_facts *f)
{
    if (!f->state->current.present) {
        return recover(f->state->reason == DUO_REASON_NONE ? DUO_REASON_NO_SET : f->state->reason);
    }
    if (!f->current->known) {
        return todo(DUO_TODO_VERIFY_CURRENT);
    }
    if (f->current->status != DUO_OK) {
        return repair(f);
    }
    if (f->current->counter < f->state->counter) {
        return recover(DUO_REASON_BELOW_COUNTER);
    }
    return todo(DUO_TODO_RUN);
}

/*
 * Verified when it was downloaded, but that was another power-up. The set that is left is not
 * looked at: whoever wants it back verifies it then, and both cores stand still meanwhile.
 */
static struct duo_decision install(const struct duo_facts *f)
{
    if (!f->other->known) {
        return todo(DUO_TODO_VERIFY_OTHER);
    }
    if (!allowed(f, f->other)) {
        return (struct duo_decision){.todo = DUO_TODO_DROP_OTHER,
                                     .reason = DUO_REASON_STAGING_CHANGED,
                                     .reason_code = f->other->status == DUO_OK ? DUO_E_DOWNGRADE
                                                                               : f->other->status};
    }
    return begin(DUO_EXCHANGE_INSTALL, f->state->current.present, DUO_REASON_NONE, DUO_OK);
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

static struct duo_decision trial(const struct duo_facts *f)
{
    if (!f->current->known) {
        return todo(DUO_TODO_VERIFY_CURRENT);
    }
    if (f->current->status != DUO_OK) {
        return repair(f);
    }
    if (f->current->counter < f->state->counter) {
        return recover(DUO_REASON_BELOW_COUNTER);
    }
    return f->state->trial_used < f->state->trial_boots ? todo(DUO_TODO_RUN_TRIAL) : revert(f);
}

/* Half an exchange runs nothing, whatever the images look like. */
static struct duo_decision resume(const struct duo_facts *f)
{
    return f->state->failures >= DUO_EXCHANGE_FAILURES_MAX ? recover(DUO_REASON_FLASH_FAILED)
                                                           : todo(DUO_TODO_RESUME);
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

struct duo_decision duo_decide(const struct duo_facts *f)
{
    const struct duo_decision d = by_journal(f);
    const bool acts = d.todo == DUO_TODO_RUN || d.todo == DUO_TODO_RUN_TRIAL ||
                      d.todo == DUO_TODO_BEGIN || d.todo == DUO_TODO_RESUME;

    /* Asked for recovery: nothing runs and nothing moves. A recovery with a reason of its own keeps
     * that, because it decides what may be thrown away there. */
    return f->recovery && acts ? recover(DUO_REASON_REQUESTED) : d;
}
