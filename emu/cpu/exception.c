/* SPDX-License-Identifier: MIT */
/* Exceptions (ARMv7-M, B1.5): entry, return, faults and lockup. */
#include "emu/cpu/internal.h"

#include <stdio.h>

/* ---- modes ---- */

static void set_mode(struct core *c, unsigned ipsr, uint32_t control, bool fpca)
{
    if (!ipsr && control & CONTROL_NPRIV) { /* we are in a handler: both can be read still */
        c->msp = engine_special(c->engine, ENGINE_MSP);
        c->psp = engine_special(c->engine, ENGINE_PSP);
    }
    engine_set_mode(c->engine, ipsr, control | insn_engine_fpca(c, fpca));
    c->fpca = fpca ? CONTROL_FPCA : 0;
    c->ipsr = ipsr;
    c->control = ipsr ? control & CONTROL_NPRIV : control;
    c->monitor = false;
    c->event = true;
    if (c->mpu_ctrl & 1) {
        memory_fetch_flush(c); /* privilege and priority decide */
    }
}

/* ---- lockup ---- */

void exc_lockup(struct core *c)
{
    if (c->locked) {
        return;
    }
    c->locked = true;
    bit_clear(c->pend,
              EXC_HARDFAULT); /* the one that could not be taken; only a new NMI helps now */
    bit_clear(c->pend, EXC_NMI);
    core_look(c);
    uint32_t pc = engine_reg(c->engine, 15) & ~1u;
    core_tell(c, on_lockup, pc);
    machine_note(c->m, N_CPU_LOCKUP, pc,
                 "%s locked up at 0x%08x (CFSR 0x%08x, HFSR 0x%08x): a fault at the priority of "
                 "HardFault or above",
                 c->id == CM7 ? "CM7" : "CM4", pc, c->cfsr, c->hfsr);
}

/* ---- stacking ---- */

static uint32_t return_xpsr(const struct core *c)
{
    uint32_t it = c->it_next, x = engine_xpsr(c->engine) & 0xf80f0000u;

    return x | (it & 3) << 25 | (it >> 2) << 10 | (c->t_clear ? 0 : XPSR_T) | c->ipsr;
}

static enum access store_fp(struct core *c, uint32_t at, bool priv)
{
    enum access a = ACCESS_OK;

    for (unsigned i = 0; i < 16 && a == ACCESS_OK; i++) {
        a = memory_store(c, at + 4 * i, engine_sreg(c->engine, i), priv);
    }
    if (a == ACCESS_OK) {
        a = memory_store(c, at + 64, engine_special(c->engine, ENGINE_FPSCR), priv);
    }
    return a;
}

static bool fault_could_be_taken(const struct core *c, unsigned n)
{
    return bit_get(c->en, n) && exc_group_priority(c, n) < exc_exec_priority(c);
}

/* Space is reserved, the registers are stored when the handler first uses the FPU. */
static void reserve_fp(struct core *c, uint32_t at)
{
    c->fpcar = at;
    c->fpccr &= FPCCR_ASPEN | FPCCR_LSPEN;
    c->fpccr |= FPCCR_LSPACT | (privileged(c) ? 0 : FPCCR_USER) | (c->ipsr ? 0 : FPCCR_THREAD);
    if (exc_exec_priority(c) > -1) {
        c->fpccr |= FPCCR_HFRDY;
    }
    if (fault_could_be_taken(c, EXC_MEMMANAGE)) {
        c->fpccr |= FPCCR_MMRDY;
    }
    if (fault_could_be_taken(c, EXC_BUSFAULT)) {
        c->fpccr |= FPCCR_BFRDY;
    }
    insn_fp_watch(c);
}

enum access exc_stack_fp(struct core *c)
{
    enum access a = store_fp(c, c->fpcar, !(c->fpccr & FPCCR_USER));

    if (a == ACCESS_OK) { /* else the fault comes first, and the instruction tries again */
        c->fpccr &= ~(uint32_t)FPCCR_LSPACT;
        insn_fp_watch(c);
    }
    c->fault.cfsr = a == ACCESS_MPU ? MLSPERR : LSPERR;
    c->fault.addr = 0;
    return a;
}

static bool has_fp_context(const struct core *c)
{
    return c->fpccr & FPCCR_ASPEN && engine_special(c->engine, ENGINE_CONTROL) & CONTROL_FPCA;
}

