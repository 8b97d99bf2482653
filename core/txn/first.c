/* SPDX-License-Identifier: MIT */
/* The first state of a journal: of a device from the factory, or after a journal that was lost. */
#include "core/txn/set.h"
#include "core/txn/swap.h"
#include "core/txn/txn.h"

static void factory_state(const struct duo_txn *txn, const struct duo_set_verdict *v,
                          struct duo_state *s)
{
    duo_swap_place(txn, s);
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
    duo_swap_place(txn, s);
    s->phase = DUO_PHASE_DOWNLOADING;
    s->reason = txn->journal.content == DUO_JOURNAL_NEWER ? DUO_REASON_JOURNAL_NEWER
                                                          : DUO_REASON_JOURNAL_LOST;
    s->counter = duo_set_counter_floor(txn->dev);
}

uint32_t duo_txn_counter_in(const struct duo_txn *txn, struct duo_set_verdict *v)
{
    if (txn->journal.content == DUO_JOURNAL_OK) {
        return txn->state.counter;
    }
    if (txn->journal.content != DUO_JOURNAL_EMPTY) {
        return duo_set_counter_floor(txn->dev);
    }
    duo_set_verify(txn, DUO_STANDING_CURRENT, v);
    return v->status == DUO_OK ? v->counter : 0;
}

uint32_t duo_txn_counter(const struct duo_txn *txn)
{
    struct duo_set_verdict v;

    return duo_txn_counter_in(txn, &v);
}

enum duo_status duo_txn_need_journal_for(struct duo_txn *txn, const struct duo_set_verdict *v)
{
    struct duo_state first = {.revoked = (uint8_t)txn->dev->trust->revoked};
    uint8_t manifest[DUO_MANIFEST_SIZE];

    if (txn->journal.content == DUO_JOURNAL_OK) {
        return DUO_OK;
    }
    if (txn->journal.content == DUO_JOURNAL_EMPTY) {
        factory_state(txn, v, &first);
    } else {
        lost_state(txn, &first);
    }
    enum duo_status status = first.current.present ? duo_set_factory_manifest(v, manifest) : DUO_OK;
    if (status == DUO_OK) {
        status = duo_journal_start(&txn->journal, &first, first.current.present ? manifest : NULL);
    }
    if (status == DUO_OK) {
        txn->state = first;
        txn->dev->trust->revoked = first.revoked;
    }
    return status;
}

enum duo_status duo_txn_need_journal(struct duo_txn *txn)
{
    struct duo_set_verdict v = {.status = DUO_E_NO_IMAGE};

    if (txn->journal.content == DUO_JOURNAL_EMPTY) {
        duo_set_verify(txn, DUO_STANDING_CURRENT, &v);
    }
    return duo_txn_need_journal_for(txn, &v);
}

/* The images as the manifest names them, in the slots. */
static enum duo_status adopt_images(const struct duo_txn *txn, const struct duo_manifest *m,
                                    struct duo_set_ref *ref, enum duo_core *core)
{
    enum duo_status status = DUO_OK;

    for (unsigned c = 0; c < DUO_CORES && status == DUO_OK; c++) {
        struct duo_placement place;
        struct duo_image image;
        struct duo_locator loc;

        *core = (enum duo_core)c;
        duo_placement_app(&place, txn->dev, *core);
        status = duo_placement_verify(&place, txn->dev, *core, m, true, &image, &loc);
        if (status == DUO_OK) {
            ref->sectors[c] = duo_image_sectors(txn->dev, &loc);
        }
    }
    return status;
}

enum duo_status duo_txn_adopt(struct duo_txn *txn, const uint8_t *manifest, enum duo_core *core)
{
    const struct duo_device *dev = txn->dev;
    struct duo_state first = {.phase = DUO_PHASE_IDLE,
                              .current = {.present = true, .confirmed = true}};
    struct duo_manifest m;

    if (txn->journal.content != DUO_JOURNAL_EMPTY) {
        return DUO_E_STATE;
    }
    enum duo_status status =
        duo_manifest_verify(manifest, dev->trust, dev->hardware_id, dev->slots, &m);
    if (status == DUO_OK) {
        status = adopt_images(txn, &m, &first.current, core);
    }
    if (status == DUO_OK) {
        first.counter = m.counter;
        first.revoked =
            (uint8_t)(dev->trust->revoked | duo_revocation_mask(dev->trust->ring, &m.revokes));
        duo_swap_place(txn, &first);
        status = duo_journal_start(&txn->journal, &first, manifest);
    }
    if (status == DUO_OK) {
        txn->state = first;
        txn->dev->trust->revoked = first.revoked;
    }
    return status;
}
