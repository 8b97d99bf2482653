/* SPDX-License-Identifier: MIT */
#include "core/txn/session.h"

#include <limits.h>
#include <string.h>

#include "core/txn/session_parts.h"
#include "core/txn/single.h"
#include "core/txn/swap.h"

enum duo_status duo_session_begin(struct duo_session *s, struct duo_txn *txn)
{
    const bool pending =
        txn->journal.content == DUO_JOURNAL_OK &&
        (txn->state.phase == DUO_PHASE_TRIAL || txn->state.phase == DUO_PHASE_EXCHANGE);

    memset(s, 0, sizeof(*s));
    s->txn = txn;
    /* The staging slots hold the set that a trial falls back to. */
    s->failed = (pending && !txn->may_discard) || duo_swap_elsewhere(txn) || duo_swap_guarded(txn)
                    ? DUO_E_STATE
                    : DUO_OK;
    duo_bundle_init(&s->bundle, txn->dev->trust, txn->dev->hardware_id, txn->dev->slots);
    return s->failed;
}

void duo_session_use_buffer(struct duo_session *s, uint8_t *buffer, uint32_t size)
{
    s->images.buffer = buffer;
    s->images.size = size;
}

/* ---- The stream ---- */

static void note_failure(struct duo_session *s, enum duo_status status)
{
    if (s->staging.refused != 0 && s->stage != SESSION_OPEN) {
        (void)duo_txn_note_worn(s->txn, status, s->staging.refused);
    } else {
        (void)duo_txn_note(s->txn, DUO_REASON_REJECTED, status);
    }
}

/* Refused or broken: what ran before still runs. The journal says why there is no update, unless
 * nothing of what came was signed: who cannot sign writes nothing. */
static enum duo_status fail(struct duo_session *s, enum duo_status status)
{
    s->failed = status;
    /* Best effort: the caller knows anyway. A lost journal is not replaced for it. */
    if (s->authentic &&
        (s->txn->journal.content != DUO_JOURNAL_EMPTY || duo_txn_need_journal(s->txn) == DUO_OK)) {
        note_failure(s, status);
    }
    return status;
}

enum duo_status duo_session_write(struct duo_session *s, const uint8_t *data, uint32_t len)
{
    enum duo_status status;

    if (s->failed != DUO_OK || len == 0) {
        return s->failed;
    }
    if (s->taken == 0 && data[0] == DUO_SINGLE_FIRST_BYTE) {
        s->single = true;
    }
    s->taken += len;
    if (s->single && (!DUO_IMAGES_ALONE || s->txn->dev->trust->lms)) {
        return fail(s, DUO_E_NO_SECOND); /* images have one signature */
    }
    status = DUO_IMAGES_ALONE && s->single ? duo_session_image_write(s, data, len)
                                           : duo_session_bundle_write(s, data, len);
    return status == DUO_OK ? DUO_OK : fail(s, status);
}

/* Both images as they lie in flash now, by `next`, which becomes the state when they verify. */
static enum duo_status stage(struct duo_session *s, struct duo_state *next)
{
    struct duo_set_verdict verdict;
    const struct duo_state before = s->txn->state;

    next->other.present = true;
    s->txn->state = *next; /* only here in RAM, so that the set can be looked at */
    duo_set_verify(s->txn, DUO_STANDING_OTHER, &verdict);
    s->txn->state = before;
    if (verdict.status != DUO_OK) {
        return verdict.status;
    }
    next->phase = DUO_PHASE_STAGED;
    next->reason = DUO_REASON_NONE;
    return duo_txn_record(s->txn, next);
}

/* What the set has not brought goes into its bank, too. */
static enum duo_status fill(const struct duo_session *s, struct duo_state *next)
{
    unsigned at = 0;
    unsigned erases = UINT_MAX;

    return duo_swap_fill(s->txn, next, &at, &erases);
}

enum duo_status duo_session_finish(struct duo_session *s)
{
    struct duo_state next;
    enum duo_status status;

    if (s->failed != DUO_OK || s->stage == SESSION_STAGED) {
        return s->failed;
    }
    status = DUO_IMAGES_ALONE && s->single ? duo_session_form_set(s, &next)
                                           : duo_session_bundle_end(s, &next);
    if (status == DUO_OK && DUO_SWAPS && s->txn->dev->map->twin) {
        status = fill(s, &next);
    }
    if (status == DUO_OK) {
        status = stage(s, &next);
    }
    if (status != DUO_OK) {
        return fail(s, status);
    }
    s->stage = SESSION_STAGED;
    return DUO_OK;
}

enum duo_status duo_session_end_file(struct duo_session *s)
{
    enum duo_status status;

    if (!DUO_IMAGES_ALONE || s->failed != DUO_OK || !s->single) {
        return duo_session_finish(s);
    }
    status = duo_session_image_end(s);
    return status == DUO_OK ? DUO_OK : fail(s, status);
}

void duo_session_abort(struct duo_session *s)
{
    if (s->failed == DUO_OK && s->stage != SESSION_STAGED) {
        s->failed = DUO_E_CANCELLED;
    }
}

/* ---- What others may ask ---- */

bool duo_session_wants_more(const struct duo_session *s)
{
    return s->single && s->failed == DUO_OK && s->stage != SESSION_STAGED &&
           !(s->images.have[DUO_CM7] && s->images.have[DUO_CM4]);
}

bool duo_session_accepted(const struct duo_session *s)
{
    return s->single && s->images.accepted;
}

bool duo_session_next_image(struct duo_session *s)
{
    const bool have_m7 = s->images.have[DUO_CM7];
    const bool have_m4 = s->images.have[DUO_CM4];

    if (!s->single || have_m7 == have_m4 || (s->failed != DUO_OK && s->images.accepted)) {
        return false;
    }
    s->images.arriving = false;
    s->failed = DUO_OK;
    s->stage = SESSION_BEGUN;
    return true;
}

bool duo_session_core(const struct duo_session *s, enum duo_core *core)
{
    *core = s->images.core;
    return s->single && s->images.arriving && s->images.core_known;
}

bool duo_session_staged(const struct duo_session *s)
{
    return s->stage == SESSION_STAGED;
}

bool duo_session_has_begun(const struct duo_session *s)
{
    return s->stage != SESSION_OPEN;
}

bool duo_session_image(const struct duo_session *s, enum duo_core core, struct duo_version *version)
{
    if (s->images.have[core]) {
        *version = s->images.formed.image[core].header.version;
    }
    return s->images.have[core];
}

uint32_t duo_session_total(const struct duo_session *s)
{
    return s->single || s->stage == SESSION_OPEN ? 0 : duo_bundle_size(&s->bundle.manifest);
}

uint32_t duo_session_received(const struct duo_session *s)
{
    return s->taken;
}