static enum access push_frame(struct core *c, uint32_t *lr)
{
    bool fp = has_fp_context(c), psp = !c->ipsr && c->control & CONTROL_SPSEL;
    bool align = fp || c->ccr & CCR_STKALIGN;
    uint32_t sp = engine_reg(c->engine, 13);
    uint32_t frame = (sp - (fp ? 0x68 : 0x20)) & ~(align ? 7u : 3u);
    uint32_t x = return_xpsr(c) | (align && sp & 4 ? 0x200 : 0);
    const uint32_t words[8] = {engine_reg(c->engine, 0),        engine_reg(c->engine, 1),
                               engine_reg(c->engine, 2),        engine_reg(c->engine, 3),
                               engine_reg(c->engine, 12),       engine_reg(c->engine, 14),
                               engine_reg(c->engine, 15) & ~1u, x};
    enum access a = ACCESS_OK;

    for (unsigned i = 0; i < 8 && a == ACCESS_OK; i++) {
        a = memory_store(c, frame + 4 * i, words[i], privileged(c));
    }
    if (fp && c->fpccr & FPCCR_LSPEN) {
        reserve_fp(c, frame + 0x20);
    } else if (fp && a == ACCESS_OK) {
        a = store_fp(c, frame + 0x20, privileged(c));
    }
    engine_set_reg(c->engine, 13, frame);
    *lr = 0xffffffe1u | (fp ? 0 : 0x10) | (c->ipsr ? 0 : 8) | (psp ? 4 : 0);
    return a;
}

/* ---- entry ---- */

/* Cycles from the request to the handler's first instruction, without wait states (Arm's manuals of
 * both cores). Above all, entries must never be free: exceptions can follow one another without an
 * instruction between them, and virtual time has to go on. */
enum { CYCLES_STACKED = 12, CYCLES_TAIL_CHAINED = 6 };

static void enter(struct core *c, unsigned n, uint32_t vector, uint32_t lr, unsigned cycles)
{
    uint32_t return_pc = engine_reg(c->engine, 15) & ~1u;

    c->insns += cycles;
    poll_restart(c);
    bit_clear(c->pend, n);
    bit_set(c->act, n);
    uint32_t flags = engine_xpsr(c->engine) & 0xf80f0000u;
    set_mode(c, n, c->control & CONTROL_NPRIV, false);
    engine_set_xpsr(c->engine, flags | n); /* clears IT */
    engine_set_reg(c->engine, 14, lr);
    engine_set_reg(c->engine, 15, vector & ~1u);
    c->pc = vector & ~1u;
    c->t_clear = !(vector & 1);
    c->it_now = c->it_next = 0;
    c->retry_it = false;
    core_tell(c, on_exception, n, return_pc, vector, c->vtor);
}

/* A fault while an exception is being entered or left: pends the fault, or HardFault. */
static void derived(struct core *c, unsigned n, uint32_t cfsr)
{
    c->cfsr |= cfsr;
    if (!fault_could_be_taken(c, n)) {
        if (exc_exec_priority(c) <= -1) {
            exc_lockup(c);
            return;
        }
        n = EXC_HARDFAULT;
        c->hfsr |= HFSR_FORCED;
    }
    debug_fault(c, n, engine_reg(c->engine, 15) & ~1u);
    bit_set(c->pend, n);
}

/* Reads the vector of the best pending exception; a bus error there makes it HardFault. */
static enum access find_vector(struct core *c, unsigned *n, uint32_t *vector)
{
    for (;;) {
        *n = exc_best(c);
        enum access a = memory_load_vector(c, c->vtor + 4 * *n, vector);
        if (a == ACCESS_OK || a == ACCESS_STALL) {
            return a;
        }
        c->hfsr |= HFSR_VECTTBL;
        if (*n == EXC_HARDFAULT || *n == EXC_NMI || exc_exec_priority(c) <= -1) {
            exc_lockup(c);
            return a;
        }
        bit_set(c->pend, EXC_HARDFAULT);
    }
}

enum access exc_take(struct core *c)
{
    unsigned n;
    uint32_t vector, lr;
    enum access a = find_vector(c, &n, &vector);

    if (a != ACCESS_OK) {
        return a;
    }
    if (c->locked) {
        c->locked = false; /* NMI ends a lockup */
    }
    a = push_frame(c, &lr);
    if (a != ACCESS_OK) {
        if (exc_group_priority(c, n) < 0) { /* HardFault or NMI without a stack */
            c->cfsr |= a == ACCESS_MPU ? MSTKERR : STKERR;
            exc_lockup(c);
            return a;
        }
        derived(c, a == ACCESS_MPU ? EXC_MEMMANAGE : EXC_BUSFAULT,
                a == ACCESS_MPU ? MSTKERR : STKERR);
        if (c->locked) {
            return a;
        }
        a = find_vector(c, &n, &vector); /* the fault goes first if its priority is higher */
        if (a != ACCESS_OK) {
            return a;
        }
    }
    enter(c, n, vector, lr, CYCLES_STACKED);
    return ACCESS_OK;
}

