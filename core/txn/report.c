/* SPDX-License-Identifier: MIT */
/* What an application or a menu can learn about the transaction (declared in core/txn/txn.h). */
#include <string.h>

#include "core/txn/exchange.h"
#include "core/txn/set.h"
#include "core/txn/txn.h"

/* Who has signed a set, and which keys it revokes. */
struct signer {
    uint32_t key_id;
    struct duo_revocation revokes;
};

/* Not inlined: its stack is free again when the keys' hashes are computed. */
__attribute__((noinline)) static bool report_manifest(const struct duo_txn *txn,
                                                      const struct duo_set_ref *ref,
                                                      struct duo_set_report *r,
                                                      struct signer *signer)
{
    uint8_t bytes[DUO_MANIFEST_SIZE];
    struct duo_manifest m;

    if (!ref->present || duo_journal_get_head(&txn->journal, ref->manifest, bytes) != DUO_OK ||
        duo_manifest_decode(bytes, &m) != DUO_OK) {
        return false;
    }
    r->set_version = m.set_version;
    r->version[DUO_CM7] = m.image[DUO_CM7].version;
    r->version[DUO_CM4] = m.image[DUO_CM4].version;
    r->counter = m.counter;
    signer->key_id = m.key_id;
    signer->revokes = m.revokes;
    return true;
}

static void report_set(const struct duo_txn *txn, enum duo_standing standing,
                       struct duo_set_report *r)
{
    const struct duo_set_ref *ref = duo_txn_set(txn, standing);
    const struct duo_trust *trust = txn->dev->trust;
    struct signer signer;

    r->present = ref->present;
    r->factory = ref->factory;
    if (report_manifest(txn, ref, r, &signer) && !ref->factory) {
        const unsigned number = duo_ring_by_id(trust->ring, signer.key_id);

        r->revokes = duo_revocation_mask(trust->ring, &signer.revokes);
        r->refused = duo_trust_permits(trust, number, r->counter) != DUO_OK;
    }
}

static void report_empty(struct duo_report *r)
{
    r->phase = DUO_PHASE_IDLE;
    r->current.factory = true;
}

void duo_txn_report(const struct duo_txn *txn, struct duo_report *r)
{
    const struct duo_state *s = &txn->state;

    memset(r, 0, sizeof(*r));
    r->journal = txn->journal.content;
    r->revoked = txn->dev->trust->revoked;
    if (r->journal != DUO_JOURNAL_OK) {
        report_empty(r);
        return;
    }
    r->phase = s->phase;
    report_set(txn, DUO_STANDING_CURRENT, &r->current);
    report_set(txn, DUO_STANDING_OTHER, &r->other);
    memcpy(r->confirmed, s->confirmed, sizeof(r->confirmed));
    r->trial_boots_left =
        s->phase == DUO_PHASE_TRIAL ? (uint8_t)(s->trial_boots - s->trial_used) : 0;
    r->counter = s->counter;
    r->can_roll_back =
        r->other.present && !r->other.refused && r->other.counter >= s->counter &&
        (s->phase == DUO_PHASE_IDLE || (s->phase == DUO_PHASE_TRIAL && s->other.confirmed));
    r->reason = s->reason;
    r->reason_code = s->reason_code;
    r->worn_sector = duo_sector_address(txn->dev->map, s->worn);
}

enum duo_status duo_txn_manifest(const struct duo_txn *txn, bool other,
                                 uint8_t bytes[DUO_MANIFEST_MAX])
{
    const struct duo_set_ref *ref = other ? &txn->state.other : &txn->state.current;

    if (!ref->present || ref->factory) {
        return DUO_E_NO_IMAGE;
    }
    return duo_journal_get_manifest(&txn->journal, ref->manifest, bytes);
}
