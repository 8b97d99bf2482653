/* SPDX-License-Identifier: MIT */
/*
 * Instructions that need more than the engine does: alignment and divide traps, the FPU's enable
 * and lazy state, mask registers, events, the exclusive monitor. A table over the first halfword
 * keeps the hook cheap for all others. The engine shows an instruction of an IT block only when its
 * condition holds.
 */
#include "emu/cpu/internal.h"

#include <string.h>

enum { PLAIN, IT, SEV, CPS, MISC, LDM, DUAL, COPROC, DIVIDE, UNPRIVILEGED };

uint32_t insn_bits[65536 / 32];

static uint8_t classify(uint16_t op)
{
    if ((op & 0xff00) == 0xbf00) {
        return op & 0xf ? IT : op == 0xbf40 ? SEV : PLAIN;
    }
    if ((op & 0xffe0) == 0xb660) {
        return CPS;
    }
    if ((op & 0xf000) == 0xc000) {
        return LDM;
    }
    if ((op & 0xfe00) == 0xe800) {
        return op & 0x40 ? DUAL : LDM;
    }
    if ((op & 0xec00) == 0xec00) {
        return COPROC;
    }
    if ((op & 0xfff0) == 0xf380 || op == 0xf3af || op == 0xf3bf || op == 0xf3ef) {
        return MISC;
    }
    if (((op & 0xff80) == 0xf800 && (op & 0x60) != 0x60) ||
        ((op & 0xffd0) == 0xf910)) { /* LDRT, STRT and their narrow forms are among these */
        return UNPRIVILEGED;
    }
    if ((op & 0xfff0) == 0xfb90 || (op & 0xfff0) == 0xfbb0) {
        return DIVIDE;
    }
    return PLAIN;
}

void insn_init(void)
{
    for (unsigned op = 0; op < 65536; op++) {
        if (classify((uint16_t)op) != PLAIN) {
            insn_bits[op / 32] |= 1u << op % 32;
        }
    }
}

uint16_t insn_halfword(struct core *c, uint32_t addr)
{
    uint8_t b[2] = {0, 0};

    if (addr - c->fetch_base < c->fetch_size) { /* host and target are little endian */
        uint16_t op;
        memcpy(&op, c->fetch_host + (addr - c->fetch_base), sizeof(op));
        return op;
    }
    if (c->id == CM4 && addr < ALIAS_SIZE) {
        addr += c->boot_addr;
    }
    bus_peek(&c->m->bus, c->id, addr, b, 2);
    return (uint16_t)(b[0] | b[1] << 8);
}

/* ---- faults found before the instruction runs ---- */

void insn_doom(struct core *c)
{
    if (!c->it_now || c->doomed) {
        return;
    }
    engine_regs(c->engine, c->saved_regs);
    c->saved_regs[15] = c->pc;
    c->saved_xpsr = engine_xpsr(c->engine);
    for (unsigned i = 0; i < 32; i++) {
        c->saved_sregs[i] = engine_sreg(c->engine, i);
    }
    c->saved_fpscr = engine_special(c->engine, ENGINE_FPSCR);
    c->doomed = true;
    core_look(c);
}

static void fault(struct core *c, uint32_t cfsr)
{
    c->fault = (struct fault){cfsr, 0};
    insn_doom(c);
    core_halt(c, HALT_FAULT);
}

static void must_be_aligned(struct core *c, unsigned rn, unsigned mask)
{
    if (rn != 13 && rn != 15 && engine_reg(c->engine, rn) & mask) {
        fault(c, UNALIGNED);
    }
}

/* ---- LDRD, STRD, exclusives, table branches ---- */

static void load_exclusive(struct core *c, uint32_t addr, unsigned size)
{
    if (addr & (size - 1)) {
        fault(c, UNALIGNED);
        return;
    }
    c->monitor = true;
    c->exclusive_addr = addr;
    c->exclusive_value = memory_look(c, addr, size);
}

static void note_lost_exclusive(struct core *c, uint32_t addr)
{
    if (memory_shared(c, addr)) {
        machine_note(c->m, N_CPU_EXCLUSIVE_LOST, addr,
                     "STREX at 0x%08x passes although the memory has changed since LDREX: there is "
                     "no global monitor between the cores. Use HSEM",
                     (unsigned)addr);
    }
}

static void skip(struct core *c, unsigned rd, uint32_t status)
{
    c->skip_rd = rd;
    c->skip_value = status;
    core_halt(c, HALT_SKIP);
}

/* The store that the engine would refuse, because it compares address and value with those of
 * LDREX: the monitors of these cores hold neither. */
static void store_here(struct core *c, unsigned rd, unsigned rt, uint32_t addr, unsigned size)
{
    static const uint32_t bits[] = {[ACCESS_BUS] = PRECISERR | BFARVALID,
                                    [ACCESS_MPU] = DACCVIOL | MMARVALID,
                                    [ACCESS_UNALIGNED] = UNALIGNED};
    enum access a = memory_store_data(c, addr, size, engine_reg(c->engine, rt));

    if (a == ACCESS_STALL) {
        core_halt(c, HALT_STALL);
    } else if (a != ACCESS_OK) {
        fault(c, bits[a]);
        c->fault.addr = addr;
    } else {
        skip(c, rd, 0);
    }
}

