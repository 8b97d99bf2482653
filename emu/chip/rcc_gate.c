/* SPDX-License-Identifier: MIT */
/*
 * Enables of each core, the bus clocks that follow from them, domain clocks and system Stop
 * (RM0399, RCC peripheral allocation; PWR operating modes).
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/rcc.h"

/* Bits that exist in xENR of CPU1, in xENR of CPU2, in xLPENR and in xRSTR. */
static const struct {
    uint32_t enr[CORES], lpenr, rstr;
} bits[G_REGS] = {
    [G_AHB3] = {{0x00015031, 0xF0015131}, 0xF0015131, 0x00015031},
    [G_AHB1] = {{0x1E03C023, 0x1E03C023}, 0x1E03C023, 0x0A00C023},
    [G_AHB2] = {{0xE0000271, 0x00000271}, 0xE0000271, 0x00000271},
    [G_AHB4] = {{0x132807FF, 0x132807FF}, 0x312807FF, 0x032807FF},
    [G_APB3] = {{0x00000058, 0x00000018}, 0x00000058, 0x00000018},
    [G_APB1L] = {{0xE8FFC3FF, 0xE8FFCBFF}, 0xE8FFCBFF, 0xE8FFC3FF},
    [G_APB1H] = {{0x00000136, 0x00000136}, 0x00000136, 0x00000136},
    [G_APB2] = {{0x31D73033, 0x31D73033}, 0x31D73033, 0x31D73033},
    [G_APB4] = {{0x0021DEAA, 0x0021DEAA}, 0x0021DEAA, 0x0020DEAA},
};

/* Enables that are set after a reset: RTCAPBEN (a real chip and RM0399; the vendor's SVD file has
 * 0). So the backup registers can be used without any enable. */
static const uint32_t enr_reset[G_REGS] = {[G_APB4] = BIT(16)};

/* A window watchdog's clock, once on, stays on until reset. */
static const uint32_t set_only[G_REGS] = {[G_APB3] = BIT(6), [G_APB1L] = BIT(11)};

/* D3AMR: peripherals of D3 that may run on in autonomous mode, by their bus. */
static const uint32_t autonomous[G_REGS] = {
    [G_AHB4] = BIT(19) | BIT(24) | BIT(28), [G_APB4] = 0x0021DEA8};

static enum core_power power_of(const struct rcc *r, enum core_id id)
{
    const struct core *c = r->m->core[id];

    if (!c) {
        return POWER_RUN;
    }
    return core_held(c) ? POWER_DEEPSLEEP : core_power(c);
}

/* ---- bus clocks ---- */

static uint32_t gates_of(const struct rcc *r, enum core_id id, unsigned reg)
{
    const struct rcc_bank *b = &r->bank[id];

    switch (power_of(r, id)) {
    case POWER_RUN:
        return b->enr[reg];
    case POWER_SLEEP:
        /* HSEM has no LPEN bit: that it runs for a core that sleeps is promised nowhere. */
        return b->enr[reg] & b->lpenr[reg];
    default:
        return b->enr[reg] & autonomous[reg] & r->word[RCC_D3AMR / 4];
    }
}

static void update_gates(struct rcc *r)
{
    bool changed = false;

    for (unsigned reg = 0; reg < G_REGS; reg++) {
        uint32_t now = gates_of(r, CM7, reg) | gates_of(r, CM4, reg);
        changed |= now != r->gates[reg];
        r->gates[reg] = now;
    }
    if (changed) {
        rcc_tell(r);
    }
}

bool rcc_gate_on(const struct rcc *r, int gate)
{
    return gate == GATE_NONE || (r->gates[gate >> 8] >> (gate & 0xFF) & 1);
}

bool rcc_gate_after_reset(int gate)
{
    return gate != GATE_NONE && (enr_reset[gate >> 8] >> (gate & 0xFF) & 1);
}

bool rcc_gate_asked(const struct rcc *r, int gate)
{
    return rcc_gate_by(r, gate, CM7) || rcc_gate_by(r, gate, CM4);
}

bool rcc_gate_by(const struct rcc *r, int gate, enum core_id id)
{
    return gate != GATE_NONE && (r->bank[id].enr[gate >> 8] >> (gate & 0xFF) & 1);
}

/* ---- domains ---- */

