/* SPDX-License-Identifier: MIT */
/* Why domain D2 does not stop: the M4 is awake, or the M7 has something of it enabled. */
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>

static bool in_d2(int gate)
{
    if (gate == GATE_NONE) {
        return false;
    }
    const unsigned group = (unsigned)gate >> 8;

    return group == G_AHB1 || group == G_AHB2 || group == G_APB1L || group == G_APB1H ||
           group == G_APB2;
}

static bool m4_awake(const struct doctor *d)
{
    const struct core *m4 = d->board.m->core[CM4];

    return !core_held(m4) && core_power(m4) != POWER_DEEPSLEEP;
}

/* Blocks of domain D2 that the M7 has enabled; or the M4, when it is awake. */
static const char *why_d2_runs(const struct doctor *d, char *buf, size_t size)
{
    static const char *const srams[] = {"SRAM1", "SRAM2", "SRAM3"};
    const struct machine *m = d->board.m;
    size_t used = 0;
    char place[160];

    if (m4_awake(d)) {
        snprintf(buf, size, "the M4 is awake, in %s",
                 place_of(&d->findings, CM4, core_reg(m->core[CM4], REG_PC), place, sizeof(place)));
        return buf;
    }
    buf[0] = 0;
    for (unsigned i = 0; i < m->bus.ndevs && used < size; i++) {
        const int gate = m->bus.devs[i].gate;
        if (in_d2(gate) && rcc_gate_by(m->rcc, gate, CM7)) {
            used += (size_t)snprintf(buf + used, size - used, "%s%s",
                                     used ? ", " : "the M7 has enabled ", m->bus.devs[i].name);
        }
    }
    for (int n = 0; n < 3 && used < size; n++) {
        if (rcc_gate_by(m->rcc, GATE(G_AHB2, 29 + n), CM7)) {
            used += (size_t)snprintf(buf + used, size - used, "%s%s",
                                     used ? ", " : "the M7 has enabled ", srams[n]);
        }
    }
    return buf;
}

/* Which of the two reasons it is. */
void d2_explain(const struct doctor *d, struct finding *f)
{
    char text[320];

    if (!f) {
        return;
    }
    finding_evidence(f, why_d2_runs(d, text, sizeof(text)));
    if (m4_awake(d)) {
        finding_explain(
            f,
            "ST's dual-core start-up waits until the M4 has gone to Stop by itself; this "
            "M4 does not, or is past that point, as it is after a jump.",
            "Where the M4 boots together with the M7, let it go to Stop at its start and "
            "wait there for a semaphore, as ST's template has it. After a jump: leave "
            "the wait out, or use BCM4 = 0 and release the M4 from the application.");
        return;
    }
    finding_explain(f,
                    "The M4 sleeps or is held, but the M7 has something of domain D2 enabled (see "
                    "the evidence), which keeps the domain awake.",
                    "Clear those enable bits before the jump, or before the wait.");
}
