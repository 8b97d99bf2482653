/* SPDX-License-Identifier: MIT */
/* What goes over the bus: registers waited for, semaphores, clocks, and who uses what. */
#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#define OSC_ON (1u << 16 | 1u << 24 | 1u << 26 | 1u << 28) /* HSEON, PLL1ON to PLL3ON */

#define GAP     (5 * VT_MS / 2) /* a wait may sleep for a tick between two looks */
#define IN_VAIN (200 * VT_US)   /* shorter waits that end without success are nobody's time-out */

/* ---- waiting ---- */

/* Waiting for a user, for the other core or for time to pass is no fault; waiting for a ready flag
 * or for a semaphore may be one. */
static bool waited_for(uint32_t addr)
{
    return (addr >= RCC_BASE && addr < PWR_BASE + 0x400u) ||                /* RCC, PWR */
           (addr >= FLASH_BASE && addr < FLASH_BASE + 0x1000u) ||           /* FLASH */
           (addr >= SYSCFG_BASE && addr < SYSCFG_BASE + 0x400u) ||          /* SYSCFG */
           (addr >= HSEM_BASE && addr < HSEM_BASE + 0x80 + 4 * SEMAPHORES); /* HSEM_Rn, HSEM_RLRn */
}

static void keep_in_vain(struct story *s, const struct wait *w)
{
    struct wait *least = &s->given_up[0];

    for (unsigned i = 1; i < GIVEN_UP; i++) {
        if (s->given_up[i].to - s->given_up[i].from < least->to - least->from) {
            least = &s->given_up[i];
        }
    }
    if (w->to - w->from > IN_VAIN && w->to - w->from > least->to - least->from) {
        *least = *w;
    }
}

/* A loop may look at several registers in turn. */
static struct wait *wait_at(struct story *s, uint32_t addr)
{
    struct wait *oldest = &s->waits[0];

    for (unsigned i = 0; i < WAITS; i++) {
        if (s->waits[i].addr == addr) {
            return &s->waits[i];
        }
        if (s->waits[i].to < oldest->to) {
            oldest = &s->waits[i];
        }
    }
    keep_in_vain(s, oldest);
    oldest->addr = 0;
    return oldest;
}

static void note_read(struct story *s, uint32_t addr, uint32_t value, uint32_t pc, vtime_t now)
{
    if (!waited_for(addr)) {
        return;
    }
    struct wait *w = wait_at(s, addr);
    if (w->addr == addr && w->value == value && now - w->to < GAP) {
        w->reads++;
        w->to = now;
        return;
    }
    if (w->addr == addr && w->value == value) {
        keep_in_vain(s, w);
    }
    *w = (struct wait){.addr = addr, .value = value, .pc = pc, .reads = 1, .from = now, .to = now};
}

/* ---- the clock tree ---- */

/* Bits that decide the clock of both cores and their buses (RM0399 ch. 8). */
static uint32_t clock_bits(uint32_t addr)
{
    switch (addr - RCC_BASE) {
    case 0x00: /* CR: HSION, HSEON, PLL1ON */
        return 1u | 1u << 16 | 1u << 24;
    case 0x10: /* CFGR: SW */
        return 7;
    case 0x18: /* D1CFGR */
    case 0x1C: /* D2CFGR */
    case 0x20: /* D3CFGR */
        return 0xFFFF;
    case 0x28: /* PLLCKSELR: PLLSRC, DIVM1 */
        return 0x3F3;
    case 0x2C: /* PLLCFGR: of PLL1 */
        return 0x7000F;
    case 0x30: /* PLL1DIVR, PLL1FRACR */
    case 0x34:
        return UINT32_MAX;
    default:
        return 0;
    }
}

static void soften(struct doctor *d, enum finding_id id, bool late, const char *because)
{
    const struct finding *f = finding_get(&d->findings, id, CM7);

    if (f && (late || f->early)) {
        finding_soften(&d->findings, id, CM7, because);
    }
}

/* The application runs on HSI again. On the way there from what the bootloader has left, steps may
 * be out of order, as in ST's SystemInit(). What it does to its own clocks is not made good so. */
static void clocks_are_back(struct doctor *d)
{
    static const char because[] = "the application's start-up code has put the clocks back itself";
    const struct finding *left = finding_get(&d->findings, FIND_JUMP_CLOCK, CM7);
    const bool on_the_way = left && left->severity != SEV_NOTE;

    soften(d, FIND_JUMP_CLOCK, true, because);
    soften(d, FIND_CHIP_CLOCK, on_the_way, because);
    soften(d, FIND_CHIP_FLASH_SPEED, on_the_way, because);
}

