/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* ppoll */
#include "emu/host/pacing.h"

#include "emu/host/signals.h"

#include <time.h>

#define POLL_TURNS 64            /* slices between two looks at the host: about 0.5 ms */
#define MAX_LAG    (50 * VT_MS)  /* what virtual time may catch up at full speed */
#define QUIET      (100 * VT_MS) /* without a byte on a line: nobody is talking to the board */
#define REST       (5 * VT_MS)   /* how far virtual time then falls behind on purpose */
#define MAX_WAIT   (1000 * 1000000ull) /* ns */
#define ALSO_WAIT  (20 * 1000000ull)   /* ns between two looks at pacing_also()'s */
#define MAX_FDS    (2 * UART_BACKENDS + 9)

static uint64_t wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void pacing_init(struct pacing *p, struct machine *m, struct uart_backends *uarts, struct gdb *gdb,
                 bool fast)
{
    *p = (struct pacing){.m = m, .uarts = uarts, .gdb = gdb, .fast = fast};
    p->paced = !fast && uart_backends_interactive(uarts);
}

void pacing_usb(struct pacing *p, struct usbips *usb, bool fast)
{
    p->usb = usb;
    p->paced = !fast;
}

void pacing_also(struct pacing *p, bool (*fn)(void *arg), void *arg, bool fast)
{
    p->also = fn;
    p->also_arg = arg;
    p->paced = !fast;
}

void pacing_start(struct pacing *p)
{
    p->wall_start = wall_ns();
    p->virtual_start = p->m->now;
}

/* The virtual time that belongs to the present moment. */
static vtime_t wall_time(const struct pacing *p)
{
    return p->virtual_start + (wall_ns() - p->wall_start) * VT_NS;
}

/* A slow host, a debugger or a stopped process: what is lost is not caught up, or the firmware's
 * time-outs would run too fast. */
static void drop_lag(struct pacing *p)
{
    if (wall_time(p) > p->m->now + MAX_LAG) {
        pacing_start(p);
    }
}

/* Waits for the host at most ns nanoseconds (0: looks only); true when something came. */
static bool wait_host(struct pacing *p, uint64_t ns)
{
    struct pollfd fds[MAX_FDS];
    unsigned n = uart_backends_fds(p->uarts, fds, MAX_FDS - 9);

    if (p->usb) {
        n += usbips_fds(p->usb, fds + n, 4);
    }
    if (p->gdb) {
        n += gdb_fds(p->gdb, fds + n, 4);
    }
    if (p->also && ns > ALSO_WAIT) {
        ns = ALSO_WAIT;
    }
    if (ns) {
        n += signals_fds(fds + n);
    }
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    if (uart_backends_held(p->uarts)) {
        return true; /* nothing in poll() would say so: the host is not asked while bytes wait */
    }
    const bool came = (n || ns) && ppoll(fds, n, &t, NULL) > 0;
    return (p->also && p->also(p->also_arg)) || came;
}

static void deliver(struct pacing *p)
{
    uart_backends_input(p->uarts);
    uart_backends_flush(p->uarts);
    if (p->usb) {
        usbips_poll(p->usb);
    }
    if (p->gdb) {
        gdb_poll(p->gdb);
    }
}

/* How long to wait until the wall clock has reached virtual time t. */
static uint64_t wait_ns(const struct pacing *p, vtime_t t)
{
    vtime_t wall = wall_time(p);
    uint64_t ns = t > wall ? (t - wall + VT_NS - 1) / VT_NS : 0;

    return ns < MAX_WAIT ? ns : MAX_WAIT;
}

/* Nothing happens before `next`: the common time may go on without anything running, so that input
 * gets the time at which it came. */
static void advance(struct pacing *p, vtime_t next)
{
    vtime_t t = wall_time(p) < next ? wall_time(p) : next;

    if (t > p->m->now && t != VT_NEVER) {
        p->m->now = t;
    }
}

static bool quiet(struct pacing *p)
{
    uint64_t moved = uart_backends_moved(p->uarts) + (p->usb ? usbips_moved(p->usb) : 0);

    if (moved != p->moved) {
        p->moved = moved;
        p->moved_at = p->m->now;
    }
    return p->m->now >= p->moved_at + QUIET;
}

/* Until when to wait if the next event is not due yet. */
static vtime_t wake_time(struct pacing *p, vtime_t next)
{
    vtime_t rested = p->m->now + REST;

    return quiet(p) && rested > next ? rested : next;
}

/* Both cores wait: so does this process, until input comes or the next event is due. */
static void wait_paced(struct pacing *p, vtime_t next)
{
    bool came = false;

    drop_lag(p);
    uart_backends_flush(p->uarts);
    while (!came && !p->m->stop_requested && wait_ns(p, next)) {
        came = wait_host(p, wait_ns(p, wake_time(p, next)));
        advance(p, next);
    }
    if (came || wait_host(p, 0)) {
        deliver(p);
    }
    p->m->not_due = wait_ns(p, next) > 0;
}

/* At full speed only a board without any future event waits. One that sleeps until some event gets
 * what the host has for it before time is skipped. */
static void wait_unpaced(struct pacing *p, vtime_t next)
{
    uart_backends_flush(p->uarts);
    if (wait_host(p, next == VT_NEVER ? MAX_WAIT : 0)) {
        deliver(p);
    }
}

static void hold_back(struct pacing *p)
{
    uint64_t ns;

    drop_lag(p);
    while (!p->m->stop_requested && (ns = wait_ns(p, p->m->now)) != 0) {
        uart_backends_flush(p->uarts);
        if (wait_host(p, ns)) {
            deliver(p);
        }
    }
}

/* While a debugger looks at a halted core, the other one is not to run hours ahead. */
static bool held_back(struct pacing *p)
{
    const bool watched = p->gdb && !p->fast && gdb_halts(p->gdb);

    if (watched && !p->watched && !p->paced) {
        pacing_start(p);
    }
    p->watched = watched;
    return p->paced || watched;
}

void pacing_turn(struct pacing *p, vtime_t next_event, bool both_waiting)
{
    const bool paced = held_back(p);

    if (both_waiting) {
        p->m->host_can_wake = pacing_host_can_wake(p); /* stdin may have ended meanwhile */
        if (!p->m->host_can_wake && !paced) {
            uart_backends_flush(p->uarts);
        } else if (paced) {
            wait_paced(p, next_event);
        } else {
            wait_unpaced(p, next_event);
        }
        return;
    }
    if (paced) {
        hold_back(p);
    }
    if (++p->turns < POLL_TURNS) {
        return;
    }
    p->turns = 0;
    uart_backends_flush(p->uarts);
    if (wait_host(p, 0)) {
        deliver(p);
    }
}

bool pacing_host_can_wake(const struct pacing *p)
{
    return p->gdb || p->also || p->usb || uart_backends_open(p->uarts);
}
