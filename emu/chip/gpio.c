/* SPDX-License-Identifier: MIT */
/*
 * GPIO ports A..K: modes, pulls, outputs, alternate functions, lock, EXTI edges. RM0399, GPIO.
 *
 * A pin's level is what drives it: the push-pull output, else the world outside (gpio_drive), else
 * the pull resistor, else 0. A pin in analog mode reads 0.
 */
#include "emu/chip/gpio.h"

#include "chip/stm32h7/regs.h"
#include "emu/chip/reg.h"

#include <stdio.h>

enum {
    MODER = GPIO_MODER,
    OTYPER = 0x04,
    OSPEEDR = 0x08,
    PUPDR = GPIO_PUPDR,
    IDR = GPIO_IDR,
    ODR = 0x14,
    BSRR = 0x18,
    LCKR = 0x1C,
    AFRL = GPIO_AFRL,
    AFRH = GPIO_AFRH,
};

#define LCKK    BIT(16)
#define PULL_UP 1u

/* ---- levels ---- */

static bool undriven_level(const struct gpio_port *p, unsigned pin)
{
    if (p->driven >> pin & 1) {
        return p->outside >> pin & 1;
    }
    return gpio_field(p->pupdr, pin) == PULL_UP;
}

/* A pin that a peripheral may drive (AF) is looked at when it is read, see gpio_levels(). */
static bool level(const struct gpio_port *p, unsigned pin)
{
    unsigned mode = gpio_field(p->moder, pin);

    if (mode == 3) {
        return false;
    }
    if (mode != GPIO_MODE_OUT) {
        return undriven_level(p, pin);
    }
    bool out = p->odr >> pin & 1, open_drain = p->otyper >> pin & 1;
    return out && open_drain ? undriven_level(p, pin) : out;
}

static void tell_exti(struct gpio_port *p, uint16_t before)
{
    struct machine *m = p->g->m;
    uint16_t changed = before ^ p->idr;

    for (unsigned pin = 0; pin < GPIO_PINS; pin++) {
        if ((changed >> pin & 1) && m->exti && syscfg_exti_port(m->syscfg, pin) == p->index) {
            exti_edge(m->exti, pin, p->idr >> pin & 1);
        }
    }
}

static void pin_name(const struct gpio_port *p, unsigned pin, char name[5])
{
    snprintf(name, 5, "P%c%u", 'A' + (int)p->index, pin % GPIO_PINS);
}

/* Peripherals that take the pin as an input, and who observes. */
static void tell_users(struct gpio_port *p, uint16_t before)
{
    const struct gpio *g = p->g;
    uint16_t changed = before ^ p->idr;

    for (unsigned pin = 0; changed && pin < GPIO_PINS; pin++) {
        bool level = p->idr >> pin & 1;
        char name[5];
        if (!(changed >> pin & 1)) {
            continue;
        }
        pin_name(p, pin, name);
        for (unsigned i = 0; gpio_field(p->moder, pin) == GPIO_MODE_AF && i < g->users; i++) {
            if (g->user[i].edge) {
                g->user[i].edge(g->user[i].arg, name, gpio_function(p, pin), level);
            }
        }
        if (!(p->watched >> pin & 1)) {
            machine_tell(g->m, on_pin, name, level);
        }
    }
}

/* Does a peripheral drive the pin now? Then *level is what it drives. */
static bool driven(const struct gpio_port *p, unsigned pin, bool *level)
{
    char name[5];

    if (gpio_field(p->moder, pin) != GPIO_MODE_AF) {
        return false;
    }
    pin_name(p, pin, name);
    for (unsigned i = 0; i < p->g->users; i++) {
        const struct pin_user *u = &p->g->user[i];
        if (u->level && u->level(u->arg, name, gpio_function(p, pin), level)) {
            return true;
        }
    }
    return false;
}

static void tell_observers(struct gpio_port *p, unsigned pin, bool level)
{
    char name[5];

    pin_name(p, pin, name);
    p->shown = (uint16_t)((p->shown & ~(1u << pin)) | (unsigned)level << pin);
    p->told |= (uint16_t)(1u << pin);
    machine_tell(p->g->m, on_pin, name, level);
}

/*
 * A watched pin whose peripheral let go of it, or whose output changed. A first output is told
 * whatever its level: it lights an LED to the supply without an edge, as a floating pin reads 0.
 */
void gpio_tell_watched(struct gpio_port *p)
{
    for (unsigned pin = 0; pin < GPIO_PINS && p->watched; pin++) {
        bool level = p->idr >> pin & 1;
        if (!(p->watched >> pin & 1)) {
            continue;
        }
        driven(p, pin, &level);
        bool first = gpio_field(p->moder, pin) == GPIO_MODE_OUT && !(p->told >> pin & 1);
        if (first || level != (p->shown >> pin & 1)) {
            tell_observers(p, pin, level);
        }
    }
}

uint32_t gpio_levels(const struct gpio_port *p)
{
    uint32_t levels = p->idr;
    bool level;

    for (unsigned pin = 0; pin < GPIO_PINS; pin++) {
        if (driven(p, pin, &level)) {
            levels = (levels & ~(1u << pin)) | (uint32_t)level << pin;
        }
    }
    return levels;
}

/* What a peripheral drives may change without an event. */
static bool gpio_steady(const void *self, uint32_t off)
{
    const struct gpio_port *p = self;
    bool level;

    for (unsigned pin = 0; pin < GPIO_PINS && (off & ~3u) == IDR; pin++) {
        if (driven(p, pin, &level)) {
            return false;
        }
    }
    return true;
}

