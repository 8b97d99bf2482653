/*
 * The private peripheral bus at 0xE0000000: system control space, debug blocks. Each core has its
 * own. NVIC, SysTick and MPU registers have files of their own.
 */
#include "emu/cpu/internal.h"

#include <string.h>

#define ITM 0xe0000000u
#define DWT 0xe0001000u
#define FPB 0xe0002000u
#define SCS 0xe000e000u

struct identity {
    uint32_t cpuid, mvfr[3], ccr_reset, pfr[4], mmfr[4], isar[5];
};

/* RM0399 and the core headers; ID registers of the feature set from the cores' manuals. */
static const struct identity identities[CORES] = {
    [CM7] = {.cpuid = 0x411fc271,
             .mvfr = {0x10110221, 0x12000011, 0x00000040},
             .ccr_reset = CCR_BP | CCR_STKALIGN,
             .pfr = {0x30, 0x200, 0x00100000, 0},
             .mmfr = {0x00100030, 0, 0x01000000, 0},
             .isar = {0x01101110, 0x02112000, 0x20232231, 0x01111131, 0x01310132}},
    [CM4] = {.cpuid = 0x410fc241,
             .mvfr = {0x10110021, 0x11000011, 0},
             .ccr_reset = CCR_STKALIGN,
             .pfr = {0x30, 0x200, 0x00100000, 0},
             .mmfr = {0x00100030, 0, 0x01000000, 0},
             .isar = {0x01101110, 0x02112000, 0x21232231, 0x01111131, 0x01310132}},
};

#define CLIDR_M7  0x09000003u /* separate L1 caches */
#define CTR_M7    0x8303c003u
#define CCSIDR_D  0xf00fe019u /* 128 sets, 4 ways, 32-byte lines */
#define CCSIDR_I  0xf01fe009u /* 256 sets, 2 ways */
#define ICTR      4u          /* 160 lines in words of 32 */
#define AIRCR_KEY 0x05fau

/* ---- reset ---- */

static void reset_debug(struct core *c)
{
    c->demcr = 0;
    c->dwt_ctrl = 0;
    c->itm_tcr = c->itm_ter = c->itm_tpr = 0;
    c->dfsr = 0;
}

void scs_reset(struct core *c, bool power_on)
{
    const struct identity *id = &identities[c->id];
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
    memset(c->mpu_rbar, 0, sizeof c->mpu_rbar);
    memset(c->mpu_rasr, 0, sizeof c->mpu_rasr);
    if (power_on) /* the debug block is reset by power-on only */
        reset_debug(c);
    for (unsigned n = 2; n < 16; n++) /* always enabled: NMI, HardFault, SVCall, PendSV, SysTick */
        if (n <= EXC_HARDFAULT || n == EXC_SVCALL || n >= EXC_PENDSV)
            bit_set(c->en, n);
}

/* ---- single registers ---- */

static uint32_t read_icsr(const struct core *c)
{
    uint32_t v = c->ipsr & 0x1ff;
    unsigned active = 0, best = exc_visible(c);
    for (unsigned w = 0; w < EXC_WORDS; w++)
        active += (unsigned)__builtin_popcount(c->act[w]);
    if (active <= 1 && c->ipsr)
        v |= 1u << 11; /* RETTOBASE */
    v |= best << 12;
    for (unsigned n = EXC_IRQ0; n < EXCEPTIONS; n++)
        if (bit_get(c->pend, n))
            v |= 1u << 22;
    v |= (uint32_t)bit_get(c->pend, EXC_SYSTICK) << 26;
    v |= (uint32_t)bit_get(c->pend, EXC_PENDSV) << 28;
    return v | (uint32_t)bit_get(c->pend, EXC_NMI) << 31;
}

static void write_icsr(struct core *c, uint32_t v)
{
    if (v & 1u << 31)
        exc_pend(c, EXC_NMI);
    if (v & 1u << 28)
        exc_pend(c, EXC_PENDSV);
    else if (v & 1u << 27)
        bit_clear(c->pend, EXC_PENDSV);
    if (v & 1u << 26)
        exc_pend(c, EXC_SYSTICK);
    else if (v & 1u << 25)
        bit_clear(c->pend, EXC_SYSTICK);
}

/* VECTRESET and VECTCLRACTIVE are for debuggers; software must write 0, so nothing happens. */
static void write_aircr(struct core *c, uint32_t v)
{
    if (v >> 16 != AIRCR_KEY)
        return;
    c->prigroup = v >> 8 & 7;
    if (v & 4)
        machine_reset(c->m, c->id == CM7 ? RESET_SOFT_CM7 : RESET_SOFT_CM4);
}

