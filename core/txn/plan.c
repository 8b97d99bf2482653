/* SPDX-License-Identifier: MIT */
#include "core/txn/plan.h"

#include <string.h>

#include "core/txn/newboot.h"
#include "core/txn/set.h"
#include "core/txn/swap.h"

/* Is the image that the manifest names in the application slot already? */
static enum duo_status find_in_slot(const struct duo_txn *txn, const struct duo_manifest *m,
                                    enum duo_core core, uint8_t *sectors)
{
    struct duo_placement place;
    struct duo_image image;
    struct duo_locator loc;

    duo_placement_app(&place, txn->dev, core);
    const enum duo_status status =
        duo_placement_verify(&place, txn->dev, core, m, false, &image, &loc);
    if (status == DUO_OK) {
        *sectors = duo_image_sectors(txn->dev, &loc);
    }
    return status;
}

static uint8_t sectors_of_file(const struct duo_device *dev, const struct duo_manifest_image *e)
{
    const struct duo_locator loc = {e->payload_size, e->hdr_size,
                                    e->file_size - e->hdr_size - e->payload_size};

    return duo_image_sectors(dev, &loc);
}

/* Decides for one core whether its image comes from the bundle or is the one that is there. */
static enum duo_status plan_core(const struct duo_txn *txn, const struct duo_manifest *m,
                                 enum duo_core core, struct duo_state *next)
{
    const struct duo_manifest_image *e = &m->image[core];
    const bool swaps = txn->dev->map->twin; /* then the bank that comes second needs all images */

    if (swaps && e->present) {
        next->differs[core] = true;
        next->other.sectors[core] = sectors_of_file(txn->dev, e);
        return DUO_OK;
    }
    const enum duo_status found = find_in_slot(txn, m, core, &next->other.sectors[core]);
    next->differs[core] = found != DUO_OK;
    if (!e->present) {
        return found;
    }
    /* Slots that an exchange was given up in may hold weak words: write the image again. */
    if (!next->current.present) {
        next->differs[core] = true;
    }
    if (next->differs[core]) {
        next->other.sectors[core] = sectors_of_file(txn->dev, e);
    }
    return DUO_OK;
}

/* What does not verify, or lies there in parts, is no set. A set on trial stays: should the
 * download be cut, its trial goes on. */
static void give_up_current(const struct duo_txn *txn, struct duo_state *next)
{
    if (txn->current_unfit || next->phase == DUO_PHASE_EXCHANGE) {
        memset(&next->current, 0, sizeof(next->current));
        next->kind = DUO_EXCHANGE_NONE;
        next->save = false;
    }
}

void duo_plan_downloading(const struct duo_txn *txn, struct duo_state *next)
{
    *next = txn->state;
    give_up_current(txn, next);
    next->phase = DUO_PHASE_DOWNLOADING;
    next->step = 0;
    next->failures = 0;
    next->whole = 0;
    next->reason = next->current.present || next->reason == DUO_REASON_NONE
                       ? DUO_REASON_DOWNLOAD_CUT
                       : next->reason;
    next->reason_code = DUO_OK;
    next->shifted = false;
    next->boot_copied = duo_swap_boot_copied(txn);
    next->boot_new = 0;
    memset(&next->other, 0, sizeof(next->other));
}

enum duo_status duo_plan_bundle(const struct duo_txn *txn, const struct duo_manifest *m,
                                struct duo_state *next)
{
    enum duo_status status = duo_newboot_admit(txn, m);

    duo_plan_downloading(txn, next);
    next->boot_new = m->boot.cores;
    next->boot_copied = next->boot_copied && next->boot_new == 0;
    for (unsigned c = 0; c < DUO_CORES && status == DUO_OK; c++) {
        status = plan_core(txn, m, (enum duo_core)c, next);
    }
    return status;
}
