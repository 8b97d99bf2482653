/* SPDX-License-Identifier: MIT */
/*
 * Virtual time against the wall clock, and host input between slices.
 *
 * With an interactive UART or a USB plug (or --fast not given) virtual time never runs ahead of the
 * wall clock, and a board that waits makes this process wait in poll(). While its lines are quiet,
 * it runs a few milliseconds behind, several of its timer ticks for one look at the clock; input
 * ends that at once. A host too slow to keep up makes virtual time fall behind; what it has lost it
 * does not run after, because that would shorten time-outs.
 */
#ifndef EMU_HOST_PACING_H
#define EMU_HOST_PACING_H

#include "emu/host/gdb.h"
#include "emu/host/uart_backend.h"
#include "emu/host/usbip.h"

struct pacing {
    struct machine *m;
    struct uart_backends *uarts;
    struct gdb *gdb;         /* may be NULL */
    struct usbips *usb;      /* may be NULL */
    bool (*also)(void *arg); /* see pacing_also() */
    void *also_arg;
    bool paced;
    bool fast;           /* never */
    bool watched;        /* a debugger has halted a core, and time goes on */
    uint64_t wall_start; /* ns; wall clock and virtual time that belong together */
    vtime_t virtual_start;
    unsigned turns; /* since the host was last looked at */
    uint64_t moved; /* bytes on the lines, and the virtual time at which that changed */
    vtime_t moved_at;
};

void pacing_init(struct pacing *p, struct machine *m, struct uart_backends *uarts, struct gdb *gdb,
                 bool fast);
/* The board's USB plugs, too. To be called before the run; virtual time is then held back to the
 * wall clock, unless `fast`. */
void pacing_usb(struct pacing *p, struct usbips *usb, bool fast);
/* Somebody else who has to be looked at whenever the host is, and fifty times a second at least: fn
 * never waits, and returns true when the board may have got something to do. To be called before
 * the run; virtual time is then held back to the wall clock, unless `fast`. */
void pacing_also(struct pacing *p, bool (*fn)(void *arg), void *arg, bool fast);
/* The wall clock starts to count now (after power-on). */
void pacing_start(struct pacing *p);
/* machine.on_idle: looks at the host now and then, delivers input, waits as needed. */
void pacing_turn(struct pacing *p, vtime_t next_event, bool both_waiting);
bool pacing_host_can_wake(const struct pacing *p);

#endif
