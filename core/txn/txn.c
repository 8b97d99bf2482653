/* SPDX-License-Identifier: MIT */
#include "core/txn/txn.h"

#include <string.h>

#include "core/txn/decide.h"
#include "core/txn/set.h"

/* Questions the decision can ask, each at most once: two verdicts, one dropped set, the answer. */
#define DECIDE_ROUNDS 6u

void duo_txn_open(struct duo_txn *txn, const struct duo_device *dev)
{
    memset(txn, 0, sizeof(*txn));
    txn->dev = dev;
    duo_journal_open(&txn->journal, dev->flash, dev->map, &txn->state);
}

enum duo_status duo_txn_record(struct duo_txn *txn, const struct duo_state *state)
{
    const enum duo_status status = duo_journal_append(&txn->journal, state);

    if (status == DUO_OK) {
        txn->state = *state;
    }
    return status;
}

/* ---- Carrying out a decision ---- */

struct booting {
    struct duo_txn *txn;
    const struct duo_boot_request *request;
    struct duo_boot *boot;
    struct duo_set_verdict current, other;
};

static void set_recovery(struct duo_boot *boot, enum duo_reason reason)
{
    boot->action = DUO_BOOT_RECOVERY;
    boot->reason = reason;
}

static void forget_other(struct duo_state *s)
{
    memset(&s->other, 0, sizeof(s->other));
    memset(s->differs, 0, sizeof(s->differs));
    s->shifted = false;
}

static void drop_other(struct booting *b, const struct duo_decision *d)
{
    struct duo_state next = b->txn->state;

    next.phase = DUO_PHASE_IDLE;
    next.reason = d->reason;
    next.reason_code = d->reason_code;
    forget_other(&next);
    b->boot->status = duo_txn_record(b->txn, &next);
    b->txn->state = next; /* not recorded: then the next boot finds out again */
}

/* What the build says, else what the signed manifest says; at least one boot. */
static void set_trial(struct duo_state *s, const struct duo_device *dev,
                      const struct duo_set_verdict *v)
{
    const unsigned boots = dev->trial_boots ? dev->trial_boots : v->trial_boots;

    s->trial_boots = (uint8_t)(boots == 0                    ? 1
                               : boots > DUO_TRIAL_BOOTS_MAX ? DUO_TRIAL_BOOTS_MAX
                                                             : boots);
    s->trial_time_s = dev->trial_time_s ? dev->trial_time_s : v->trial_time_s;
}

static enum duo_status begin_exchange(struct duo_txn *txn, const struct duo_set_verdict *target,
                                      const struct duo_decision *d)
{
    struct duo_state next = txn->state;

    next.phase = DUO_PHASE_EXCHANGE;
    next.kind = d->kind;
    next.save = d->save;
    next.step = 0;
    next.failures = 0;
    set_trial(&next, txn->dev, target);
    if (d->reason != DUO_REASON_NONE) {
        next.reason = d->reason;
        next.reason_code = d->reason_code;
    }
    return duo_txn_record(txn, &next);
}

static void begin(struct booting *b, const struct duo_decision *d)
{
    b->boot->status = begin_exchange(b->txn, &b->other, d);
    if (b->boot->status != DUO_OK) {
        set_recovery(b->boot, DUO_REASON_FLASH_FAILED);
        return;
    }
    b->txn->fresh = true;
    b->boot->action = DUO_BOOT_EXCHANGE;
}

static void run(struct booting *b)
{
    b->boot->action = DUO_BOOT_RUN;
    memcpy(b->boot->image, b->current.image, sizeof(b->boot->image));
}

/* Counted before it runs: a boot that hangs has been counted, too. */
static void run_trial(struct booting *b)
{
    struct duo_state next = b->txn->state;

    next.trial_used++;
    b->boot->status = duo_txn_record(b->txn, &next);
    if (b->boot->status != DUO_OK) {
        set_recovery(b->boot, DUO_REASON_FLASH_FAILED); /* it would try for ever */
        return;
    }
    run(b);
    b->boot->trial = true;
    b->boot->watchdog_s = next.trial_time_s;
}

static void resume(struct booting *b)
{
    b->boot->status = duo_journal_claim(&b->txn->journal, &b->txn->state);
    if (b->boot->status != DUO_OK) {
        set_recovery(b->boot, DUO_REASON_FLASH_FAILED);
        return;
    }
    b->boot->action = DUO_BOOT_EXCHANGE;
}

