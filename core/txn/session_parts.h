/* SPDX-License-Identifier: MIT */
/* What the parts of the update session share: session.c, session_bundle.c, session_images.c. Not
 * for others. */
#ifndef DUO_CORE_SESSION_PARTS_H
#define DUO_CORE_SESSION_PARTS_H

#include "core/txn/session.h"

enum session_stage {
    SESSION_OPEN,  /* nothing is authenticated; nothing has been changed */
    SESSION_BEGUN, /* recorded as DOWNLOADING; the staging slots are being written */
    SESSION_WHOLE, /* a bundle has been taken to its end */
    SESSION_STAGED
};

/* Besides a manifest: pad, DOWNLOADING, STAGED or a failure, each with its seal, and some waste. */
#define SESSION_JOURNAL_WORDS 16u

/* A bundle: its bytes, and the state to be STAGED at its end. */
enum duo_status duo_session_bundle_write(struct duo_session *s, const uint8_t *data, uint32_t len);
enum duo_status duo_session_bundle_end(struct duo_session *s, struct duo_state *next);

/* Images without a manifest: bytes of one, its end, and the set at the end of all. */
enum duo_status duo_session_image_write(struct duo_session *s, const uint8_t *data, uint32_t len);
enum duo_status duo_session_image_end(struct duo_session *s);
enum duo_status duo_session_form_set(struct duo_session *s, struct duo_state *next);

#endif
