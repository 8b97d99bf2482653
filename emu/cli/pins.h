/* SPDX-License-Identifier: MIT */
/* The board's pins on the command line: fingers on buttons during a run, and LEDs. */
#ifndef EMU_CLI_PINS_H
#define EMU_CLI_PINS_H

#include "emu/chip/chip.h"

#define PINS_MAX_PRESSES 32
#define PINS_MAX_LEDS    16

struct pins {
    struct machine *m;
    struct press {
        struct machine *m;
        char pin[8];
        int level; /* while it is pressed */
        struct sched_event down, up;
    } press[PINS_MAX_PRESSES];
    struct led {
        char pin[8];
        bool low;  /* on at a low level */
        int shown; /* 0 or 1 as last told, -1: nothing yet, or a brightness */
        struct machine *m;
        bool on;
        vtime_t changed;    /* when it became so */
        vtime_t since, lit; /* while it flickers: where the measurement began, time on since */
        int percent;        /* as last told, -1: none */
        struct sched_event rests;
    } led[PINS_MAX_LEDS];
    unsigned presses, leds;
};

void pins_init(struct pins *p, struct machine *m);
/* PIN@FROM[..TO][,low]: from one virtual time to another (default: 100 ms later) the pin has a high
 * level, or a low one; else it floats and its pull decides. False: not of that form, no such pin,
 * or too many. */
bool pins_press(struct pins *p, const char *arg);
/* PIN[,low]: each change is told on stderr as "PB0 on" or "PB0 off"; one that changes too fast to
 * be seen as "PB0 at 25 %". False as above. */
bool pins_led(struct pins *p, const char *arg);

#endif
