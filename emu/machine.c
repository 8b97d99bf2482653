/* SPDX-License-Identifier: MIT */
#include "emu/machine.h"

#include "emu/chip/chip.h"
#include "emu/memories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Instructions; small enough for lock-step protocols, large enough to be fast. */
#define DEFAULT_QUANTUM 500

/* A system reset pulls NRST low for at least 20 us (RM0399, RCC resets). */
#define NRST_PULSE (20 * VT_US)

/* Between a power cut and the next power-on: long enough for capacitors to be empty. */
#define POWER_OFF_TIME (100 * VT_MS)

/* ---- what blocks tell the machine ---- */

void machine_irq_core(struct machine *m, enum core_id id, unsigned n, bool level)
{
    if (!m->core[id]) {
        return;
    }
    core_set_irq(m->core[id], n, level);
    if (level && m->running >= 0 && m->running != (int)id) {
        machine_sync(m); /* the other core wakes now, not at the end of this slice */
    }
}

void machine_irq(struct machine *m, unsigned n, bool level)
{
    machine_irq_core(m, CM7, n, level);
    machine_irq_core(m, CM4, n, level);
}

void machine_release_core(struct machine *m, enum core_id id)
{
    if (!m->core[id] || !core_held(m->core[id])) {
        return;
    }
    machine_note(m, N_CORE_RELEASE, 0, "%s released", id == CM7 ? "CM7" : "CM4");
    vtime_t now = machine_now(m);
    core_release(m->core[id], syscfg_boot_addr(m->syscfg, id));
    m->clk[id].waiting = false;
    machine_rebase(m, id, now);
    machine_power_changed(m, id);
}

void machine_flash_changed(struct machine *m, uint32_t addr, uint32_t len, bool content)
{
    if (content) {
        art_flash_changed(m->art, addr, len);
    }
    for (int i = 0; i < CORES; i++) {
        if (!m->core[i]) {
            continue;
        }
        core_flash_changed(m->core[i], addr, len, content);
        m->clk[i].stalled_until = 0; /* try again; it stalls once more if its bank is busy still */
    }
}

void machine_power_changed(struct machine *m, enum core_id id)
{
    (void)id;
    rcc_power_changed(m->rcc); /* domain clocks */
    machine_sync(m);           /* the other core must not run past it */
}

void machine_sev(struct machine *m, enum core_id from)
{
    exti_sev(m->exti, from);
    machine_sync(m);
}

void machine_reset(struct machine *m, enum reset_cause cause)
{
    if (!m->reset_pending) {
        m->reset_pending = true;
        m->reset_cause = cause;
        m->reset_time = machine_now(m);
    }
    machine_sync(m);
}

void machine_power_cut(struct machine *m)
{
    m->power_cut = true;
    machine_stop(m);
}

static bool notes_are_read(const struct machine *m)
{
    bool read = false;

    for (const struct observer *o = m->observers; o; o = o->next) {
        read = read || o->on_note;
    }
    return read;
}

void machine_note(struct machine *m, enum note_id id, uint32_t addr, const char *fmt, ...)
{
    if (!notes_are_read(m)) {
        return;
    }
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    struct note n = {.id = id,
                     .kind = note_info(id)->kind,
                     .name = note_info(id)->name,
                     .core = m->running,
                     .addr = addr,
                     .text = text,
                     .when = machine_now(m)};
    if (m->running >= 0) {
        n.pc = core_reg(m->core[m->running], REG_PC);
    }
    machine_tell(m, on_note, &n);
}

