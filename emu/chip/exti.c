/* SPDX-License-Identifier: MIT */
/* EXTI: edges and events to both cores (RM0399, extended interrupt and event controller). */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <string.h>

#define LINE_SETS 3

/* Lines with an edge detector and a pending bit; all others are direct. */
static const uint32_t configurable[LINE_SETS] = {0x003FFFFF, BIT(17) | BIT(19),
                                                 BIT(18) | BIT(20) | BIT(21) | BIT(22)};
/* Lines that exist at all. */
static const uint32_t lines[LINE_SETS] = {0xFFFFFFFF, 0xFFFFDFFF, 0x01F5FFFF};
static const uint32_t d3_lines[LINE_SETS] = {0x0238FFFF, 0x003F020C, BIT(24)};
/* Direct lines are unmasked after reset. */
static const uint32_t imr_reset[LINE_SETS] = {0xFFC00000, 0xFFF5DFFF, 0x0181FFFF};

struct exti {
    struct machine *m;
    uint32_t rtsr[LINE_SETS], ftsr[LINE_SETS], level[LINE_SETS];
    uint32_t d3[LINE_SETS][3]; /* PMR, PCRL, PCRH */
    struct {
        uint32_t imr[LINE_SETS], emr[LINE_SETS], pr[LINE_SETS];
    } cpu[CORES];
};

/* NVIC requests fed by pending bits: a request is on while one of its lines is pending. */
static const struct {
    uint32_t mask;
    uint8_t irq, set, cores; /* cores: bit CM7, bit CM4 */
} requests[] = {
    {BIT(0), 6, 0, 3},
    {BIT(1), 7, 0, 3},
    {BIT(2), 8, 0, 3},
    {BIT(3), 9, 0, 3},
    {BIT(4), 10, 0, 3},
    {0x000003E0, 23, 0, 3},
    {0x0000FC00, 40, 0, 3},
    {BIT(16), 1, 0, 3},             /* PVD, AVD */
    {BIT(17), 41, 0, 3},            /* RTC alarms */
    {BIT(18), 2, 0, 3},             /* tamper, time stamp */
    {BIT(19), 3, 0, 3},             /* RTC wake-up */
    {BIT(20) | BIT(21), 137, 0, 3}, /* COMP */
    {BIT(18), 143, 2, 1 << CM4},    /* WWDG1 reset tells the CM4 */
    {BIT(20), 143, 2, 1 << CM7},    /* WWDG2 reset tells the CM7 */
    {BIT(21), 94, 2, 3},            /* CEC */
    {BIT(22), 62, 2, 3},            /* Ethernet wake-up */
};
enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

static void update_requests(struct exti *e, unsigned set, uint32_t changed)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (requests[i].set != set || !(requests[i].mask & changed)) {
            continue;
        }
        for (unsigned c = 0; c < CORES; c++) {
            if (requests[i].cores & BIT(c)) {
                machine_irq_core(e->m, (enum core_id)c, requests[i].irq,
                                 e->cpu[c].pr[set] & requests[i].mask);
            }
        }
    }
}

static void rxev(struct exti *e, unsigned core)
{
    if (e->m->core[core]) {
        core_event(e->m->core[core]);
    }
}

/* The selected edge came, or software asked for it. Only an unmasked line is latched. */
static void trigger(struct exti *e, unsigned set, uint32_t mask)
{
    for (unsigned c = 0; c < CORES; c++) {
        e->cpu[c].pr[set] |= mask & e->cpu[c].imr[set];
        if (mask & e->cpu[c].emr[set]) {
            rxev(e, c);
        }
    }
    update_requests(e, set, mask);
    machine_sync(e->m);
}

void exti_edge(struct exti *e, unsigned line, bool rising)
{
    if (rising && line >= 17 && line <= 19) {
        pwr_wake_event(e->m->pwr); /* the RTC ends Standby, whatever is masked here */
    }
    unsigned set = line / 32;
    uint32_t mask = BIT(line % 32) & configurable[set];

    if (mask & (rising ? e->rtsr : e->ftsr)[set]) {
        trigger(e, set, mask);
    }
}

