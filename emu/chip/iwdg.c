/* SPDX-License-Identifier: MIT */
/* IWDG1 and IWDG2: independent watchdogs on LSI (RM0399, independent watchdog). */
#include "chip/stm32h7/regs.h"
#include "emu/chip/reg.h"
#include "emu/chip/watchdog.h"

enum { KEY_START = 0xCCCC, KEY_RELOAD = 0xAAAA, KEY_OPEN = 0x5555 };
enum { SR_PVU = IWDG_SR_PVU, SR_RVU = IWDG_SR_RVU, SR_WVU = BIT(2) };

#define LSI_HZ        32000ull
#define LSI_PERIOD    (VT_S / LSI_HZ)
#define UPDATE_CYCLES 5

struct iwdg {
    struct machine *m;
    enum core_id id;
    bool running, open, frozen;
    uint32_t pr, rlr, winr, sr;
    unsigned divider; /* in force; PR may be on its way */
    vtime_t loaded;   /* when the counter held `start` */
    vtime_t part;     /* of a tick, that had passed then */
    uint32_t start;
    struct sched_event expired, updated;
};

static vtime_t tick(const struct iwdg *w)
{
    return LSI_PERIOD * w->divider;
}

static uint32_t counter(const struct iwdg *w, vtime_t now)
{
    vtime_t n = now > w->loaded ? (w->part + now - w->loaded) / tick(w) : 0;

    return n < w->start ? w->start - (uint32_t)n : 0;
}

/* The counter goes on from `value` now. */
static void go_on(struct iwdg *w, uint32_t value, vtime_t part)
{
    w->start = value;
    w->part = part;
    w->loaded = machine_now(w->m);
    if (w->running && !w->frozen) {
        sched_at(&w->m->sched, &w->expired, w->loaded + tick(w) * (value + 1ull) - part);
    }
}

static void run_from(struct iwdg *w, uint32_t value)
{
    go_on(w, value, 0);
}

static void bite(struct iwdg *w)
{
    machine_reset(w->m, w->id == CM7 ? RESET_IWDG1 : RESET_IWDG2);
}

static void on_expired(void *arg)
{
    bite(arg);
}

/* ---- register updates take some cycles of LSI, and never end while LSI is off ---- */

static void plan_update(struct iwdg *w)
{
    if (w->sr && !sched_pending(&w->updated) && rcc_hz(w->m->rcc, CLK_LSI)) {
        sched_at(&w->m->sched, &w->updated, machine_now(w->m) + UPDATE_CYCLES * LSI_PERIOD);
    }
}

static void on_updated(void *arg)
{
    struct iwdg *w = arg;

    if (w->sr & SR_PVU) {
        uint32_t now = counter(w, machine_now(w->m));
        w->divider = 4u << (w->pr > 6 ? 6 : w->pr);
        run_from(w, now);
    }
    if (w->sr & SR_WVU) { /* a write of WINR reloads the counter */
        run_from(w, w->rlr);
    }
    w->sr = 0;
}

static void value_write(struct iwdg *w, uint32_t *reg, uint32_t flag, uint32_t value)
{
    if (!w->open || (w->sr & flag)) {
        machine_note(w->m, w->open ? N_IWDG_UPDATING : N_IWDG_LOCKED, 0,
                     w->open ? "IWDG%d: a register is written while its last value is still on the "
                               "way (SR); ignored"
                             : "IWDG%d: PR, RLR or WINR is written without key 0x5555; ignored",
                     w->id + 1);
        return;
    }
    *reg = value;
    w->sr |= flag;
    plan_update(w);
}

/* ---- keys ---- */

static void start(struct iwdg *w)
{
    if (!w->running) {
        w->running = true;
        rcc_force_lsi(w->m->rcc);
    }
    run_from(w, w->rlr);
    plan_update(w);
}

static void reload(struct iwdg *w)
{
    if (w->running && counter(w, machine_now(w->m)) > w->winr) {
        bite(w); /* too early for the window */
        return;
    }
    run_from(w, w->rlr);
}

static void key_write(struct iwdg *w, uint32_t key)
{
    w->open = key == KEY_OPEN;
    if (key == KEY_START) {
        start(w);
    } else if (key == KEY_RELOAD) {
        reload(w);
    }
}