/* splitmix64: small, and the same sequence on every host. */
uint32_t machine_random(struct machine *m)
{
    uint64_t z = m->random_state += 0x9e3779b97f4a7c15ull;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* ---- reset and power ---- */

static const char *const cause_names[] = {
    [RESET_POWER_ON] = "power-on",
    [RESET_PIN] = "NRST pin",
    [RESET_BROWN_OUT] = "brown-out",
    [RESET_SOFT_CM7] = "SYSRESETREQ by CM7",
    [RESET_SOFT_CM4] = "SYSRESETREQ by CM4",
    [RESET_IWDG1] = "IWDG1",
    [RESET_IWDG2] = "IWDG2",
    [RESET_WWDG1] = "WWDG1",
    [RESET_WWDG2] = "WWDG2",
    [RESET_LOW_POWER1] = "low-power entry of CM7",
    [RESET_LOW_POWER2] = "low-power entry of CM4",
    [RESET_STANDBY] = "wake-up from Standby",
};

const char *machine_reset_name(enum reset_cause cause)
{
    return cause_names[cause];
}

static void start_cores(struct machine *m, bool power_on)
{
    bool cm7 = syscfg_core_boots(m->syscfg, CM7), cm4 = syscfg_core_boots(m->syscfg, CM4);

    if (!cm7 && !cm4) {
        cm7 = true; /* BCM7 = BCM4 = 0 acts as "CM7 first" (RM0399, boot modes) */
    }
    bool boots[CORES] = {cm7, cm4};
    for (int i = 0; i < CORES; i++) {
        if (!m->core[i]) {
            continue;
        }
        core_reset(m->core[i], syscfg_boot_addr(m->syscfg, (enum core_id)i), !boots[i], power_on);
        m->clk[i].waiting = !boots[i];
        m->clk[i].stalled_until = 0;
        machine_rebase(m, (enum core_id)i, m->now);
    }
    rcc_power_changed(m->rcc);
    machine_clocks_changed(m);
}

void machine_reset_core(struct machine *m, enum core_id id, enum reset_cause cause)
{
    if (!m->core[id]) {
        return;
    }
    machine_tell(m, on_core_reset, id, cause);
    core_reset(m->core[id], syscfg_boot_addr(m->syscfg, id), false, false);
    m->clk[id].waiting = false;
    m->clk[id].stalled_until = 0;
    machine_rebase(m, id, m->now);
    rcc_power_changed(m->rcc);
}

void machine_reset_domain(struct machine *m, enum core_id id)
{
    const uint32_t first = id == CM7 ? 0x50000000u : 0x40000000u; /* RM0399, memory map */

    machine_note(m, N_RESET, 0, "%s leaves Standby: its domain is reset",
                 id == CM7 ? "CM7" : "CM4");
    memories_lose(m, id);
    for (unsigned i = 0; i < m->bus.ndevs; i++) {
        const struct dev *d = &m->bus.devs[i];
        if (d->base - first < 0x08000000u && d->ops->reset) {
            d->ops->reset(d->self, false);
        }
    }
    rcc_note_domain_reset(m->rcc, id);
    machine_reset_core(m, id, RESET_STANDBY);
}

void machine_do_reset(struct machine *m)
{
    enum reset_cause cause = m->reset_cause;
    bool power_on = cause == RESET_POWER_ON;

    m->reset_pending = false;
    if (m->reset_time + NRST_PULSE > m->now) {
        m->now = m->reset_time + NRST_PULSE;
    }
    machine_note(m, N_RESET, 0, "reset: %s", cause_names[cause]);
    if (power_on || pwr_in_standby(m->pwr)) {
        memories_power_on(m);
    }
    for (int i = 0; i < CORES && !power_on; i++) {
        if (m->core[i]) {
            m->running = i; /* whose note it is */
            core_lose_pending(m->core[i]);
            m->running = -1;
        }
    }
    rcc_note_reset(m->rcc, cause);
    bus_reset(&m->bus, power_on);
    start_cores(m, power_on);
    machine_tell(m, on_reset, cause);
}

void machine_power_on(struct machine *m)
{
    if (m->power_cut) { /* the stop that came with the cut */
        m->stop_requested = false;
    }
    m->power_cut = false;
    machine_reset(m, RESET_POWER_ON);
    machine_do_reset(m);
}

void machine_power_cycle(struct machine *m)
{
    m->now += POWER_OFF_TIME;
    machine_power_on(m);
}

/* ---- making and unmaking ---- */

struct block {
    struct block *next;
    _Alignas(16) unsigned char data[];
};

void *machine_alloc(struct machine *m, size_t size)
{
    struct block *b = calloc(1, sizeof(*b) + size);

    if (!b) {
        fprintf(stderr, "duoemu: out of memory for the chip's blocks\n");
        abort();
    }
    b->next = m->blocks;
    m->blocks = b;
    return b->data;
}

void machine_free_blocks(struct machine *m)
{
    struct block *b = m->blocks;

    while (b) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
    m->blocks = NULL;
}

static bool add_blocks(struct machine *m, const char *flash_file, char *err, size_t errlen)
{
    rcc_new(m);
    pwr_new(m);
    syscfg_new(m);
    if (!flash_new(m, flash_file, err, errlen)) {
        return false;
    }
#define BLOCK(name) name##_new(m);
#define MODEL(name)
#include "emu/chip/blocks.def"
#undef BLOCK
#undef MODEL
    pwr_watch_pins(m->pwr);
    regfile_new(m);
    memories_new(m);
    bus_seal(&m->bus);
    return true;
}

struct machine *machine_new(const struct machine_config *cfg, char *err, size_t errlen)
{
    struct machine *m = calloc(1, sizeof(*m));

    if (!m) {
        snprintf(err, errlen, "out of memory for the machine");
        return NULL;
    }
    sched_init(&m->sched);
    machine_follow_events(m);
    m->bus.m = m;
    m->running = -1;
    m->quantum = cfg->quantum ? cfg->quantum : DEFAULT_QUANTUM;
    m->random_state = cfg->seed;
    m->lockup_stops = true;
    m->flash_detached = cfg->flash_detached;
    if (!add_blocks(m, cfg->flash_file, err, errlen)) {
        machine_free(m);
        return NULL;
    }
    m->core[CM7] = core_new(m, CM7);
    m->core[CM4] = core_new(m, CM4);
    return m;
}

void machine_free(struct machine *m)
{
    if (!m) {
        return;
    }
    for (int i = 0; i < CORES; i++) {
        if (m->core[i]) {
            core_free(m->core[i]);
        }
    }
    flash_free(m->flash);
    memories_free(m);
    sched_free(&m->sched);
    machine_free_blocks(m);
    free(m);
}