static void note_clock(struct doctor *d, struct story *s, uint32_t addr, uint32_t value,
                       uint32_t pc)
{
    uint32_t bits = clock_bits(addr);

    if (!bits) {
        return;
    }
    bool changed = (d->was ^ value) & bits;
    if (s->id == CM7 || story_runs(s)) {
        s->clock_changes += changed;
        if (changed || !s->clock_pc) {
            s->clock_pc = pc;
        }
    }
    if (!story_runs(s)) {
        return;
    }
    s->clock_writes +=
        addr != ADDR(RCC, CR) || changed; /* CR has bits of other oscillators as well */
    s->clock_own_changes += changed;
    bool hsi = !(doctor_peek(d, s->id, ADDR(RCC, CFGR)) >> 3 & 7) &&
               !(doctor_peek(d, s->id, ADDR(RCC, CR)) & OSC_ON);
    if (hsi && s->id == CM7) {
        clocks_are_back(d);
    }
}

/* ---- who uses what ---- */

/* Blocks that are common by design, or have registers or bits of each core (RM0399). */
static bool meant_for_both(uint32_t addr)
{
    static const struct {
        uint32_t lo, hi;
    } both[] = {{ART_BASE, ART_BASE + 0x400},         /* ART */
                {FLASH_BASE, FLASH_BASE + 0x1000},    /* FLASH */
                {EXTI_BASE, SYSCFG_BASE + 0x400},     /* EXTI, SYSCFG */
                {RTC_BASE, RTC_BASE + 0x400},         /* RTC and backup registers */
                {RCC_BASE, PWR_BASE + 0x400},         /* RCC, PWR */
                {HSEM_BASE, HSEM_BASE + 0x400},       /* HSEM */
                {DBGMCU_BASE, DBGMCU_BASE + 0x1000}}; /* DBGMCU */
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        if (addr >= both[i].lo && addr < both[i].hi) {
            return true;
        }
    }
    return false;
}

/* Pins that a write to a GPIO register sets up, or drives. */
static void note_pins(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, uint32_t pc)
{
    struct port_use *p = &d->ports[(addr - GPIOA_BASE) >> 10];
    struct touch here = {pc, machine_now(d->board.m)};
    unsigned off = addr & 0x3FC;
    uint32_t changed = d->was ^ value;
    unsigned width = off == 0x20 || off == 0x24 ? 4 : off == 0x04 || off == 0x14 ? 1 : 2;

    if (off == 0x18) { /* BSRR */
        p->level[s->id] |= (uint16_t)(value | value >> 16);
        for (unsigned pin = 0; pin < 16; pin++) {
            if ((value | value >> 16) >> pin & 1) {
                p->pin[s->id][pin].level = here;
            }
        }
        return;
    }
    if (off > 0x14 && off < 0x20) {
        return; /* LCKR */
    }
    for (unsigned pin = 0; pin < 16; pin++) {
        unsigned at = off == 0x24 ? pin - 8 : pin;
        if (at * width < 32 && changed >> at * width & ((1u << width) - 1)) {
            struct pin_use *u = &p->pin[s->id][pin];
            *(off == 0x14 ? &p->level[s->id] : &p->config[s->id]) |= (uint16_t)(1u << pin);
            *(off == 0x14 ? &u->level : &u->config) = here;
            u->mode =
                (uint8_t)((off ? doctor_peek(d, s->id, addr & ~0x3FCu) : value) >> 2 * pin & 3);
        }
    }
}

static struct reg_use *use_of(struct doctor *d, uint32_t addr)
{
    for (unsigned i = 0; i < REG_USES; i++) {
        struct reg_use *u = &d->uses[(addr / 4 + i) % REG_USES];
        if (u->addr == addr) {
            return u;
        }
        if (!u->addr) {
            *u = (struct reg_use){.addr = addr, .guards = UINT32_MAX};
            return u;
        }
    }
    return NULL; /* full: so many registers are nobody's mistake */
}

static void note_use(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, uint32_t pc)
{
    if (addr - GPIOA_BASE < GPIO_PORTS * 0x400u) {
        note_pins(d, s, addr, value, pc);
        return;
    }
    struct reg_use *u = meant_for_both(addr) ? NULL : use_of(d, addr & ~3u);
    if (!u) {
        return;
    }
    u->by |= 1u << s->id;
    u->ones[s->id] |= value;
    u->guards &= semaphores_held(d, s->id);
    u->last[s->id] = (struct touch){pc, machine_now(d->board.m)};
}

/* The bits of the reset registers are those of the enable registers, in the same order. */
static void note_block_reset(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                             uint32_t pc)
{
    const struct bus *b = &d->board.m->bus;
    enum core_id other = s->id == CM7 ? CM4 : CM7;
    uint32_t reg = (addr - ADDR(RCC, AHB3RSTR)) / 4, bits = value & ~d->was;

    if (addr < ADDR(RCC, AHB3RSTR) || reg >= G_REGS || !bits) {
        return;
    }
    for (unsigned i = 0; i < b->ndevs; i++) {
        const struct dev *dev = &b->devs[i];
        if (dev->gate == GATE_NONE || (uint32_t)dev->gate >> 8 != reg ||
            !(bits >> (dev->gate & 31) & 1) || !(d->writers[i] >> other & 1) ||
            !rcc_gate_by(d->board.m->rcc, dev->gate, other)) {
            continue;
        }
        finding_add(&d->findings, FIND_CORES_PERIPHERAL_RESET, s->id, pc,
                    "0x%08X is written to the reset register 0x%08X; the %s uses %s",
                    (unsigned)value, (unsigned)addr, other == CM7 ? "M7" : "M4", dev->name);
    }
}

