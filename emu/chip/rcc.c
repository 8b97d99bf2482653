/* SPDX-License-Identifier: MIT */
/* RCC: registers, reset flags, backup domain control (RM0399, reset and clock control). */
#include "emu/chip/rcc.h"
#include "chip/stm32h7/regs.h"

#include <assert.h>
#include <string.h>

/* ---- reset flags ---- */

enum {
    RSR_C1RSTF = BIT(17),
    RSR_D1RSTF = BIT(19),
    RSR_D2RSTF = BIT(20),
    RSR_C2RSTF = BIT(18),
    RSR_BORRSTF = RCC_RSR_BORRSTF,
    RSR_PINRSTF = RCC_RSR_PINRSTF,
    RSR_POWER_ON = 0x00FE0000, /* everything from C1RSTF to PORRSTF */
};

void rcc_note_reset(struct rcc *r, enum reset_cause cause)
{
    static const uint32_t flags[] = {
        [RESET_POWER_ON] = 0,
        [RESET_PIN] = 0,
        [RESET_BROWN_OUT] = RSR_BORRSTF,
        [RESET_SOFT_CM7] = BIT(24),
        [RESET_SOFT_CM4] = BIT(25),
        [RESET_IWDG1] = BIT(26),
        [RESET_IWDG2] = BIT(27),
        [RESET_WWDG1] = BIT(28),
        [RESET_WWDG2] = BIT(29),
        [RESET_LOW_POWER1] = BIT(30),
        [RESET_LOW_POWER2] = BIT(31),
        [RESET_STANDBY] = RSR_D1RSTF | RSR_D2RSTF,
    };

    for (unsigned id = 0; id < CORES; id++) {
        uint32_t *rsr = &r->bank[id].rsr;
        if (cause == RESET_POWER_ON) {
            *rsr = RSR_POWER_ON;
        } else {
            *rsr = (*rsr & ~BIT(16)) | flags[cause] | RSR_PINRSTF | RSR_C1RSTF | RSR_C2RSTF;
        }
    }
    r->lsi_forced = false; /* no watchdog survives a system reset */
}

void rcc_note_domain_reset(struct rcc *r, enum core_id id)
{
    for (unsigned i = 0; i < CORES; i++) {
        r->bank[i].rsr |= id == CM7 ? RSR_D1RSTF : RSR_D2RSTF;
    }
}

void rcc_note_core_reset(struct rcc *r, enum core_id id, bool wwdg1)
{
    for (unsigned i = 0; i < CORES; i++) {
        r->bank[i].rsr |= (wwdg1 ? BIT(28) : BIT(29)) | (id == CM7 ? RSR_C1RSTF : RSR_C2RSTF);
    }
}

/* ---- single registers ---- */

static void bdcr_write(struct rcc *r, uint32_t value)
{
    uint32_t *w = rcc_word(r, RCC_BDCR);

    if (r->m->pwr && !pwr_backup_writable(r->m->pwr)) {
        machine_note(r->m, N_RCC_BDCR_LOCKED, RCC_BASE + RCC_BDCR,
                     "RCC_BDCR is written with PWR_CR1.DBP = 0: ignored. Set DBP and read it back "
                     "first");
        return;
    }
    value &= BDCR_LSEON | BIT(2) | 3u << 3 | BIT(5) | BDCR_RTCSEL | BIT(15) | BDCR_BDRST;
    if (value & BDCR_BDRST) {
        value = BDCR_BDRST; /* held in reset */
        if (!(*w & BDCR_BDRST)) {
            for (unsigned i = 0; i < r->backup_resets; i++) {
                r->backup_reset[i].fn(r->backup_reset[i].arg);
            }
        }
    } else if ((*w & BDCR_RTCSEL) && ((*w ^ value) & BDCR_RTCSEL)) {
        machine_note(r->m, N_RCC_RTCSEL, RCC_BASE + RCC_BDCR,
                     "RCC_BDCR.RTCSEL can be set once only; it keeps its value until BDRST");
        value = reg_merge(value, *w, BDCR_RTCSEL);
    }
    if (value & ~*w & BIT(5)) {
        machine_note(r->m, N_RCC_LSECSS, RCC_BASE + RCC_BDCR,
                     "clock security on LSE (LSECSSON) is not modelled: LSE never fails");
    }
    *w = value;
    rcc_osc_set(r, OSC_LSE, value & BDCR_LSEON);
    rcc_recompute(r); /* the RTC's clock */
}

