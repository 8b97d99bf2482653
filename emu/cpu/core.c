/* SPDX-License-Identifier: MIT */
/* Life cycle of a core, and what the machine asks and tells it. */
#include "emu/cpu/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small things ---- */

void core_look(struct core *c)
{
    c->stop_at = 0;
}

void core_halt(struct core *c, enum halt why)
{
    c->halt = why;
    engine_stop(c->engine);
}

uint32_t core_msp(const struct core *c)
{
    if (privileged(c)) {
        return engine_special(c->engine, ENGINE_MSP);
    }
    return c->control & CONTROL_SPSEL ? c->msp : engine_reg(c->engine, 13);
}

uint32_t core_psp(const struct core *c)
{
    if (privileged(c)) {
        return engine_special(c->engine, ENGINE_PSP);
    }
    return c->control & CONTROL_SPSEL ? engine_reg(c->engine, 13) : c->psp;
}

void core_set_power(struct core *c, enum core_power p)
{
    if (c->power == p) {
        return;
    }
    c->power = p;
    systick_clock(c);
    machine_power_changed(c->m, c->id);
}

/* ---- making ---- */

struct core *core_new(struct machine *m, enum core_id id)
{
    struct core *c = calloc(1, sizeof(*c));

    if (!c) {
        goto failed;
    }
    c->m = m;
    c->id = id;
    c->held = true;
    insn_init();
    const struct engine_hooks hooks = {
        .arg = c, .code = run_hook, .read = memory_read_hook, .write = memory_write_hook};
    c->engine = engine_open(id, &hooks);
    if (!c->engine || !memory_init(c)) {
        goto failed;
    }
    systick_init(c);
    scs_reset(c, true);
    return c;
failed:
    fprintf(stderr, "duoemu: cannot create the CPU engine (Unicorn 2): out of memory, or the "
                    "library is older than 2.0\n");
    abort();
}

void core_free(struct core *c)
{
    systick_reset(c);
    engine_close(c->engine);
    memory_free(c);
    dcache_free(c);
    free(c);
}

/* ---- reset ---- */

static void clear_registers(struct core *c)
{
    engine_set_mode(c->engine, 0, 0);
    for (unsigned i = 0; i < 13; i++) {
        engine_set_reg(c->engine, i, 0);
    }
    for (unsigned i = 0; i < 32; i++) {
        engine_set_sreg(c->engine, i, 0);
    }
    engine_set_special(c->engine, ENGINE_FPSCR, 0);
    engine_set_special(c->engine, ENGINE_CONTROL, 0);
    engine_set_special(c->engine, ENGINE_PRIMASK, 0);
    engine_set_special(c->engine, ENGINE_BASEPRI, 0);
    engine_set_special(c->engine, ENGINE_FAULTMASK, 0);
    engine_set_special(c->engine, ENGINE_PSP, 0);
    engine_set_reg(c->engine, 14, 0xffffffff);
    engine_set_xpsr(c->engine, XPSR_T);
}

static void clear_state(struct core *c)
{
    c->ipsr = 0;
    c->control = c->primask = c->basepri = c->faultmask = 0;
    c->msp = c->psp = 0;
    c->monitor = c->event = c->locked = c->doomed = c->masks_dirty = c->retry_it = false;
    c->it_now = c->it_next = 0;
    c->halt = HALT_NONE;
    c->sleep = AWAKE;
    c->started = false;
    memory_fetch_flush(c);
    for (unsigned i = 0; i < EXC_WORDS; i++) {
        c->pend[i] = c->line[i]; /* a line that its device holds up pends again */
        c->act[i] = c->en[i] = 0;
    }
    for (unsigned i = 0; i < EXCEPTIONS; i++) {
        c->prio[i] = 0;
    }
}

void core_reset(struct core *c, uint32_t boot_addr, bool held, bool power_on)
{
    clear_state(c);
    clear_registers(c);
    systick_reset(c);
    scs_reset(c, power_on);
    dcache_reset(c);
    c->power = POWER_RUN;
    c->held = held;
    c->boot_addr = boot_addr;
    /* The M7's VTOR shows its boot address, the M4 finds its boot memory at 0 (unverified). */
    c->vtor = c->id == CM7 ? boot_addr : 0;
    memory_boot_alias(c);
    c->pages_dirty = true;
    insn_fp_watch(c);
    core_break(c);
}

void core_release(struct core *c, uint32_t boot_addr)
{
    if (!c->held) {
        return;
    }
    c->held = false;
    c->boot_addr = boot_addr;
    c->vtor = c->id == CM7 ? boot_addr : 0;
    memory_boot_alias(c);
}

/* Reads SP and PC from the vector table, as the reset exception does. False: the bus stalls. */
bool core_start(struct core *c)
{
    uint32_t sp = 0, entry = 0;
    enum access a = memory_load_vector(c, c->boot_addr, &sp);

    if (a == ACCESS_OK) {
        a = memory_load_vector(c, c->boot_addr + 4, &entry);
    }
    if (a == ACCESS_STALL) {
        return false;
    }
    c->started = true;
    if (a != ACCESS_OK) { /* a vector fault at reset: nowhere to go */
        c->hfsr |= HFSR_VECTTBL;
        exc_lockup(c);
        return true;
    }
    engine_set_reg(c->engine, 13, sp & ~3u);
    engine_set_reg(c->engine, 15, entry & ~1u);
    c->pc = entry & ~1u;
    c->t_clear = !(entry & 1);
    return true;
}

/* ---- what the machine asks and tells ---- */

void core_break(struct core *c)
{
    if (!c->in_run) {
        return;
    }
    c->break_asked = true;
    core_look(c);
}

uint64_t core_insns(const struct core *c)
{
    return c->insns;
}

enum core_id core_ident(const struct core *c)
{
    return c->id;
}

bool core_held(const struct core *c)
{
    return c->held;
}

bool core_locked_up(const struct core *c)
{
    return c->locked;
}

enum core_power core_power(const struct core *c)
{
    return c->power;
}

void core_event(struct core *c)
{
    c->event = true;
}

void core_clock_changed(struct core *c)
{
    systick_clock(c);
}
