/* SPDX-License-Identifier: MIT */
/* What the user of GDB types after `monitor`. */
#include "emu/chip/chip.h"
#include "emu/host/gdb_stub.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "reset              NRST: both cores start again, RAM is kept\n"
    "power-cut [HOW]    power off and on; HOW a running flash operation ends: random (default),\n"
    "                   untouched, complete, double, single, blank, torn-erase\n"
    "stop [own|both]    what a stop of this core stops: this core (default), or time for both\n"
    "time               virtual time and state of both cores\n"
    "regs [NAME[.REG]]  peripherals; the registers of one, by name, address and value\n"
    "help               this list\n"
    "After reset and power-cut, `maintenance flush register-cache` shows the new registers.\n";

static bool cut_outcome(const char *name, enum cut_outcome *outcome)
{
    static const struct {
        const char *name;
        enum cut_outcome outcome;
    } all[] = {
        {"", CUT_RANDOM},           {"random", CUT_RANDOM},        {"untouched", CUT_UNTOUCHED},
        {"complete", CUT_COMPLETE}, {"double", CUT_DOUBLE},        {"single", CUT_SINGLE},
        {"blank", CUT_BLANK},       {"torn-erase", CUT_TORN_ERASE}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(name, all[i].name) == 0) {
            *outcome = all[i].outcome;
            return true;
        }
    }
    return false;
}

/* A core fetches SP and PC when it first runs; the user wants to see them before. */
void gdb_fetch_vectors(struct machine *m)
{
    for (unsigned i = 0; i < CORES; i++) {
        if (!core_held(m->core[i]) && !core_locked_up(m->core[i])) {
            core_run(m->core[i], 0, 0);
        }
    }
}

static const char *power_cut(struct machine *m, const char *how)
{
    enum cut_outcome outcome;
    while (*how == ' ') {
        how++;
    }
    if (!cut_outcome(how, &outcome)) {
        return NULL;
    }
    flash_power_cut(m->flash, outcome);

    machine_power_cycle(m);
    gdb_fetch_vectors(m);
    return "power was cut; both cores are at their reset again\n";
}

static const char *core_state(const struct core *c)
{
    if (core_held(c)) {
        return "held";
    }
    if (core_locked_up(c)) {
        return "locked up";
    }
    return core_power(c) == POWER_RUN ? "runs" : "sleeps";
}

static const char *show_time(const struct machine *m)
{
    static char text[128];

    snprintf(text, sizeof(text), "%.9f s, CM7 %s, CM4 %s\n", (double)m->now / 1e12,
             core_state(m->core[CM7]), core_state(m->core[CM4]));
    return text;
}

static const char *stop_scope(struct gdb *g, const char *which)
{
    const bool both = strcmp(which, "both") == 0;

    if (*which && !both && strcmp(which, "own") != 0) {
        return NULL;
    }
    if (*which) {
        g->stop_both = both;
    }
    if (both) {
        g->standing = true;
        machine_debug_stop(g->m);
    }
    return g->stop_both ? "a stop of one core stops time for both\n"
                        : "a stop of one core leaves the other one running\n";
}

const char *gdb_monitor(struct gdb_stub *s, const char *command)
{
    struct machine *m = s->m;

    if (strcmp(command, "help") == 0) {
        return help;
    }
    if (strcmp(command, "time") == 0) {
        return show_time(m);
    }
    if (strncmp(command, "stop", 4) == 0 && (!command[4] || command[4] == ' ')) {
        return stop_scope(s->g, command[4] ? command + 5 : "");
    }
    if (strncmp(command, "regs", 4) == 0 && (!command[4] || command[4] == ' ')) {
        return gdb_periph(s, command + 4);
    }
    if (strncmp(command, "power-cut", 9) == 0) {
        return power_cut(m, command + 9);
    }
    if (strcmp(command, "reset") != 0) {
        return NULL;
    }
    machine_reset(m, RESET_PIN);
    machine_do_reset(m);
    gdb_fetch_vectors(m);
    return "reset; both cores are at their first instruction\n";
}
