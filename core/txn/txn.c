/* SPDX-License-Identifier: MIT */
#include "core/txn/txn.h"

#include <string.h>

#include "core/txn/exchange.h"
#include "core/txn/set.h"
#include "core/txn/swap.h"
#include "core/txn/txn_parts.h"

void duo_txn_open(struct duo_txn *txn, const struct duo_device *dev)
{
    memset(txn, 0, sizeof(*txn));
    txn->dev = dev;
    duo_journal_open(&txn->journal, dev->flash, dev->map, &txn->state);
    if (txn->journal.content == DUO_JOURNAL_OK) {
        dev->trust->revoked = txn->state.revoked;
    }
}

enum duo_status duo_txn_record(struct duo_txn *txn, const struct duo_state *state)
{
    const enum duo_status status = duo_journal_append(&txn->journal, state);

    if (status == DUO_OK) {
        txn->state = *state;
        txn->dev->trust->revoked = state->revoked;
    }
    return status;
}

/* ---- The beginning of an exchange ---- */

/* What the build says, else what the signed manifest says; at least one boot, and never without a
 * deadline: the core that would have to call for help may be the one that has crashed. */
static void set_trial(struct duo_state *s, const struct duo_device *dev,
                      const struct duo_set_verdict *v)
{
    const unsigned boots = dev->trial_boots ? dev->trial_boots : v->trial_boots;

    s->trial_boots = (uint8_t)(boots == 0                    ? 1
                               : boots > DUO_TRIAL_BOOTS_MAX ? DUO_TRIAL_BOOTS_MAX
                                                             : boots);
    s->trial_time_s = dev->trial_time_s ? dev->trial_time_s
                      : v->trial_time_s ? v->trial_time_s
                                        : DUO_TRIAL_TIME_DEFAULT;
}

struct duo_state duo_txn_exchange_begun(const struct duo_txn *txn,
                                        const struct duo_set_verdict *target,
                                        const struct duo_decision *d)
{
    struct duo_state next = txn->state;

    next.phase = DUO_PHASE_EXCHANGE;
    next.kind = d->kind;
    next.save = d->save;
    next.step = 0;
    next.failures = 0;
    next.worn = 0;
    set_trial(&next, txn->dev, target);
    if (d->reason != DUO_REASON_NONE) {
        next.reason = d->reason;
        next.reason_code = d->reason_code;
    }
    return next;
}

/* ---- Applications and menu ---- */

/* Not inlined: an application that confirms does not come here, and has little stack. */
__attribute__((noinline)) static enum duo_status
current_counter(const struct duo_txn *txn, uint32_t *counter, uint32_t *revokes)
{
    struct duo_manifest m;
    const enum duo_status status = duo_set_manifest(txn, DUO_STANDING_CURRENT, &m);

    *counter = status == DUO_OK ? m.counter : 0;
    *revokes = status == DUO_OK ? duo_revocation_mask(txn->dev->trust->ring, &m.revokes) : 0;
    /* The manifest is lost, and with it what it would raise the counter to. */
    return status == DUO_E_JOURNAL ? DUO_OK : status;
}

static enum duo_status end_trial(const struct duo_txn *txn, struct duo_state *next)
{
    uint32_t counter = txn->current_counter, revokes = txn->current_revokes;
    const enum duo_status status =
        txn->counter_known ? DUO_OK : current_counter(txn, &counter, &revokes);

    if (status != DUO_OK) {
        return status;
    }
    next->phase = DUO_PHASE_IDLE;
    next->current.confirmed = true;
    next->reason = DUO_REASON_NONE;
    next->reason_code = DUO_OK;
    next->boot_new = 0; /* the bank that comes second still has the bootloader of before */
    next->counter = counter > next->counter ? counter : next->counter;
    next->revoked |= (uint8_t)revokes;
    return DUO_OK;
}

enum duo_status duo_txn_confirm(struct duo_txn *txn, enum duo_core core)
{
    struct duo_state next = txn->state;
    enum duo_status status = DUO_OK;

