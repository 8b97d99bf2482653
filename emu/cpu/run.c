/* SPDX-License-Identifier: MIT */
/* The run loop of a core. */
#include "emu/cpu/internal.h"

/* The present instruction is the next one again. */
static void repeat_it(struct core *c)
{
    c->it_next = c->it_now;
    c->it_pc = c->pc;
}

static void raise_at(struct core *c, uint32_t pc, uint32_t cfsr, uint32_t addr)
{
    struct fault f = {cfsr, addr};

    engine_set_reg(c->engine, 15, pc);
    if (pc == c->pc) {
        repeat_it(c); /* the frame says where inside the IT block to go on */
    }
    exc_fault(c, &f);
}

static void supervisor_call(struct core *c)
{
    c->pc = engine_reg(c->engine, 15);
    exc_raise(c, EXC_SVCALL, 0);
}

/* Without a debugger BKPT is a HardFault (DebugMonitor is not modelled). */
static void breakpoint(struct core *c)
{
    if (semihost_call(c)) {
        return;
    }
    engine_set_reg(c->engine, 15, c->pc);
    c->dfsr |= 1u << 1;
    exc_raise(c, EXC_HARDFAULT, HFSR_DEBUGEVT);
}

/* With something to wake for, WFI goes on at once: no sleep, and above all no Stop. */
void core_sleep(struct core *c, enum sleep kind)
{
    if (kind == SLEEP_WFI && exc_wakes(c)) {
        return;
    }
    c->sleep = kind;
    core_set_power(c, c->scr & SCR_SLEEPDEEP ? POWER_DEEPSLEEP : POWER_SLEEP);
}

static void wait_for_event(struct core *c)
{
    if (c->event) {
        c->event = false;
    } else {
        core_sleep(c, SLEEP_WFE);
    }
}

/* The engine calls WFE and YIELD undefined too. */
static void invalid(struct core *c)
{
    uint16_t op = insn_halfword(c, c->pc);

    if (op == 0xbf20 || op == 0xbf10) {
        engine_set_reg(c->engine, 15, c->pc + 2);
        if (op == 0xbf20) {
            wait_for_event(c);
        }
        return;
    }
    /* A branch to an even address left Thumb state: the hook never saw the target. */
    uint32_t pc = engine_reg(c->engine, 15) & ~1u;
    bool seen = pc == c->pc;
    if (!seen) {
        c->insns++;
        c->t_clear = true; /* stacked as it is */
    }
    raise_at(c, pc, seen ? UNDEFINSTR : INVSTATE, 0);
}

/* An instruction has branched to pc. A vector, a stacked PC or the reset leave c->pc there, and
 * what looks like an EXC_RETURN value is then an address like any other (ARMv7-M, B1.5.8). */
static bool branched(const struct core *c, uint32_t pc)
{
    return pc != c->pc;
}

static void no_fetch(struct core *c)
{
    uint32_t pc = engine_reg(c->engine, 15) & ~1u;

    if (c->ipsr && pc >= 0xf0000000u && branched(c, pc)) {
        exc_return(c, pc | 1);
        return;
    }
    bool allowed = mpu_allows(c, pc, MPU_FETCH, privileged(c));

    if (allowed) {
        memory_note_fetch(c, pc);
    }
    raise_at(c, pc, allowed ? IBUSERR : IACCVIOL, 0);
}

/* The instruction did not happen: the engine's registers are those before it. */
static void restore_doomed(struct core *c)
{
    if (!c->doomed) {
        return;
    }
    c->doomed = false;
    engine_set_regs(c->engine, c->saved_regs);
    for (unsigned i = 0; i < 32; i++) {
        engine_set_sreg(c->engine, i, c->saved_sregs[i]);
    }
    engine_set_special(c->engine, ENGINE_FPSCR, c->saved_fpscr);
    engine_set_xpsr(c->engine, (c->saved_xpsr & ~(uint32_t)XPSR_IT & ~0x1ffu) | c->ipsr);
}

static void halted(struct core *c)
{
    enum halt why = c->halt;

    c->halt = HALT_NONE;
    restore_doomed(c);
    switch (why) {
    case HALT_FAULT:
        raise_at(c, c->pc, c->fault.cfsr, c->fault.addr);
        break;
    case HALT_SKIP:
        engine_set_reg(c->engine, c->skip_rd, c->skip_value);
        engine_set_reg(c->engine, 15, c->pc + 4);
        break;
    case HALT_CONTEXT:
        c->insns--;
        engine_set_reg(c->engine, 15, c->pc);
        insn_new_context(c);
        break;
    case HALT_STALL:
        c->insns--; /* it did not happen */
        engine_set_reg(c->engine, 15, c->pc);
        repeat_it(c);
        c->retry_it = c->it_now != 0;
        c->halt = HALT_STALL; /* for the run loop */
        break;
    case HALT_DEBUG:
        if (c->watch_hit) { /* the access has not happened; at a breakpoint no IT block is open */
            repeat_it(c);
            c->retry_it = c->it_now != 0;
        }
        c->halt = HALT_DEBUG;
        break;
    default:
        break;
    }
}