void exti_direct(struct exti *e, unsigned line, bool level)
{
    unsigned set = line / 32;
    uint32_t mask = BIT(line % 32);
    bool rose = level && !(e->level[set] & mask);

    e->level[set] = level ? e->level[set] | mask : e->level[set] & ~mask;
    if (!rose) {
        return;
    }
    for (unsigned c = 0; c < CORES; c++) {
        if (mask & e->cpu[c].emr[set]) {
            rxev(e, c);
        }
    }
}

/* Direct lines of the sources modelled here. A USART's line carries what wakes (UESM) only. */
static const struct {
    uint8_t irq, line;
} direct_irqs[] = {{5, 61},   {64, 80},  {65, 79},  {125, 77}, {126, 78}, {37, 26},  {38, 27},
                   {39, 28},  {71, 29},  {52, 30},  {53, 31},  {82, 32},  {83, 33},  {142, 34},
                   {93, 47},  {138, 48}, {139, 50}, {140, 52}, {141, 53}, {149, 55}, {149, 56},
                   {149, 57}, {149, 58}, {149, 59}, {149, 60}};

#define IRQ_HOLD 148 /* RM0399, HOLD: wakes the holder; no line is named */

static bool line_wakes(const struct exti *e, enum core_id id, unsigned irq, unsigned line)
{
    const uint32_t bit = BIT(line % 32);

    if (!(e->cpu[id].imr[line / 32] & bit)) {
        return false;
    }
    return line < 55 || line > 60 ? line > 34 || uart_wakes(e->m, irq) : e->level[1] & bit;
}

bool exti_wakes(const struct exti *e, enum core_id id, unsigned irq)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (requests[i].irq == irq && requests[i].cores & BIT(id)) {
            return true;
        }
    }
    for (unsigned i = 0; i < sizeof(direct_irqs) / sizeof(direct_irqs[0]); i++) {
        if (direct_irqs[i].irq == irq && line_wakes(e, id, irq, direct_irqs[i].line)) {
            return true;
        }
    }
    return irq == IRQ_HOLD;
}

void exti_sev(struct exti *e, enum core_id from)
{
    enum core_id to = from == CM7 ? CM4 : CM7;
    unsigned line = from == CM7 ? 80 : 79;

    exti_direct(e, line, true); /* a pulse: shorter than anybody's look at it */
    exti_direct(e, line, false);
    if (e->m->core[to]) {
        core_pulse_irq(e->m->core[to], from == CM7 ? 64 : 65);
    }
}

/* ---- registers ---- */

/* Per-core registers start at 0x80 and 0xC0; IMR, EMR, PR of set n at +0x10 * n. */
static uint32_t *cpu_word(struct exti *e, uint32_t off, unsigned *set)
{
    unsigned core = off >= 0xC0;

    *set = off >> 4 & 3;
    if (*set >= LINE_SETS) {
        return NULL;
    }
    switch (off & 0xF) {
    case 0x0:
        return &e->cpu[core].imr[*set];
    case 0x4:
        return &e->cpu[core].emr[*set];
    case 0x8:
        return &e->cpu[core].pr[*set];
    default:
        return NULL;
    }
}

static uint32_t *common_word(struct exti *e, uint32_t off, unsigned *set)
{
    *set = off >> 5;
    if (*set >= LINE_SETS) {
        return NULL;
    }
    switch (off & 0x1F) {
    case 0x00:
        return &e->rtsr[*set];
    case 0x04:
        return &e->ftsr[*set];
    case 0x0C:
    case 0x10:
    case 0x14:
        return &e->d3[*set][(off & 0x1F) / 4 - 3];
    default:
        return NULL; /* SWIER reads 0 */
    }
}

