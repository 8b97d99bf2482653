/* SPDX-License-Identifier: MIT */
/* What a download makes of the present state: which images have to be written, and where. */
#ifndef DUO_CORE_PLAN_H
#define DUO_CORE_PLAN_H

#include "core/image/manifest.h"
#include "core/txn/txn.h"

/* The present state without its other set, which is about to be overwritten. */
void duo_plan_downloading(const struct duo_txn *txn, struct duo_state *next);

/*
 * The state while the images of a verified manifest arrive. `other` keeps the manifest's id, so
 * that the manifest survives in the journal, but is not present. Looks at both application slots:
 * an image that is there already is not written. Errors: of the image that the manifest leaves out
 * and the device has not got.
 */
enum duo_status duo_plan_bundle(const struct duo_txn *txn, const struct duo_manifest *m,
                                struct duo_state *next);

#endif