/* A trial without a way back: whoever comes to recovery now wants to get rid of its set. */
static bool nothing_to_go_back_to(const struct duo_state *s)
{
    return s->phase == DUO_PHASE_TRIAL && !(s->other.present && s->other.confirmed);
}

static void recovery(struct booting *b, const struct duo_decision *d)
{
    set_recovery(b->boot, d->reason);
    b->boot->reason_code = d->reason_code;
    b->boot->reason_core = d->reason_core;
    b->txn->current_unfit =
        d->reason == DUO_REASON_IMAGE_BAD || d->reason == DUO_REASON_BELOW_COUNTER;
    b->txn->may_discard =
        d->reason != DUO_REASON_REQUESTED || nothing_to_go_back_to(&b->txn->state);
}

/* One round; true when the boot is decided. */
static bool decide(struct booting *b)
{
    const struct duo_facts facts = {
        b->txn->journal.verdict, &b->txn->state,      &b->current, &b->other,
        b->request->recovery,    b->request->watchdog};
    const struct duo_decision d = duo_decide(&facts);

    switch (d.todo) {
    case DUO_TODO_VERIFY_CURRENT:
        duo_set_verify(b->txn, DUO_SET_CURRENT, &b->current);
        return false;
    case DUO_TODO_VERIFY_OTHER:
        duo_set_verify(b->txn, DUO_SET_OTHER, &b->other);
        return false;
    case DUO_TODO_DROP_OTHER:
        drop_other(b, &d);
        return false;
    case DUO_TODO_RUN:
        run(b);
        return true;
    case DUO_TODO_RUN_TRIAL:
        run_trial(b);
        return true;
    case DUO_TODO_BEGIN:
        begin(b, &d);
        return true;
    case DUO_TODO_RESUME:
        resume(b);
        return true;
    case DUO_TODO_RECOVERY:
        break;
    }
    recovery(b, &d);
    return true;
}

void duo_txn_boot(struct duo_txn *txn, const struct duo_boot_request *request,
                  struct duo_boot *boot)
{
    struct booting b = {.txn = txn, .request = request, .boot = boot};

    memset(boot, 0, sizeof(*boot));
    set_recovery(boot, DUO_REASON_JOURNAL_LOST);
    const enum duo_status settled = duo_journal_settle(&txn->journal, &txn->state);
    for (unsigned i = 0; i < DECIDE_ROUNDS; i++) {
        if (decide(&b)) {
            break;
        }
    }
    if (boot->status == DUO_OK) {
        boot->status = settled;
    }
}

/* ---- Applications and menu ---- */

static enum duo_status end_trial(struct duo_txn *txn, struct duo_state *next)
{
    struct duo_manifest m;
    const enum duo_status status = duo_set_manifest(txn, DUO_SET_CURRENT, &m);

    if (status != DUO_OK) {
        return status;
    }
    next->phase = DUO_PHASE_IDLE;
    next->current.confirmed = true;
    next->reason = DUO_REASON_NONE;
    next->reason_code = DUO_OK;
    next->counter = m.counter > next->counter ? m.counter : next->counter;
    return DUO_OK;
}

enum duo_status duo_txn_confirm(struct duo_txn *txn, enum duo_core core)
{
    struct duo_state next = txn->state;
    enum duo_status status = DUO_OK;