/* Enable registers: common view, of the M7 (C1), of the M4 (C2). */
static void note_gate(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                      uint32_t pc)
{
    static const uint32_t views[] = {ADDR(RCC, AHB3ENR), ADDR(RCC, C1_AHB3ENR),
                                     ADDR(RCC, C2_AHB3ENR)};

    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        uint32_t reg = (addr - views[i]) / 4;
        if (addr < views[i] || reg >= G_REGS) {
            continue;
        }
        for (unsigned bit = 0; bit < GATE_BITS; bit++) {
            if ((d->was ^ value) >> bit & 1) {
                d->off[reg][bit] = (struct gate_off){s->id, value >> bit & 1 ? 0 : pc};
            }
        }
    }
}

static void note_boot_address(struct doctor *d, uint32_t addr, uint32_t pc)
{
    if (addr == SYSCFG_BASE + SYSCFG_UR2 || addr == SYSCFG_BASE + SYSCFG_UR3) {
        d->boot_address_pc[addr == SYSCFG_BASE + SYSCFG_UR3 ? CM4 : CM7] = pc;
    }
}

static void note_keys(struct doctor *d, const struct story *s, uint32_t addr)
{
    if (addr == ADDR(FLASH, KEYR1) || addr == ADDR(FLASH, KEYR2)) {
        d->unlocked_by[addr == ADDR(FLASH, KEYR2)] |= 1u << s->id;
    }
    if (addr == ADDR(FLASH, OPTKEYR) || addr == ADDR(FLASH, OPTKEYR) + FLASH_BANK_STRIDE) {
        d->unlocked_by[2] |= 1u << s->id;
    }
}

/* Taking a semaphore is a read, and use of the block all the same. */
static void note_user(struct doctor *d, const struct story *s, uint32_t addr, uint32_t pc)
{
    const struct dev *dev = bus_find_dev(&d->board.m->bus, addr);

    if (!dev) {
        return;
    }
    if (territory_is_dma(dev)) {
        d->dma_pc[s->id] = pc;
    }
    d->writers[dev - d->board.m->bus.devs] |= 1u << s->id;
    if (!s->handed_over) {
        d->boot_writers[dev - d->board.m->bus.devs] |= 1u << s->id;
    }
}

static void note_write(struct doctor *d, struct story *s, uint32_t addr, uint32_t value,
                       uint32_t pc)
{
    note_keys(d, s, addr);
    note_clock(d, s, addr, value, pc);
    clocks_write(d, s, addr, value, pc);
    note_block_reset(d, s, addr, value, pc);
    note_gate(d, s, addr, value, pc);
    note_boot_address(d, addr, pc);
    resets_dog_write(d, s, addr, value, pc);
    lines_write(d, s, addr, value, pc);
    if (story_runs(s)) {
        note_use(d, s, addr, value, pc);
    }
    note_user(d, s, addr, pc);
}

/* What the program itself does, not its handlers: does it get on? */
static void note_thread(struct story *s, uint32_t addr, uint32_t value, bool write, uint32_t pc,
                        vtime_t now)
{
    bool dog = addr - IWDG1_BASE < 0x800;                                   /* IWDG1, IWDG2 */
    bool tries = addr - HSEM_BASE < 4 * SEMAPHORES && value & HSEM_R0_LOCK; /* to take one */

    s->thread_access = now;
    if (!write) {
        s->last_read = (struct wait){.addr = addr, .value = value, .pc = pc, .to = now};
    } else if (!dog && !tries) {
        s->thread_write = now;
    }
}

void usage_before_write(void *arg, const struct bus_access *a, uint32_t addr)
{
    struct doctor *d = arg;

    d->was = doctor_peek(d, (int)a->master, addr & ~3u);
    semaphores_before_write(d, a->master, addr);
}

void usage_access(void *arg, const struct bus_access *a, uint32_t addr, uint32_t value, bool write)
{
    struct doctor *d = arg;
    struct story *s = &d->story[a->master];
    uint32_t pc = core_reg(d->board.m->core[a->master], REG_PC);

    if (!(core_reg(d->board.m->core[a->master], REG_XPSR) & 0x1FF)) {
        note_thread(s, addr, value, write, pc, machine_now(d->board.m));
        supply_access(s, addr, value, write, pc);
    }
    semaphores_access(d, s, addr, value, write, pc);
    if (write) {
        note_write(d, s, addr, value, pc);
        races_write(d, s, addr, value, pc);
    } else {
        note_read(s, addr, value, pc, machine_now(d->board.m));
        races_read(d, s, addr, pc);
        if (addr - (HSEM_BASE + 0x80) < 4 * SEMAPHORES) {
            note_user(d, s, addr, pc);
        }
    }
}
