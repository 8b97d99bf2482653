/* SPDX-License-Identifier: MIT */
#include "emu/doctor/findings.h"

#include <stdarg.h>
#include <string.h>

const char *place_of(const struct findings *f, int core, uint32_t pc, char *buf, size_t size)
{
    const struct symbols *own = f->board->symbols[core == CM7 || core == CM4 ? core : 2];
    uint32_t off;

    if (!symbols_name(own, pc, &off)) {
        own = f->board->symbols[2];
    }
    return places_format(&f->places, own, pc, buf, size);
}

static int index_of(const struct findings *f, enum finding_id id, int core)
{
    for (unsigned i = 0; i < f->count; i++) {
        if (f->list[i].core == core && f->list[i].id == id) {
            return (int)i;
        }
    }
    return -1;
}

bool finding_has(const struct findings *f, enum finding_id id, int core)
{
    return index_of(f, id, core) >= 0;
}

struct finding *finding_get(struct findings *f, enum finding_id id, int core)
{
    int i = index_of(f, id, core);

    return i < 0 ? NULL : &f->list[i];
}

void finding_drop(struct findings *f, enum finding_id id, int core)
{
    int i = index_of(f, id, core);

    if (i < 0) {
        return;
    }
    memmove(&f->list[i], &f->list[i + 1], (f->count - (unsigned)i - 1) * sizeof(f->list[0]));
    f->count--;
}

struct finding *finding_add(struct findings *f, enum finding_id id, int core, uint32_t pc,
                            const char *evidence, ...)
{
    if (f->count == FINDINGS_MAX || finding_has(f, id, core)) {
        return NULL;
    }
    struct finding *n = &f->list[f->count++];
    *n = (struct finding){.what = &catalogue[id],
                          .id = id,
                          .core = core,
                          .pc = pc,
                          .when = machine_now(f->board->m),
                          .severity = catalogue[id].severity,
                          .reason = catalogue[id].reason,
                          .fix = catalogue[id].fix,
                          .cause = FIND_COUNT};
    n->early = core >= 0 && n->what->phase == PHASE_AFTER && !f->handover[core].seen;
    if (pc) {
        place_of(f, core, pc, n->place, sizeof(n->place));
    }
    va_list ap;
    va_start(ap, evidence);
    vsnprintf(n->evidence, sizeof(n->evidence), evidence, ap);
    va_end(ap);
    return n;
}

void finding_soften(struct findings *f, enum finding_id id, int core, const char *because)
{
    int i = index_of(f, id, core);

    if (i < 0 || f->list[i].severity == SEV_NOTE) {
        return;
    }
    size_t used = strlen(f->list[i].evidence);
    f->list[i].severity = SEV_NOTE;
    snprintf(f->list[i].evidence + used, sizeof(f->list[i].evidence) - used, "; %s", because);
}

void finding_evidence(struct finding *f, const char *text)
{
    size_t used = f ? strlen(f->evidence) : 0;

    if (f && !strstr(f->evidence, text) && used + strlen(text) + 8 < sizeof(f->evidence)) {
        snprintf(f->evidence + used, sizeof(f->evidence) - used, "; also: %s", text);
    }
}

void finding_explain(struct finding *f, const char *reason, const char *fix)
{
    if (!f) {
        return;
    }
    f->reason = reason ? reason : f->reason;
    f->fix = fix ? fix : f->fix;
}

