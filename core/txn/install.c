/* SPDX-License-Identifier: MIT */
#include "core/txn/install.h"

#include <string.h>

#include "core/txn/swap.h"

/* Times a step is begun again in one power cycle when the flash refuses it. */
#define STEP_TRIES 3u

/* Words looked at in one call while skipping blank ones: keeps a call short. */
#define SCAN_WORDS 64u

enum worker_stage {
    WORKER_DONE,
    WORKER_BEGIN,
    WORKER_ERASING,
    WORKER_COPY, /* look for the next word to program */
    WORKER_PROGRAMMING,
    WORKER_FAILED
};

/* Seals, restated states and a pad besides the steps' own two words each. */
#define JOURNAL_SPARE_WORDS 16u

static const struct duo_device *device(const struct duo_install *in)
{
    return in->txn->dev;
}

/* ---- One bank ---- */

static void fail(struct duo_worker *w, enum duo_status status)
{
    w->stage = WORKER_FAILED;
    w->result = duo_flash_refusal(status);
}

static void begin_erase(struct duo_worker *w, const struct duo_flash *flash)
{
    const enum duo_status status = flash->begin_erase(flash->ctx, w->move.to);

    if (status == DUO_OK) {
        w->stage = WORKER_ERASING;
    } else {
        fail(w, status);
    }
}

static bool same_word(const struct duo_flash *flash, uint32_t a, uint32_t b)
{
    uint8_t left[DUO_WORD_SIZE];
    uint8_t right[DUO_WORD_SIZE];

    return flash->read(flash->ctx, a, left, sizeof(left)) == DUO_WORD_GOOD &&
           flash->read(flash->ctx, b, right, sizeof(right)) == DUO_WORD_GOOD &&
           duo_word_equal(left, right);
}

static bool same_sector(const struct duo_flash *flash, uint32_t a, uint32_t b, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += DUO_WORD_SIZE) {
        if (!same_word(flash, a + at, b + at)) {
            return false;
        }
    }
    return true;
}

/*
 * What reading shows about the target counts only if no operation on it can have been cut: then it
 * was last written by operations that ended well. PUT does not ask, because a slot may hold the
 * remains of an exchange that was given up.
 */
static void begin_move(struct duo_worker *w, const struct duo_flash *flash, uint32_t size,
                       bool distrust)
{
    if (w->move.kind != DUO_MOVE_PUT && !distrust) {
        if (same_sector(flash, w->move.from, w->move.to, size)) {
            w->stage = WORKER_DONE;
            return;
        }
        if (duo_flash_area_blank(flash, w->move.to, size)) {
            w->stage = WORKER_COPY;
            return;
        }
    }
    begin_erase(w, flash);
}

/*
 * Finds the next word that holds something. One that cannot be read is left blank: the image it
 * belongs to will not verify, and that is dealt with at the next boot.
 */
static void copy_next(struct duo_worker *w, const struct duo_flash *flash, uint32_t size)
{
    for (unsigned i = 0; i < SCAN_WORDS && w->at < size; i++, w->at += DUO_WORD_SIZE) {
        const enum duo_word_state state =
            flash->read(flash->ctx, w->move.from + w->at, w->word, sizeof(w->word));

        if (state == DUO_WORD_UNREADABLE || duo_word_is_blank(w->word)) {
            continue;
        }
        const enum duo_status status =
            flash->begin_program(flash->ctx, w->move.to + w->at, w->word);
        if (status == DUO_OK) {
            w->stage = WORKER_PROGRAMMING;
        } else {
            fail(w, status);
        }
        return;
    }
    if (w->at >= size) {
        w->stage = WORKER_DONE;
    }
}

static void check_word(struct duo_worker *w, const struct duo_flash *flash)
{
    uint8_t back[DUO_WORD_SIZE];

    if (flash->read(flash->ctx, w->move.to + w->at, back, sizeof(back)) != DUO_WORD_GOOD ||
        !duo_word_equal(back, w->word)) {
        fail(w, DUO_E_PROGRAM);
        return;
    }
    w->at += DUO_WORD_SIZE;
    w->stage = WORKER_COPY;
}

