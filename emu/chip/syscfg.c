/* SPDX-License-Identifier: MIT */
/* SYSCFG: option values in force, boot addresses, EXTI port choice (RM0399, system configuration).
 */
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

enum {
    SYSCFG_PMCR = 0x04,
    SYSCFG_EXTICR1 = 0x08,
    SYSCFG_EXTICR4 = 0x14,
    SYSCFG_CFGR = 0x18,
    SYSCFG_CCVR = 0x24,
    SYSCFG_CCCR = 0x28,
    SYSCFG_PWRCR = 0x2C,
    SYSCFG_SR0 = 0x100,
    SYSCFG_PKGR = 0x124,
    SYSCFG_UR0 = 0x300,
    SYSCFG_UR17 = 0x344,
};

#define CFGR_LOCKS  0x0000FECDu /* set only, until a system reset */
#define CCCSR_READY BIT(8)
#define PWRCR_ODEN  BIT(0)
#define CM4PRESENT  BIT(16)
#define PKG_LQFP144 0x3u
#define PMCR_FIELDS 0x0FE003FFu
#define OPT_BCM4    22
#define OPT_BCM7    23
#define UR_COUNT    18

struct syscfg {
    struct machine *m;
    uint32_t pmcr, exticr[4], cfgr, cccsr, cccr, pwrcr;
    uint32_t ur[UR_COUNT];
};

/* ---- user registers: what the options said at the last system reset ---- */

static const struct options factory = OPTIONS_OF_FACTORY;

static uint32_t opt(const struct options *o, unsigned bit)
{
    return o->optsr >> bit & 1;
}

static uint32_t halves(uint32_t high, uint32_t low)
{
    return high << 16 | (low & 0xFFFF);
}

/* Start and end of a protected area, as PRAR and SCAR hold them. */
static uint32_t area_start(uint32_t r)
{
    return r & 0xFFF;
}

static uint32_t area_end(uint32_t r)
{
    return r >> 16 & 0xFFF;
}

static void load_boot_addresses(struct syscfg *s, const struct options *o)
{
    s->ur[2] = halves(o->boot7 & 0xFFFF, o->optsr >> 2 & 3); /* BCM7_ADD0, BORH */
    s->ur[3] =
        s->m->ur3_by_manual ? halves(o->boot7 >> 16, o->boot4) : halves(o->boot4, o->boot7 >> 16);
    s->ur[4] = halves(o->prar[0] >> 31, o->boot4 >> 16); /* MEPAD_1, BCM4_ADD1 */
}

static void load_areas(struct syscfg *s, const struct options *o)
{
    s->ur[5] = halves(o->wpsn[0] & 0xFF, o->scar[0] >> 31);
    s->ur[6] = halves(area_end(o->prar[0]), area_start(o->prar[0]));
    s->ur[7] = halves(area_end(o->scar[0]), area_start(o->scar[0]));
    s->ur[8] = halves(o->scar[1] >> 31, o->prar[1] >> 31);
    s->ur[9] = halves(area_start(o->prar[1]), o->wpsn[1] & 0xFF);
    s->ur[10] = halves(area_start(o->scar[1]), area_end(o->prar[1]));
    s->ur[11] = halves(opt(o, 4), area_end(o->scar[1])); /* IWDG1M */
}

static void load_options(struct syscfg *s)
{
    const struct options *o = s->m->flash ? flash_options(s->m->flash) : &factory;

    /* BKS: a real unswapped board reads 0 here, the manual says the opposite. */
    s->ur[0] = halves(o->optsr >> 8 & 0xFF, s->m->flash && flash_swapped(s->m->flash));
    s->ur[1] = halves(opt(o, OPT_BCM7), opt(o, OPT_BCM4));
    load_boot_addresses(s, o);
    load_areas(s, o);
    s->ur[12] = halves(opt(o, 21), opt(o, 5));         /* SECURE, IWDG2M */
    s->ur[13] = halves(opt(o, 7), o->optsr >> 19 & 3); /* D1SBRST, SDRS */
    s->ur[14] = halves(opt(o, 25), opt(o, 6));         /* D2SBRST, D1STPRST */
    s->ur[15] = halves(opt(o, 18), opt(o, 24));        /* FZIWDGSTB, D2STPRST */
    s->ur[16] = halves(0, opt(o, 17));                 /* PKP, FZIWDGSTP */
    s->ur[17] = opt(o, 29);                            /* IO_HSLV */
}

