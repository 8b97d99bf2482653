/* SPDX-License-Identifier: MIT */
#include "emu/observe.h"

#include "emu/machine.h"

#include <string.h>

static void tell_cores(struct machine *m)
{
    for (int i = 0; i < CORES; i++) {
        if (m->core[i]) {
            core_observed(m->core[i]);
        }
    }
}

/* The entry of one that was removed, or a new one at the end. */
static struct observer *take_entry(struct machine *m)
{
    struct observer **end = &m->observers;

    while (*end && !(*end)->gone) {
        end = &(*end)->next;
    }
    if (!*end) {
        *end = machine_alloc(m, sizeof(**end));
    }
    return *end;
}

void machine_observe(struct machine *m, const struct observer *o)
{
    struct observer *entry = take_entry(m), *next = entry->next;

    *entry = *o;
    entry->next = next;
    entry->gone = false;
    tell_cores(m);
}

/* The entry stays in the list, so that a removal in mid-telling loses nobody. */
void machine_unobserve(struct machine *m, const void *arg)
{
    for (struct observer *o = m->observers; o; o = o->next) {
        if (o->arg == arg) {
            struct observer *next = o->next;
            memset(o, 0, sizeof(*o));
            o->next = next;
            o->gone = true;
        }
    }
    tell_cores(m);
}