static void wait_operation(struct duo_worker *w, const struct duo_flash *flash)
{
    const enum duo_status status = flash->poll(flash->ctx, w->move.to);

    if (status == DUO_E_BUSY) {
        return;
    }
    if (status != DUO_OK) {
        fail(w, status);
    } else if (w->stage == WORKER_ERASING) {
        w->stage = WORKER_COPY;
    } else {
        check_word(w, flash);
    }
}

static bool resting(const struct duo_worker *w)
{
    return w->stage == WORKER_DONE || w->stage == WORKER_FAILED;
}

static bool distrusts(const struct duo_install *in, const struct duo_worker *w)
{
    return in->distrust || (w->move.kind == DUO_MOVE_BOOT && !in->txn->state.boot_copied);
}

static void work(struct duo_install *in, enum duo_core core)
{
    struct duo_worker *w = &in->worker[core];
    const struct duo_flash *flash = device(in)->flash;
    const uint32_t size = device(in)->map->sector_size;

    if (w->stage == WORKER_ERASING || w->stage == WORKER_PROGRAMMING) {
        wait_operation(w, flash);
    }
    if (w->stage == WORKER_BEGIN) {
        begin_move(w, flash, size, distrusts(in, w));
    }
    if (w->stage == WORKER_COPY) {
        copy_next(w, flash, size);
    }
}

/* ---- Steps ---- */

static void load_step(struct duo_install *in)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        struct duo_worker *w = &in->worker[c];

        memset(w, 0, sizeof(*w));
        w->move = duo_exchange_move(device(in)->map, &in->txn->state, (enum duo_core)c,
                                    in->txn->state.step);
        w->stage = w->move.kind == DUO_MOVE_NONE ? WORKER_DONE : WORKER_BEGIN;
    }
    in->loaded = true;
}

/* One record says for both banks that the step is complete; the last one lets the sets change
 * places, or says that the banks may be swapped. */
static enum duo_status end_step(struct duo_install *in)
{
    struct duo_state next = in->txn->state;

    next.step++;
    const bool last = next.step >= in->steps;
    const bool swap = DUO_SWAPS && device(in)->map->twin;
    if (last && !swap) {
        duo_exchange_commit(device(in)->map, &next);
    }
    const enum duo_status status = duo_txn_record(in->txn, &next);
    if (status != DUO_OK) {
        return status;
    }
    in->finished = last && !swap;
    in->loaded = false;
    in->distrust = false;
    in->tries = 0;
    return in->finished ? DUO_OK : DUO_E_BUSY;
}

static const struct duo_worker *failed_worker(const struct duo_install *in)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (in->worker[c].stage == WORKER_FAILED) {
            return &in->worker[c];
        }
    }
    return NULL;
}

/*
 * A sector to keep the current set in is worn out. Nothing has been changed in the first step: a
 * current set that has proved itself runs on. Later, or when it has not, what counts is the other
 * set: the exchange goes on, and keeps nothing.
 */
static enum duo_status do_without_saving(struct duo_install *in, struct duo_state *next,
                                         enum duo_status status)
{
    const bool stays = next->step == 0 && next->current.confirmed;

    if (stays) {
        next->reason = DUO_REASON_SECTOR_WORN;
        next->reason_code = status;
        duo_exchange_give_up(next);
    } else {
        next->save = false;
    }
    in->tries = 0;
    const enum duo_status recorded = duo_txn_record(in->txn, next);
    if (recorded != DUO_OK) {
        return recorded;
    }
    return stays ? status : DUO_E_BUSY;
}

/* Begins the step again with an erase, or decides what happens to the exchange. */
static enum duo_status step_failed(struct duo_install *in, const struct duo_worker *w)
{
    const enum duo_status status = w->result;
    struct duo_state next = in->txn->state;

    in->loaded = false;
    in->distrust = true;
    if (++in->tries < STEP_TRIES) {
        return DUO_E_BUSY;
    }
    next.worn = duo_sector_number(device(in)->map, w->move.to);
    if (w->move.kind == DUO_MOVE_SAVE) {
        return do_without_saving(in, &next, status);
    }
    next.failures++;
    next.reason = DUO_REASON_FLASH_FAILED;
    next.reason_code = status;
    /* If the journal's flash fails, too, the next boot tries again. */
    (void)duo_txn_record(in->txn, &next);
    return status;
}