static const struct {
    uint8_t bit, exception;
    bool pended;
} shcsr_bits[] = {
    {0, EXC_MEMMANAGE, false}, {1, EXC_BUSFAULT, false},   {3, EXC_USAGEFAULT, false},
    {7, EXC_SVCALL, false},    {8, EXC_DEBUGMON, false},   {10, EXC_PENDSV, false},
    {11, EXC_SYSTICK, false},  {12, EXC_USAGEFAULT, true}, {13, EXC_MEMMANAGE, true},
    {14, EXC_BUSFAULT, true},  {15, EXC_SVCALL, true},
};

static uint32_t read_shcsr(const struct core *c)
{
    uint32_t v = c->shcsr_ena;
    for (unsigned i = 0; i < sizeof shcsr_bits / sizeof shcsr_bits[0]; i++)
        if (bit_get(shcsr_bits[i].pended ? c->pend : c->act, shcsr_bits[i].exception))
            v |= 1u << shcsr_bits[i].bit;
    return v;
}

static void write_shcsr(struct core *c, uint32_t v)
{
    c->shcsr_ena = v & 7u << 16;
    for (unsigned n = EXC_MEMMANAGE; n <= EXC_USAGEFAULT; n++)
        if (v >> (16 + n - EXC_MEMMANAGE) & 1)
            bit_set(c->en, n);
        else
            bit_clear(c->en, n);
    for (unsigned i = 0; i < sizeof shcsr_bits / sizeof shcsr_bits[0]; i++) {
        uint32_t *map = shcsr_bits[i].pended ? c->pend : c->act;
        if (v >> shcsr_bits[i].bit & 1)
            bit_set(map, shcsr_bits[i].exception);
        else
            bit_clear(map, shcsr_bits[i].exception);
    }
}

static void note_caches(struct core *c)
{
    if (c->dcache || c->cache_noted || !(c->ccr & CCR_DC))
        return;
    c->cache_noted = true;
    machine_note(
        c->m, NOTE_INFO, 0xe000ed14, "cpu.dcache",
        "the M7's D-cache was switched on: the model keeps memory coherent, so missing cache "
        "maintenance towards the M4 does not show (--dcache models it)");
}

static void write_ccr(struct core *c, uint32_t v)
{
    uint32_t mask =
        CCR_NONBASETHRDENA | CCR_USERSETMPEND | CCR_UNALIGN_TRP | CCR_DIV_0_TRP | CCR_BFHFNMIGN;
    uint32_t old = c->ccr;
    if (c->id == CM7)
        c->ccr = (v & (mask | CCR_DC | CCR_IC)) | CCR_BP | CCR_STKALIGN; /* both read as one */
    else
        c->ccr = v & (mask | CCR_STKALIGN);
    if ((old ^ c->ccr) & CCR_UNALIGN_TRP)
        c->pages_dirty = true;
    dcache_switch(c);
    note_caches(c);
}

static uint32_t read_shpr(const struct core *c, uint32_t off, unsigned size)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < size; i++)
        v |= (uint32_t)c->prio[4 + off - 0x18 + i] << 8 * i;
    return v;
}

static void write_shpr(struct core *c, uint32_t off, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned n = 4 + off - 0x18 + i; /* byte n of SHPR belongs to exception n */
        if (n <= 6 || n == 11 || n == 12 || n >= 14)
            c->prio[n] = (uint8_t)(value >> 8 * i & 0xf0);
    }
}

static void feature(struct core *c, uint32_t addr, const char *id, const char *what)
{
    machine_note(c->m, NOTE_FEATURE, addr, id,
                 "%s switched on %s, which the emulator does not model: do not trust this run",
                 c->id == CM7 ? "CM7" : "CM4", what);
}

/* ---- SCB, offsets from 0xE000ED00 ---- */

static uint32_t read_id(const struct core *c, uint32_t off)
{
    const struct identity *id = &identities[c->id];
    unsigned i = (off - 0x40) / 4; /* PFR0 PFR1 DFR0 AFR0 MMFR0..3 ISAR0..4 */
    if (i < 4)
        return id->pfr[i];
    if (i < 8)
        return id->mmfr[i - 4];
    return i < 13 ? id->isar[i - 8] : 0;
}

static uint32_t read_cache_id(const struct core *c, uint32_t off)
{
    if (c->id != CM7)
        return 0;
    switch (off) {
    case 0x78:
        return CLIDR_M7;
    case 0x7c:
        return CTR_M7;
    case 0x80:
        return c->csselr & 1 ? CCSIDR_I : CCSIDR_D;
    default:
        return c->csselr;
    }
}

