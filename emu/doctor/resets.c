/* SPDX-License-Identifier: MIT */
/*
 * What was known before a reset: where each core was and what it waited for, which erase ran, who
 * had started the watchdog and who fed it. A reset wipes all that, so it is put into words first.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#define KICK_IWDG   0xAAAAu
#define START_IWDG  0xCCCCu
#define WWDG_WDGA   0x80u
#define JUST_NOW    (2 * VT_MS) /* a wait that goes on was looked at so recently */
#define LEAST_READS 20
#define TOO_EARLY   (50 * VT_US) /* between the feeding and the end of the reset that it causes */
#define LOOPS       3            /* resets of one kind that are a loop */

static int core_of(enum reset_cause cause)
{
    switch (cause) {
    case RESET_IWDG1:
    case RESET_WWDG1:
    case RESET_SOFT_CM7:
    case RESET_LOW_POWER1:
        return CM7;
    default:
        return CM4;
    }
}

static bool by_watchdog(enum reset_cause cause)
{
    return cause >= RESET_IWDG1 && cause <= RESET_WWDG2;
}

int resets_watchdog(enum reset_cause cause)
{
    return by_watchdog(cause) ? core_of(cause) : -1;
}

static bool on_request(enum reset_cause cause)
{
    return cause == RESET_SOFT_CM7 || cause == RESET_SOFT_CM4;
}

/* ---- the moment before ---- */

static const struct wait *waiting(const struct doctor *d, const struct story *s)
{
    for (unsigned i = 0; i < WAITS; i++) {
        const struct wait *w = &s->waits[i];
        if (w->addr && w->reads >= LEAST_READS && d->board.m->now - w->to < JUST_NOW) {
            return w;
        }
    }
    return NULL;
}

/* What kept the core from going on, "" if nothing did. */
static const char *state_of(const struct doctor *d, const struct story *s, char *buf, size_t size)
{
    const struct core *c = d->board.m->core[s->id];
    const struct wait *w = waiting(d, s);
    unsigned active = core_reg(c, REG_XPSR) & 0x1FF;
    char name[64];

    buf[0] = '\0';
    if (core_locked_up(c)) {
        return ", locked up";
    }
    if (d->board.m->clk[s->id].stalled_until == VT_NEVER) {
        return ", waiting for a flash bank that is busy";
    }
    if (w) {
        snprintf(buf, size, ", reading %s, always 0x%08X",
                 register_name(d, w->addr, name, sizeof(name)), (unsigned)w->value);
    } else if (core_power(c) != POWER_RUN) {
        return ", asleep";
    } else if (active) {
        snprintf(buf, size, ", in a handler (exception %u)", active);
    } else if (core_reg(c, REG_PRIMASK) & 1) {
        return ", with interrupts masked";
    }
    return buf;
}

static void describe_core(const struct doctor *d, const struct story *s, char *buf, size_t size)
{
    const struct core *c = d->board.m->core[s->id];
    uint32_t pc = core_reg(c, REG_PC);
    char place[160], state[120];

    if (core_held(c)) {
        snprintf(buf, size, "the %s was held", s->id == CM7 ? "M7" : "M4");
        return;
    }
    snprintf(buf, size, "the %s was in %s%s", s->id == CM7 ? "M7" : "M4",
             place_of(&d->findings, s->id, pc, place, sizeof(place)),
             state_of(d, s, state, sizeof(state)));
}

static void describe_memory(const struct doctor *d, char *buf, size_t size)
{
    uint32_t first = 0;
    const struct core *m7 = d->board.m->core[CM7];
    unsigned dirty = core_dcache_on(m7) ? core_dcache_dirty(m7, &first) : 0;
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned b = 0; b < 2; b++) {
        if (d->erase[b].addr) {
            used += (size_t)snprintf(buf + used, size - used, "; an erase of 0x%08X was running",
                                     (unsigned)d->erase[b].addr);
        }
    }
    if (dirty && used < size) {
        snprintf(buf + used, size - used,
                 "; %u line%s of the data cache not in memory yet, one at 0x%08X", dirty,
                 dirty == 1 ? "" : "s", (unsigned)first);
    }
}

