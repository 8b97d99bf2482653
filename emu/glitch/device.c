/* SPDX-License-Identifier: MIT */
#include "emu/glitch/device.h"

#include "chip/stm32h7/memory.h"
#include "emu/cli/cli.h"
#include "layouts/layout.h"

#include <string.h>

/* A device that has begun to say why it refuses is watched a little longer: what it does next may
 * still be wrong. */
#define AFTER_FIRST_WORD (2 * VT_MS)
/* Before a warm reset both applications must have run for a while. */
#define WARM_RUN   (50 * VT_MS)
#define WARM_LIMIT (2 * VT_S)

static void entered(void *arg, struct core *c, uint32_t pc)
{
    struct glitch_device *d = arg;

    if (d->won) {
        return;
    }
    if (!d->inside) {
        d->inside = true;
        d->pc = pc;
        d->first_insn = core_insns(c);
        d->winner = core_ident(c);
        return;
    }
    /* The first one was told of before its fetch was allowed; it has been executed if another one
     * follows. */
    if (core_ident(c) == d->winner && core_insns(c) > d->first_insn) {
        d->won = true;
        machine_stop(d->board.m);
    }
}

static void spoke(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    struct glitch_device *d = arg;

    (void)uart;
    (void)byte;
    (void)when;
    if (d->armed && !d->spoke) {
        d->spoke = true;
        d->spoke_at = machine_now(d->board.m);
        sched_at(&d->board.m->sched, &d->settled, machine_now(d->board.m) + AFTER_FIRST_WORD);
    }
}

static void settled(void *arg)
{
    struct glitch_device *d = arg;

    machine_stop(d->board.m);
}

static void watch(struct glitch_device *d)
{
    const struct {
        uint32_t lo, hi;
    } slots[] = {
        {duo_layout.slot[DUO_CM7].run_base, duo_layout.boot[DUO_CM4].base},
        {duo_layout.slot[DUO_CM4].run_base, MEM_FLASH_BASE + MEM_FLASH_SIZE},
    };

    for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        machine_observe(d->board.m, &(struct observer){.arg = d,
                                                       .on_insn = entered,
                                                       .insn_lo = slots[i].lo,
                                                       .insn_hi = slots[i].hi});
    }
    machine_observe(d->board.m, &(struct observer){.arg = d, .on_uart = spoke});
    sched_event_init(&d->settled, "glitch: a while after the first word", settled, d);
}

static void change_byte(struct flash *f, uint32_t addr)
{
    uint8_t byte;

    flash_peek(f, addr, &byte, 1);
    byte ^= 0x04;
    flash_poke(f, addr, &byte, 1);
}

static void become(struct glitch_device *d, unsigned which)
{
    d->which = which;
    for (unsigned i = 0; i < d->setup->nflips; i++) {
        if (d->setup->flips[i].device == which) {
            change_byte(d->board.m->flash, d->setup->flips[i].addr);
        }
    }
}

static void needed(void *arg)
{
    struct glitch_device *d = arg;

    become(d, d->choose(d->choose_arg));
}

static void await_need(struct glitch_device *d)
{
    d->which = GLITCH_UNDECIDED;
    for (unsigned i = 0; i < d->setup->nflips; i++) {
        (void)flash_await(d->board.m->flash, d->setup->flips[i].addr, needed, d);
    }
}

static int change_flash(struct glitch_device *d, unsigned which)
{
    for (unsigned i = 0; i < d->setup->nflips; i++) {
        const uint32_t addr = d->setup->flips[i].addr;

        if (addr - MEM_FLASH_BASE >= MEM_FLASH_SIZE) {
            cli_error("--flip 0x%08X: that is not in flash", (unsigned)addr);
            return EXIT_USAGE;
        }
    }
    if (which == GLITCH_UNDECIDED) {
        await_need(d);
    } else {
        become(d, which);
    }
    return 0;
}

static int run_before(struct glitch_device *d)
{
    struct machine *m = d->board.m;

    machine_power_on(m);
    machine_run(m, m->now + WARM_LIMIT);
    if (!d->won) {
        cli_error("--warm: the device does not start its applications, so it cannot be reset "
                  "while they run; give one that does, and --flip for what is changed then");
        return EXIT_FILE;
    }
    machine_run(m, m->now + WARM_RUN);
    return 0;
}

int glitch_device_open(struct glitch_device *d, const struct glitch_setup *setup, unsigned which)
{
    memset(d, 0, sizeof(*d));
    d->setup = setup;
    int rc = board_open(&d->board, &setup->args);
    if (rc) {
        return rc;
    }
    watch(d);
    if (setup->warm) {
        rc = run_before(d);
    }
    if (!rc) {
        rc = change_flash(d, which);
    }
    if (rc) {
        board_close(&d->board);
        return rc;
    }
    d->inside = d->won = false;
    d->armed = true;
    d->began = d->board.m->now;
    if (setup->warm) {
        machine_reset(d->board.m, RESET_PIN);
        machine_do_reset(d->board.m);
    } else {
        machine_power_on(d->board.m);
    }
    return 0;
}

enum glitch_end glitch_device_run(struct glitch_device *d, vtime_t limit)
{
    machine_run(d->board.m, d->began + limit);
    if (d->won) {
        return END_WON;
    }
    return d->spoke ? END_REFUSED : END_SILENT;
}

void glitch_device_close(struct glitch_device *d)
{
    board_close(&d->board);
}