void gpio_update(struct gpio_port *p)
{
    uint16_t before = p->idr, now = 0;

    for (unsigned pin = 0; pin < GPIO_PINS; pin++) {
        if (level(p, pin)) {
            now |= (uint16_t)(1u << pin);
        }
    }
    p->idr = now;
    if (now != before) {
        tell_exti(p, before);
        tell_users(p, before);
    }
    gpio_tell_watched(p);
}

/* ---- lock: LCKR written with key 1, 0, 1 and the same mask, then read ---- */

static void write_lckr(struct gpio_port *p, uint32_t value)
{
    if (p->locked) {
        return;
    }
    uint32_t mask = value & 0xFFFF;
    bool key = value & LCKK, expected = p->lock_step != 1;
    if (key != expected || (p->lock_step && mask != p->lock_mask)) {
        p->lock_step = key ? 1 : 0;
        p->lock_mask = mask;
        p->lckr = mask;
        return;
    }
    p->lock_mask = mask;
    p->lckr = mask;
    if (++p->lock_step == 3) {
        p->locked = true;
        p->lckr |= LCKK;
    }
}

static uint32_t spread(uint32_t pins, unsigned width)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 32 / width; i++) {
        if (pins >> i & 1) {
            mask |= ((1u << width) - 1) << width * i;
        }
    }
    return mask;
}

static void set_guarded(struct gpio_port *p, uint32_t *reg, uint32_t value, uint32_t lanes,
                        uint32_t locked)
{
    uint32_t wanted = reg_merge(*reg, value, lanes);

    if (p->locked && ((wanted ^ *reg) & locked)) {
        machine_note(p->g->m, N_GPIO_LOCKED, GPIOA_BASE + 0x400 * p->index,
                     "%s: the configuration of a locked pin is written; ignored until reset",
                     p->name);
    }
    *reg = p->locked ? reg_merge(*reg, wanted, ~locked) : wanted;
}

/* ---- registers ---- */

static enum bus_status gpio_write(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t value)
{
    (void)a;
    struct gpio_port *p = self;
    uint32_t v = reg_shift(value, off, size), lanes = reg_lanes(off, size);
    uint32_t pins = p->lckr & 0xFFFF;
    switch (off & ~3u) {
    case MODER:
        set_guarded(p, &p->moder, v, lanes, spread(pins, 2));
        break;
    case OTYPER:
        set_guarded(p, &p->otyper, v & 0xFFFF, lanes, pins);
        break;
    case OSPEEDR:
        set_guarded(p, &p->ospeedr, v, lanes, spread(pins, 2));
        break;
    case PUPDR:
        set_guarded(p, &p->pupdr, v, lanes, spread(pins, 2));
        break;
    case ODR:
        p->odr = reg_merge(p->odr, v & 0xFFFF, lanes);
        break;
    case BSRR: /* set wins */
        p->odr = ((p->odr & ~(v >> 16)) | v) & 0xFFFF;
        break;
    case LCKR:
        if (size == 4) { /* the sequence takes words only */
            write_lckr(p, v);
        }
        break;
    case AFRL:
        set_guarded(p, &p->afr[0], v, lanes, spread(pins & 0xFF, 4));
        break;
    case AFRH:
        set_guarded(p, &p->afr[1], v, lanes, spread(pins >> 8, 4));
        break;
    default:
        break;
    }
    gpio_update(p);
    for (unsigned i = 0; p->watched && i < p->g->users; i++) {
        if (p->g->user[i].pins) {
            p->g->user[i].pins(p->g->user[i].arg);
        }
    }
    return BUS_OK;
}

static uint32_t gpio_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    const struct gpio_port *p = self;
    switch (off) {
    case MODER:
        return p->moder;
    case OTYPER:
        return p->otyper;
    case OSPEEDR:
        return p->ospeedr;
    case PUPDR:
        return p->pupdr;
    case IDR:
        return gpio_levels(p);
    case ODR:
        return p->odr;
    case LCKR:
        return p->lckr;
    case AFRL:
        return p->afr[0];
    case AFRH:
        return p->afr[1];
    default:
        return 0;
    }
}

static enum bus_status gpio_read(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t *value)
{
    *value = reg_part(gpio_peek(self, a->master, off & ~3u), off, size);
    return BUS_OK;
}

static void gpio_reset(void *self, bool power_on)
{
    (void)power_on;
    struct gpio_port *p = self;
    /* The debug pins PA13..15, PB3 and PB4 are alternate functions after reset. */
    p->moder = p->index == 0 ? 0xABFFFFFF : p->index == 1 ? 0xFFFFFEBF : 0xFFFFFFFF;
    p->ospeedr = p->index == 0 ? 0x0C000000 : p->index == 1 ? 0x000000C0 : 0;
    p->pupdr = p->index == 0 ? 0x64000000 : p->index == 1 ? 0x00000100 : 0;
    p->otyper = p->odr = p->lckr = p->afr[0] = p->afr[1] = 0;
    p->lock_step = 0;
    p->locked = false;
    gpio_update(p);
}

static const struct dev_ops gpio_ops = {
    .read = gpio_read, .write = gpio_write, .peek = gpio_peek, .reset = gpio_reset};

void gpio_new(struct machine *m)
{
    struct gpio *g = machine_alloc(m, sizeof(*g));

    g->m = m;
    m->gpio = g;
    for (unsigned i = 0; i < GPIO_PORTS; i++) {
        struct gpio_port *p = &g->port[i];
        p->g = g;
        p->index = i;
        snprintf(p->name, sizeof(p->name), "GPIO%c", 'A' + (int)i);
        gpio_reset(p, true);
        bus_add_dev(&m->bus, &(struct dev){.name = p->name,
                                           .base = GPIOA_BASE + 0x400 * i,
                                           .size = 0x400,
                                           .gate = GATE(G_AHB4, i),
                                           .ops = &gpio_ops,
                                           .steady = gpio_steady,
                                           .self = p});
    }
}
