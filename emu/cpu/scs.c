/* SPDX-License-Identifier: MIT */
/*
 * The private peripheral bus at 0xE0000000: system control space, debug blocks. Each core has its
 * own. NVIC, SysTick and MPU registers have files of their own.
 */
#include "emu/cpu/scs.h"
#include "chip/stm32h7/memory.h"

#include <string.h>

#define ITM MEM_PPB_BASE
#define DWT (MEM_PPB_BASE + 0x1000u)
#define FPB 0xe0002000u
#define SCS (MEM_PPB_BASE + 0xe000u)

#define ICTR 4u /* 160 lines in words of 32 */

/* ---- reset ---- */

static void reset_debug(struct core *c)
{
    c->demcr = 0;
    c->dwt_ctrl = 0;
    c->itm_tcr = c->itm_ter = c->itm_tpr = 0;
    c->dfsr = 0;
    itm_listen(c);
}

void scs_reset(struct core *c, bool power_on)
{
    const struct scs_identity *id = &scs_identities[c->id];

    c->prigroup = c->scr = c->cfsr = c->hfsr = c->afsr = c->cpacr = c->actlr = 0;
    c->mmfar = c->bfar = 0;
    c->ccr = id->ccr_reset;
    c->shcsr_ena = 0;
    c->fpccr = FPCCR_ASPEN | FPCCR_LSPEN;
    c->fpcar = c->fpdscr = c->csselr = 0;
    c->itcmcr = c->dtcmcr =
        1; /* TCMs enabled at reset on this part, or it could not boot from ITCM */
    c->ahbpcr = 1;
    c->cacr = 0;
    c->ahbscr = 0x800;
    c->abfsr = 0;
    c->mpu_ctrl = c->mpu_rnr = 0;
    memset(c->mpu_rbar, 0, sizeof(c->mpu_rbar));
    memset(c->mpu_rasr, 0, sizeof(c->mpu_rasr));
    if (power_on) { /* the debug block is reset by power-on only */
        reset_debug(c);
    }
    for (unsigned n = 2; n < 16;
         n++) { /* always enabled: NMI, HardFault, SVCall, PendSV, SysTick */
        if (n <= EXC_HARDFAULT || n == EXC_SVCALL || n >= EXC_PENDSV) {
            bit_set(c->en, n);
        }
    }
}

void scs_feature(struct core *c, uint32_t addr, enum note_id id, const char *what)
{
    machine_note(c->m, id, addr,
                 "%s switched on %s, which the emulator does not model: do not trust this run",
                 c->id == CM7 ? "CM7" : "CM4", what);
}

static bool is_mpu(uint32_t off)
{
    return off >= 0x90 && off < 0xbc;
}

/* ---- 0xE000EF00: STIR, FPU, caches, TCM control ---- */

static uint32_t *m7_control(struct core *c, uint32_t off)
{
    if (c->id != CM7) {
        return NULL;
    }
    switch (off) {
    case 0x90:
        return &c->itcmcr;
    case 0x94:
        return &c->dtcmcr;
    case 0x98:
        return &c->ahbpcr;
    case 0x9c:
        return &c->cacr;
    case 0xa0:
        return &c->ahbscr;
    case 0xa8:
        return &c->abfsr;
    default:
        return NULL;
    }
}

#define TCM_SZ_64K  (7u << 3) /* ITCMCR.SZ */
#define TCM_SZ_128K (8u << 3)

static uint32_t read_ef(struct core *c, uint32_t off)
{
    const uint32_t *reg = m7_control(c, off);

    if (reg) {
        return *reg | (off == 0x90 ? TCM_SZ_64K : off == 0x94 ? TCM_SZ_128K : 0);
    }
    switch (off) {
    case 0x34:
        return c->fpccr;
    case 0x38:
        return c->fpcar;
    case 0x3c:
        return c->fpdscr;
    case 0x40:
    case 0x44:
    case 0x48:
        return scs_identities[c->id].mvfr[(off - 0x40) / 4];
    default:
        return 0; /* STIR and the maintenance operations are write only */
    }
}

