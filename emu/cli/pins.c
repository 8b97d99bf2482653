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

/* "NAME...": up to one of the characters in `end`; *rest is after the name. */
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
    sched_event_init(&press->down, "--press: down", on_down, press);
    sched_event_init(&press->up, "--press: up", on_up, press);
    sched_at(&p->m->sched, &press->down, from);
    sched_at(&p->m->sched, &press->up, to);
    p->presses++;
    return true;
}

/* ---- LEDs ---- */

/* What changes again within this time does not blink, it has a brightness. */
#define FLICKER (4 * VT_MS)
/* Over how long a brightness is measured. */
#define MEASURE (100 * VT_MS)

static void tell(const struct led *led, const char *what)
{
    char time[32];

    fflush(stdout);
    fprintf(stderr, "duoemu: [%s] %s %s\n", cli_time(machine_now(led->m), time, sizeof(time)),
            led->pin, what);
}

static void tell_steady(struct led *led)
{
    led->percent = -1;
    if (led->shown != (int)led->on) {
        led->shown = led->on;
        tell(led, led->on ? "on" : "off");
    }
}

/* It has stopped to flicker. */
static void on_rest(void *arg)
{
    tell_steady(arg);
}

static void tell_brightness(struct led *led, vtime_t now)
{
    const int percent = (int)((200 * led->lit / (now - led->since) + 1) / 2);
    char text[16];

    if (percent != led->percent) {
        led->percent = percent;
        led->shown = -1;
        snprintf(text, sizeof(text), "at %d %%", percent);
        tell(led, text);
    }
    led->since = now;
    led->lit = 0;
}

static void change(struct led *led, bool on)
{
    const vtime_t now = machine_now(led->m);
    const bool flickers = led->changed && now - led->changed < FLICKER;

    led->lit += led->on ? now - led->changed : 0;
    led->on = on;
    led->changed = now;
    if (!flickers) {
        led->since = now;
        led->lit = 0;
        tell_steady(led);
        return;
    }
    sched_at(&led->m->sched, &led->rests, now + FLICKER);
    if (on && now - led->since >= MEASURE) { /* whole periods */
        tell_brightness(led, now);
    }
}

static void on_change(void *arg, const char *pin, bool level)
{
    struct pins *p = arg;

    for (unsigned i = 0; i < p->leds; i++) {
        struct led *led = &p->led[i];
        const bool on = level != led->low;
        const bool first = led->shown < 0 && led->percent < 0 && (on || led->low);
        if (strcmp(led->pin, pin) == 0 && (first || led->on != on)) {
            change(led, on);
        }
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
    led->shown = led->percent = -1;
    led->m = p->m;
    sched_event_init(&led->rests, "--led: it has come to rest", on_rest, led);
    p->leds++;
    if (p->leds == 1) {
        machine_observe(p->m, &(struct observer){.arg = p, .on_pin = on_change});
    }
    return gpio_watch(p->m->gpio, led->pin);
}