/* Writing the boot addresses acts at that core's next start and needs no option change. */
static void ur_write(struct syscfg *s, unsigned n, uint32_t value)
{
    static const uint32_t writable[UR_COUNT] = {[2] = 0xFFFF0000, [3] = 0xFFFFFFFF, [4] = 0xFFFF};

    if (n == 3 && s->ur[3] != value) {
        machine_note(s->m, N_SYSCFG_UR3, SYSCFG_BASE + 0x30C,
                     "SYSCFG_UR3 is written: manual and vendor header disagree which half is whose "
                     "(here: %s). The option bytes are sure",
                     s->m->ur3_by_manual ? "BCM7_ADD1 high, BCM4_ADD0 low, as the manual has it"
                                         : "BCM4_ADD0 high, BCM7_ADD1 low, as fielded code has it");
    }
    if ((s->ur[n] ^ value) & ~writable[n]) {
        machine_note(s->m, N_SYSCFG_READ_ONLY, SYSCFG_BASE + SYSCFG_UR0 + 4 * n,
                     "SYSCFG_UR%u shows option bytes: bits 0x%08x cannot be written here, they "
                     "stay as they are. Change the option bytes",
                     n, (unsigned)((s->ur[n] ^ value) & ~writable[n]));
    }
    s->ur[n] = reg_merge(s->ur[n], value, writable[n]);
}

/* ---- what other blocks ask ---- */

bool syscfg_core_boots(const struct syscfg *s, enum core_id id)
{
    return s->ur[1] & (id == CM7 ? BIT(16) : BIT(0));
}

unsigned syscfg_exti_port(const struct syscfg *s, unsigned line)
{
    return s->exticr[line / 4] >> 4 * (line % 4) & 0xF;
}

bool syscfg_overdrive(const struct syscfg *s)
{
    return s->pwrcr & PWRCR_ODEN;
}

/* RDP level 2 boots from user flash only. */
static bool bootable(const struct syscfg *s, enum core_id id, uint32_t addr)
{
    const struct mem *mem = bus_find_mem(&s->m->bus, addr, id);

    if (!mem || addr > 0x3FFF0000) {
        return false;
    }
    return (s->ur[0] >> 16 & 0xFF) != 0xCC || mem->kind == MEM_FLASH;
}

static uint32_t fallback(const struct syscfg *s, enum core_id id)
{
    static const uint32_t flash[CORES] = {MEM_BANK1_BASE, MEM_BANK2_BASE},
                          ram[CORES] = {MEM_ITCM_BASE, MEM_SRAM123_ALIAS};
    bool level2 = (s->ur[0] >> 16 & 0xFF) == 0xCC;

    return s->m->boot_pin && !level2 ? ram[id] : flash[id];
}

/* The half of UR3 that holds BCM7_ADD1 or BCM4_ADD0: manual and SVD file put the M7's on top, the
 * vendor's header the M4's. Boards boot by the header (the M4's address is set that way in the
 * field), so that is the default. */
static uint32_t ur3_of(const struct syscfg *s, enum core_id id)
{
    bool high = s->m->ur3_by_manual == (id == CM7);

    return high ? s->ur[3] >> 16 : s->ur[3] & 0xFFFF;
}

uint32_t syscfg_boot_addr(const struct syscfg *s, enum core_id id)
{
    uint32_t half;

    if (id == CM7) {
        half = s->m->boot_pin ? ur3_of(s, CM7) : s->ur[2] >> 16;
    } else {
        half = s->m->boot_pin ? s->ur[4] : ur3_of(s, CM4);
    }
    uint32_t addr = half << 16;
    return bootable(s, id, addr) ? addr : fallback(s, id);
}