static void write_m7_control(struct core *c, uint32_t off, uint32_t *reg, uint32_t v)
{
    if (off == 0xa8) {
        *reg = 0; /* ABFSR: any write clears */
    } else if (off <= 0x94) {
        *reg = v & 7;
    } else {
        *reg = v;
    }
    if ((off == 0x90 || off == 0x94) && !(v & 1)) {
        scs_feature(c, SCS + 0xf00 + off, N_CPU_TCM_OFF, "a TCM off (ITCMCR/DTCMCR.EN = 0)");
    }
}

/* Software interrupt; ICIALLU and ICIMVAU make the engine fetch again, as patched code needs. */
static void write_ef(struct core *c, uint32_t off, uint32_t v)
{
    uint32_t *reg = m7_control(c, off);

    if (reg) {
        write_m7_control(c, off, reg, v);
        return;
    }
    switch (off) {
    case 0x00:
        if ((v & 0x1ff) < IRQS) {
            exc_pend(c, EXC_IRQ0 + (v & 0x1ff));
        }
        break;
    case 0x34:
        insn_set_fpccr(c, v & (FPCCR_ASPEN | FPCCR_LSPEN | 0x17b));
        break;
    case 0x38:
        c->fpcar = v & ~7u;
        break;
    case 0x3c:
        c->fpdscr = v & FPDSCR_BITS;
        insn_fp_watch(c);
        break;
    default:
        break; /* cache maintenance: memory is coherent */
    }
}

/* ---- debug blocks ---- */

static uint32_t read_dwt(struct core *c, uint32_t off)
{
    switch (off) {
    case 0x00:
        return 4u << 28 | c->dwt_ctrl; /* four comparators */
    case 0x04:
        return cyccnt_read(c);
    default:
        return 0;
    }
}

static void write_dwt(struct core *c, uint32_t off, uint32_t v)
{
    if (off == 0x04) {
        cyccnt_write(c, v);
    } else if (off == 0x00) {
        c->dwt_ctrl = v & 0x007fffffu;
        cyccnt_enable(c, c->demcr & 1u << 24 && v & 1);
    } else if (off >= 0x20 && (off & 0xf) == 8 && v & 0xf) {
        scs_feature(c, DWT + off, N_CPU_DWT_COMPARATOR, "a DWT comparator");
    }
}

static uint32_t *itm_register(struct core *c, uint32_t off)
{
    return off == 0xe00   ? &c->itm_ter
           : off == 0xe40 ? &c->itm_tpr
           : off == 0xe80 ? &c->itm_tcr
                          : NULL;
}

/* A stimulus port that is ready reads 1; what is written goes to no trace port here. */
static uint32_t read_itm(struct core *c, uint32_t off)
{
    const uint32_t *reg = itm_register(c, off);

    if (reg) {
        return *reg;
    }
    return off < 0x80 ? 1 : 0;
}

/* ---- dispatch ---- */

static uint32_t read_word(struct core *c, uint32_t addr, bool peek)
{
    uint32_t off = addr & 0xfff, v = 0;

    switch (addr & ~0xfffu) {
    case ITM:
        return read_itm(c, off);
    case DWT:
        return read_dwt(c, off);
    case FPB:
        return off == 0 ? (c->id == CM7 ? 0x10000080u : 0x260u) : 0; /* 8 or 6 comparators, off */
    case SCS:
        break;
    default:
        return 0;
    }
    if (off == 0x04) {
        return ICTR;
    }
    if (off == 0x08) {
        return c->actlr;
    }
    if (off >= 0x10 && off < 0x20) {
        return systick_read(c, off - 0x10, peek);
    }
    if (off >= 0xd00 && off < 0xe00) {
        return is_mpu(off - 0xd00) && mpu_read_reg(c, off - 0xd00, &v) ? v
                                                                       : scb_read(c, off - 0xd00);
    }
    if (off >= 0xf00) {
        return read_ef(c, off - 0xf00);
    }
    return 0;
}