static uint32_t read_scb(const struct core *c, uint32_t off)
{
    switch (off) {
    case 0x00:
        return identities[c->id].cpuid;
    case 0x04:
        return read_icsr(c);
    case 0x08:
        return c->vtor;
    case 0x0c:
        return 0xfa050000u | c->prigroup << 8;
    case 0x10:
        return c->scr;
    case 0x14:
        return c->ccr;
    case 0x24:
        return read_shcsr(c);
    case 0x28:
        return c->cfsr;
    case 0x2c:
        return c->hfsr;
    case 0x30:
        return c->dfsr;
    case 0x34:
        return c->mmfar;
    case 0x38:
        return c->bfar;
    case 0x3c:
        return c->afsr;
    case 0x78:
    case 0x7c:
    case 0x80:
    case 0x84:
        return read_cache_id(c, off);
    case 0x88:
        return c->cpacr;
    case 0xfc:
        return c->demcr;
    default:
        return off >= 0x40 && off < 0x74 ? read_id(c, off) : 0;
    }
}

static void write_cpacr(struct core *c, uint32_t v)
{
    c->cpacr = v & 0x00f00000;
    insn_fp_watch(c);
}

static void write_demcr(struct core *c, uint32_t v)
{
    c->demcr = v & 0x010f07f1u;
    cyccnt_enable(c, c->demcr & 1u << 24 && c->dwt_ctrl & 1);
    if (v & 1u << 16)
        feature(c, 0xe000edfc, "cpu.debugmon", "the DebugMonitor exception (DEMCR.MON_EN)");
}

static void write_scb(struct core *c, uint32_t off, uint32_t v)
{
    switch (off) {
    case 0x04:
        write_icsr(c, v);
        break;
    case 0x08:
        c->vtor = v & 0xffffff80u; /* [8:7] by the core header; the manuals say [8:0] read 0 */
        break;
    case 0x0c:
        write_aircr(c, v);
        break;
    case 0x10:
        c->scr = v & (SCR_SLEEPONEXIT | SCR_SLEEPDEEP | SCR_SEVONPEND);
        break;
    case 0x14:
        write_ccr(c, v);
        break;
    case 0x24:
        write_shcsr(c, v);
        break;
    case 0x28:
        c->cfsr &= ~v;
        break;
    case 0x2c:
        c->hfsr &= ~v;
        break;
    case 0x30:
        c->dfsr &= ~v;
        break;
    case 0x34:
        c->mmfar = v;
        break;
    case 0x38:
        c->bfar = v;
        break;
    case 0x84:
        c->csselr = c->id == CM7 ? v & 0xf : 0;
        break;
    case 0x88:
        write_cpacr(c, v);
        break;
    case 0xfc:
        write_demcr(c, v);
        break;
    default:
        break;
    }
}

static bool is_mpu(uint32_t off)
{
    return off >= 0x90 && off < 0xbc;
}

/* ---- 0xE000EF00: STIR, FPU, caches, TCM control ---- */

static uint32_t *m7_control(struct core *c, uint32_t off)
{
    if (c->id != CM7)
        return NULL;
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
    if (reg)
        return *reg | (off == 0x90 ? TCM_SZ_64K : off == 0x94 ? TCM_SZ_128K : 0);
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
        return identities[c->id].mvfr[(off - 0x40) / 4];
    default:
        return 0; /* STIR and the maintenance operations are write only */
    }
}

static void write_m7_control(struct core *c, uint32_t off, uint32_t *reg, uint32_t v)
{
    if (off == 0xa8)
        *reg = 0; /* ABFSR: any write clears */
    else if (off <= 0x94)
        *reg = v & 7;
    else
        *reg = v;
    if ((off == 0x90 || off == 0x94) && !(v & 1))
        feature(c, SCS + 0xf00 + off, "cpu.tcm-off", "a TCM off (ITCMCR/DTCMCR.EN = 0)");
}

