/* SPDX-License-Identifier: MIT */
/* Inside of GPIO: gpio.c has the registers and the levels, gpio_outside.c the pins by their names.
 */
#ifndef EMU_CHIP_GPIO_H
#define EMU_CHIP_GPIO_H

#include "emu/chip/chip.h"

#define GPIO_PORTS    11
#define GPIO_PINS     16
#define GPIO_MODE_OUT 1u
#define GPIO_MODE_AF  2u

struct gpio_port {
    struct gpio *g;
    unsigned index;
    char name[8];
    uint32_t moder, otyper, ospeedr, pupdr, odr, lckr, afr[2];
    uint16_t idr;    /* present levels */
    uint16_t driven; /* pins driven from outside, and how */
    uint16_t outside;
    uint16_t watched, shown; /* pins whose edges by peripherals are events; their level last told */
    uint16_t told;           /* watched pins of which `shown` has been told */
    unsigned lock_step;      /* how far the key sequence of LCKR has come */
    uint32_t lock_mask;      /* the mask written in it */
    bool locked;
};

#define GPIO_USERS 4

struct gpio {
    struct machine *m;
    bool watches;
    struct gpio_port port[GPIO_PORTS];
    struct pin_user user[GPIO_USERS];
    unsigned users;
    void (*on_outside)(void *arg, const char *pin, int was);
    void *on_outside_arg;
};

/* Of a register with two bits a pin. */
static inline unsigned gpio_field(uint32_t reg, unsigned pin)
{
    return reg >> 2 * pin & 3;
}

/* Number of its alternate function. */
static inline unsigned gpio_function(const struct gpio_port *p, unsigned pin)
{
    return p->afr[pin / 8] >> 4 * (pin % 8) & 15;
}

/* The input register as it reads now: pins that a peripheral drives have their present level. */
uint32_t gpio_levels(const struct gpio_port *p);

/* Works out the levels again, and tells who wants to know. */
void gpio_update(struct gpio_port *p);

/* Tells the observers of watched pins whose level has changed. */
void gpio_tell_watched(struct gpio_port *p);

#endif