static void write_word(struct core *c, uint32_t addr, uint32_t v)
{
    uint32_t off = addr & 0xfff;
    uint32_t *itm;

    switch (addr & ~0xfffu) {
    case ITM:
        itm = itm_register(c, off);
        if (itm) {
            *itm = v;
        }
        return;
    case DWT:
        write_dwt(c, off, v);
        return;
    case FPB:
        if (off == 0 && (v & 3) == 3) {
            scs_feature(c, addr, N_CPU_FPB, "the flash patch unit");
        }
        return;
    case SCS:
        break;
    default:
        return;
    }
    if (off == 0x08) {
        c->actlr = v;
    } else if (off >= 0x10 && off < 0x20) {
        systick_write(c, off - 0x10, v);
    } else if (off >= 0xd00 && off < 0xe00 && is_mpu(off - 0xd00)) {
        mpu_write_reg(c, off - 0xd00, v);
    } else if (off >= 0xd00 && off < 0xe00) {
        scb_write(c, off - 0xd00, v);
    } else if (off >= 0xf00) {
        write_ef(c, off - 0xf00, v);
    }
}

/* SHPR, CFSR and its parts, and IPR take bytes and halfwords; the rest of the SCS words only.
 * Narrow accesses to the debug blocks (ITM ports) are fine. */
static bool narrow_allowed(uint32_t addr)
{
    uint32_t off = addr - SCS;

    return off >= 0x1000 || (off >= 0xd18 && off < 0xd24) || (off >= 0xd28 && off < 0xd2c);
}

static bool unprivileged_allowed(const struct core *c, uint32_t addr, bool write)
{
    return privileged(c) || (addr == SCS + 0xf00 && write && c->ccr & CCR_USERSETMPEND);
}

enum access scs_read(struct core *c, uint32_t addr, unsigned size, uint32_t *value, bool peek)
{
    uint32_t off = addr - SCS;

    if (!peek && !unprivileged_allowed(c, addr, false)) {
        return ACCESS_BUS;
    }
    if (off >= 0x100 && off < 0x4f0) {
        if (!nvic_read(c, off - 0x100, size, value)) {
            return ACCESS_BUS;
        }
    } else if (off >= 0xd18 && off < 0xd24) {
        *value = scb_read_priority(c, off - 0xd00, size);
    } else if (size == 4) {
        *value = read_word(c, addr, peek);
    } else if (narrow_allowed(addr)) {
        *value = read_word(c, addr & ~3u, peek) >> 8 * (addr & 3);
    } else {
        return ACCESS_BUS;
    }
    if (!peek) {
        core_tell(c, on_ppb, addr, *value, false);
    }
    return ACCESS_OK;
}

enum access scs_write(struct core *c, uint32_t addr, unsigned size, uint32_t value)
{
    uint32_t off = addr - SCS;

    if (!unprivileged_allowed(c, addr, true)) {
        return ACCESS_BUS;
    }
    core_tell(c, on_ppb, addr, value, true);
    if (size < 4) {
        value &= (1u << 8 * size) - 1;
    }
    if (addr - ITM < 0x80) {
        itm_stimulus(c, addr - ITM, size, value);
    } else if (off >= 0x100 && off < 0x4f0) {
        if (!nvic_write(c, off - 0x100, size, value)) {
            return ACCESS_BUS;
        }
    } else if (off >= 0xd18 && off < 0xd24) {
        scb_write_priority(c, off - 0xd00, size, value);
    } else if (size == 4) {
        write_word(c, addr, value);
        dcache_register(c, addr, value);
    } else if (narrow_allowed(addr)) {
        if (off < 0x1000) { /* CFSR: write one to clear, so the other bytes get zeros */
            write_word(c, addr & ~3u, value << 8 * (addr & 3));
        }
    } else {
        return ACCESS_BUS;
    }
    core_look(c);
    return ACCESS_OK;
}

bool core_ppb_peek(const struct core *c, uint32_t addr, uint32_t *value)
{
    if (addr - PPB_BASE >= PPB_SIZE || addr & 3) {
        return false;
    }
    return scs_read((struct core *)c, addr, 4, value, true) == ACCESS_OK;
}

bool core_ppb_poke(struct core *c, uint32_t addr, uint32_t value)
{
    if (addr - PPB_BASE >= PPB_SIZE || addr & 3) {
        return false;
    }
    unsigned ipsr = c->ipsr;
    c->ipsr = ipsr ? ipsr : EXC_NMI; /* the debugger is privileged */
    enum access a = scs_write(c, addr, 4, value);
    c->ipsr = ipsr;
    return a == ACCESS_OK;
}
