/* SPDX-License-Identifier: MIT */
/* GPIO: the pins as the outside sees them. */
#ifndef EMU_CHIP_SEAM_GPIO_H
#define EMU_CHIP_SEAM_GPIO_H

#include "emu/machine.h"

/* Drives a pin from outside (button): level 0/1, or -1 to let it float. Name like "PC13"; false if
 * unknown. */
bool gpio_drive(struct gpio *g, const char *pin, int level);
/* How it is driven from outside: 0, 1, or -1 when it floats, or there is no such pin. */
int gpio_outside(const struct gpio *g, const char *pin);
/* Told when that changes, with what it was. One listener. */
void gpio_on_outside(struct gpio *g, void (*fn)(void *arg, const char *pin, int was), void *arg);
/* Alternate function number of a pin in AF mode, -1 in any other mode or for an unknown name. */
int gpio_alternate(const struct gpio *g, const char *pin);
/* Level the pin has now: 0 or 1; -1 for an unknown name. */
int gpio_level(const struct gpio *g, const char *pin);
/* A peripheral behind alternate functions. Any of the functions may be NULL. */
struct pin_user {
    void *arg;
    /* Does it drive that pin with alternate function af? Then *level is how. */
    bool (*level)(void *arg, const char *pin, unsigned af, bool *level);
    /* Pins have other functions now, and some are watched. */
    void (*pins)(void *arg);
    /* The pin, which has alternate function af, was changed from outside. */
    void (*edge)(void *arg, const char *pin, unsigned af, bool rising);
};
void gpio_attach(struct gpio *g, const struct pin_user *user);
/* Edges that a peripheral drives at that pin become events. False: there is no such pin. */
bool gpio_watch(struct gpio *g, const char *pin);
/* Is it watched, and has it that alternate function now? */
bool gpio_watched(const struct gpio *g, const char *pin, unsigned af);
bool gpio_watches(const struct gpio *g); /* any */
/* What a peripheral drives at that pin may have changed: tells the observers. */
void gpio_driven(struct gpio *g, const char *pin);

#endif