/* The first reset of a kind tells most: later ones may be its children. */
void resets_before(struct doctor *d, enum reset_cause cause)
{
    struct reset_story *r = &d->resets[cause];
    int core = core_of(cause);
    const struct story *s = &d->story[core];
    char own[320], other[320] = "", memory[160];

    overflow_conclude(&d->story[CM7]);
    overflow_conclude(&d->story[CM4]);
    r->count++;
    r->last = d->board.m->now;
    r->by_app = s->handed_over;
    if (r->count > 1) {
        return;
    }
    r->pc = on_request(cause) ? s->reset_pc : core_reg(d->board.m->core[core], REG_PC);
    r->dog = d->dog[core];
    r->last_fed_before = d->board.m->now - r->dog.fed;
    r->since = d->board.m->now - (s->handed_over ? s->handover_at : d->reset_at);
    describe_core(d, s, own, sizeof(own));
    if (core == CM4 || d->m4_expected) {
        describe_core(d, &d->story[!core], other, sizeof(other));
    }
    describe_memory(d, memory, sizeof(memory));
    snprintf(r->text, sizeof(r->text), "%s%s%s%s", own, other[0] ? "; " : "", other, memory);
}

/* ---- watchdogs ---- */

/* Feeding it shows that the application knows of it. */
static void note_fed(struct doctor *d, const struct story *s, enum core_id whose, uint32_t pc)
{
    struct dog *dog = &d->dog[whose];

    dog->fed = machine_now(d->board.m);
    dog->feed_pc = pc;
    dog->fed_by = s->id;
    dog->feeds += story_runs(s);
    if (story_runs(s)) {
        finding_drop(&d->findings, FIND_JUMP_WATCHDOG, whose);
    }
}

/* Either core can write to the watchdogs of both. */
void resets_dog_write(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                      uint32_t pc)
{
    bool iwdg = addr == IWDG1_BASE || addr == IWDG2_BASE;
    bool wwdg = addr == WWDG1_BASE || addr == WWDG2_BASE;
    enum core_id whose = addr == IWDG1_BASE || addr == WWDG1_BASE ? CM7 : CM4;
    bool starts = (iwdg && value == START_IWDG) || (wwdg && value & WWDG_WDGA);
    struct dog *dog = &d->dog[whose];

    if (starts && !dog->start_pc) {
        dog->start_pc = pc;
        dog->by = dog->fed_by = s->id;
        dog->by_app = story_runs(s);
    } else if (wwdg || (iwdg && value == KICK_IWDG)) {
        note_fed(d, s, whose, pc);
    }
}

static const char *who_started(const struct doctor *d, const struct dog *dog, char *buf,
                               size_t size)
{
    char place[160];

    if (!dog->start_pc) {
        return "started by option byte, right after the reset";
    }
    snprintf(buf, size, "started %s on the %s, in %s",
             dog->by_app ? "by the application" : "before the jump", dog->by == CM7 ? "M7" : "M4",
             place_of(&d->findings, (int)dog->by, dog->start_pc, place, sizeof(place)));
    return buf;
}

static const char *who_fed(const struct doctor *d, const struct reset_story *r, char *buf,
                           size_t size)
{
    char place[160];

    if (!r->dog.feeds) {
        return "never fed by the application";
    }
    snprintf(buf, size, "fed %u time%s, the last time %.1f ms before, in %s", r->dog.feeds,
             r->dog.feeds == 1 ? "" : "s", (double)(r->last_fed_before) / 1e9,
             place_of(&d->findings, (int)r->dog.fed_by, r->dog.feed_pc, place, sizeof(place)));
    return buf;
}