/* ---- registers ---- */

static uint32_t read_word(const struct syscfg *s, uint32_t off)
{
    if (off >= SYSCFG_UR0 && off <= SYSCFG_UR17) {
        return s->ur[(off - SYSCFG_UR0) / 4];
    }
    if (off >= SYSCFG_EXTICR1 && off <= SYSCFG_EXTICR4) {
        return s->exticr[(off - SYSCFG_EXTICR1) / 4];
    }
    switch (off) {
    case SYSCFG_PMCR:
        return s->pmcr;
    case SYSCFG_CFGR:
        return s->cfgr;
    case SYSCFG_CCCSR:
        return s->cccsr | CCCSR_READY;
    case SYSCFG_CCCR:
        return s->cccr;
    case SYSCFG_PWRCR:
        return s->pwrcr;
    case SYSCFG_SR0:
        return CM4PRESENT;
    case SYSCFG_PKGR:
        return PKG_LQFP144; /* Nucleo-H745ZI-Q */
    default:
        return 0;
    }
}

static void write_word(struct syscfg *s, uint32_t off, uint32_t v)
{
    if (off >= SYSCFG_UR0 && off <= SYSCFG_UR17) {
        ur_write(s, (off - SYSCFG_UR0) / 4, v);
    } else if (off >= SYSCFG_EXTICR1 && off <= SYSCFG_EXTICR4) {
        s->exticr[(off - SYSCFG_EXTICR1) / 4] = v & 0xFFFF;
    } else if (off == SYSCFG_PMCR) {
        s->pmcr = v & PMCR_FIELDS;
    } else if (off == SYSCFG_CFGR) {
        s->cfgr |= v & CFGR_LOCKS;
    } else if (off == SYSCFG_CCCSR) {
        s->cccsr = v & (BIT(0) | BIT(1) | BIT(16));
    } else if (off == SYSCFG_CCCR) {
        s->cccr = v & 0xFF;
    } else if (off == SYSCFG_PWRCR) {
        s->pwrcr = v & PWRCR_ODEN;
        pwr_overdrive_changed(s->m->pwr);
    }
}

static enum bus_status syscfg_read(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t *value)
{
    (void)a;
    *value = reg_part(read_word(self, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status syscfg_write(void *self, const struct bus_access *a, uint32_t off,
                                    unsigned size, uint32_t value)
{
    (void)a;
    uint32_t old = read_word(self, off & ~3u);
    write_word(self, off & ~3u, reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size)));
    return BUS_OK;
}

static uint32_t syscfg_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return read_word(self, off);
}

static void syscfg_reset(void *self, bool power_on)
{
    struct syscfg *s = self;

    (void)power_on;
    s->pmcr = s->cfgr = s->cccsr = s->cccr = 0;
    for (unsigned i = 0; i < 4; i++) {
        s->exticr[i] = 0;
    }
    if (s->pwrcr) {
        s->pwrcr = 0;
        pwr_overdrive_changed(s->m->pwr);
    }
    if (!rcc_block_reset(s->m->rcc)) {
        load_options(s); /* boot modes and addresses come from the options at a system reset only */
    }
}

static const struct dev_ops ops = {syscfg_read, syscfg_write, syscfg_peek, syscfg_reset};

void syscfg_new(struct machine *m)
{
    struct syscfg *s = machine_alloc(m, sizeof(*s));

    s->m = m;
    m->syscfg = s;
    struct dev d = {.name = "SYSCFG",
                    .base = SYSCFG_BASE,
                    .size = 0x400,
                    .gate = GATE(G_APB4, 1),
                    .ops = &ops,
                    .steady = bus_steady,
                    .self = s,
                    .works_unclocked = true};
    bus_add_dev(&m->bus, &d);
}
