/* SPDX-License-Identifier: MIT */
/* Progress told by a call, on either core: what duo_update_look() shows, whenever it has changed.
 */
#include "lib/watch.h"

#include "duo/update.h"
#include "port/stm32h7/cpu.h"

static void (*watcher)(void *arg, const struct duo_update_progress *progress);
static void *watcher_arg;
static struct duo_update_progress told;

enum duo_status
duo_update_watch(void (*changed)(void *arg, const struct duo_update_progress *progress), void *arg)
{
    if (cpu_exception() != 0) {
        return DUO_E_INTERRUPT;
    }
    watcher = changed;
    watcher_arg = arg;
    duo_update_look(&told);
    return DUO_OK;
}

static bool same(const struct duo_update_progress *a, const struct duo_update_progress *b)
{
    return a->phase == b->phase && a->error == b->error && a->received == b->received &&
           a->total == b->total && a->set == b->set && a->build == b->build &&
           a->erases == b->erases && a->file == b->file;
}

void watch_tell(void)
{
    struct duo_update_progress now;

    if (!watcher) {
        return;
    }
    duo_update_look(&now);
    if (!same(&now, &told)) {
        told = now; /* before the call: what it looks at has been told */
        watcher(watcher_arg, &told);
    }
}