static void surfaced(struct core *c, enum engine_exit why)
{
    memory_undo_patches(c);
    if (c->halt != HALT_NONE && c->halt != HALT_LOOK) {
        halted(c);
        return;
    }
    c->halt = HALT_NONE;
    switch (why) {
    case ENGINE_SVC:
        supervisor_call(c);
        break;
    case ENGINE_BKPT:
        breakpoint(c);
        break;
    case ENGINE_WFI:
        core_sleep(c, SLEEP_WFI);
        break;
    case ENGINE_INVALID:
        invalid(c);
        break;
    case ENGINE_COPROC:
        raise_at(c, c->pc, NOCP, 0);
        break;
    case ENGINE_EXC_RETURN:
        exc_return(c, engine_reg(c->engine, 15) | 1);
        break;
    case ENGINE_FETCH:
        no_fetch(c);
        break;
    case ENGINE_ABORT: /* always with a halt reason; cannot be reached */
    case ENGINE_STOPPED:
        break;
    }
}

void core_wake(struct core *c)
{
    if (c->sleep == SLEEP_WFE) {
        c->event = false; /* WFE consumes the event that ends it */
    }
    c->sleep = AWAKE;
    core_set_power(c, POWER_RUN);
}

bool core_wakeable(const struct core *c)
{
    bool stop = c->power == POWER_DEEPSLEEP;

    if (c->sleep == SLEEP_WFE) {
        return c->event || (exc_takable(c) && (!stop || exc_wakes_from_stop(c)));
    }
    return stop ? exc_wakes_from_stop(c) : exc_wakes(c);
}

static void restore_it(struct core *c)
{
    uint32_t x = engine_xpsr(c->engine) & ~(uint32_t)XPSR_IT;
    uint32_t it = c->it_next;

    c->retry_it = false;
    engine_set_xpsr(c->engine, x | (it & 3) << 25 | (it >> 2) << 10);
}

/* What has to happen before the next instruction. True: stop the slice for *why. */
static bool before(struct core *c, enum core_stop *why)
{
    *why = STOP_LIMIT;
    if (c->held) {
        *why = STOP_HELD;
    } else if (!c->started && !core_start(c)) {
        *why = STOP_STALL;
    } else if (c->debug_halted) { /* its first instruction is fetched: the debugger shows it */
        *why = STOP_HALTED;
    } else if (c->locked && !(bit_get(c->pend, EXC_NMI) && exc_takable(c))) {
        *why = STOP_LOCKUP;
    } else if (c->sleep != AWAKE && !core_wakeable(c)) {
        *why = STOP_SLEEP;
    }
    if (*why != STOP_LIMIT) {
        return true;
    }
    if (c->sleep != AWAKE) {
        core_wake(c);
    }
    if (c->masks_dirty) {
        insn_read_masks(c);
    }
    if (c->break_asked) {
        *why = STOP_BREAK;
        return true;
    }
    if (c->insns >= c->limit) {
        return true; /* entries take time, too: however many follow one another, the slice ends */
    }
    if (exc_takable(c)) {
        if (exc_take(c) == ACCESS_STALL) {
            *why = STOP_STALL;
            return true;
        }
    }
    return false; /* the caller looks whether another one is pending, or we locked up */
}

static enum core_stop run(struct core *c)
{
    for (;;) {
        enum core_stop why;
        if (before(c, &why)) {
            return why;
        }
        if (c->sleep != AWAKE || c->locked || exc_takable(c)) {
            continue;
        }
        if (c->pages_dirty) {
            memory_refresh(c);
        }
        if (c->t_clear) {
            c->insns++;
            raise_at(c, engine_reg(c->engine, 15) & ~1u, INVSTATE, 0);
            continue;
        }
        if (engine_bloated(c->engine) && !c->monitor && !c->it_next) {
            engine_renew(c->engine);
        }
        if (c->retry_it) {
            restore_it(c);
        }
        c->stop_at = poll_look_at(c);
        c->halt = HALT_NONE;
        surfaced(c, engine_run(c->engine));
        poll_interrupt(c);
        if (c->halt == HALT_STALL) {
            return STOP_STALL;
        }
        if (c->halt == HALT_DEBUG) {
            return STOP_DEBUG;
        }
    }
}

enum core_stop core_run(struct core *c, uint64_t max_insns, uint64_t max_polled)
{
    c->limit = c->insns + max_insns;
    c->poll_limit = c->insns + (max_polled > max_insns ? max_polled : max_insns);
    c->in_run = true;
    poll_slice(c);
    c->watch_hit = 0;
    enum core_stop why = run(c);
    c->in_run = false;
    c->break_asked = false;
    return why;
}
