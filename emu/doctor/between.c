/* SPDX-License-Identifier: MIT */
/* What the whole run means for the two cores together. */
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

/* What the M4 boots in bank 2 was linked for the other bank: the swap was not meant for it. An M4
 * that boots in bank 1 finds the same there after a swap, if both banks hold it. */
static bool linked_elsewhere(const struct doctor *d, uint32_t boot)
{
    uint32_t entry = doctor_peek(d, CM4, boot + 4);

    return boot - MEM_BANK2_BASE < MEM_BANK_SIZE && entry != UINT32_MAX &&
           entry - MEM_BANK1_BASE < MEM_BANK_SIZE;
}

static void conclude_m4_start(struct doctor *d)
{
    struct machine *m = d->board.m;
    const uint32_t boot = syscfg_boot_addr(m->syscfg, CM4);

    if (!d->m4_expected) {
        return;
    }
    if (core_held(m->core[CM4])) {
        finding_add(&d->findings, FIND_CORES_M4_NEVER_RELEASED, CM4, 0,
                    "SYSCFG_UR1.BCM4 = 0, RCC_GCR.BOOT_C2 = 0 at the end");
    }
    if (flash_swapped(m->flash) && linked_elsewhere(d, boot)) {
        finding_add(&d->findings, FIND_CORES_BANK_SWAP, -1, 0,
                    "OPTCR.SWAP_BANK = 1: 0x%08X is in physical bank 1; the entry of the program "
                    "there is 0x%08X",
                    (unsigned)boot, (unsigned)doctor_peek(d, CM4, boot + 4));
    }
}

static const char *device_name(const struct doctor *d, uint32_t addr)
{
    const struct dev *dev = bus_find_dev(&d->board.m->bus, addr);

    return dev ? dev->name : "a peripheral";
}

/* Who came last, in words: "by the M7 in f(), then by the M4 in g()". */
static int in_turn(const struct doctor *d, const struct touch *m7, const struct touch *m4,
                   char *buf, size_t size)
{
    int last = m4->at >= m7->at ? CM4 : CM7;
    const struct touch *first_one = last == CM4 ? m7 : m4, *last_one = last == CM4 ? m4 : m7;
    char before[160], after[160];

    snprintf(buf, size, "by the %s in %s, then by the %s in %s", last == CM4 ? "M7" : "M4",
             place_of(&d->findings, !last, first_one->pc, before, sizeof(before)),
             last == CM4 ? "M4" : "M7",
             place_of(&d->findings, last, last_one->pc, after, sizeof(after)));
    return last;
}

/* The level of a pin, or how it is set up; a mode that the other core has changed is lost. */
static void conclude_pin(struct doctor *d, unsigned port, unsigned pin)
{
    static const char *const modes[] = {"an input", "an output", "a peripheral's", "analog"};
    const struct port_use *p = &d->ports[port];
    const struct pin_use *m7 = &p->pin[CM7][pin], *m4 = &p->pin[CM4][pin];
    bool config = p->config[CM7] & p->config[CM4] & 1u << pin;
    char turn[400], taken[96] = "";

    int last = in_turn(d, config ? &m7->config : &m7->level, config ? &m4->config : &m4->level,
                       turn, sizeof(turn));
    const struct pin_use *now = last == CM4 ? m4 : m7, *then = last == CM4 ? m7 : m4;
    bool lost = config && now->mode != then->mode;
    if (lost) {
        snprintf(taken, sizeof(taken), "; it was %s and is %s now", modes[then->mode],
                 modes[now->mode]);
    }
    struct finding *f = finding_add(
        &d->findings, FIND_CORES_PERIPHERAL_BOTH, -1, config ? now->config.pc : now->level.pc,
        "pin P%c%u is set by both cores: %s%s", 'A' + (int)port, pin, turn, taken);
    if (f && lost) {
        f->severity = SEV_ERROR;
    }
}

static void conclude_peripherals(struct doctor *d)
{
    char turn[400];

    for (unsigned i = 0; i < GPIO_PORTS; i++) {
        const struct port_use *p = &d->ports[i];
        unsigned pins = (p->config[CM7] & p->config[CM4]) | (p->level[CM7] & p->level[CM4]);
        if (pins) {
            conclude_pin(d, i, (unsigned)__builtin_ctz(pins));
        }
    }
    for (unsigned i = 0; i < REG_USES; i++) {
        const struct reg_use *u = &d->uses[i];
        if (u->by == 3 && !u->guards && u->ones[CM7] & u->ones[CM4]) {
            int last = in_turn(d, &u->last[CM7], &u->last[CM4], turn, sizeof(turn));
            finding_add(&d->findings, FIND_CORES_PERIPHERAL_BOTH, -1, u->last[last].pc,
                        "%s: register 0x%08X is written by both cores, with bits 0x%08X in common: "
                        "%s",
                        device_name(d, u->addr), (unsigned)u->addr,
                        (unsigned)(u->ones[CM7] & u->ones[CM4]), turn);
        }
    }
}