/* Inside an IT block the engine cannot be stopped and has its own way. */
static void store_exclusive(struct core *c, unsigned rd, unsigned rt, uint32_t addr, unsigned size)
{
    if (addr & (size - 1)) {
        fault(c, UNALIGNED);
        return;
    }
    bool passes = c->monitor;
    c->monitor = false;
    if (c->it_now) {
        return;
    }
    bool moved = addr != c->exclusive_addr;
    bool changed = memory_look(c, addr, size) != c->exclusive_value;
    if (!passes) {
        skip(c, rd, 1);
    } else if (moved || changed) {
        if (!moved) {
            note_lost_exclusive(c, addr);
        }
        store_here(c, rd, rt, addr, size);
    }
}

static void dual(struct core *c, uint32_t pc, uint16_t op)
{
    uint16_t second = insn_halfword(c, pc + 2);
    unsigned rn = op & 0xf, kind = second >> 4 & 0xf, rt = second >> 12;
    uint32_t base = engine_reg(c->engine, rn), imm = (second & 0xffu) * 4;

    if (op & 0x0120) { /* P or W: LDRD, STRD */
        must_be_aligned(c, rn, 3);
    } else if ((op & 0xfff0) == 0xe840) {
        store_exclusive(c, second >> 8 & 0xf, rt, base + imm, 4);
    } else if ((op & 0xfff0) == 0xe850) {
        load_exclusive(c, base + imm, 4);
    } else if ((op & 0xfff0) == 0xe8c0 && (kind == 4 || kind == 5)) {
        store_exclusive(c, second & 0xf, rt, base, kind == 4 ? 1 : 2);
    } else if ((op & 0xfff0) == 0xe8d0 && (kind == 4 || kind == 5)) {
        load_exclusive(c, base, kind == 4 ? 1 : 2);
    }
}

/* ---- floating point ---- */

static bool fpu_on(const struct core *c)
{
    unsigned access = c->cpacr >> 20 & 3;

    return access == 3 || (access == 1 && privileged(c));
}

void insn_fp_watch(struct core *c)
{
    c->fp_watch = (c->cpacr >> 20 & 3) != 3 || (c->fpccr & FPCCR_LSPACT) || c->fpdscr;
}

/* ---- the floating-point context: CONTROL.FPCA and FPDSCR ---- */

static bool automatic_state(const struct core *c)
{
    return c->fpccr & FPCCR_ASPEN;
}

/* What the engine has to take for FPCA. With it clear, the engine's next FP instruction sets it and
 * clears FPSCR, which is right only with ASPEN = 1 and FPDSCR = 0. */
uint32_t insn_engine_fpca(const struct core *c, bool fpca)
{
    return fpca || !automatic_state(c) ? CONTROL_FPCA : 0;
}

uint32_t insn_fpca(const struct core *c)
{
    return automatic_state(c) ? engine_special(c->engine, ENGINE_CONTROL) & CONTROL_FPCA : c->fpca;
}

static void engine_take_fpca(struct core *c)
{
    uint32_t control = engine_special(c->engine, ENGINE_CONTROL) & ~(uint32_t)CONTROL_FPCA;

    engine_set_special(c->engine, ENGINE_CONTROL, control | insn_engine_fpca(c, c->fpca));
}

void insn_set_fpccr(struct core *c, uint32_t value)
{
    c->fpca = insn_fpca(c);
    c->fpccr = value;
    engine_take_fpca(c);
    insn_fp_watch(c);
}

void insn_new_context(struct core *c)
{
    uint32_t kept = engine_special(c->engine, ENGINE_FPSCR) & ~FPDSCR_BITS;

    engine_set_mode(c->engine, c->ipsr, c->control | CONTROL_FPCA);
    engine_set_special(c->engine, ENGINE_FPSCR, kept | c->fpdscr);
}

static void coprocessor(struct core *c, uint32_t pc, uint16_t op)
{
    uint16_t second = insn_halfword(c, pc + 2);
    unsigned cp = second >> 8 & 0xf;

    if ((op & 0x0f00) == 0x0f00) {
        return; /* undefined on these cores, not a coprocessor access */
    }
    if (cp != 10 && cp != 11) {
        fault(c, NOCP);
        return;
    }
    if (c->fp_watch) {
        if (!fpu_on(c)) {
            fault(c, NOCP);
            return;
        }
        if (c->fpccr & FPCCR_LSPACT && exc_stack_fp(c) != ACCESS_OK) {
            fault(c, c->fault.cfsr);
            return;
        }
        if (c->fpdscr && automatic_state(c) && !c->it_now && !insn_fpca(c)) {
            core_halt(c, HALT_CONTEXT);
            return;
        }
    }
    if ((op & 0xfe00) == 0xec00 && (op & 0xffe0) != 0xec40) {
        must_be_aligned(c, op & 0xf, 3); /* VLDR, VSTR, VLDM, VSTM */
    }
}

