/* SPDX-License-Identifier: MIT */
/* The system control block, 0xE000ED00: identification, masks of faults, vectors, sleep. */
#include "chip/stm32h7/regs.h"
#include "emu/cpu/scs.h"

/* RM0399 and the core headers; ID registers of the feature set from the cores' manuals. */
const struct scs_identity scs_identities[CORES] = {
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
#define AIRCR_KEY 0x05fau

static uint32_t read_icsr(const struct core *c)
{
    uint32_t v = c->ipsr & 0x1ff;
    unsigned active = 0, best = exc_visible(c);

    for (unsigned w = 0; w < EXC_WORDS; w++) {
        active += (unsigned)__builtin_popcount(c->act[w]);
    }
    if (active <= 1 && c->ipsr) {
        v |= 1u << 11; /* RETTOBASE */
    }
    v |= best << 12;
    for (unsigned n = EXC_IRQ0; n < EXCEPTIONS; n++) {
        if (bit_get(c->pend, n)) {
            v |= 1u << 22;
        }
    }
    v |= (uint32_t)bit_get(c->pend, EXC_SYSTICK) << 26;
    v |= (uint32_t)bit_get(c->pend, EXC_PENDSV) << 28;
    return v | (uint32_t)bit_get(c->pend, EXC_NMI) << 31;
}

static void write_icsr(struct core *c, uint32_t v)
{
    if (v & 1u << 31) {
        exc_pend(c, EXC_NMI);
    }
    if (v & 1u << 28) {
        exc_pend(c, EXC_PENDSV);
    } else if (v & 1u << 27) {
        bit_clear(c->pend, EXC_PENDSV);
    }
    if (v & 1u << 26) {
        exc_pend(c, EXC_SYSTICK);
    } else if (v & 1u << 25) {
        bit_clear(c->pend, EXC_SYSTICK);
    }
}

/* VECTRESET and VECTCLRACTIVE are for debuggers; software must write 0, so nothing happens. */
static void write_aircr(struct core *c, uint32_t v)
{
    if (v >> 16 != AIRCR_KEY) {
        return;
    }
    c->prigroup = v >> 8 & 7;
    if (v & 4) {
        machine_reset(c->m, c->id == CM7 ? RESET_SOFT_CM7 : RESET_SOFT_CM4);
    }
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

    for (unsigned i = 0; i < sizeof(shcsr_bits) / sizeof(shcsr_bits[0]); i++) {
        if (bit_get(shcsr_bits[i].pended ? c->pend : c->act, shcsr_bits[i].exception)) {
            v |= 1u << shcsr_bits[i].bit;
        }
    }
    return v;
}

static void write_shcsr(struct core *c, uint32_t v)
{
    c->shcsr_ena = v & 7u << 16;
    for (unsigned n = EXC_MEMMANAGE; n <= EXC_USAGEFAULT; n++) {
        if (v >> (16 + n - EXC_MEMMANAGE) & 1) {
            bit_set(c->en, n);
        } else {
            bit_clear(c->en, n);
        }
    }
    for (unsigned i = 0; i < sizeof(shcsr_bits) / sizeof(shcsr_bits[0]); i++) {
        uint32_t *map = shcsr_bits[i].pended ? c->pend : c->act;
        if (v >> shcsr_bits[i].bit & 1) {
            bit_set(map, shcsr_bits[i].exception);
        } else {
            bit_clear(map, shcsr_bits[i].exception);
        }
    }
}

static void note_caches(struct core *c)
{
    if (c->dcache || c->cache_noted || !(c->ccr & CCR_DC)) {
        return;
    }
    c->cache_noted = true;
    machine_note(
        c->m, N_CPU_DCACHE, ADDR(SCS, CCR),
        "the M7's D-cache was switched on: the model keeps memory coherent, so missing cache "
        "maintenance towards the M4 does not show (--dcache models it)");
}

static void write_ccr(struct core *c, uint32_t v)
{
    uint32_t mask =
        CCR_NONBASETHRDENA | CCR_USERSETMPEND | CCR_UNALIGN_TRP | CCR_DIV_0_TRP | CCR_BFHFNMIGN;
    uint32_t old = c->ccr;

    if (c->id == CM7) {
        c->ccr = (v & (mask | CCR_DC | CCR_IC)) | CCR_BP | CCR_STKALIGN; /* both read as one */
    } else {
        c->ccr = v & (mask | CCR_STKALIGN);
    }
    if ((old ^ c->ccr) & CCR_UNALIGN_TRP) {
        c->pages_dirty = true;
    }
    dcache_switch(c);
    note_caches(c);
}

uint32_t scb_read_priority(const struct core *c, uint32_t off, unsigned size)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < size; i++) {
        v |= (uint32_t)c->prio[4 + off - 0x18 + i] << 8 * i;
    }
    return v;
}

void scb_write_priority(struct core *c, uint32_t off, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned n = 4 + off - 0x18 + i; /* byte n of SHPR belongs to exception n */
        if (n <= 6 || n == 11 || n == 12 || n >= 14) {
            c->prio[n] = (uint8_t)(value >> 8 * i & 0xf0);
        }
    }
}

/* ---- SCB, offsets from 0xE000ED00 ---- */

static uint32_t read_id(const struct core *c, uint32_t off)
{
    const struct scs_identity *id = &scs_identities[c->id];
    unsigned i = (off - 0x40) / 4; /* PFR0 PFR1 DFR0 AFR0 MMFR0..3 ISAR0..4 */

    if (i < 4) {
        return id->pfr[i];
    }
    if (i < 8) {
        return id->mmfr[i - 4];
    }
    return i < 13 ? id->isar[i - 8] : 0;
}

static uint32_t read_cache_id(const struct core *c, uint32_t off)
{
    if (c->id != CM7) {
        return 0;
    }
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

uint32_t scb_read(const struct core *c, uint32_t off)
{
    switch (off) {
    case 0x00:
        return scs_identities[c->id].cpuid;
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
    if (v & 1u << 16) {
        scs_feature(c, ADDR(SCS, DEMCR), N_CPU_DEBUGMON,
                    "the DebugMonitor exception (DEMCR.MON_EN)");
    }
}

void scb_write(struct core *c, uint32_t off, uint32_t v)
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
