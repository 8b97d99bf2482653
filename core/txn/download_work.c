/* SPDX-License-Identifier: MIT */
/* The part of a download that takes long: signatures, erases, and the verdict on the whole set. */
#include <string.h>

#include "core/txn/download_parts.h"
#include "core/txn/newboot.h"
#include "core/txn/plan.h"
#include "core/txn/set.h"
#include "core/txn/swap.h"

/* Besides the manifest and two words for each record: mending, STAGED or a failure, pads, and some
 * waste. */
#define OTHER_WORDS 48u

bool duo_download_wants_work(const struct duo_download *d)
{
    return d->failed == DUO_OK &&
           (d->stage == DUO_DOWNLOAD_CHECK || d->stage == DUO_DOWNLOAD_PREPARE ||
            d->stage == DUO_DOWNLOAD_MEND || d->stage == DUO_DOWNLOAD_VERIFY);
}

/* ---- The manifest ---- */

static enum duo_status verify_manifest(struct duo_download *d)
{
    const struct duo_device *dev = d->txn->dev;
    const enum duo_status status =
        duo_manifest_verify(d->raw, dev->trust, dev->hardware_id, dev->slots, &d->manifest);

    if (status != DUO_OK) {
        memset(&d->manifest, 0, sizeof(d->manifest));
        return status;
    }
    duo_download_choose_block(d);
    return d->manifest.counter < duo_txn_counter_in(d->txn, &d->verdict) ? DUO_E_DOWNGRADE : DUO_OK;
}

static uint32_t journal_words(const struct duo_download *d)
{
    return duo_manifest_size(d->raw) / DUO_CHUNK_SIZE + OTHER_WORDS + 2u * duo_download_last(d);
}

enum duo_status duo_download_record_begin(struct duo_download *d, struct duo_state *next)
{
    struct duo_txn *txn = d->txn;
    enum duo_status status = duo_journal_make_room(&txn->journal, &txn->state, journal_words(d));

    if (status == DUO_OK) {
        status =
            duo_journal_put_manifest(&txn->journal, &txn->state, d->raw, &next->other.manifest);
    }
    return status == DUO_OK ? duo_txn_record(txn, next) : status;
}

static enum duo_status check_bundle(struct duo_download *d)
{
    enum duo_status status = verify_manifest(d);

    if (status == DUO_OK && d->txn->journal.content == DUO_JOURNAL_EMPTY) {
        status = duo_txn_need_journal_for(d->txn, &d->verdict);
    }
    if (status == DUO_OK) {
        status = duo_plan_bundle(d->txn, &d->manifest, &d->next);
    }
    return status == DUO_OK ? duo_download_record_begin(d, &d->next) : status;
}

/* What was recorded before the reset is what is gone on with. */
static enum duo_status check_resumed(struct duo_download *d)
{
    struct duo_txn *txn = d->txn;
    enum duo_status status = d->single ? duo_download_read_set(d, &txn->state) : verify_manifest(d);

    if (status == DUO_OK && d->manifest.counter < txn->state.counter) {
        status = DUO_E_DOWNGRADE;
    }
    if (status == DUO_OK) {
        status = duo_journal_make_room(&txn->journal, &txn->state, journal_words(d));
    }
    return status == DUO_OK ? duo_journal_claim(&txn->journal, &txn->state) : status;
}

static enum duo_status check(struct duo_download *d, unsigned *erases)
{
    enum duo_status status;

    if (*erases == 0) {
        return DUO_E_BUSY; /* the journal may have to switch halves */
    }
    (*erases)--;
    if (d->resumed) {
        status = check_resumed(d);
    } else {
        status = d->single ? duo_download_check_image(d) : check_bundle(d);
    }
    if (status == DUO_OK) {
        d->stage = d->resumed && d->txn->state.step > 0 ? DUO_DOWNLOAD_MEND : DUO_DOWNLOAD_PREPARE;
    }
    return status;
}

/* ---- Erasing ---- */

/* Sector number n of those to be erased: for each core its spare, if there is one, then what the
 * image uses in staging. False: there are no more. */
static bool sector_to_erase(const struct duo_download *d, unsigned n, enum duo_core *core,
                            uint32_t *addr)
{
    const struct duo_map *map = d->txn->dev->map;
    const struct duo_state *s = &d->txn->state;

    for (unsigned c = 0; c < DUO_CORES; c++) {
        const unsigned spares = map->twin ? 0 : 1u;
        const bool comes = s->differs[c] && (d->whole & 1u << c) == 0;
        const unsigned count = comes ? spares + s->other.sectors[c] : 0;

        if (n < count) {
            *core = (enum duo_core)c;
            *addr = n < spares ? map->spare[c] : map->staging[c] + (n - spares) * map->sector_size;
            return true;
        }
        n -= count;
    }
    return false;
}