/* Software interrupt; ICIALLU and ICIMVAU make the engine fetch anew, as patched code needs. */
static void write_ef(struct core *c, uint32_t off, uint32_t v)
{
    uint32_t *reg = m7_control(c, off);
    if (reg) {
        write_m7_control(c, off, reg, v);
        return;
    }
    switch (off) {
    case 0x00:
        if ((v & 0x1ff) < IRQS)
            exc_pend(c, EXC_IRQ0 + (v & 0x1ff));
        break;
    case 0x34:
        c->fpccr = v & (FPCCR_ASPEN | FPCCR_LSPEN | 0x17b);
        insn_fp_watch(c);
        break;
    case 0x38:
        c->fpcar = v & ~7u;
        break;
    case 0x3c:
        c->fpdscr = v & 0x07c00000;
        if (c->fpdscr)
            feature(c, SCS + 0xf3c, "cpu.fpdscr", "other FP defaults (FPDSCR)");
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
        feature(c, DWT + off, "cpu.dwt-comparator", "a DWT comparator");
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
    if (reg)
        return *reg;
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
    if (off == 0x04)
        return ICTR;
    if (off == 0x08)
        return c->actlr;
    if (off >= 0x10 && off < 0x20)
        return systick_read(c, off - 0x10, peek);
    if (off >= 0xd00 && off < 0xe00)
        return is_mpu(off - 0xd00) && mpu_read_reg(c, off - 0xd00, &v) ? v
                                                                       : read_scb(c, off - 0xd00);
    if (off >= 0xf00)
        return read_ef(c, off - 0xf00);
    return 0;
}

static void write_word(struct core *c, uint32_t addr, uint32_t v)
{
    uint32_t off = addr & 0xfff;
    uint32_t *itm;
    switch (addr & ~0xfffu) {
    case ITM:
        itm = itm_register(c, off);
        if (itm)
            *itm = v;
        return;
    case DWT:
        write_dwt(c, off, v);
        return;
    case FPB:
        if (off == 0 && (v & 3) == 3)
            feature(c, addr, "cpu.fpb", "the flash patch unit");
        return;
    case SCS:
        break;
    default:
        return;
    }
    if (off == 0x08)
        c->actlr = v;
    else if (off >= 0x10 && off < 0x20)
        systick_write(c, off - 0x10, v);
    else if (off >= 0xd00 && off < 0xe00 && is_mpu(off - 0xd00))
        mpu_write_reg(c, off - 0xd00, v);
    else if (off >= 0xd00 && off < 0xe00)
        write_scb(c, off - 0xd00, v);
    else if (off >= 0xf00)
        write_ef(c, off - 0xf00, v);
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
    if (!peek && !unprivileged_allowed(c, addr, false))
        return ACCESS_BUS;
    if (off >= 0x100 && off < 0x4f0) {
        if (!nvic_read(c, off - 0x100, size, value))
            return ACCESS_BUS;
    } else if (off >= 0xd18 && off < 0xd24) {
        *value = read_shpr(c, off - 0xd00, size);
    } else if (size == 4) {
        *value = read_word(c, addr, peek);
    } else if (narrow_allowed(addr)) {
        *value = read_word(c, addr & ~3u, peek) >> 8 * (addr & 3);
    } else {
        return ACCESS_BUS;
    }
    if (c->nobs && !peek)
        debug_ppb(c, addr, *value, false);
    return ACCESS_OK;
}

enum access scs_write(struct core *c, uint32_t addr, unsigned size, uint32_t value)
{
    uint32_t off = addr - SCS;
    if (!unprivileged_allowed(c, addr, true))
        return ACCESS_BUS;
    if (c->nobs)
        debug_ppb(c, addr, value, true);
    if (size < 4)
        value &= (1u << 8 * size) - 1;
    if (off >= 0x100 && off < 0x4f0) {
        if (!nvic_write(c, off - 0x100, size, value))
            return ACCESS_BUS;
    } else if (off >= 0xd18 && off < 0xd24) {
        write_shpr(c, off - 0xd00, size, value);
    } else if (size == 4) {
        write_word(c, addr, value);
        dcache_register(c, addr, value);
    } else if (narrow_allowed(addr)) {
        if (off < 0x1000) /* CFSR: write one to clear, so the other bytes get zeros */
            write_word(c, addr & ~3u, value << 8 * (addr & 3));
    } else {
        return ACCESS_BUS;
    }
    core_look(c);
    return ACCESS_OK;
}

bool core_ppb_peek(const struct core *c, uint32_t addr, uint32_t *value)
{
    if (addr - PPB_BASE >= PPB_SIZE || addr & 3)
        return false;
    return scs_read((struct core *)c, addr, 4, value, true) == ACCESS_OK;
}

bool core_ppb_poke(struct core *c, uint32_t addr, uint32_t value)
{
    if (addr - PPB_BASE >= PPB_SIZE || addr & 3)
        return false;
    unsigned ipsr = c->ipsr;
    c->ipsr = ipsr ? ipsr : EXC_NMI; /* the debugger is privileged */
    enum access a = scs_write(c, addr, 4, value);
    c->ipsr = ipsr;
    return a == ACCESS_OK;
}
