/* SPDX-License-Identifier: MIT */
/* PWR: registers, supply, voltage scaling, backup write protection (RM0399, power control). */
#include "emu/chip/pwr.h"
#include "chip/stm32h7/otg.h"
#include "chip/stm32h7/regs.h"

#define CR1_RESET    0xF000C000u
#define CR1_WRITABLE 0x0007C3F1u
#define CR1_DBP      PWR_CR1_DBP

#define CSR1_ACTVOSRDY PWR_CSR1_ACTVOSRDY
#define CR2_BREN       BIT(0)
#define CR2_MONEN      BIT(4)
#define CR2_BRRDY      BIT(16)

#define CR3_SUPPLY         0x3Fu /* BYPASS 0, LDOEN 1, SDEN 2, SDEXTHP 3, SDLEVEL 5:4 */
#define CR3_SDEXTHP        BIT(3)
#define CR3_SDEXTRDY       BIT(16)
#define CR3_USB33DEN       USB_PWR_CR3_USB33DEN
#define CR3_USBREGEN       BIT(25)
#define CR3_USB33RDY       USB_PWR_CR3_USB33RDY
#define CR3_WRITABLE       (BIT(8) | BIT(9) | CR3_USB33DEN | CR3_USBREGEN)
#define SUPPLY_DEFAULT     0x06u
#define SUPPLY_DIRECT_SMPS 0x04u

#define D3CR_VOSRDY PWR_D3CR_VOSRDY
#define SETTLE_TIME (20 * VT_US)

/* ---- voltage scaling ---- */

static unsigned vos_wanted(const struct pwr *p)
{
    if (p->vos_field == 3) {
        return p->m->syscfg && syscfg_overdrive(p->m->syscfg) ? 0 : 1;
    }
    return p->vos_field == 2 ? 2 : 3;
}

static bool vos_ready(const struct pwr *p)
{
    return p->vos == vos_wanted(p);
}

static void on_settled(void *arg)
{
    struct pwr *p = arg;

    p->vos = vos_wanted(p);
    rcc_check_limits(p->m->rcc);
}

static void note_run_star(struct pwr *p)
{
    if (p->supply_locked || p->run_star_noted) {
        return;
    }
    p->run_star_noted = true;
    machine_note(p->m, N_PWR_RUN_STAR, PWR_BASE + PWR_CR3,
                 "the voltage is scaled before the supply is configured (PWR_CR3): the chip is in "
                 "Run*, where writes to RAM are not guaranteed");
}

static void check_overvoltage(struct pwr *p);

void pwr_overdrive_changed(struct pwr *p)
{
    check_overvoltage(p);
    if (vos_ready(p)) {
        sched_cancel(&p->m->sched, &p->settled);
    } else {
        sched_at(&p->m->sched, &p->settled, machine_now(p->m) + SETTLE_TIME);
    }
}

static void d3cr_write(struct pwr *p, uint32_t value)
{
    unsigned field = value >> 14 & 3;

    if (field != p->vos_field) {
        note_run_star(p);
    }
    p->vos_field = field;
    pwr_overdrive_changed(p);
}

unsigned pwr_vos(const struct pwr *p)
{
    return p->vos;
}

/* ---- supply: one write per power-on ---- */

/* VOS0 needs the LDO behind the core supply; with the step-down converter alone the overdrive lifts
 * the core above its limit (RM0399, PWR voltage scaling). */
static void check_overvoltage(struct pwr *p)
{
    if (p->supply == SUPPLY_DIRECT_SMPS && syscfg_overdrive(p->m->syscfg)) {
        machine_note(p->m, N_PWR_OVERVOLTAGE, PWR_BASE + PWR_CR3,
                     "overdrive (SYSCFG_PWRCR.ODEN) with direct SMPS supply: VOS0 is not allowed "
                     "there, the core gets too high a voltage. Use VOS1, or a supply with LDO");
    }
}

static bool legal_supply(uint32_t s)
{
    uint32_t level = s >> 4 & 3;

    switch (s & 0xF) {
    case 0x1: /* bypass */
    case 0x2: /* LDO */
        return level == 0;
    case 0x4: /* direct SMPS: the level does not matter */
        return true;
    case 0x6: /* SMPS feeds the LDO */
    case 0xC: /* SMPS for an external supply, LDO off */
    case 0xE: /* SMPS for an external supply and the LDO */
        return level == 1 || level == 2;
    default:
        return false;
    }
}

static void supply_write(struct pwr *p, uint32_t s)
{
    if (p->supply_locked) {
        if (s != p->supply) {
            machine_note(p->m, N_PWR_SUPPLY_AGAIN, PWR_BASE + PWR_CR3,
                         "PWR_CR3: supply 0x%02x was chosen before, 0x%02x is ignored until "
                         "power-on. Bootloader and application must agree",
                         p->supply, s);
        }
        return;
    }
    p->supply_locked = true;
    if (legal_supply(s)) {
        p->supply = s;
        p->supply_ready = true;
        check_overvoltage(p);
        return;
    }
    machine_note(p->m, N_PWR_SUPPLY_ILLEGAL, PWR_BASE + PWR_CR3,
                 "PWR_CR3: supply 0x%02x is no legal combination; the default 0x%02x is locked "
                 "until power-on, and ACTVOSRDY stays 0",
                 s, p->supply);
}