    if (txn->journal.content == DUO_JOURNAL_EMPTY) {
        return DUO_OK;
    }
    if (txn->journal.content != DUO_JOURNAL_OK || next.phase == DUO_PHASE_EXCHANGE) {
        return DUO_E_STATE;
    }
    if (next.phase != DUO_PHASE_TRIAL || next.confirmed[core]) {
        return DUO_OK;
    }
    next.confirmed[core] = true;
    if (next.confirmed[DUO_CM7] && next.confirmed[DUO_CM4]) {
        status = end_trial(txn, &next);
    }
    return status == DUO_OK ? duo_txn_record(txn, &next) : status;
}

/* May the other set take the place of the current one? STATE, NO_IMAGE, its verdict, DOWNGRADE. */
static enum duo_status check_other(const struct duo_txn *txn, struct duo_set_verdict *other)
{
    const struct duo_state *s = &txn->state;
    const bool trial = s->phase == DUO_PHASE_TRIAL;

    if (txn->journal.content != DUO_JOURNAL_OK || duo_swap_elsewhere(txn) ||
        (s->phase != DUO_PHASE_IDLE && !trial)) {
        return DUO_E_STATE;
    }
    /* from a trial only back to what has worked before: two trials would take turns without end */
    if (!s->other.present || (trial && !s->other.confirmed)) {
        return DUO_E_NO_IMAGE;
    }
    duo_set_verify(txn, DUO_STANDING_OTHER, other);
    if (other->status != DUO_OK) {
        return other->status;
    }
    return other->counter < s->counter ? DUO_E_DOWNGRADE : DUO_OK;
}

static enum duo_status demand_other(struct duo_txn *txn, bool save)
{
    struct duo_set_verdict other;
    const enum duo_status status = check_other(txn, &other);
    const bool back = txn->state.other.confirmed;
    const struct duo_decision d = {.kind = back ? DUO_EXCHANGE_ROLLBACK : DUO_EXCHANGE_INSTALL,
                                   .save = save,
                                   .reason = back ? DUO_REASON_ROLLED_BACK : DUO_REASON_NONE};

    if (status != DUO_OK) {
        return status;
    }
    const struct duo_state next = duo_txn_exchange_begun(txn, &other, &d);
    return duo_txn_record(txn, &next);
}

enum duo_status duo_txn_rollback(struct duo_txn *txn)
{
    return demand_other(txn, txn->state.current.present);
}

enum duo_status duo_txn_replace(struct duo_txn *txn)
{
    return demand_other(txn, false);
}

enum duo_status duo_txn_retry(struct duo_txn *txn)
{
    struct duo_state next = txn->state;

    if (txn->journal.content != DUO_JOURNAL_OK || next.phase != DUO_PHASE_EXCHANGE) {
        return DUO_E_STATE;
    }
    next.failures = 0;
    return duo_txn_record(txn, &next);
}

enum duo_status duo_txn_stop_exchange(struct duo_txn *txn, enum duo_status why)
{
    struct duo_state next = txn->state;

    if (txn->journal.content != DUO_JOURNAL_OK || next.phase != DUO_PHASE_EXCHANGE) {
        return DUO_E_STATE;
    }
    const bool untouched = next.step == 0 && next.current.confirmed;
    if (next.save && !untouched) {
        next.save = false; /* what hung may have been the keeping; the other set counts for more */
    } else {
        next.failures = DUO_EXCHANGE_FAILURES_MAX;
    }
    next.reason = DUO_REASON_FLASH_FAILED;
    next.reason_code = why;
    return duo_txn_record(txn, &next);
}

static enum duo_status note(struct duo_txn *txn, enum duo_reason reason, enum duo_status code,
                            uint8_t worn)
{
    struct duo_state next = txn->state;

    if (txn->journal.content != DUO_JOURNAL_OK || next.phase == DUO_PHASE_EXCHANGE ||
        (next.reason == reason && next.reason_code == code && next.worn == worn)) {
        return DUO_OK;
    }
    next.reason = reason;
    next.reason_code = code;
    next.worn = worn;
    return duo_txn_record(txn, &next);
}

enum duo_status duo_txn_note(struct duo_txn *txn, enum duo_reason reason, enum duo_status code)
{
    return note(txn, reason, code, txn->state.worn);
}

enum duo_status duo_txn_note_worn(struct duo_txn *txn, enum duo_status code, uint32_t addr)
{
    return note(txn, DUO_REASON_FLASH_FAILED, code, duo_sector_number(txn->dev->map, addr));
}
