/* SPDX-License-Identifier: MIT */
#include "emu/cli/pins.h"

#include "emu/cli/cli.h"

#include <stdio.h>
#include <string.h>

#define PRESS_LENGTH (100 * VT_MS) /* a short press by a finger */

void pins_init(struct pins *p, struct machine *m)
{
    memset(p, 0, sizeof(*p));
    p->m = m;
}

/* "NAME...": up to one of the characters in `end`; *rest is behind the name. */
static bool take_pin(char pin[8], const char *arg, const char *end, const char **rest)
{
    size_t len = strcspn(arg, end);

    if (!len || len >= 8) {
        return false;
    }
    memcpy(pin, arg, len);
    pin[len] = '\0';
    *rest = arg + len;
    return true;
}

/* ---- buttons ---- */

static void on_down(void *arg)
{
    const struct press *press = arg;

    gpio_drive(press->m->gpio, press->pin, press->level);
}

static void on_up(void *arg)
{
    const struct press *press = arg;

    gpio_drive(press->m->gpio, press->pin, -1);
}

/* FROM[..TO] */
static bool take_times(const char *text, vtime_t *from, vtime_t *to)
{
    char copy[64];
    char *dots;

    if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy)) {
        return false;
    }
    dots = strstr(copy, "..");
    if (dots) {
        *dots = '\0';
    }
    if (!cli_parse_time(copy, from)) {
        return false;
    }
    *to = *from + PRESS_LENGTH;
    return !dots || (cli_parse_time(dots + 2, to) && *to > *from);
}

bool pins_press(struct pins *p, const char *arg)
{
    char times[64];
    const char *rest;
    vtime_t from, to;

    if (p->presses == PINS_MAX_PRESSES) {
        return false;
    }
    struct press *press = &p->press[p->presses];
    if (!take_pin(press->pin, arg, "@", &rest) || *rest != '@' ||
        (size_t)snprintf(times, sizeof(times), "%s", rest + 1) >= sizeof(times)) {
        return false;
    }
    char *low = strstr(times, ",low");
    if (low && low[4] == '\0') {
        *low = '\0';
    }
    press->m = p->m;
    press->level = low ? 0 : 1;
    if (gpio_level(p->m->gpio, press->pin) < 0 || !take_times(times, &from, &to)) {
        return false;
    }
    sched_event_init(&press->down, on_down, press);
    sched_event_init(&press->up, on_up, press);
    sched_at(&p->m->sched, &press->down, from);
    sched_at(&p->m->sched, &press->up, to);
    p->presses++;
    return true;
}

/* ---- LEDs ---- */

static void on_change(void *arg, const char *pin, bool level)
{
    struct pins *p = arg;

    for (unsigned i = 0; i < p->leds; i++) {
        struct led *led = &p->led[i];
        int on = level != led->low;
        char time[32];
        if (strcmp(led->pin, pin) != 0 || led->shown == on) {
            continue;
        }
        led->shown = on;
        fflush(stdout);
        fprintf(stderr, "duoemu: [%s] %s %s\n", cli_time(machine_now(p->m), time, sizeof(time)),
                pin, on ? "on" : "off");
    }
}

bool pins_led(struct pins *p, const char *arg)
{
    const char *rest;

    if (p->leds == PINS_MAX_LEDS) {
        return false;
    }
    struct led *led = &p->led[p->leds];
    if (!take_pin(led->pin, arg, ",", &rest) || gpio_level(p->m->gpio, led->pin) < 0) {
        return false;
    }
    led->low = strcmp(rest, ",low") == 0;
    if (*rest && !led->low) {
        return false;
    }
    led->shown = -1;
    p->leds++;
    gpio_listen(p->m->gpio, on_change, p);
    return true;
}