/* Start-up code that writes reset values changes nothing as long as it comes first. */
static void both_set_clocks(struct doctor *d, const struct story *m7, const struct story *m4)
{
    bool by_luck = !m7->clock_own_changes || !m4->clock_own_changes;
    struct finding *f =
        finding_add(&d->findings, FIND_CORES_CLOCK_BOTH, -1, m4->clock_pc,
                    "clock registers were written %u times by the M7 and %u times by the M4%s%s%s",
                    m7->clock_writes, m4->clock_writes, by_luck ? "; those of the " : "",
                    by_luck ? m4->clock_own_changes ? "M7" : "M4" : "",
                    by_luck ? " changed nothing this time, because they came first" : "");

    if (f && by_luck) {
        f->severity = SEV_WARNING;
    }
}

static void conclude_clocks(struct doctor *d)
{
    struct story *m7 = &d->story[CM7], *m4 = &d->story[CM4];

    if (m7->clock_writes && m4->clock_writes && (m7->clock_own_changes || m4->clock_own_changes)) {
        both_set_clocks(d, m7, m4);
    } else if (m7->clock_under_m4) {
        finding_add(&d->findings, FIND_CORES_CLOCK_UNDER_M4, CM7, m7->clock_under_pc,
                    "the M4's clock went from %llu to %llu Hz while its application ran",
                    (unsigned long long)m7->clock_was, (unsigned long long)m7->clock_now);
    }
}

static void conclude_stacks(struct doctor *d)
{
    struct story *m7 = &d->story[CM7], *m4 = &d->story[CM4];

    if (!m7->sp_high || !m4->sp_high || !m7->handed_over || !m4->handed_over) {
        return;
    }
    uint32_t l7 = ram_canonical(m7->sp_low), h7 = ram_canonical(m7->sp_high),
             l4 = ram_canonical(m4->sp_low), h4 = ram_canonical(m4->sp_high);
    if (l7 < h4 + 64 && l4 < h7 + 64) {
        finding_add(&d->findings, FIND_CORES_RAM_OVERLAP, -1, 0,
                    "the M7's stack is at 0x%08X, the M4's at 0x%08X: the same memory",
                    (unsigned)m7->sp_high, (unsigned)m4->sp_high);
    }
}

/* Memory that both only reserve may be shared on purpose; what both fill, startup.c has seen. */
static void conclude_variables(struct doctor *d)
{
    const struct files *f = &d->files;

    for (unsigned i = 0; i < f->nram; i++) {
        for (unsigned k = 0; k < f->nram; k++) {
            const struct ram_range *a = &f->ram[i], *b = &f->ram[k];
            uint32_t la = ram_canonical(a->lo), lb = ram_canonical(b->lo);
            if (a->core != CM7 || b->core != CM4 || !a->app || !b->app ||
                (!a->initialised && !b->initialised)) {
                continue;
            }
            if (la < lb + (b->hi - b->lo) && lb < la + (a->hi - a->lo)) {
                finding_add(&d->findings, FIND_CORES_RAM_OVERLAP, -1, 0,
                            "the M7 application has variables at 0x%08X..0x%08X, the M4's at "
                            "0x%08X..0x%08X: the same memory",
                            (unsigned)a->lo, (unsigned)(a->hi - 1), (unsigned)b->lo,
                            (unsigned)(b->hi - 1));
            }
        }
    }
}

/* Known before anything runs: the M4 has no TCM. */
static void conclude_reach(struct doctor *d)
{
    for (unsigned i = 0; i < d->files.nram; i++) {
        const struct ram_range *r = &d->files.ram[i];
        if (r->core == CM4 && in_tcm(r->lo)) {
            finding_add(&d->findings, FIND_CORES_M4_UNREACHABLE, CM4, 0,
                        "its program is linked to 0x%08X..0x%08X: that is TCM", (unsigned)r->lo,
                        (unsigned)(r->hi - 1));
        }
    }
}

void between_conclude(struct doctor *d)
{
    conclude_m4_start(d);
    semaphores_conclude(d);
    stuck_conclude(d);
    harm_conclude(d);
    conclude_peripherals(d);
    races_conclude(d);
    conclude_clocks(d);
    clocks_conclude(d);
    conclude_stacks(d);
    startup_conclude(d);
    conclude_variables(d);
    conclude_reach(d);
}
