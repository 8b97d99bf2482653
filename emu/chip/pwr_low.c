/* SPDX-License-Identifier: MIT */
/*
 * Ways out of the low-power modes (RM0399, power control, low-power modes): HOLD, wake-up pins,
 * Standby of a domain and of the whole chip.
 */
#include "emu/chip/pwr.h"

#include <string.h>

#define IRQ_HOLD    148
#define IRQ_PIN     149
#define PINS        6
#define EXTI_PIN(n) (55 + (n)) /* direct lines */

/* ---- HOLD: after system Stop the other core stands until the holder lets it go ---- */

bool pwr_holds(const struct pwr *p, enum core_id id)
{
    const enum core_id holder = id == CM7 ? CM4 : CM7;
    const uint32_t held = CPUCR_HOLD | CPUCR_HOLDF;

    return p->standby || (p->cpucr[holder] & held) == held;
}

void pwr_update_hold(struct pwr *p)
{
    for (unsigned i = 0; i < CORES; i++) {
        machine_irq_core(p->m, (enum core_id)i, IRQ_HOLD, p->cpucr[i] & CPUCR_HOLDF);
    }
    machine_sync(p->m); /* the other core may run now */
}

void pwr_leave_stop(struct pwr *p)
{
    for (unsigned i = 0; i < CORES; i++) {
        if (p->cpucr[i] & CPUCR_HOLD) {
            p->cpucr[i] |= CPUCR_HOLDF;
        }
    }
    pwr_update_hold(p);
}

/* ---- Standby of a domain: its core starts again when it wakes ---- */

void pwr_enter_standby(struct pwr *p, enum core_id id)
{
    p->domain_standby[id] = true;
}

void pwr_core_wakes(struct pwr *p, enum core_id id)
{
    if (p->domain_standby[id] && !p->standby && !sched_pending(&p->domain_wakes[id])) {
        sched_at(&p->m->sched, &p->domain_wakes[id], machine_now(p->m));
    }
}

static void wake_domain(struct pwr *p, enum core_id id)
{
    p->domain_standby[id] = false;
    p->cpucr[CM7] |= CPUCR_SBF_D1 << id;
    p->cpucr[CM4] |= CPUCR_SBF_D1 << id;
    machine_reset_domain(p->m, id);
}

static void on_d1(void *arg)
{
    wake_domain(arg, CM7);
}

static void on_d2(void *arg)
{
    wake_domain(arg, CM4);
}

/* ---- Standby of the chip: only VBAT and PWR are left ---- */

void pwr_system_standby(struct pwr *p)
{
    p->standby = true;
}

bool pwr_in_standby(const struct pwr *p)
{
    return p && p->standby;
}

static void on_chip(void *arg)
{
    const struct pwr *p = arg;

    machine_reset(p->m, RESET_STANDBY);
}

void pwr_wake_event(struct pwr *p)
{
    if (p->standby && !sched_pending(&p->chip_wakes)) {
        sched_at(&p->m->sched, &p->chip_wakes, machine_now(p->m));
    }
}

/* ---- wake-up pins ---- */

static const char pins[PINS][5] = {"PA0", "PA2", "PI8", "PC13", "PI11", "PC1"};

static void tell_pins(const struct pwr *p)
{
    for (unsigned n = 0; n < PINS; n++) {
        exti_direct(p->m->exti, EXTI_PIN(n), p->wkupfr >> n & 1);
    }
    machine_irq(p->m, IRQ_PIN, p->wkupfr);
}

/* A pin that nobody drives has the level of its pull (WKUPPUPD: 1 up, 2 down). */
static bool level_of(const struct pwr *p, unsigned n)
{
    const int outside = gpio_outside(p->m->gpio, pins[n]);

    return outside < 0 ? (p->wkupepr >> (16 + 2 * n) & 3) == 1 : outside;
}

static bool active(const struct pwr *p, unsigned n)
{
    return p->wkupepr >> n & 1 && level_of(p, n) != (p->wkupepr >> (8 + n) & 1);
}

static void look_at_pins(struct pwr *p, uint32_t before)
{
    uint32_t now = 0;

    for (unsigned n = 0; n < PINS; n++) {
        now |= active(p, n) ? BIT(n) : 0;
    }
    if (now & ~before) {
        p->wkupfr |= now & ~before;
        tell_pins(p);
        pwr_wake_event(p);
    }
}

/* What counts is the level from outside, whatever mode the pin has. */
static void on_pin(void *arg, const char *pin, int was)
{
    struct pwr *p = arg;
    uint32_t before = 0;

    for (unsigned n = 0; n < PINS; n++) {
        const bool up = was < 0 ? (p->wkupepr >> (16 + 2 * n) & 3) == 1 : was;
        const bool polarity = p->wkupepr >> (8 + n) & 1;
        before |= strcmp(pins[n], pin) != 0 || (p->wkupepr >> n & 1 && up != polarity) ? BIT(n) : 0;
    }
    look_at_pins(p, before);
}

void pwr_pins_write(struct pwr *p, uint32_t wkupepr)
{
    const uint32_t enabled = p->wkupepr & 0x3F;

    p->wkupepr = wkupepr & 0x0FFF3F3F;
    look_at_pins(p, enabled); /* a level that is there when the pin is enabled counts, too */
}

void pwr_pins_clear(struct pwr *p, uint32_t flags)
{
    p->wkupfr &= ~(flags & 0x3F);
    tell_pins(p);
}

/* ---- life ---- */

void pwr_low_reset(struct pwr *p, bool power_on)
{
    const uint32_t kept = CPUCR_SBF | CPUCR_SBF_D1 | CPUCR_SBF_D1 << 1;

    for (unsigned i = 0; i < CORES; i++) {
        p->cpucr[i] = power_on ? 0 : (p->cpucr[i] & kept) | (p->standby ? CPUCR_SBF : 0);
        p->domain_standby[i] = false;
        sched_cancel(&p->m->sched, &p->domain_wakes[i]);
        machine_irq_core(p->m, (enum core_id)i, IRQ_HOLD, false);
    }
    sched_cancel(&p->m->sched, &p->chip_wakes);
    if (power_on || !p->standby) {
        p->wkupfr = 0;
        p->wkupepr = 0; /* Standby keeps both */
    }
    p->standby = false;
}

void pwr_low_new(struct pwr *p)
{
    sched_event_init(&p->domain_wakes[CM7], "PWR: D1 has woken", on_d1, p);
    sched_event_init(&p->domain_wakes[CM4], "PWR: D2 has woken", on_d2, p);
    sched_event_init(&p->chip_wakes, "PWR: the chip leaves Standby", on_chip, p);
}

void pwr_watch_pins(struct pwr *p)
{
    gpio_on_outside(p->m->gpio, on_pin, p);
}
