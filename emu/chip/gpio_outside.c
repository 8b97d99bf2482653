/* SPDX-License-Identifier: MIT */
/* GPIO: the pins by their names, as the world outside and other peripherals see them. */
#include "emu/chip/gpio.h"

#include <assert.h>
#include <stdlib.h>

static struct gpio_port *find_pin(const struct gpio *g, const char *name, unsigned *pin)
{
    if (name[0] != 'P' || name[1] < 'A' || name[1] >= 'A' + GPIO_PORTS || name[2] < '0' ||
        name[2] > '9') {
        return NULL;
    }
    char *end;
    unsigned long n = strtoul(name + 2, &end, 10);
    if (*end || n >= GPIO_PINS) {
        return NULL;
    }
    *pin = (unsigned)n;
    return (struct gpio_port *)&g->port[name[1] - 'A'];
}

bool gpio_drive(struct gpio *g, const char *name, int wanted)
{
    unsigned pin;
    struct gpio_port *p = find_pin(g, name, &pin);

    if (!p) {
        return false;
    }
    const int was = gpio_outside(g, name);
    uint16_t bit = (uint16_t)(1u << pin);
    p->driven = (uint16_t)(wanted < 0 ? p->driven & ~bit : p->driven | bit);
    p->outside = (uint16_t)(wanted > 0 ? p->outside | bit : p->outside & ~bit);
    gpio_update(p);
    if (g->on_outside && gpio_outside(g, name) != was) {
        g->on_outside(g->on_outside_arg, name, was);
    }
    return true;
}

int gpio_outside(const struct gpio *g, const char *name)
{
    unsigned pin;
    const struct gpio_port *p = g ? find_pin(g, name, &pin) : NULL;

    return p && p->driven >> pin & 1 ? p->outside >> pin & 1 : -1;
}

void gpio_on_outside(struct gpio *g, void (*fn)(void *arg, const char *pin, int was), void *arg)
{
    g->on_outside = fn;
    g->on_outside_arg = arg;
}

bool gpio_watch(struct gpio *g, const char *name)
{
    unsigned pin;
    struct gpio_port *p = find_pin(g, name, &pin);

    if (p) {
        p->watched |= (uint16_t)(1u << pin);
        g->watches = true;
    }
    return p;
}

bool gpio_watches(const struct gpio *g)
{
    return g && g->watches;
}

bool gpio_watched(const struct gpio *g, const char *name, unsigned af)
{
    unsigned pin;
    const struct gpio_port *p = find_pin(g, name, &pin);

    return p && p->watched >> pin & 1 && gpio_field(p->moder, pin) == GPIO_MODE_AF &&
           gpio_function(p, pin) == af;
}

void gpio_driven(struct gpio *g, const char *name)
{
    unsigned pin;
    struct gpio_port *p = find_pin(g, name, &pin);

    if (p) {
        gpio_tell_watched(p);
    }
}

int gpio_alternate(const struct gpio *g, const char *name)
{
    unsigned pin;
    const struct gpio_port *p = find_pin(g, name, &pin);

    if (!p || gpio_field(p->moder, pin) != GPIO_MODE_AF) {
        return -1;
    }
    return (int)gpio_function(p, pin);
}

int gpio_level(const struct gpio *g, const char *name)
{
    unsigned pin;
    const struct gpio_port *p = find_pin(g, name, &pin);

    return p ? (int)(gpio_levels(p) >> pin & 1) : -1;
}

void gpio_attach(struct gpio *g, const struct pin_user *user)
{
    assert(g->users < GPIO_USERS);
    g->user[g->users++] = *user;
}