    if (txn->journal.verdict == DUO_JOURNAL_EMPTY) {
        return DUO_OK;
    }
    if (txn->journal.verdict != DUO_JOURNAL_OK || next.phase == DUO_PHASE_EXCHANGE) {
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

enum duo_status duo_txn_rollback(struct duo_txn *txn)
{
    const struct duo_state *s = &txn->state;
    const bool trial = s->phase == DUO_PHASE_TRIAL;
    struct duo_set_verdict other;

    if (txn->journal.verdict != DUO_JOURNAL_OK || (s->phase != DUO_PHASE_IDLE && !trial)) {
        return DUO_E_STATE;
    }
    /* from a trial only back to what has worked before: two trials would take turns for ever */
    if (!s->other.present || (trial && !s->other.confirmed)) {
        return DUO_E_NO_IMAGE;
    }
    duo_set_verify(txn, DUO_SET_OTHER, &other);
    if (other.status != DUO_OK) {
        return other.status;
    }
    if (other.counter < s->counter) {
        return DUO_E_DOWNGRADE;
    }
    const struct duo_decision d = {.kind = DUO_EXCHANGE_ROLLBACK,
                                   .save = s->current.present,
                                   .reason = DUO_REASON_ROLLED_BACK};
    return begin_exchange(txn, &other, &d);
}

enum duo_status duo_txn_retry(struct duo_txn *txn)
{
    struct duo_state next = txn->state;

    if (txn->journal.verdict != DUO_JOURNAL_OK || next.phase != DUO_PHASE_EXCHANGE) {
        return DUO_E_STATE;
    }
    next.failures = 0;
    return duo_txn_record(txn, &next);
}

enum duo_status duo_txn_note(struct duo_txn *txn, enum duo_reason reason, enum duo_status code)
{
    struct duo_state next = txn->state;

    if (txn->journal.verdict != DUO_JOURNAL_OK || next.phase == DUO_PHASE_EXCHANGE ||
        (next.reason == reason && next.reason_code == code)) {
        return DUO_OK;
    }
    next.reason = reason;
    next.reason_code = code;
    return duo_txn_record(txn, &next);
}

/* ---- The first state ---- */

static void factory_state(struct duo_txn *txn, struct duo_set_verdict *v, struct duo_state *s)
{
    duo_set_verify(txn, DUO_SET_CURRENT, v);
    s->phase = DUO_PHASE_IDLE;
    if (v->status != DUO_OK) {
        s->reason = DUO_REASON_NO_SET;
        return;
    }
    s->current = (struct duo_set_ref){.present = true,
                                      .factory = true,
                                      .confirmed = true,
                                      .sectors = {v->sectors[DUO_CM7], v->sectors[DUO_CM4]}};
    s->counter = v->counter;
}

/* Nothing is known about the slots: an exchange may have been under way. */
static void lost_state(const struct duo_txn *txn, struct duo_state *s)
{
    s->phase = DUO_PHASE_DOWNLOADING;
    s->reason = txn->journal.verdict == DUO_JOURNAL_NEWER ? DUO_REASON_JOURNAL_NEWER
                                                          : DUO_REASON_JOURNAL_LOST;
    s->counter = duo_set_counter_floor(txn->dev);
}

enum duo_status duo_txn_need_journal(struct duo_txn *txn)
{
    struct duo_set_verdict v = {0};
    struct duo_state first = {0};
    uint8_t manifest[DUO_MANIFEST_SIZE];

    if (txn->journal.verdict == DUO_JOURNAL_OK) {
        return DUO_OK;
    }
    if (txn->journal.verdict == DUO_JOURNAL_EMPTY) {
        factory_state(txn, &v, &first);
    } else {
        lost_state(txn, &first);
    }
    enum duo_status status =
        first.current.present ? duo_set_factory_manifest(&v, manifest) : DUO_OK;
    if (status == DUO_OK) {
        status = duo_journal_start(&txn->journal, &first, first.current.present ? manifest : NULL);
    }
    if (status == DUO_OK) {
        txn->state = first;
    }
    return status;
}

/* The images as the manifest names them, in the slots. */
static enum duo_status adopt_images(const struct duo_txn *txn, const struct duo_manifest *m,
                                    struct duo_set_ref *ref, enum duo_core *core)
{
    enum duo_status status = DUO_OK;

    for (unsigned c = 0; c < DUO_CORES && status == DUO_OK; c++) {
        struct duo_store store;
        struct duo_image image;
        struct duo_locator loc;

        *core = (enum duo_core)c;
        duo_store_app(&store, txn->dev, *core);
        status = duo_store_verify(&store, txn->dev, *core, m, true, &image, &loc);
        if (status == DUO_OK) {
            ref->sectors[c] = duo_store_sectors(txn->dev, &loc);
        }
    }
    return status;
}

enum duo_status duo_txn_adopt(struct duo_txn *txn, const uint8_t manifest[DUO_MANIFEST_SIZE],
                              enum duo_core *core)
{
    const struct duo_device *dev = txn->dev;
    struct duo_state first = {.phase = DUO_PHASE_IDLE,
                              .current = {.present = true, .confirmed = true}};
    struct duo_manifest m;

    if (txn->journal.verdict != DUO_JOURNAL_EMPTY) {
        return DUO_E_STATE;
    }
    enum duo_status status =
        duo_manifest_verify(manifest, dev->key, dev->hardware_id, dev->slots, &m);
    if (status == DUO_OK) {
        status = adopt_images(txn, &m, &first.current, core);
    }
    if (status == DUO_OK) {
        first.counter = m.counter;
        status = duo_journal_start(&txn->journal, &first, manifest);
    }
    if (status == DUO_OK) {
        txn->state = first;
    }
    return status;
}
