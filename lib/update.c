/* SPDX-License-Identifier: MIT */
/* The update session as both cores see it. */
#include "duo/update.h"

#include "lib/queue.h"
#include "lib/shared.h"
#include "port/stm32h7/ramfunc.h"

#ifdef CORE_CM7
#define OWNER_SELF OWNER_CM7
#else
#define OWNER_SELF OWNER_CM4
#endif

/* The M7 writes them within some 100 cycles; a reader that interrupts it there must not wait for
 * it. */
#define LOOKS 64u

static void copy_progress(struct duo_update_progress *p)
{
    const struct shared_progress *from = &SHARED->progress;

    p->phase = (enum duo_update_phase)from->phase;
    p->error = (enum duo_status)from->error;
    p->received = from->received;
    p->total = from->total;
    p->set = from->set;
    p->build = from->build;
    p->erases = from->erases;
    p->file = (enum duo_update_file)from->file;
}

void duo_update_look(struct duo_update_progress *p)
{
    if (!p) {
        return;
    }
    *p = (struct duo_update_progress){.phase = DUO_UPDATE_NONE};
    if (!shared_ready()) {
        return;
    }
    for (unsigned i = 0; i < LOOKS; i++) {
        const uint32_t round = SHARED->round;

        copy_progress(p);
        if (round % 2u == 0 && round == SHARED->round) {
            return;
        }
    }
}

RAMFUNC enum duo_status duo_update_write(const void *data, size_t len, size_t *taken)
{
    if (!taken || (!data && len > 0)) {
        return DUO_E_ARG;
    }
    *taken = 0;
    if (!shared_ready() || SHARED->owner == OWNER_NONE) {
        return DUO_E_STATE;
    }
    if (SHARED->owner != OWNER_SELF) {
        return DUO_E_OPEN;
    }
    if (SHARED->progress.phase == DUO_UPDATE_FAILED) {
        return (enum duo_status)SHARED->progress.error;
    }
    *taken = queue_put(data, len < DUO_UPDATE_QUEUE ? (uint32_t)len : DUO_UPDATE_QUEUE);
    return DUO_OK;
}
