/* SPDX-License-Identifier: MIT */
/* The state of the device as an application sees it. */
#include <string.h>

#include "duo/duo.h"
#include "lib/shared.h"

#define HANDOFF ((const volatile struct duo_handoff *)(uintptr_t)DUO_HANDOFF_BASE)

static struct duo_handoff_version version(const volatile struct duo_handoff_version *v)
{
    return (struct duo_handoff_version){v->number, v->build};
}

static bool confirmed(unsigned core)
{
    return SHARED->confirmed[core] != 0 || (HANDOFF->confirmed & (1u << core)) != 0;
}

/* Read in place: a copy of the block is a third of the stack that callers are promised. */
static void read_handoff(struct duo_device_status *s)
{
    const bool kept = SHARED->kept != 0;

    s->managed = true;
    s->state = kept && HANDOFF->state == DUO_SET_TRIAL ? DUO_SET_CONFIRMED
                                                       : (enum duo_set_state)HANDOFF->state;
    s->set = version(&HANDOFF->set);
    s->m7 = version(&HANDOFF->m7);
    s->m4 = version(&HANDOFF->m4);
    s->bootloader.number = HANDOFF->bootloader;
    s->hardware_id = HANDOFF->hardware_id;
    s->counter =
        kept && HANDOFF->set_counter > HANDOFF->counter ? HANDOFF->set_counter : HANDOFF->counter;
    s->trial_boots_left = HANDOFF->boots_left;
    s->confirmed_m7 = confirmed(DUO_CM7);
    s->confirmed_m4 = confirmed(DUO_CM4);
    s->reset_flags = HANDOFF->reset_flags;
    s->reason = (enum duo_reason)HANDOFF->reason;
    s->reason_code = (enum duo_status)HANDOFF->reason_code;
}

void duo_get_status(struct duo_device_status *s)
{
    if (!s) {
        return;
    }
    memset(s, 0, sizeof(*s));
    if (!shared_ready() || HANDOFF->magic != DUO_HANDOFF_MAGIC ||
        HANDOFF->format != DUO_HANDOFF_FORMAT || HANDOFF->check != duo_handoff_check(HANDOFF)) {
        return;
    }
    read_handoff(s);
    duo_update_look(&s->update);
}
