/* SPDX-License-Identifier: MIT */
/* What the M7 does for a session, whichever core the client is on. */
#ifndef SERVED_WORK_H
#define SERVED_WORK_H

#include "duo/duo.h"

#ifdef CORE_CM7
/* For one image without a bundle, or for both. */
static inline void work_start(void)
{
    static uint8_t images[96u * 1024u];

    (void)duo_update_buffer(images, sizeof(images));
}

static inline void work(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    if (p.phase == DUO_UPDATE_DATA) {
        (void)duo_update_poll(2000);
    } else if (p.phase == DUO_UPDATE_WORK) {
        (void)duo_update_work(DUO_UPDATE_ERASE_MS);
    }
}
#else
static inline void work_start(void)
{
}
static inline void work(void)
{
}
#endif

#endif