/* ---- freeze in Stop, when the option says so, and while a debugger halts a core ---- */

static void on_clocks(void *arg)
{
    struct iwdg *w = arg;

    plan_update(w); /* LSI may run now */
    /* FZ_IWDG_SDBY, FZ_IWDG_STOP: 0 freezes */
    uint32_t option = pwr_in_standby(w->m->pwr) ? BIT(18) : BIT(17);
    bool frozen = w->m->flash && !(flash_options(w->m->flash)->optsr & option);
    bool freeze = (frozen && rcc_in_system_stop(w->m->rcc)) ||
                  dbgmcu_frozen(w->m->dbgmcu, w->id == CM7 ? DBG_IWDG1 : DBG_IWDG2);
    if (!w->running || freeze == w->frozen) {
        return;
    }
    uint32_t now = w->frozen ? w->start : counter(w, machine_now(w->m));
    vtime_t part = w->frozen ? w->part : (w->part + machine_now(w->m) - w->loaded) % tick(w);
    w->frozen = freeze;
    sched_cancel(&w->m->sched, &w->expired);
    go_on(w, now, part); /* nothing is lost: short Stops would keep it from biting for good */
}

/* ---- registers ---- */

static uint32_t read_word(const struct iwdg *w, uint32_t off)
{
    switch (off) {
    case IWDG_PR:
        return w->pr;
    case IWDG_RLR:
        return w->rlr;
    case IWDG_SR:
        return w->sr;
    case IWDG_WINR:
        return w->winr;
    default:
        return 0;
    }
}

static enum bus_status iwdg_read(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t *value)
{
    (void)a;
    *value = reg_part(read_word(self, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status iwdg_write(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t value)
{
    struct iwdg *w = self;

    (void)a;
    (void)size; /* all fields fit into the low half-word */
    if (off == IWDG_KR) {
        key_write(w, value & 0xFFFF);
    } else if (off == IWDG_PR) {
        value_write(w, &w->pr, SR_PVU, value & 7);
    } else if (off == IWDG_RLR) {
        value_write(w, &w->rlr, SR_RVU, value & 0xFFF);
    } else if (off == IWDG_WINR) {
        value_write(w, &w->winr, SR_WVU, value & 0xFFF);
    }
    return BUS_OK;
}

static uint32_t iwdg_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return read_word(self, off);
}

static bool starts_by_hardware(const struct iwdg *w)
{
    if (!w->m->flash) {
        return false;
    }
    return !(flash_options(w->m->flash)->optsr & (w->id == CM7 ? BIT(4) : BIT(5)));
}

static void iwdg_reset(void *self, bool power_on)
{
    struct iwdg *w = self;

    (void)power_on;
    sched_cancel(&w->m->sched, &w->expired);
    sched_cancel(&w->m->sched, &w->updated);
    w->running = w->open = w->frozen = false;
    w->pr = w->sr = 0;
    w->rlr = w->winr = 0xFFF;
    w->divider = 4;
    if (starts_by_hardware(w)) {
        start(w);
    }
}

static const struct dev_ops ops = {iwdg_read, iwdg_write, iwdg_peek, iwdg_reset};

void iwdg_new(struct machine *m, enum core_id id)
{
    struct iwdg *w = machine_alloc(m, sizeof(*w));

    w->m = m;
    w->id = id;
    w->divider = 4;
    sched_event_init(&w->expired, "IWDG: expired", on_expired, w);
    sched_event_init(&w->updated, "IWDG: registers are updated", on_updated, w);
    rcc_on_change(m->rcc, on_clocks, w);
    dbgmcu_on_change(m->dbgmcu, on_clocks, w);
    struct dev d = {.name = id == CM7 ? "IWDG1" : "IWDG2",
                    .base = IWDG1_BASE + 0x400 * (uint32_t)id,
                    .size = 0x400,
                    .gate = GATE_NONE,
                    .ops = &ops,
                    .self = w};
    bus_add_dev(&m->bus, &d);
    m->iwdg[id] = w;
}

bool iwdg_running(const struct machine *m, enum core_id id)
{
    return m->iwdg[id]->running;
}
