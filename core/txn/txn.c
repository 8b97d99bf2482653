/* SPDX-License-Identifier: MIT */
#include "core/txn/txn.h"

#include <string.h>

#include "core/txn/decide.h"
#include "core/txn/exchange.h"
#include "core/txn/set.h"

/* Questions the decision can ask: two verdicts, a set dropped, an exchange given up, a journal that
 * refuses, each once, and what follows; the answer. */
#define DECIDE_ROUNDS 9u

/* Of a trial boot: its own record, then pads and a record for each core, and words that are
 * refused. */
#define CONFIRM_WORDS 16u

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
    bool dry;    /* only asked: nothing is written */
    bool frozen; /* the journal has refused a record */
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
    return duo_txn_record(b->txn, next);
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

/* The reason is there already: the flash has refused the exchange. */
static void give_up(struct booting *b)
{
    struct duo_state next = b->txn->state;

    duo_exchange_give_up(&next);
    b->boot->status = record(b, &next);
    b->txn->state = next;
}

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

static struct duo_state exchange_begun(const struct duo_txn *txn,
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

static bool begin(struct booting *b, const struct duo_decision *d)
{
    const struct duo_state next = exchange_begun(b->txn, &b->other, d);
    const enum duo_status status = record(b, &next);

    if (status != DUO_OK) {
        freeze(b, status);
        return false;
    }
    b->txn->fresh = true;
    b->boot->action = DUO_BOOT_EXCHANGE;
    return true;
}

static void run(struct booting *b)
{
    const struct duo_set_ref *set = &b->txn->state.current;

    b->boot->action = DUO_BOOT_RUN;
    b->boot->m4_by_m7 = b->current.m4_by_m7;
    memcpy(b->boot->image, b->current.image, sizeof(b->boot->image));
    b->boot->trial = set->present && !set->confirmed;
    b->boot->watchdog_s = b->boot->trial ? b->txn->state.trial_time_s : 0;
    if (b->current.unnamed && !b->dry && !b->frozen) {
        (void)duo_txn_note(b->txn, DUO_REASON_UNNAMED, DUO_E_JOURNAL);
    }
}

/* An application that confirms has neither the time nor the stack for turning the journal. */
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
    b->txn->current_unfit =
        d->reason == DUO_REASON_IMAGE_BAD || d->reason == DUO_REASON_BELOW_COUNTER;
    b->txn->may_discard =
        d->reason != DUO_REASON_REQUESTED || nothing_to_go_back_to(&b->txn->state);
}

/* One round; true when the boot is decided. */
static bool decide(struct booting *b)
{
    const struct duo_facts facts = {.journal = b->txn->journal.verdict,
                                    .state = &b->txn->state,
                                    .current = &b->current,
                                    .other = &b->other,
                                    .recovery = b->request->recovery,
                                    .watchdog = b->request->watchdog,
                                    .frozen = b->frozen};
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
    case DUO_TODO_RECOVERY:
        break;
    }
    recovery(b, &d);
    return true;
}

static void decide_all(struct booting *b)
{
    memset(b->boot, 0, sizeof(*b->boot));
    set_recovery(b->boot, DUO_REASON_JOURNAL_LOST);
    for (unsigned i = 0; i < DECIDE_ROUNDS; i++) {
        if (decide(b)) {
            break;
        }
    }
}

void duo_txn_boot(struct duo_txn *txn, const struct duo_boot_request *request,
                  struct duo_boot *boot)
{
    const enum duo_status settled = duo_journal_settle(&txn->journal, &txn->state);
    struct booting b = {.txn = txn, .request = request, .boot = boot};

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
    txn->may_discard = often || nothing_to_go_back_to(&txn->state);
}

/* ---- Applications and menu ---- */

/* Not inlined: an application that confirms does not come here, and has little stack. */
__attribute__((noinline)) static enum duo_status current_counter(const struct duo_txn *txn,
                                                                 uint32_t *counter)
{
    struct duo_manifest m;
    const enum duo_status status = duo_set_manifest(txn, DUO_SET_CURRENT, &m);

    *counter = status == DUO_OK ? m.counter : 0;
    /* The manifest is lost, and with it what it would raise the counter to. */
    return status == DUO_E_JOURNAL ? DUO_OK : status;
}

static enum duo_status end_trial(const struct duo_txn *txn, struct duo_state *next)
{
    uint32_t counter = txn->current_counter;
    const enum duo_status status = txn->counter_known ? DUO_OK : current_counter(txn, &counter);

    if (status != DUO_OK) {
        return status;
    }
    next->phase = DUO_PHASE_IDLE;
    next->current.confirmed = true;
    next->reason = DUO_REASON_NONE;
    next->reason_code = DUO_OK;
    next->counter = counter > next->counter ? counter : next->counter;
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

/* May the other set take the place of the current one? STATE, NO_IMAGE, its verdict, DOWNGRADE. */
static enum duo_status check_other(const struct duo_txn *txn, struct duo_set_verdict *other)
{
    const struct duo_state *s = &txn->state;
    const bool trial = s->phase == DUO_PHASE_TRIAL;

    if (txn->journal.verdict != DUO_JOURNAL_OK || (s->phase != DUO_PHASE_IDLE && !trial)) {
        return DUO_E_STATE;
    }
    /* from a trial only back to what has worked before: two trials would take turns without end */
    if (!s->other.present || (trial && !s->other.confirmed)) {
        return DUO_E_NO_IMAGE;
    }
    duo_set_verify(txn, DUO_SET_OTHER, other);
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
    const struct duo_state next = exchange_begun(txn, &other, &d);
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

    if (txn->journal.verdict != DUO_JOURNAL_OK || next.phase != DUO_PHASE_EXCHANGE) {
        return DUO_E_STATE;
    }
    next.failures = 0;
    return duo_txn_record(txn, &next);
}

static enum duo_status note(struct duo_txn *txn, enum duo_reason reason, enum duo_status code,
                            uint8_t worn)
{
    struct duo_state next = txn->state;

    if (txn->journal.verdict != DUO_JOURNAL_OK || next.phase == DUO_PHASE_EXCHANGE ||
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

uint32_t duo_txn_counter(const struct duo_txn *txn)
{
    struct duo_set_verdict v;

    if (txn->journal.verdict == DUO_JOURNAL_OK) {
        return txn->state.counter;
    }
    if (txn->journal.verdict != DUO_JOURNAL_EMPTY) {
        return duo_set_counter_floor(txn->dev);
    }
    duo_set_verify(txn, DUO_SET_CURRENT, &v);
    return v.status == DUO_OK ? v.counter : 0;
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