/* ---- masks, barriers, hints ---- */

/* The engine keeps bits that the core does not have. */
static void keep_bits(struct core *c, enum engine_special reg, uint32_t bits)
{
    uint32_t v = engine_special(c->engine, reg);

    if (v & ~bits) {
        engine_set_special(c->engine, reg, v & bits);
    }
}

void insn_read_masks(struct core *c)
{
    c->masks_dirty = false;
    uint32_t control = engine_special(c->engine, ENGINE_CONTROL);
    if (c->control_written) {
        c->control_written = false;
        c->fpca = control & CONTROL_FPCA;
        engine_take_fpca(c);
    }
    if (privileged(c)) {
        keep_bits(c, ENGINE_BASEPRI, 0xf0); /* four bits of priority */
        keep_bits(c, ENGINE_MSP, ~3u);
        keep_bits(c, ENGINE_PSP, ~3u);
        c->primask = engine_special(c->engine, ENGINE_PRIMASK) & 1;
        c->basepri = engine_special(c->engine, ENGINE_BASEPRI) & 0xf0;
        c->faultmask = engine_special(c->engine, ENGINE_FAULTMASK) & 1;
    }
    if ((control ^ c->control) & CONTROL_NPRIV) {
        c->pages_dirty = true; /* pages must now serve both privileges, or one again */
    }
    c->control = c->ipsr ? control & CONTROL_NPRIV : control & (CONTROL_NPRIV | CONTROL_SPSEL);
    memory_fetch_flush(c); /* privilege may have changed what can be fetched */
}

static void masks_change(struct core *c)
{
    if (privileged(c)) { /* becoming unprivileged hides the stack pointers */
        c->msp = core_msp(c);
        c->psp = core_psp(c);
    }
    c->masks_dirty = true;
    core_look(c);
}

static void send_event(struct core *c)
{
    c->event = true;
    machine_sev(c->m, c->id);
}

enum { SYSM_CONTROL = 20 };

static void misc(struct core *c, uint32_t pc, uint16_t op)
{
    uint16_t second = insn_halfword(c, pc + 2);

    if ((op & 0xfff0) == 0xf380 && (second & 0xd000) == 0x8000) { /* MSR */
        c->control_written = c->control_written || (second & 0xff) == SYSM_CONTROL;
        masks_change(c);
    } else if (op == 0xf3ef && (second & 0xff) == SYSM_CONTROL && !automatic_state(c) &&
               !c->it_now) {
        skip(c, second >> 8 & 0xf, c->control | insn_fpca(c)); /* MRS */
    } else if (op == 0xf3af && second == 0x8004) {
        send_event(c);
    } else if (op == 0xf3bf && (second & 0xfff0) == 0x8f20) {
        c->monitor = false; /* CLREX */
    }
}

static void divide(struct core *c, uint32_t pc)
{
    if (!(c->ccr & CCR_DIV_0_TRP)) {
        return;
    }
    uint16_t second = insn_halfword(c, pc + 2);
    if ((second & 0xf0f0) == 0xf0f0 && engine_reg(c->engine, second & 0xf) == 0) {
        fault(c, DIVBYZERO);
    }
}

/* LDRT, STRT and their narrow forms: what a privileged program may do is checked as if it were not.
 * The engine's own access is checked again, as any other. */
static void unprivileged_access(struct core *c, uint32_t pc, uint16_t op)
{
    bool load = op & 0x10;
    unsigned rn = op & 0xf;

    if (!privileged(c)) {
        return;
    }
    uint16_t second = insn_halfword(c, pc + 2);
    if ((second & 0xf00) != 0xe00 || rn == 15) {
        return;
    }
    uint32_t addr = engine_reg(c->engine, rn) + (second & 0xff);
    bool private = addr - PPB_BASE < PPB_SIZE;
    if (private || !mpu_allows(c, addr, load ? MPU_READ : MPU_WRITE, false)) {
        fault(c, private ? PRECISERR | BFARVALID : DACCVIOL | MMARVALID);
        c->fault.addr = addr;
    }
}

void insn_special(struct core *c, uint32_t pc, uint16_t op)
{
    switch (classify(op)) {
    case IT:
        c->it_next = (uint8_t)op;
        c->it_pc = pc + 2;
        break;
    case SEV:
        send_event(c);
        break;
    case CPS:
        masks_change(c);
        break;
    case MISC:
        misc(c, pc, op);
        break;
    case LDM:
        must_be_aligned(c, (op & 0xf000) == 0xc000 ? op >> 8 & 7u : op & 0xfu, 3);
        break;
    case DUAL:
        dual(c, pc, op);
        break;
    case COPROC:
        coprocessor(c, pc, op);
        break;
    case DIVIDE:
        divide(c, pc);
        break;
    case UNPRIVILEGED:
        unprivileged_access(c, pc, op);
        break;
    default:
        break;
    }
}