static void csr_write(struct rcc *r, uint32_t value)
{
    *rcc_word(r, RCC_CSR) = value & CSR_LSION;
    rcc_osc_set(r, OSC_LSI, (value & CSR_LSION) || r->lsi_forced);
}

void rcc_force_lsi(struct rcc *r)
{
    r->lsi_forced = true;
    rcc_osc_set(r, OSC_LSI, true);
}

static void gcr_write(struct rcc *r, uint32_t value)
{
    uint32_t *w = rcc_word(r, RCC_GCR);
    uint32_t rising = value & ~*w & 0xF;

    *w |= rising; /* set only; a system reset clears them */
    if (rising & GCR_BOOT_C1) {
        machine_release_core(r->m, CM7);
    }
    if (rising & GCR_BOOT_C2) {
        machine_release_core(r->m, CM4);
    }
}

bool rcc_wwdg_resets_system(const struct rcc *r, enum core_id id)
{
    return r->word[RCC_GCR / 4] & (id == CM7 ? GCR_WW1RSC : GCR_WW2RSC);
}

static void interrupt_write(struct rcc *r, uint32_t off, uint32_t value)
{
    if (off == RCC_CICR) {
        *rcc_word(r, RCC_CIFR) &= ~value;
    } else {
        *rcc_word(r, RCC_CIER) = value & 0x3FF;
    }
    machine_irq(r->m, 5, *rcc_word(r, RCC_CIFR) & *rcc_word(r, RCC_CIER) & 0x3FF);
}

/* ---- dispatch ---- */

/* Registers that keep what is written under this mask and move the clock tree. */
static const struct {
    uint8_t off;
    uint32_t mask;
} plain[] = {
    {RCC_HSICFGR, 0x7F000000}, {RCC_CSICFGR, 0x3F000000}, {RCC_D1CFGR, 0x00000F7F},
    {RCC_D2CFGR, 0x00000770},  {RCC_D3CFGR, 0x00000070},  {CCIP_D1, 0x30010133},
    {CCIP_D2_1, 0xB13771C7},   {CCIP_D2_2, 0x70F0333F},   {CCIP_D3, 0x77E3FF07},
    {RCC_D3AMR, 0x3129DEA9},
};

static bool plain_write(struct rcc *r, uint32_t off, uint32_t value)
{
    for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (plain[i].off != off) {
            continue;
        }
        *rcc_word(r, off) = reg_merge(*rcc_word(r, off), value, plain[i].mask);
        rcc_recompute(r);
        return true;
    }
    return false;
}

static uint32_t read_word(struct rcc *r, enum core_id view, uint32_t off)
{
    uint32_t v;

    if (rcc_bank_read(r, view, off, &v)) {
        return v;
    }
    switch (off) {
    case RCC_CR:
        return rcc_cr_read(r);
    case RCC_CFGR:
        return r->word[RCC_CFGR / 4] | r->sws << 3;
    case RCC_BDCR:
        return r->word[RCC_BDCR / 4] | (r->osc[OSC_LSE].ready ? BDCR_LSERDY : 0);
    case RCC_CSR:
        return r->word[RCC_CSR / 4] | (r->osc[OSC_LSI].ready ? CSR_LSIRDY : 0);
    case RCC_CICR:
        return 0;
    default:
        return off / 4 < RCC_WORDS ? r->word[off / 4] : 0;
    }
}