/* ---- return ---- */

/* A frame can name exceptions that the core does not have. */
static bool active(const struct core *c, unsigned n)
{
    return n < EXCEPTIONS && bit_get(c->act, n);
}

static void deactivate(struct core *c, unsigned n)
{
    if (active(c, n)) {
        bit_clear(c->act, n);
        if (n >= EXC_IRQ0 && bit_get(c->line, n)) {
            bit_set(c->pend, n); /* a level still asserted pends again */
        }
    }
    if (n != EXC_NMI && c->faultmask) {
        c->faultmask = 0;
        engine_set_special(c->engine, ENGINE_FAULTMASK, 0);
    }
}

static bool others_active(const struct core *c, unsigned except)
{
    uint32_t any = 0;

    for (unsigned w = 0; w < EXC_WORDS; w++) {
        any |= c->act[w] & ~(w == except / 32 ? 1u << except % 32 : 0);
    }
    return any != 0;
}

/* Enters the best pending exception on the frame that is there. False: cannot now (bus stall). */
static bool tail_chain(struct core *c, uint32_t lr)
{
    unsigned n;
    uint32_t vector;
    enum access a = find_vector(c, &n, &vector);

    if (a == ACCESS_STALL) {
        return false;
    }
    if (a == ACCESS_OK) {
        enter(c, n, vector, lr, CYCLES_TAIL_CHAINED);
    }
    return true;
}

/* A fault of the return itself: taken without stacking again. */
static void return_fault(struct core *c, unsigned n, uint32_t cfsr, uint32_t lr)
{
    derived(c, n, cfsr);
    if (!c->locked && !tail_chain(c, lr)) {
        exc_lockup(
            c); /* the handler's vector is in a flash bank that is busy: worst plausible end */
    }
}

static bool legal(const struct core *c, uint32_t value, unsigned n)
{
    unsigned low = value & 0xf;

    if ((value & EXC_RETURN_0) != EXC_RETURN_0 || (low != 1 && low != 9 && low != 0xd)) {
        return false;
    }
    if (!active(c, n)) {
        return false;
    }
    if (low == 1) {
        return others_active(c, n);
    }
    return !others_active(c, n) || c->ccr & CCR_NONBASETHRDENA;
}

static enum access pop_fp(struct core *c, uint32_t at, bool priv)
{
    uint32_t s[17];

    for (unsigned i = 0; i < 17; i++) {
        enum access a = memory_load(c, at + 4 * i, &s[i], priv);
        if (a != ACCESS_OK) {
            return a;
        }
    }
    for (unsigned i = 0; i < 16; i++) {
        engine_set_sreg(c->engine, i, s[i]);
    }
    engine_set_special(c->engine, ENGINE_FPSCR, s[16]);
    return ACCESS_OK;
}

static enum access pop_frame(struct core *c, uint32_t value, uint32_t r[8])
{
    bool psp = value & 4, thread = value & 8, fp = !(value & 0x10);
    bool priv = !thread || !(c->control & CONTROL_NPRIV);
    uint32_t frame = psp ? core_psp(c) : core_msp(c);
    enum access a = ACCESS_OK;

    for (unsigned i = 0; i < 8 && a == ACCESS_OK; i++) {
        a = memory_load(c, frame + 4 * i, &r[i], priv);
    }
    if (a == ACCESS_OK && fp && !(c->fpccr & FPCCR_LSPACT)) {
        a = pop_fp(c, frame + 0x20, priv);
    }
    if (a != ACCESS_OK) {
        return a;
    }
    if (fp) {
        c->fpccr &= ~(uint32_t)FPCCR_LSPACT;
    }
    insn_fp_watch(c);
    bool align = fp || c->ccr & CCR_STKALIGN;
    uint32_t sp = (frame + (fp ? 0x68 : 0x20)) | (align && r[7] & 0x200 ? 4 : 0);
    engine_set_special(c->engine, psp ? ENGINE_PSP : ENGINE_MSP, sp);
    return ACCESS_OK;
}