static uint32_t read_word(struct exti *e, uint32_t off)
{
    unsigned set;
    const uint32_t *w = off < 0x80    ? common_word(e, off, &set)
                        : off < 0x100 ? cpu_word(e, off, &set)
                                      : NULL;

    return w ? *w : 0;
}

static void cpu_write(struct exti *e, uint32_t off, uint32_t value, uint32_t lanes)
{
    unsigned set;
    uint32_t *w = cpu_word(e, off, &set);

    if (!w) {
        return;
    }
    if ((off & 0xF) != 0x8) {
        *w = reg_merge(*w, value & lines[set], lanes);
        return;
    }
    *w &= ~value; /* PR: write 1 clears */
    update_requests(e, set, value);
}

/* D3PCRxL and H: two bits for each line that can wake D3. */
static uint32_t d3_pending_fields(unsigned set, bool high)
{
    uint32_t fields = 0;

    for (unsigned i = 0; i < 16; i++) {
        fields |= d3_lines[set] >> (i + (high ? 16 : 0)) & 1 ? 3u << 2 * i : 0;
    }
    return fields;
}

static void d3_write(struct exti *e, uint32_t off, uint32_t *w, unsigned set, uint32_t v)
{
    bool pmr = (off & 0x1F) == 0x0C;

    *w = v & (pmr ? d3_lines[set] : d3_pending_fields(set, (off & 0x1F) == 0x14));
    if (pmr && *w) {
        machine_note(e->m, N_EXTI_D3_AUTONOMOUS, EXTI_BASE + off,
                     "EXTI_D3PMR%u: the D3 domain is to wake by itself; the model has no "
                     "autonomous mode",
                     set + 1);
    }
}

static void common_write(struct exti *e, uint32_t off, uint32_t value, uint32_t lanes)
{
    unsigned set;
    uint32_t *w = common_word(e, off, &set);

    if ((off & 0x1F) == 0x08 && off >> 5 < LINE_SETS) {
        trigger(e, off >> 5, value & configurable[off >> 5]);
    } else if (w && (off & 0x1F) >= 0x0C) {
        d3_write(e, off, w, set, reg_merge(*w, value, lanes));
    } else if (w) {
        *w = reg_merge(*w, value, lanes) & configurable[set];
    }
}

static enum bus_status exti_read(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t *value)
{
    (void)a;
    *value = reg_part(read_word(self, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status exti_write(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t value)
{
    (void)a;
    uint32_t v = reg_shift(value, off, size), lanes = reg_lanes(off, size);
    off &= ~3u;
    if (off < 0x80) {
        common_write(self, off, v, lanes);
    } else if (off < 0x100) {
        cpu_write(self, off, v, lanes);
    }
    return BUS_OK;
}

static uint32_t exti_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return read_word(self, off);
}

static void exti_reset(void *self, bool power_on)
{
    struct exti *e = self;

    (void)power_on;
    struct machine *m = e->m;
    uint32_t level[LINE_SETS];
    memcpy(level, e->level, sizeof(level)); /* belongs to the sources */
    memset(e, 0, sizeof(*e));
    memcpy(e->level, level, sizeof(level));
    e->m = m;
    for (unsigned c = 0; c < CORES; c++) {
        memcpy(e->cpu[c].imr, imr_reset, sizeof(imr_reset));
    }
    for (unsigned set = 0; set < LINE_SETS; set++) {
        update_requests(e, set, 0xFFFFFFFF);
    }
}

static const struct dev_ops ops = {exti_read, exti_write, exti_peek, exti_reset};

void exti_new(struct machine *m)
{
    struct exti *e = machine_alloc(m, sizeof(*e));

    e->m = m;
    m->exti = e;
    struct dev d = {.name = "EXTI",
                    .base = EXTI_BASE,
                    .size = 0x400,
                    .gate = GATE_NONE,
                    .ops = &ops,
                    .steady = bus_steady,
                    .self = e};
    bus_add_dev(&m->bus, &d);
}