/* The sector of the bootloaders, and in it the one that is not to change. */
enum duo_status duo_download_prepare_boot(struct duo_download *d, unsigned *erases)
{
    if (*erases == 0) {
        return DUO_E_BUSY;
    }
    (*erases)--;

    return duo_newboot_begin(d->txn, &d->manifest);
}

/* Always, whatever the sectors read like: a cut erase may have left one reading blank. */
static enum duo_status prepare(struct duo_download *d, unsigned *erases)
{
    struct duo_state next = d->txn->state;
    enum duo_core core;
    uint32_t addr;

    while (sector_to_erase(d, d->prepared, &core, &addr)) {
        if (*erases == 0) {
            return DUO_E_BUSY;
        }
        const enum duo_status status = duo_flash_erase(d->txn->dev->flash, addr);
        if (status != DUO_OK) {
            return status;
        }
        (*erases)--;
        d->prepared++;
    }
    if (d->manifest.boot.cores != 0) {
        const enum duo_status begun = duo_download_prepare_boot(d, erases);
        if (begun != DUO_OK) {
            return begun;
        }
    }
    next.step = 1;
    const enum duo_status status = duo_txn_record(d->txn, &next);
    if (status == DUO_OK) {
        duo_download_place(d);
    }
    return status;
}

uint32_t duo_download_erases(const struct duo_download *d)
{
    enum duo_core core;
    uint32_t addr;
    unsigned n = d->prepared;

    if (d->stage == DUO_DOWNLOAD_CHECK) {
        return 1;
    }
    if (d->stage == DUO_DOWNLOAD_VERIFY && d->txn->dev->map->twin) {
        return duo_swap_fill_left(d->txn, &d->txn->state, d->filled);
    }
    if (d->stage != DUO_DOWNLOAD_PREPARE) {
        return 0;
    }
    while (sector_to_erase(d, n, &core, &addr)) {
        n++;
    }
    return n - d->prepared + (d->manifest.boot.cores != 0 ? 1u : 0);
}

/* ---- The set ---- */

/* What the set has not brought goes into its bank, too; recorded when the set is released. */
static enum duo_status fill_bank(struct duo_download *d, unsigned *erases)
{
    return d->txn->dev->map->twin ? duo_swap_fill(d->txn, &d->txn->state, &d->filled, erases)
                                  : DUO_OK;
}

/* As it lies in flash now; the bootloader will do the same before it installs it. */
static enum duo_status verify_set(struct duo_download *d, unsigned *erases)
{
    const enum duo_status filled = fill_bank(d, erases);

    if (filled != DUO_OK) {
        return filled;
    }

    d->txn->state.other.present = true; /* only here in RAM, so that the set can be looked at */
    duo_set_verify(d->txn, DUO_STANDING_OTHER, &d->verdict);
    d->txn->state.other.present = false;
    if (d->verdict.status == DUO_OK) {
        d->stage = DUO_DOWNLOAD_COMPLETE;
    }
    return d->verdict.status;
}

/* ---- All of it ---- */

static enum duo_status work_on(struct duo_download *d, unsigned *erases)
{
    switch (d->stage) {
    case DUO_DOWNLOAD_CHECK:
        return check(d, erases);
    case DUO_DOWNLOAD_PREPARE:
        return prepare(d, erases);
    case DUO_DOWNLOAD_MEND:
        return duo_download_mend(d, erases);
    case DUO_DOWNLOAD_VERIFY:
        return verify_set(d, erases);
    default:
        return DUO_OK;
    }
}

/* What is refused before the first erase leaves the device as it was, and the journal says why; of
 * an image that is not signed nothing is written. What does not verify in the end cannot be
 * resumed: it is all there and it is wrong. */
static void give_up(struct duo_download *d, enum duo_status status)
{
    struct duo_state next = d->txn->state;

    if (d->stage == DUO_DOWNLOAD_VERIFY) {
        next.other.manifest = 0;
    }
    const bool stranger = d->single && !d->resumed && !d->authentic;

    if (!stranger && (next.phase == DUO_PHASE_DOWNLOADING || next.phase == DUO_PHASE_IDLE)) {
        next.reason = DUO_REASON_REJECTED;
        next.reason_code = status;
        (void)duo_txn_record(d->txn, &next); /* best effort: the caller knows anyway */
    }
    d->failed = status;
    d->stage = DUO_DOWNLOAD_FAILED;
}

enum duo_status duo_download_work(struct duo_download *d, unsigned *erases)
{
    if (d->failed != DUO_OK) {
        return d->failed;
    }
    while (duo_download_wants_work(d)) {
        const enum duo_status status = work_on(d, erases);

        if (status == DUO_E_BUSY) {
            return status;
        }
        if (status != DUO_OK) {
            give_up(d, status);
            return status;
        }
    }
    return DUO_OK;
}
