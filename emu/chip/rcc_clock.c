/* SPDX-License-Identifier: MIT */
/* Oscillators and the system clock switch of the RCC (RM0399, reset and clock control). */
#include "emu/chip/rcc.h"

#define HSI_HZ   64000000u
#define CSI_HZ   4000000u
#define HSI48_HZ 48000000u
#define LSI_HZ   32000u
#define LSE_HZ   32768u

#define SWITCH_DELAY (200 * VT_NS) /* a few cycles of both clocks, rounded up */

/* ---- oscillators ---- */

uint64_t rcc_osc_hz(const struct rcc *r, enum osc id)
{
    static const uint32_t fixed[OSCS] = {
        [OSC_CSI] = CSI_HZ, [OSC_HSI48] = HSI48_HZ, [OSC_LSI] = LSI_HZ, [OSC_LSE] = LSE_HZ};

    if (id >= OSC_NONE || !r->osc[id].ready) {
        return 0;
    }
    if (id == OSC_HSI) {
        return HSI_HZ >> rcc_field(r->word[RCC_CR / 4], 3, 2);
    }
    return id == OSC_HSE ? r->hse_hz : fixed[id];
}

/* Typical start-up times of the data sheet. An external clock counts 512 cycles of itself. */
static vtime_t start_time(const struct rcc *r, enum osc id)
{
    switch (id) {
    case OSC_HSE:
        return r->hse_external && r->hse_hz ? 512 * VT_S / r->hse_hz : 2 * VT_MS;
    case OSC_PLL1:
    case OSC_PLL2:
    case OSC_PLL3:
        return 100 * VT_US;
    case OSC_LSI:
        return 80 * VT_US;
    case OSC_LSE:
        return 500 * VT_MS;
    default:
        return 5 * VT_US;
    }
}

static bool is_pll(enum osc id)
{
    return id >= OSC_PLL1 && id <= OSC_PLL3;
}

/* Can this clock start at all? */
static bool can_start(struct rcc *r, enum osc id)
{
    if (id == OSC_HSE) {
        return r->hse_hz != 0;
    }
    if (id == OSC_LSE) {
        return r->lse_present;
    }
    return !is_pll(id) || rcc_pll_locks(r, id - OSC_PLL1);
}

static void ready_interrupt(struct rcc *r, enum osc id)
{
    static const uint8_t bit[OSCS] = {
        [OSC_HSI] = 2,  [OSC_CSI] = 4,  [OSC_HSI48] = 5, [OSC_HSE] = 3, [OSC_PLL1] = 6,
        [OSC_PLL2] = 7, [OSC_PLL3] = 8, [OSC_LSI] = 0,   [OSC_LSE] = 1};

    if (!(r->word[RCC_CIER / 4] & BIT(bit[id]))) {
        return;
    }
    r->word[RCC_CIFR / 4] |= BIT(bit[id]);
    machine_irq(r->m, 5, true);
}

static void start(struct rcc *r, enum osc id)
{
    struct rcc_osc *o = &r->osc[id];

    if (o->on && !o->ready && !sched_pending(&o->started) && can_start(r, id)) {
        sched_at(&r->m->sched, &o->started, machine_now(r->m) + start_time(r, id));
    }
}

static void lose(struct rcc *r, enum osc id)
{
    r->osc[id].ready = false;
    sched_cancel(&r->m->sched, &r->osc[id].started);
}

/* A PLL whose source stops loses its lock; one that waits for its source starts with it. */
static void plls_follow_source(struct rcc *r)
{
    bool alive = rcc_osc_hz(r, rcc_pll_source(r)) != 0;

    for (enum osc id = OSC_PLL1; id <= OSC_PLL3; id++) {
        if (alive) {
            start(r, id);
        } else {
            lose(r, id);
        }
    }
}

static enum osc sys_osc(unsigned sw)
{
    static const enum osc of[8] = {OSC_HSI,  OSC_CSI,  OSC_HSE,  OSC_PLL1,
                                   OSC_NONE, OSC_NONE, OSC_NONE, OSC_NONE};

    return of[sw & 7];
}

uint64_t rcc_sys_hz(const struct rcc *r, unsigned sw)
{
    return sw == 3 ? r->pll_hz[0][0] : rcc_osc_hz(r, sys_osc(sw));
}

static void plan_switch(struct rcc *r)
{
    unsigned sw = r->word[RCC_CFGR / 4] & 7;

    if (sw == r->sws) {
        sched_cancel(&r->m->sched, &r->switched);
    } else if (rcc_sys_hz(r, sw) && !sched_pending(&r->switched)) {
        sched_at(&r->m->sched, &r->switched, machine_now(r->m) + SWITCH_DELAY);
    }
}

static void on_switched(void *arg)
{
    struct rcc *r = arg;
    unsigned sw = r->word[RCC_CFGR / 4] & 7;

    if (!rcc_sys_hz(r, sw)) {
        return; /* it died meanwhile; the switch waits for it */
    }
    r->sws = sw;
    rcc_recompute(r);
}