static void conclude_dog(struct doctor *d, enum reset_cause cause)
{
    const struct reset_story *r = &d->resets[cause];
    int core = core_of(cause);
    char started[240], fed[240];

    if (core == CM4 && !d->m4_expected) {
        return;
    }
    struct finding *f = finding_add(
        &d->findings, FIND_AFTER_WATCHDOG_RESET, core, r->pc,
        "%u reset%s by %s, the first %.3f s after %s; %s; %s; at that moment %s", r->count,
        r->count == 1 ? "" : "s", machine_reset_name(cause), (double)r->since / 1e12,
        r->by_app ? "the hand-over" : "the reset, still in the bootloader",
        who_started(d, &r->dog, started, sizeof(started)), who_fed(d, r, fed, sizeof(fed)),
        r->text);
    if (f && r->alone) {
        finding_evidence(f, core == CM7
                                ? "RCC_GCR.WW1RSC = 0: the M7 alone is reset, the M4 goes on"
                                : "RCC_GCR.WW2RSC = 0: the M4 alone is reset, the M7 goes "
                                  "on");
    }
    struct finding *spoiled = finding_get(&d->findings, FIND_CHIP_FLASH_SPOILED, core);
    if (spoiled && d->cut_by_dog >> core & 1) {
        spoiled->cause = FIND_AFTER_WATCHDOG_RESET;
    }
    bool window = cause == RESET_WWDG1 || cause == RESET_WWDG2;
    if (window && r->dog.feeds && r->last_fed_before < TOO_EARLY) {
        finding_explain(
            f,
            "It was fed too early: a window watchdog resets at once when its counter is "
            "written while it is above the window (WWDG_CFR.W).",
            "Feed it only when the counter has come down to the window, or open the "
            "window further (W = 0x7F: at any time).");
    } else if (r->dog.start_pc && (int)r->dog.by != core && (int)r->dog.fed_by != core) {
        finding_explain(
            f,
            "The other core has started this core's watchdog, and the program here "
            "knows nothing of it. IWDG1 and WWDG1 are the M7's, IWDG2 and WWDG2 the M4's, "
            "but either core can write to all of them.",
            "Start the watchdog of one's own core only, or feed this one as well.");
    } else if (!r->dog.feeds) {
        finding_explain(f, "Nobody has fed it after the jump.",
                        r->dog.start_pc && !r->dog.by_app
                            ? "Feed it in the application, or do not start it in the bootloader."
                            : "Feed it in the program that runs, at all times.");
    } else {
        finding_explain(f,
                        "It was fed, and then no more in time: the program was kept somewhere (see "
                        "the evidence), or its loop is longer than the time set.",
                        "Look at where the core was, and cure that; or set a longer time.");
    }
}

/* ---- loops ---- */

static void conclude_loop(struct doctor *d, enum reset_cause cause)
{
    const struct reset_story *r = &d->resets[cause];

    if (r->count >= LOOPS) {
        finding_add(&d->findings, FIND_AFTER_RESET_LOOP, core_of(cause), r->pc,
                    "%u resets by %s in %.3f s; at the first one %s", r->count,
                    machine_reset_name(cause), (double)d->board.m->now / 1e12, r->text);
    }
}

void resets_conclude(struct doctor *d)
{
    for (int cause = RESET_SOFT_CM7; cause < RESET_KINDS; cause++) {
        if (!d->resets[cause].count) {
            continue;
        }
        if (by_watchdog((enum reset_cause)cause)) {
            conclude_dog(d, (enum reset_cause)cause);
        } else {
            conclude_loop(d, (enum reset_cause)cause);
        }
    }
}

/* The application has asked for a reset and the bootloader stays: that is what it was asked for. */
bool resets_asked_to_stay(const struct doctor *d)
{
    for (int cause = RESET_SOFT_CM7; cause <= RESET_SOFT_CM4; cause++) {
        const struct reset_story *r = &d->resets[cause];
        if (r->count && r->count < LOOPS && r->by_app && r->last == d->reset_at) {
            return true;
        }
    }
    return false;
}