static void write_word(struct rcc *r, enum core_id view, uint32_t off, uint32_t value)
{
    if (rcc_bank_write(r, view, off, value) || plain_write(r, off, value)) {
        return;
    }
    if (off >= RCC_PLLCKSELR && off <= RCC_PLL3FRACR) {
        rcc_pll_write(r, off, value);
    } else if (off >= RCC_AHB3RSTR && off <= RCC_APB4RSTR) {
        rcc_rstr_write(r, (off - RCC_AHB3RSTR) / 4, value);
    } else if (off == RCC_CR) {
        rcc_cr_write(r, value);
    } else if (off == RCC_CFGR) {
        rcc_cfgr_write(r, value);
    } else if (off == RCC_CIER || off == RCC_CICR) {
        interrupt_write(r, off, value);
    } else if (off == RCC_BDCR) {
        bdcr_write(r, value);
    } else if (off == RCC_CSR) {
        csr_write(r, value);
    } else if (off == RCC_GCR) {
        gcr_write(r, value);
    }
}

static enum bus_status rcc_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    *value = reg_part(read_word(self, a->master, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status rcc_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    uint32_t old = size == 4 ? 0 : read_word(self, a->master, off & ~3u);
    uint32_t word = reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size));

    write_word(self, a->master, off & ~3u, word);
    return BUS_OK;
}

static uint32_t rcc_peek(void *self, enum core_id view, uint32_t off)
{
    return read_word(self, view, off);
}

/* ---- reset ---- */

static void rcc_reset(void *self, bool power_on)
{
    struct rcc *r = self;

    static const struct {
        uint8_t off;
        uint32_t value;
    } resets[] = {
        {RCC_CR, CR_HSION},         {RCC_HSICFGR, 0x40000400},   {RCC_CRRCR, 0x00000200},
        {RCC_CSICFGR, 0x20000080},  {RCC_PLLCKSELR, 0x02020200}, {RCC_PLLCFGR, 0x01FF0000},
        {RCC_PLL1DIVR, 0x01010280}, {RCC_PLL2DIVR, 0x01010280},  {RCC_PLL3DIVR, 0x01010280},
    };
    uint32_t bdcr = power_on ? 0 : *rcc_word(r, RCC_BDCR); /* the backup domain keeps its own */
    memset(r->word, 0, sizeof(r->word));
    for (unsigned i = 0; i < sizeof(resets) / sizeof(resets[0]); i++) {
        *rcc_word(r, resets[i].off) = resets[i].value;
    }
    *rcc_word(r, RCC_BDCR) = bdcr;
    machine_irq(r->m, 5, false);
    rcc_gate_reset(r);
    rcc_clock_reset(r, power_on);
}

static const struct dev_ops ops = {rcc_read, rcc_write, rcc_peek, rcc_reset};

void rcc_on_change(struct rcc *r, void (*fn)(void *arg), void *arg)
{
    assert(r->listeners < RCC_LISTENERS);
    r->listener[r->listeners].fn = fn;
    r->listener[r->listeners++].arg = arg;
}

void rcc_on_backup_reset(struct rcc *r, void (*fn)(void *arg), void *arg)
{
    assert(r->backup_resets < sizeof(r->backup_reset) / sizeof(r->backup_reset[0]));
    r->backup_reset[r->backup_resets].fn = fn;
    r->backup_reset[r->backup_resets++].arg = arg;
}

static bool gate_on(void *clocks, int gate)
{
    return rcc_gate_on(clocks, gate);
}

void rcc_new(struct machine *m)
{
    struct rcc *r = machine_alloc(m, sizeof(*r));

    r->m = m;
    m->rcc = r;
    rcc_set_board(r, 8000000, true, true);
    rcc_clock_init(r);
    struct dev d = {.name = "RCC",
                    .base = RCC_BASE,
                    .size = 0x400,
                    .gate = GATE_NONE,
                    .ops = &ops,
                    .steady = bus_steady,
                    .self = r};
    bus_add_dev(&m->bus, &d);
    m->bus.gate_on = gate_on;
    m->bus.clocks = r;
}