/* ---- The swap ---- */

/* A swap back has no exchange of its own to count failures of: the caller does. */
static enum duo_status swap_failed(struct duo_install *in, enum duo_status status)
{
    struct duo_state next = in->txn->state;

    if (++in->tries < STEP_TRIES) {
        return DUO_E_BUSY;
    }
    if (!in->back) {
        next.failures++;
        next.reason = DUO_REASON_FLASH_FAILED;
        next.reason_code = status;
        (void)duo_txn_record(in->txn, &next); /* as in step_failed() */
    }
    return status;
}

/* A new M7 bootloader may do nothing at all but be swapped back: then this is all that says so. */
static enum duo_status count_attempt(struct duo_install *in)
{
    struct duo_state next = in->txn->state;

    if (!DUO_SWAPS || in->back || in->counted || next.kind != DUO_EXCHANGE_INSTALL ||
        next.boot_new != DUO_BOOT_CM7) {
        return DUO_OK;
    }
    next.failures++;
    const enum duo_status status = duo_txn_record(in->txn, &next);
    in->counted = status == DUO_OK;
    return status;
}

static enum duo_status begin_swap(struct duo_install *in)
{
    const enum duo_status status = count_attempt(in);

    return status == DUO_OK ? duo_swap_begin(in->txn) : status;
}

/* What it was done for is recorded at the next boot, when it shows. */
static enum duo_status swap_banks(struct duo_install *in)
{
    const struct duo_flash *flash = device(in)->flash;
    enum duo_status status = in->swapping ? flash->poll_swap(flash->ctx) : begin_swap(in);

    if (status == DUO_E_BUSY) {
        return status;
    }
    if (status != DUO_OK) {
        in->swapping = false;
        return swap_failed(in, status);
    }
    in->finished = in->swapping;
    in->swapping = !in->finished;
    return in->finished ? DUO_OK : DUO_E_BUSY;
}

/* ---- The interface ---- */

enum duo_status duo_install_start(struct duo_install *in, struct duo_txn *txn)
{
    memset(in, 0, sizeof(*in));
    in->txn = txn;
    in->back = duo_swap_elsewhere(txn);
    if (in->back) {
        return DUO_OK;
    }
    if (txn->journal.content != DUO_JOURNAL_OK || txn->state.phase != DUO_PHASE_EXCHANGE) {
        return DUO_E_STATE;
    }
    in->steps = (uint8_t)duo_exchange_steps(device(in)->map, &txn->state);
    in->distrust = !txn->fresh;
    return duo_journal_make_room(&txn->journal, &txn->state, 2u * in->steps + JOURNAL_SPARE_WORDS);
}

enum duo_status duo_install_step(struct duo_install *in)
{
    if (in->finished) {
        return DUO_OK;
    }
    if (DUO_SWAPS && (in->back || (device(in)->map->twin && in->txn->state.step >= in->steps))) {
        return swap_banks(in);
    }
    if (!in->loaded) {
        load_step(in);
    }
    work(in, DUO_CM7);
    work(in, DUO_CM4);
    if (!resting(&in->worker[DUO_CM7]) || !resting(&in->worker[DUO_CM4])) {
        return DUO_E_BUSY;
    }
    const struct duo_worker *failed = failed_worker(in);
    return failed ? step_failed(in, failed) : end_step(in);
}

static unsigned worker_percent(const struct duo_install *in, const struct duo_worker *w)
{
    return resting(w) ? 100u : w->at * 100u / device(in)->map->sector_size;
}

unsigned duo_install_percent(const struct duo_install *in)
{
    if (in->finished || in->steps == 0) {
        return 100u;
    }
    const unsigned m7 = worker_percent(in, &in->worker[DUO_CM7]);
    const unsigned m4 = worker_percent(in, &in->worker[DUO_CM4]);
    const unsigned part = in->loaded ? (m7 < m4 ? m7 : m4) : 0;

    return (in->txn->state.step * 100u + part) / in->steps;
}