bool pwr_supply_done(const struct pwr *p)
{
    return p->supply_locked;
}

/* ---- low-power modes ---- */

static void cpucr_write(struct pwr *p, enum core_id id, uint32_t value)
{
    uint32_t flags = value & CPUCR_CSSF ? 0 : p->cpucr[id] & CPUCR_FLAGS;

    p->cpucr[id] = (value & CPUCR_WRITABLE) | flags;
    pwr_update_hold(p);
    rcc_power_changed(p->m->rcc); /* RUN_D3 */
}

bool pwr_d3_may_stop(const struct pwr *p)
{
    return !((p->cpucr[CM7] | p->cpucr[CM4]) & CPUCR_RUN_D3);
}

bool pwr_standby(const struct pwr *p, unsigned domain)
{
    return p->cpucr[CM7] & p->cpucr[CM4] & BIT(domain - 1);
}

void pwr_system_stop(struct pwr *p)
{
    p->cpucr[CM7] |= CPUCR_STOPF;
    p->cpucr[CM4] |= CPUCR_STOPF;
    p->vos_field = 1;
    p->vos = 3;
    sched_cancel(&p->m->sched, &p->settled);
}

bool pwr_backup_writable(const struct pwr *p)
{
    return p->cr1 & CR1_DBP;
}

/* ---- registers ---- */

static uint32_t read_word(const struct pwr *p, uint32_t off)
{
    static const uint8_t field_of_vos[4] = {3, 3, 2, 1};

    switch (off) {
    case PWR_CR1:
        return p->cr1;
    case PWR_CSR1:
        return (uint32_t)field_of_vos[p->vos] << 14 | (p->supply_ready ? CSR1_ACTVOSRDY : 0);
    case PWR_CR2:
        return p->cr2 | (p->cr2 & CR2_BREN ? CR2_BRRDY : 0);
    case PWR_CR3:
        return p->cr3 | p->supply | (p->supply & CR3_SDEXTHP ? CR3_SDEXTRDY : 0) |
               (p->cr3 & (CR3_USB33DEN | CR3_USBREGEN) ? CR3_USB33RDY : 0);
    case PWR_CPU1CR:
        return p->cpucr[CM7];
    case PWR_CPU2CR:
        return p->cpucr[CM4];
    case PWR_D3CR:
        return p->vos_field << 14 | (vos_ready(p) ? D3CR_VOSRDY : 0);
    case PWR_WKUPFR:
        return p->wkupfr;
    case PWR_WKUPEPR:
        return p->wkupepr;
    default:
        return 0;
    }
}

static void write_word(struct pwr *p, uint32_t off, uint32_t value, uint32_t lanes)
{
    uint32_t v = reg_merge(read_word(p, off), value, lanes);

    switch (off) {
    case PWR_CR1:
        p->cr1 = (CR1_RESET & ~CR1_WRITABLE) | (v & CR1_WRITABLE);
        break;
    case PWR_CR2:
        p->cr2 = v & (CR2_BREN | CR2_MONEN);
        break;
    case PWR_CR3:
        p->cr3 = v & CR3_WRITABLE;
        if (lanes & CR3_SUPPLY) {
            supply_write(p, v & CR3_SUPPLY);
        }
        break;
    case PWR_CPU1CR:
        cpucr_write(p, CM7, v);
        break;
    case PWR_CPU2CR:
        cpucr_write(p, CM4, v);
        break;
    case PWR_D3CR:
        d3cr_write(p, v);
        break;
    case PWR_WKUPEPR:
        pwr_pins_write(p, v);
        break;
    case PWR_WKUPCR:
        pwr_pins_clear(p, value & lanes);
        break;
    default: /* CSR1 and WKUPFR are read only */
        break;
    }
}

static enum bus_status pwr_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    (void)a;
    *value = reg_part(read_word(self, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status pwr_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    (void)a;
    write_word(self, off & ~3u, reg_shift(value, off, size), reg_lanes(off, size));
    return BUS_OK;
}

static uint32_t pwr_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return read_word(self, off);
}

static void pwr_reset(void *self, bool power_on)
{
    struct pwr *p = self;

    p->cr1 = CR1_RESET;
    pwr_low_reset(p, power_on);
    p->vos_field = 1;
    p->vos = 3;
    p->run_star_noted = false;
    sched_cancel(&p->m->sched, &p->settled);
    if (power_on) {
        p->cr2 = 0; /* the backup regulator's enable is kept over a system reset */
        p->cr3 = 0; /* so is CR3: the supply for certain, the supply of USB perhaps */
        p->supply = SUPPLY_DEFAULT;
        p->supply_locked = p->supply_ready = false;
    }
}

static const struct dev_ops ops = {pwr_read, pwr_write, pwr_peek, pwr_reset};

void pwr_new(struct machine *m)
{
    struct pwr *p = machine_alloc(m, sizeof(*p));

    p->m = m;
    m->pwr = p;
    p->supply = SUPPLY_DEFAULT;
    p->vos_field = 1;
    p->vos = 3;
    sched_event_init(&p->settled, "PWR: a supply has settled", on_settled, p);
    pwr_low_new(p);
    struct dev d = {.name = "PWR",
                    .base = PWR_BASE,
                    .size = 0x400,
                    .gate = GATE_NONE,
                    .ops = &ops,
                    .steady = bus_steady,
                    .self = p};
    bus_add_dev(&m->bus, &d);
}