static void resume(struct core *c, uint32_t value, const uint32_t r[8])
{
    bool thread = value & 8;
    uint32_t control = (c->control & CONTROL_NPRIV) | (value & 4 ? CONTROL_SPSEL : 0);

    set_mode(c, thread ? 0 : r[7] & 0x1ff, control, !(value & 0x10));
    for (unsigned i = 0; i < 4; i++) {
        engine_set_reg(c->engine, i, r[i]);
    }
    engine_set_reg(c->engine, 12, r[4]);
    engine_set_reg(c->engine, 14, r[5]);
    c->it_next = (uint8_t)((r[7] >> 25 & 3) | (r[7] >> 10 & 0x3f) << 2);
    c->it_pc = r[6] & ~1u;
    engine_set_xpsr(c->engine, (r[7] & ~0x200u & ~0x1ffu) | c->ipsr);
    engine_set_reg(c->engine, 15, r[6] & ~1u);
    c->pc = r[6] & ~1u;
    c->t_clear = !(r[7] & XPSR_T);
    core_look(c);
}

void exc_return(struct core *c, uint32_t value)
{
    unsigned n = c->ipsr;
    uint32_t r[8];
    bool ok = legal(c, value, n);

    deactivate(c, n);
    if (!ok) {
        return_fault(c, EXC_USAGEFAULT, INVPC, 0xf0000000u | value);
        return;
    }
    if (exc_takable(c) && tail_chain(c, value)) {
        return;
    }
    enum access a = pop_frame(c, value, r);
    if (a != ACCESS_OK) {
        bool mpu = a == ACCESS_MPU;
        return_fault(c, mpu ? EXC_MEMMANAGE : EXC_BUSFAULT, mpu ? MUNSTKERR : UNSTKERR, value);
        return;
    }
    bool thread = value & 8;
    resume(c, value, r);
    core_tell(c, on_exception_return, n, r[6]);
    if (thread ? (r[7] & 0x1ff) != 0 : (r[7] & 0x1ff) == 0) {
        c->cfsr |= INVPC; /* the frame belongs to the other mode */
        exc_raise(c, EXC_USAGEFAULT, 0);
        return;
    }
    if (thread && c->scr & SCR_SLEEPONEXIT && !others_active(c, 0)) {
        core_sleep(c, SLEEP_ON_EXIT);
    }
}

/* ---- synchronous exceptions ---- */

void exc_raise(struct core *c, unsigned n, uint32_t hfsr)
{
    int now = exc_exec_priority(c);

    if (n != EXC_HARDFAULT && (!bit_get(c->en, n) || exc_group_priority(c, n) >= now)) {
        n = EXC_HARDFAULT;
        hfsr |= HFSR_FORCED;
    }
    c->hfsr |= hfsr;
    debug_fault(c, n, engine_reg(c->engine, 15) & ~1u);
    if (n == EXC_HARDFAULT && now <= -1) {
        exc_lockup(c);
    } else {
        bit_set(c->pend, n);
    }
    core_look(c);
}

unsigned exc_of_cfsr(uint32_t cfsr)
{
    return cfsr & 0xff ? EXC_MEMMANAGE : cfsr & 0xff00 ? EXC_BUSFAULT : EXC_USAGEFAULT;
}

void exc_fault(struct core *c, const struct fault *f)
{
    c->cfsr |= f->cfsr;
    if (f->cfsr & MMARVALID) {
        c->mmfar = f->addr;
    }
    if (f->cfsr & BFARVALID) {
        c->bfar = f->addr;
    }
    exc_raise(c, exc_of_cfsr(f->cfsr), 0);
}

/* A store's bus error arrives later and belongs to no instruction: it waits for its priority and
 * never locks up (ARMv7-M; on the M7 also for Device memory). */
void exc_imprecise(struct core *c, uint32_t addr)
{
    c->cfsr |= IMPRECISERR;
    c->lost_store = addr;
    if (c->id == CM7) { /* ABFSR names the port: AHBP for the APB1/2, AHB1/2 range, else AXIM */
        c->abfsr |= addr - 0x40000000u < 0x10000000u ? 1u << 2 : 1u << 3;
    }
    if (bit_get(c->en, EXC_BUSFAULT)) {
        exc_pend(c, EXC_BUSFAULT);
    } else {
        c->hfsr |= HFSR_FORCED;
        exc_pend(c, EXC_HARDFAULT);
    }
    debug_fault(c, bit_get(c->en, EXC_BUSFAULT) ? EXC_BUSFAULT : EXC_HARDFAULT, c->pc);
}