static bool uses(const struct rcc *r, enum core_id id, const unsigned *regs, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (r->bank[id].enr[regs[i]]) {
            return true;
        }
    }
    return false;
}

/* D1 runs while CPU1 does, or while CPU2 runs and has something of D1 allocated. A CPU1 held at
 * boot does not stop D1: CPU2 fetches its first instructions from flash. */
static bool d1_clocked(const struct rcc *r)
{
    static const unsigned d1[] = {G_AHB3, G_APB3};
    const struct core *c = r->m->core[CM7];

    if (!c || core_held(c) || core_power(c) != POWER_DEEPSLEEP) {
        return true;
    }
    return power_of(r, CM4) != POWER_DEEPSLEEP && uses(r, CM4, d1, 2);
}

/* D2 runs while CPU2 does, or while CPU1 runs and has something of D2 enabled. */
static bool d2_clocked(const struct rcc *r)
{
    static const unsigned d2[] = {G_AHB1, G_AHB2, G_APB1L, G_APB1H, G_APB2};

    if (power_of(r, CM4) != POWER_DEEPSLEEP) {
        return true;
    }
    return power_of(r, CM7) != POWER_DEEPSLEEP && uses(r, CM7, d2, 5);
}

uint32_t rcc_domain_ready(const struct rcc *r)
{
    return (d1_clocked(r) ? CR_D1CKRDY : 0) | (d2_clocked(r) ? CR_D2CKRDY : 0);
}

static void warn_d1(struct rcc *r)
{
    bool bad = !d1_clocked(r) && power_of(r, CM4) != POWER_DEEPSLEEP;

    if (bad && !r->d1_warned) {
        machine_note(r->m, N_PWR_D1_STOPPED, ADDR(RCC, C2_AHB3ENR),
                     "the CM7 is in Stop and the CM4 has allocated nothing of D1: flash and AXI "
                     "SRAM stop under the CM4. Set FLASHEN and AXISRAMEN in RCC_C2_AHB3ENR");
    }
    r->d1_warned = bad;
}

static bool stopped(const struct rcc *r, enum core_id id)
{
    const struct core *c = r->m->core[id];

    return c && !core_held(c) && core_power(c) == POWER_DEEPSLEEP;
}

/* Options NRST_STOP_Dx and NRST_STBY_Dx = 0: entering that mode is a reset. */
static bool forbidden(struct rcc *r, enum core_id id)
{
    if (!r->m->flash) {
        return false;
    }
    unsigned domain = id == CM7 ? 1 : 2;
    bool standby = pwr_standby(r->m->pwr, domain);
    unsigned bit = id == CM7 ? (standby ? 7 : 6) : (standby ? 25 : 24);
    if (flash_options(r->m->flash)->optsr >> bit & 1) {
        return false;
    }
    machine_reset(r->m, id == CM7 ? RESET_LOW_POWER1 : RESET_LOW_POWER2);
    return true;
}

static bool domain_low_power(struct rcc *r, enum core_id id)
{
    if (!stopped(r, id) || (id == CM7 ? d1_clocked(r) : d2_clocked(r))) {
        return false;
    }
    if (forbidden(r, id)) {
        return true;
    }
    if (pwr_standby(r->m->pwr, id == CM7 ? 1 : 2)) {
        pwr_enter_standby(r->m->pwr, id);
    }
    return false;
}

/* Both domains stopped and nobody keeps D3 running: the whole chip is in Stop. */
static bool all_stopped(const struct rcc *r)
{
    return (stopped(r, CM7) || stopped(r, CM4)) && power_of(r, CM7) == POWER_DEEPSLEEP &&
           power_of(r, CM4) == POWER_DEEPSLEEP && pwr_d3_may_stop(r->m->pwr);
}

void rcc_power_changed(struct rcc *r)
{
    update_gates(r);
    warn_d1(r);
    if (!r->m->pwr || domain_low_power(r, CM7) || domain_low_power(r, CM4)) {
        return;
    }
    for (unsigned id = 0; id < CORES; id++) {
        if (power_of(r, id) == POWER_RUN) {
            pwr_core_wakes(r->m->pwr, id);
        }
    }
    bool stop = all_stopped(r);
    if (stop == r->system_stop) {
        return;
    }
    r->system_stop = stop;
    if (!stop) {
        pwr_leave_stop(r->m->pwr);
    } else if (pwr_standby(r->m->pwr, 1) && pwr_standby(r->m->pwr, 2) &&
               pwr_standby(r->m->pwr, 3)) {
        pwr_system_standby(r->m->pwr);
    } else {
        /* The clocks a wake-up finds are set at entry: nothing runs that could tell. */
        rcc_clock_stop(r);
        pwr_system_stop(r->m->pwr);
    }
    rcc_tell(r);
}