static void on_started(void *arg)
{
    struct rcc_osc *o = arg;
    struct rcc *r = o->r;

    o->ready = true;
    if (!is_pll(o->id)) {
        plls_follow_source(r);
    }
    rcc_recompute(r);
    plan_switch(r);
    ready_interrupt(r, o->id);
}

void rcc_osc_set(struct rcc *r, enum osc id, bool on)
{
    struct rcc_osc *o = &r->osc[id];

    if (o->on == on) {
        return;
    }
    o->on = on;
    if (on) {
        start(r, id);
        return;
    }
    lose(r, id);
    if (!is_pll(id)) {
        plls_follow_source(r);
    }
    rcc_recompute(r);
}

/* ---- CR ---- */

static const struct {
    uint32_t on, ready;
    enum osc id;
} cr_bits[] = {
    {CR_HSION, CR_HSIRDY, OSC_HSI},       {CR_CSION, CR_CSIRDY, OSC_CSI},
    {CR_HSI48ON, CR_HSI48RDY, OSC_HSI48}, {CR_HSEON, CR_HSERDY, OSC_HSE},
    {CR_PLL1ON, CR_PLL1RDY, OSC_PLL1},    {CR_PLL2ON, CR_PLL2RDY, OSC_PLL2},
    {CR_PLL3ON, CR_PLL3RDY, OSC_PLL3},
};
enum { CR_OSCS = sizeof(cr_bits) / sizeof(cr_bits[0]) };

uint32_t rcc_cr_read(const struct rcc *r)
{
    uint32_t v = r->word[RCC_CR / 4] | CR_HSIDIVF | rcc_domain_ready(r);

    for (unsigned i = 0; i < CR_OSCS; i++) {
        if (r->osc[cr_bits[i].id].ready) {
            v |= cr_bits[i].ready;
        }
    }
    return v;
}

/* The hardware keeps on what the system clock stands on, now or after a switch under way. */
static bool carries_system(const struct rcc *r, enum osc id)
{
    enum osc now = sys_osc(r->sws), next = sys_osc(r->word[RCC_CFGR / 4]);

    if (id == now || id == next) {
        return true;
    }
    return (now == OSC_PLL1 || (next == OSC_PLL1 && r->osc[OSC_PLL1].on)) &&
           id == rcc_pll_source(r);
}

static uint32_t refuse_off(struct rcc *r, uint32_t old, uint32_t value)
{
    for (unsigned i = 0; i < CR_OSCS; i++) {
        uint32_t on = cr_bits[i].on;
        if (!(old & on) || (value & on) || !carries_system(r, cr_bits[i].id)) {
            continue;
        }
        value |= on;
        machine_note(r->m, N_RCC_OFF_REFUSED, ADDR(RCC, CR),
                     "RCC_CR: a clock the system runs on is switched off (bit mask 0x%08x); the "
                     "hardware keeps it on. Switch CFGR.SW first and wait for SWS",
                     on);
    }
    return value;
}

static uint32_t refuse_while_on(struct rcc *r, uint32_t old, uint32_t value)
{
    if ((old & CR_HSEON) && ((old ^ value) & CR_HSEBYP)) {
        machine_note(r->m, N_RCC_HSEBYP, ADDR(RCC, CR),
                     "RCC_CR: HSEBYP changes while HSE is on; ignored. Clear HSEON first");
        value = reg_merge(value, old, CR_HSEBYP);
    }
    bool pll_on = old & (CR_PLL1ON | CR_PLL2ON | CR_PLL3ON);
    if (pll_on && rcc_pll_source(r) == OSC_HSI && ((old ^ value) & CR_HSIDIV)) {
        machine_note(r->m, N_RCC_HSIDIV, ADDR(RCC, CR),
                     "RCC_CR: HSIDIV changes while a PLL runs from HSI; ignored");
        value = reg_merge(value, old, CR_HSIDIV);
    }
    return value | (old & CR_HSECSSON); /* clock security stays on until reset */
}

static void check_hse_mode(struct rcc *r, uint32_t old, uint32_t value)
{
    if (!(value & ~old & CR_HSEON)) {
        return;
    }
    bool byp = value & CR_HSEBYP;
    if (!r->hse_hz) {
        machine_note(r->m, N_RCC_NO_HSE, ADDR(RCC, CR),
                     "HSE is switched on, but this board has none: HSERDY stays 0");
    } else if (byp != r->hse_external) {
        machine_note(r->m, N_RCC_HSE_MODE, ADDR(RCC, CR),
                     "HSE is used as %s, this board has %s of %llu Hz; a real board may not start",
                     byp ? "an external clock (HSEBYP)" : "a crystal",
                     r->hse_external ? "an external clock" : "a crystal",
                     (unsigned long long)r->hse_hz);
    }
}