/* What follows from what, when both are found on one core: the first cause that is there counts. */
static const struct {
    enum finding_id effect, cause;
} consequences[] = {
    {FIND_AFTER_IRQ_NEVER, FIND_JUMP_PRIMASK},
    {FIND_AFTER_IRQ_NEVER, FIND_JUMP_BASEPRI},
    {FIND_AFTER_IRQ_NEVER, FIND_JUMP_FAULTMASK},
    {FIND_AFTER_IRQ_NEVER, FIND_JUMP_FROM_HANDLER},
    {FIND_AFTER_IRQ_NEVER, FIND_AFTER_JUMP_BACK},
    {FIND_AFTER_TICK_STOPPED, FIND_JUMP_SYSTEM_CONTROL},
    {FIND_JUMP_NEVER, FIND_CORES_HSEM_MISSED},
    {FIND_JUMP_NEVER, FIND_CORES_HSEM_NO_EVENT},
    {FIND_JUMP_NEVER, FIND_AFTER_RESET_LOOP},
    {FIND_JUMP_NEVER, FIND_AFTER_WATCHDOG_RESET},
    {FIND_AFTER_ERASE_UNDER_CORE, FIND_CORES_PROGRAM_ERASED},
    {FIND_AFTER_WRONG_TABLE, FIND_CORES_PROGRAM_ERASED},
    {FIND_AFTER_FAULT, FIND_CORES_PROGRAM_ERASED},
    {FIND_JUMP_ENTRY_WILD, FIND_CORES_PROGRAM_ERASED},
    {FIND_AFTER_TORN_WORD, FIND_CHIP_FLASH_SPOILED},
    {FIND_AFTER_CLOCK_TIMEOUT, FIND_JUMP_CLOCK},
    {FIND_AFTER_WRONG_TABLE, FIND_AFTER_VTOR_MOVED},
    {FIND_AFTER_WRONG_TABLE, FIND_JUMP_VTOR_BOOTLOADER},
    {FIND_AFTER_DEFAULT_HANDLER, FIND_JUMP_NVIC_ENABLED},
    {FIND_AFTER_DOUBLE_UNLOCK, FIND_JUMP_FLASH_UNLOCKED},
    {FIND_AFTER_FAULT, FIND_JUMP_LINKED_ELSEWHERE},
    {FIND_AFTER_FAULT, FIND_JUMP_UNPRIVILEGED},
    {FIND_AFTER_ERROR_HANDLER, FIND_AFTER_SUPPLY},
    {FIND_JUMP_ENTRY_WILD, FIND_JUMP_LINKED_ELSEWHERE},
    {FIND_AFTER_FAULT, FIND_AFTER_WRONG_TABLE},
    {FIND_AFTER_LOCKUP, FIND_CORES_PROGRAM_ERASED},
    {FIND_AFTER_LOCKUP, FIND_AFTER_FAULT},
    {FIND_AFTER_POLL_FOREVER, FIND_CHIP_CLOCK},
    {FIND_AFTER_POLL_FOREVER, FIND_CHIP_UNCLOCKED},
    {FIND_AFTER_FAULT, FIND_AFTER_STACK_OVERFLOW},
    {FIND_AFTER_LOCKUP, FIND_AFTER_STACK_OVERFLOW},
    {FIND_AFTER_WRONG_TABLE, FIND_AFTER_STACK_OVERFLOW},
    {FIND_AFTER_DEFAULT_HANDLER, FIND_AFTER_STACK_OVERFLOW},
    {FIND_AFTER_ERROR_HANDLER, FIND_AFTER_STACK_OVERFLOW},
    {FIND_AFTER_IRQ_NEVER, FIND_AFTER_STACK_OVERFLOW},
    {FIND_AFTER_ERROR_HANDLER, FIND_AFTER_POLL_FOREVER},
    {FIND_AFTER_ERROR_HANDLER, FIND_AFTER_CLOCK_TIMEOUT},
    {FIND_AFTER_RESET_LOOP, FIND_AFTER_WATCHDOG_RESET},
    {FIND_AFTER_RESET_LOOP, FIND_AFTER_LOST_AT_RESET},
};

/* The same, whichever cores they are found on: what one does to the other. The word must be in what
 * was seen of the effect. */
