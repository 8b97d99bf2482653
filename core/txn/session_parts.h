/* SPDX-License-Identifier: MIT */
/* What session.c and session_image.c share. Not for others. */
#ifndef DUO_CORE_SESSION_PARTS_H
#define DUO_CORE_SESSION_PARTS_H

#include "core/txn/session.h"

enum session_stage { STAGE_MANIFEST, STAGE_IMAGES, STAGE_COMPLETE, STAGE_DONE };

/* Besides a manifest: pad, DOWNLOADING, STAGED or a failure, each with its seal, and some waste. */
#define SESSION_JOURNAL_WORDS (DUO_CHUNK_COUNT + 16u)

/* The present state without its other set, which is about to be overwritten. */
void duo_session_downloading(const struct duo_session *s, struct duo_state *next);
enum duo_status duo_session_free_spare(const struct duo_session *s, unsigned core);

/* Payload bytes of s->bundle.core in order, and the image's end. */
enum duo_status duo_session_put(struct duo_session *s, const uint8_t *data, uint32_t len);
enum duo_status duo_session_end_image(struct duo_session *s);

/* Images without a manifest: bytes of one, its end, and the set at the end of all. */
enum duo_status duo_session_image_write(struct duo_session *s, const uint8_t *data, uint32_t len);
enum duo_status duo_session_image_end(struct duo_session *s);
enum duo_status duo_session_form_set(struct duo_session *s, struct duo_state *next);

#endif