void rcc_cr_write(struct rcc *r, uint32_t value)
{
    const uint32_t writable = CR_HSION | CR_HSIKERON | CR_HSIDIV | CR_CSION | CR_CSIKERON |
                              CR_HSI48ON | CR_HSEON | CR_HSEBYP | CR_HSECSSON | CR_PLL1ON |
                              CR_PLL2ON | CR_PLL3ON;
    uint32_t old = r->word[RCC_CR / 4];

    value = refuse_while_on(r, old, refuse_off(r, old, value & writable));
    check_hse_mode(r, old, value);
    r->word[RCC_CR / 4] = value;
    for (unsigned i = 0; i < CR_OSCS; i++) {
        rcc_osc_set(r, cr_bits[i].id, value & cr_bits[i].on);
    }
    rcc_recompute(r); /* HSIDIV */
}

/* ---- CFGR ---- */

void rcc_cfgr_write(struct rcc *r, uint32_t value)
{
    uint32_t old = r->word[RCC_CFGR / 4];

    /* Not writable: SWS and bits 17:16. */
    r->word[RCC_CFGR / 4] = value & 0xFFFCFFC7;
    unsigned sw = value & 7;
    if (sw != (old & 7) && sw != r->sws && !rcc_sys_hz(r, sw)) {
        machine_note(r->m, N_RCC_SW_NOT_READY, ADDR(RCC, CFGR),
                     "RCC_CFGR: SW selects clock %u, which is not ready; the switch waits for it",
                     sw);
    }
    plan_switch(r);
    rcc_recompute(r); /* TIMPRE */
}

/* ---- reset, Stop, clock failure ---- */

static void force(struct rcc *r, enum osc id, bool on)
{
    sched_cancel(&r->m->sched, &r->osc[id].started);
    r->osc[id].on = r->osc[id].ready = on;
}

static void system_on(struct rcc *r, enum osc id, unsigned sw)
{
    for (enum osc i = OSC_HSI; i <= OSC_PLL3; i++) {
        force(r, i, i == id);
    }
    sched_cancel(&r->m->sched, &r->switched);
    r->sws = sw;
    r->word[RCC_CFGR / 4] = (r->word[RCC_CFGR / 4] & ~7u) | sw;
}

void rcc_clock_stop(struct rcc *r)
{
    bool csi = r->word[RCC_CFGR / 4] & BIT(6); /* STOPWUCK */
    uint32_t *cr = &r->word[RCC_CR / 4];

    *cr &= ~(CR_HSION | CR_CSION | CR_HSI48ON | CR_HSEON | CR_PLL1ON | CR_PLL2ON | CR_PLL3ON);
    *cr |= csi ? CR_CSION : CR_HSION;
    system_on(r, csi ? OSC_CSI : OSC_HSI, csi ? 1 : 0);
    rcc_recompute(r);
}

void rcc_hse_fail(struct rcc *r)
{
    r->hse_hz = 0;
    if (!r->osc[OSC_HSE].on) {
        return;
    }
    bool security = r->word[RCC_CR / 4] & CR_HSECSSON;
    bool system = carries_system(r, OSC_HSE);
    lose(r, OSC_HSE);
    plls_follow_source(r);
    if (security) {
        r->word[RCC_CIFR / 4] |= CIFR_HSECSSF;
        for (int i = 0; i < CORES; i++) {
            if (r->m->core[i]) {
                core_set_nmi(r->m->core[i]);
            }
        }
    }
    if (system && security) {
        rcc_clock_stop(r); /* back to HSI; HSE and the PLLs are switched off */
        return;
    }
    if (system) { /* no clock at all: both cores stand still until a reset */
        machine_note(r->m, N_RCC_CLOCK_LOST, ADDR(RCC, CR),
                     "HSE failed under the system clock and HSECSSON is 0: the chip stands still");
    }
    rcc_recompute(r);
}

void rcc_clock_reset(struct rcc *r, bool power_on)
{
    system_on(r, OSC_HSI, 0);
    if (power_on) {
        force(r, OSC_LSE, false);
        force(r, OSC_LSI, false);
    }
    /* LSION is 0 now; a watchdog that starts by hardware may hold LSI on. */
    rcc_osc_set(r, OSC_LSI, r->lsi_forced);
    rcc_recompute(r);
}

void rcc_clock_init(struct rcc *r)
{
    for (unsigned i = 0; i < OSCS; i++) {
        r->osc[i].r = r;
        r->osc[i].id = (enum osc)i;
        sched_event_init(&r->osc[i].started, "RCC: an oscillator or PLL is ready", on_started,
                         &r->osc[i]);
    }
    sched_event_init(&r->switched, "RCC: SYSCLK has switched", on_switched, r);
}

void rcc_set_board(struct rcc *r, uint64_t hse_hz, bool hse_external, bool lse_present)
{
    r->hse_hz = hse_hz;
    r->hse_external = hse_external;
    r->lse_present = lse_present;
}