static const struct {
    enum finding_id effect, cause;
    const char *word;
} harms[] = {
    {FIND_CHIP_SERIAL, FIND_CORES_CLOCK_CHANGED, "clock"},
    {FIND_CHIP_SERIAL, FIND_CORES_CLOCK_BOTH, "clock"},
    {FIND_CHIP_SERIAL, FIND_CORES_PERIPHERAL_BOTH, "no pin"},
    {FIND_CHIP_SERIAL, FIND_CORES_PERIPHERAL_RESET, "no pin"},
    {FIND_CHIP_SERIAL, FIND_CORES_PERIPHERAL_RESET, "UE = 0"},
    {FIND_CHIP_CLOCK, FIND_CORES_CLOCK_CHANGED, "RNG is on"},
    {FIND_CHIP_CLOCK, FIND_CORES_CLOCK_CHANGED, "has no kernel clock"},
    {FIND_CORES_CLOCK_CHANGED, FIND_CORES_CLOCK_BOTH, ""},
    {FIND_CORES_PERIPHERAL_BOTH, FIND_CORES_REGISTER_RACE, "pin P"},
    {FIND_JUMP_NEVER, FIND_AFTER_D2CKRDY, "sleeps there"}, /* for a sign of the other core */
    {FIND_JUMP_NEVER, FIND_AFTER_POLL_FOREVER, "sleeps there"},
    {FIND_JUMP_NEVER, FIND_AFTER_FAULT, "sleeps there"},
    {FIND_JUMP_NEVER, FIND_AFTER_IRQ_STORM, "sleeps there"},
    {FIND_JUMP_NEVER, FIND_AFTER_ERROR_HANDLER, "sleeps there"},
    {FIND_JUMP_NEVER, FIND_JUMP_ENTRY_WILD, "sleeps there"},
    {FIND_JUMP_NEVER, FIND_JUMP_REFUSED, "sleeps there"},
    {FIND_CORES_HSEM_NOT_TAKEN, FIND_AFTER_FAULT, ""},
    {FIND_CORES_HSEM_NOT_TAKEN, FIND_AFTER_ERROR_HANDLER, ""},
    {FIND_CORES_HSEM_NOT_TAKEN, FIND_AFTER_IRQ_NEVER, ""},
    {FIND_CORES_HSEM_NOT_TAKEN, FIND_JUMP_NEVER, ""},
    {FIND_CORES_HSEM_NOT_TAKEN, FIND_JUMP_ENTRY_WILD, ""},
    {FIND_CORES_HSEM_NOT_TAKEN, FIND_CORES_M4_NEVER_RELEASED, ""},
    {FIND_CORES_HSEM_NOT_TAKEN, FIND_CORES_M4_BOOT_ADDRESS, ""},
    {FIND_AFTER_FAULT, FIND_CHIP_FLASH_SPEED, "BusFault"},
    {FIND_AFTER_RESET_LOOP, FIND_AFTER_FAULT, "in a handler (exception 3)"},
    {FIND_AFTER_RESET_LOOP, FIND_AFTER_FAULT, "in a handler (exception 4)"},
    {FIND_AFTER_RESET_LOOP, FIND_AFTER_FAULT, "in a handler (exception 5)"},
    {FIND_AFTER_RESET_LOOP, FIND_AFTER_FAULT, "in a handler (exception 6)"},
    {FIND_JUMP_HSEM_HELD, FIND_CORES_M4_NEVER_RELEASED, ""},
};

static void link_to(struct findings *f, struct finding *n, int cause)
{
    if (n->cause == FIND_COUNT && cause >= 0 && f->list[cause].severity >= n->severity) {
        n->cause = f->list[cause].id;
    }
}

static void link_harm(struct findings *f, struct finding *n)
{
    for (size_t k = 0; k < sizeof(harms) / sizeof(harms[0]); k++) {
        bool effect = n->id == harms[k].effect && strstr(n->evidence, harms[k].word);
        for (int core = -1; effect && core < CORES; core++) {
            link_to(f, n, index_of(f, harms[k].cause, core));
        }
    }
}

void findings_link(struct findings *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        struct finding *n = &f->list[i];
        for (size_t k = 0; k < sizeof(consequences) / sizeof(consequences[0]); k++) {
            if (n->id == consequences[k].effect) {
                link_to(f, n, index_of(f, consequences[k].cause, n->core));
            }
        }
        link_harm(f, n);
    }
}

void findings_limit(struct findings *f, const char *text)
{
    for (unsigned i = 0; i < f->nlimits; i++) {
        if (strncmp(f->limits[i], text, sizeof(f->limits[i]) - 1) == 0) {
            return;
        }
    }
    if (f->nlimits < LIMITS_MAX) {
        snprintf(f->limits[f->nlimits++], sizeof(f->limits[0]), "%s", text);
    }
}

enum severity findings_worst(const struct findings *f)
{
    enum severity worst = SEV_NOTE;

    for (unsigned i = 0; i < f->count; i++) {
        if (f->list[i].severity > worst) {
            worst = f->list[i].severity;
        }
    }
    return worst;
}