bool rcc_in_system_stop(const struct rcc *r)
{
    return r->system_stop;
}

/* ---- registers ---- */

/* Which core's bank and which word of it; false: outside of the banks. */
static bool decode(enum core_id view, uint32_t off, enum core_id *id, uint32_t *index)
{
    if (off >= RCC_BANK && off < RCC_BANK + 0x50) {
        *id = view == CM4 ? CM4 : CM7;
        *index = (off - RCC_BANK) / 4;
    } else if (off >= RCC_BANK_C1 && off < RCC_BANK_C1 + 0x50) {
        *id = CM7;
        *index = (off - RCC_BANK_C1) / 4;
    } else if (off >= RCC_BANK_C2 && off < RCC_BANK_C2 + 0x50) {
        *id = CM4;
        *index = (off - RCC_BANK_C2) / 4;
    } else {
        return false;
    }
    return true;
}

enum { W_RSR = 0, W_ENR = 1, W_LPENR = 11 };
#define RSR_RMVF RCC_RSR_RMVF

static uint32_t *bank_word(struct rcc *r, enum core_id id, uint32_t index)
{
    struct rcc_bank *b = &r->bank[id];

    if (index == W_RSR) {
        return &b->rsr;
    }
    if (index >= W_ENR && index < W_ENR + G_REGS) {
        return &b->enr[index - W_ENR];
    }
    if (index >= W_LPENR && index < W_LPENR + G_REGS) {
        return &b->lpenr[index - W_LPENR];
    }
    return NULL;
}

bool rcc_bank_read(struct rcc *r, enum core_id view, uint32_t off, uint32_t *value)
{
    enum core_id id;
    uint32_t index;

    if (!decode(view, off, &id, &index)) {
        return false;
    }
    const uint32_t *w = bank_word(r, id, index);
    *value = w ? *w : 0;
    return true;
}

bool rcc_bank_write(struct rcc *r, enum core_id view, uint32_t off, uint32_t value)
{
    enum core_id id;
    uint32_t index;

    if (!decode(view, off, &id, &index)) {
        return false;
    }
    uint32_t *w = bank_word(r, id, index);
    if (!w) {
        return true;
    }
    if (index == W_RSR) {
        *w = value & RSR_RMVF ? RSR_RMVF : *w & ~RSR_RMVF;
        return true;
    }
    bool low_power = index >= W_LPENR;
    unsigned reg = low_power ? index - W_LPENR : index - W_ENR;
    if (low_power) {
        *w = value & bits[reg].lpenr;
    } else {
        *w = (value & bits[reg].enr[id]) | (*w & set_only[reg]);
    }
    update_gates(r);
    return true;
}

/* A reset bit resets its block when it is set and, so that nothing written meanwhile survives, when
 * it is cleared again. */
void rcc_rstr_write(struct rcc *r, unsigned reg, uint32_t value)
{
    uint32_t *w = rcc_word(r, RCC_AHB3RSTR + 4 * reg);
    uint32_t changed = *w;

    *w = value & bits[reg].rstr;
    changed ^= *w;
    r->in_block_reset = true;
    for (unsigned i = 0; changed && i < r->m->bus.ndevs; i++) {
        const struct dev *d = &r->m->bus.devs[i];
        if (d->gate != GATE_NONE && d->gate >> 8 == (int)reg && (changed >> (d->gate & 0xFF) & 1) &&
            d->ops->reset) {
            d->ops->reset(d->self, false);
        }
    }
    r->in_block_reset = false;
}

bool rcc_block_reset(const struct rcc *r)
{
    return r->in_block_reset;
}

void rcc_gate_reset(struct rcc *r)
{
    for (unsigned id = 0; id < CORES; id++) {
        for (unsigned reg = 0; reg < G_REGS; reg++) {
            r->bank[id].enr[reg] = enr_reset[reg];
            r->bank[id].lpenr[reg] = bits[reg].lpenr;
        }
    }
    r->system_stop = r->d1_warned = false;
    update_gates(r);
}
