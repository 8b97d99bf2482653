/* SPDX-License-Identifier: MIT */
#include "emu/cli/started.h"

#include "layouts/layout.h"

#include <string.h>

static void on_insn(void *arg, struct core *c, uint32_t pc)
{
    struct started *s = arg;
    enum core_id id = core_ident(c);

    (void)pc;
    if (s->core[id]) {
        return;
    }
    s->core[id] = true;
    s->when[id] = machine_now(s->m);
    if (started_both(s)) {
        machine_stop(s->m);
    }
}

static void on_reset(void *arg, enum reset_cause cause)
{
    struct started *s = arg;

    (void)cause;
    memset(s->core, 0, sizeof(s->core));
}

void started_watch(struct started *s, struct machine *m)
{
    memset(s, 0, sizeof(*s));
    s->m = m;
    machine_observe(m, &(struct observer){.arg = s, .on_reset = on_reset});
    for (int i = 0; i < CORES; i++) {
        const struct duo_slot *slot = &duo_layout.slot[i == CM7 ? DUO_CM7 : DUO_CM4];
        machine_observe(m, &(struct observer){.arg = s,
                                              .cores = 1u << i,
                                              .on_insn = on_insn,
                                              .insn_lo = slot->run_base,
                                              .insn_hi = slot->run_base + slot->size});
    }
}
