/* SPDX-License-Identifier: MIT */
/*
 * QUADSPI: indirect mode, automatic polling, memory-mapped mode (RM0399, Quad-SPI interface). Bytes
 * take the time of their clock cycles; a memory-mapped read takes none. Double data rate, the
 * second flash and DMA are reported.
 */
#include "emu/chip/seam/quadspi.h"

#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <string.h>

#define QSPI_BASE   0x52005000u
#define QSPI_WINDOW 0x90000000u
#define QSPI_IRQ    92
#define FIFO        32u

enum {
    CR = 0x00,
    DCR = 0x04,
    SR = 0x08,
    FCR = 0x0C,
    DLR = 0x10,
    CCR = 0x14,
    AR = 0x18,
    ABR = 0x1C,
    DR = 0x20,
    PSMKR = 0x24,
    PSMAR = 0x28,
    PIR = 0x2C,
    LPTR = 0x30,
    WORDS = 0x34 / 4,
};

#define CR_EN     BIT(0)
#define CR_ABORT  BIT(1)
#define CR_DMAEN  BIT(2)
#define CR_DFM    BIT(6)
#define CR_APMS   BIT(22)
#define CR_PMM    BIT(23)
#define SR_TEF    BIT(0)
#define SR_TCF    BIT(1)
#define SR_FTF    BIT(2)
#define SR_SMF    BIT(3)
#define SR_BUSY   BIT(5)
#define SR_CLEARS 0x1Bu /* TEF, TCF, SMF, TOF */
#define CCR_SIOO  BIT(28)
#define CCR_DDRM  BIT(31)

enum mode { INDIRECT_WRITE, INDIRECT_READ, POLLING, MAPPED };

static const struct {
    uint8_t off;
    uint32_t writable;
} regs[] = {
    {CR, 0xFFDF1FDF & ~CR_ABORT},
    {DCR, 0x001F0701},
    {DLR, 0xFFFFFFFF},
    {CCR, 0xDF7FFFFF},
    {AR, 0xFFFFFFFF},
    {ABR, 0xFFFFFFFF},
    {PSMKR, 0xFFFFFFFF},
    {PSMAR, 0xFFFFFFFF},
    {PIR, 0xFFFF},
    {LPTR, 0xFFFF},
};

struct quadspi {
    struct machine *m;
    struct qspi_device device;
    uint32_t word[WORDS], flags;
    bool running;  /* an operation of indirect mode or polling, or memory-mapped mode */
    bool selected; /* the command is out */
    uint32_t left; /* bytes of this operation that are still to cross the pins */
    uint8_t fifo[FIFO];
    unsigned level;
    uint32_t sent; /* instruction of the command before, for SIOO */
    bool told_empty;
    struct sched_event step;
};

static uint32_t reg(const struct quadspi *q, uint32_t off)
{
    return q->word[off / 4];
}

static enum mode mode_of(const struct quadspi *q)
{
    return (enum mode)(reg(q, CCR) >> 26 & 3);
}

static unsigned lines(uint32_t field)
{
    static const uint8_t count[4] = {0, 1, 2, 4};

    return count[field & 3];
}

static uint64_t flash_bytes(const struct quadspi *q)
{
    return 2ull << (reg(q, DCR) >> 16 & 31);
}

/* ---- interrupt ---- */

static bool over_threshold(const struct quadspi *q)
{
    const unsigned threshold = (reg(q, CR) >> 8 & 31) + 1;

    switch (mode_of(q)) {
    case INDIRECT_READ:
        return q->running && (q->level >= threshold || (q->level && !q->left));
    case INDIRECT_WRITE: /* before the first byte, too: drivers wait for it */
        return reg(q, CR) & CR_EN && lines(reg(q, CCR) >> 24) && FIFO - q->level >= threshold;
    default:
        return false;
    }
}

static uint32_t status(const struct quadspi *q)
{
    return q->flags | (over_threshold(q) ? SR_FTF : 0) | (q->running ? SR_BUSY : 0) | q->level << 8;
}

static void update_irq(const struct quadspi *q)
{
    machine_irq(q->m, QSPI_IRQ, reg(q, CR) >> 16 & status(q) & 0x1F);
}

/* ---- the pins ---- */

static const struct kernel_clock kernel = {
    CCIP_D1, 4, 2, {CLK_HCLK, CLK_PLL1Q, CLK_PLL2R, CLK_PER}};

static vtime_t cycles(const struct quadspi *q, uint64_t n)
{
    const uint64_t hz = rcc_kernel_hz(q->m->rcc, &kernel);

    return hz ? (vtime_t)((unsigned __int128)n * ((reg(q, CR) >> 24) + 1) * VT_S / hz) : VT_MS;
}

static struct qspi_command command(const struct quadspi *q, uint32_t address)
{
    const uint32_t ccr = reg(q, CCR);
    const unsigned alternate_lines = lines(ccr >> 14), bytes = (ccr >> 16 & 3) + 1;

    return (struct qspi_command){
        .instruction = (uint8_t)ccr,
        .instruction_lines = lines(ccr >> 8),
        .address_lines = lines(ccr >> 10),
        .data_lines = lines(ccr >> 24),
        .address = address,
        .address_bytes = lines(ccr >> 10) ? (ccr >> 12 & 3) + 1 : 0,
        .gap = (alternate_lines ? 8 * bytes / alternate_lines : 0) + (ccr >> 18 & 31),
    };
}

/* Clock cycles of everything before the data. */
static uint64_t head_cycles(const struct qspi_command *c)
{
    return (c->instruction_lines ? 8 / c->instruction_lines : 0) +
           (c->address_lines ? 8u * c->address_bytes / c->address_lines : 0) + c->gap;
}

/* SIOO: the instruction goes out once, with the first command. */
static void begin(struct quadspi *q, uint32_t address)
{
    struct qspi_command c = command(q, address);

    if (reg(q, CCR) & CCR_SIOO && q->sent == (reg(q, CCR) & 0xFF)) {
        c.instruction_lines = 0;
    }
    q->sent = reg(q, CCR) & 0xFF;
    if (q->device.begin) {
        q->device.begin(q->device.arg, &c);
    } else if (!q->told_empty) {
        q->told_empty = true;
        machine_note(q->m, N_QSPI_EMPTY, QSPI_BASE,
                     "QUADSPI: a command goes out, and there is no memory that answers (--part "
                     "QUADSPI=flash): it reads ones");
    }
    q->selected = true;
}

static void end(struct quadspi *q)
{
    if (q->selected && q->device.end) {
        q->device.end(q->device.arg);
    }
    q->selected = false;
}

static uint8_t get(const struct quadspi *q)
{
    return q->device.read ? q->device.read(q->device.arg) : 0xFF;
}

/* ---- operations ---- */

static void finish(struct quadspi *q, uint32_t flag)
{
    end(q);
    q->flags |= flag;
    q->left = 0;
    sched_cancel(&q->m->sched, &q->step);
    if (mode_of(q) != INDIRECT_READ || !q->level) { /* reading is over when the FIFO is empty */
        q->running = false;
    }
    update_irq(q);
}

static uint64_t byte_cycles(const struct quadspi *q)
{
    const unsigned data = lines(reg(q, CCR) >> 24);

    return data ? 8 / data : 0;
}

static void next_byte(struct quadspi *q)
{
    const bool may = mode_of(q) == INDIRECT_READ ? q->level < FIFO : q->level > 0;

    if (!q->left) {
        finish(q, SR_TCF);
    } else if (may && !sched_pending(&q->step)) {
        sched_at(&q->m->sched, &q->step, machine_now(q->m) + cycles(q, byte_cycles(q)));
    }
}

static void move_byte(struct quadspi *q)
{
    if (mode_of(q) == INDIRECT_READ) {
        q->fifo[q->level++] = get(q);
    } else {
        if (q->device.write) {
            q->device.write(q->device.arg, q->fifo[0]);
        }
        memmove(q->fifo, q->fifo + 1, --q->level);
    }
    q->left--;
    next_byte(q);
    update_irq(q);
}

static void poll_once(struct quadspi *q)
{
    const unsigned bytes = reg(q, DLR) < 4 ? reg(q, DLR) + 1 : 4;
    const struct qspi_command c = command(q, reg(q, AR));
    uint32_t v = 0;

    begin(q, reg(q, AR));
    for (unsigned i = 0; i < bytes; i++) {
        v |= (uint32_t)get(q) << 8 * i;
    }
    end(q);
    const uint32_t mask = reg(q, PSMKR), same = ~(v ^ reg(q, PSMAR)) & mask;
    if (reg(q, CR) & CR_PMM ? same != 0 : same == mask) {
        q->flags |= SR_SMF;
        q->running = !(reg(q, CR) & CR_APMS);
    }
    if (q->running) {
        sched_at(&q->m->sched, &q->step,
                 machine_now(q->m) +
                     cycles(q, head_cycles(&c) + bytes * byte_cycles(q) + reg(q, PIR) + 1));
    }
    update_irq(q);
}

static void on_step(void *arg)
{
    struct quadspi *q = arg;

    if (mode_of(q) == POLLING) {
        poll_once(q);
    } else if (!q->selected) {
        begin(q, reg(q, AR));
        next_byte(q);
    } else {
        move_byte(q);
    }
}

static void start(struct quadspi *q)
{
    const struct qspi_command c = command(q, reg(q, AR));
    const uint64_t bytes = c.data_lines ? (uint64_t)reg(q, DLR) + 1 : 0;

    if (q->running || !(reg(q, CR) & CR_EN)) {
        return;
    }
    if (c.address_lines && mode_of(q) != MAPPED && reg(q, AR) >= flash_bytes(q)) {
        q->flags |= SR_TEF;
        update_irq(q);
        return;
    }
    q->running = true;
    q->left = bytes > UINT32_MAX ? (uint32_t)(flash_bytes(q) - reg(q, AR)) : (uint32_t)bytes;
    if (mode_of(q) != MAPPED) {
        sched_at(&q->m->sched, &q->step, machine_now(q->m) + cycles(q, head_cycles(&c)));
    }
    update_irq(q);
}

/* What begins an operation: the last thing that its command needs (RM0399, triggering). */
static void written(struct quadspi *q, uint32_t off)
{
    const bool address = lines(reg(q, CCR) >> 10), data = lines(reg(q, CCR) >> 24);
    const uint32_t last = mode_of(q) == MAPPED                   ? CCR
                          : mode_of(q) == INDIRECT_WRITE && data ? DR
                          : address                              ? AR
                                                                 : CCR;

    if (off == last) {
        start(q);
    }
}

static void abort_it(struct quadspi *q)
{
    q->level = 0;
    finish(q, SR_TCF);
    q->running = false;
    q->sent = UINT32_MAX;
    update_irq(q);
}

/* ---- registers ---- */

static void report(struct quadspi *q, uint32_t off, uint32_t risen)
{
    const char *what = off == CR && risen & CR_DMAEN    ? "DMA (DMAEN)"
                       : off == CR && risen & CR_DFM    ? "a second flash (DFM)"
                       : off == CCR && risen & CCR_DDRM ? "double data rate (DDRM)"
                                                        : NULL;

    if (what) {
        machine_note(q->m, N_QSPI_FEATURE, QSPI_BASE + off,
                     "QUADSPI: firmware switched on %s, which is not modelled", what);
    }
}

static void plain_write(struct quadspi *q, uint32_t off, uint32_t value)
{
    for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        if (regs[i].off != off) {
            continue;
        }
        if (off != CR && q->running) {
            return; /* RM0399: cannot be written while BUSY */
        }
        report(q, off, value & ~q->word[off / 4]);
        q->word[off / 4] = value & regs[i].writable;
        if (off == CCR || off == AR) {
            written(q, off);
        }
    }
}

static void data_write(struct quadspi *q, uint32_t value, unsigned size)
{
    if (mode_of(q) != INDIRECT_WRITE) {
        return;
    }
    for (unsigned i = 0; i < size && q->level < FIFO; i++) {
        q->fifo[q->level++] = (uint8_t)(value >> 8 * i);
    }
    written(q, DR);
    if (q->selected) {
        next_byte(q);
    }
}

static uint32_t data_read(struct quadspi *q, unsigned size)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < size && q->level; i++) {
        v |= (uint32_t)q->fifo[0] << 8 * i;
        memmove(q->fifo, q->fifo + 1, --q->level);
    }
    if (!q->left && !q->level && mode_of(q) == INDIRECT_READ) {
        q->running = false;
    } else if (q->selected) {
        next_byte(q);
    }
    update_irq(q);
    return v;
}

static uint32_t look(const struct quadspi *q, uint32_t off)
{
    return off == SR ? status(q) : off < sizeof(q->word) ? q->word[off / 4] : 0;
}

static enum bus_status quadspi_read(void *self, const struct bus_access *a, uint32_t off,
                                    unsigned size, uint32_t *value)
{
    struct quadspi *q = self;

    (void)a;
    *value = off == DR ? data_read(q, size) : reg_part(look(q, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status quadspi_write(void *self, const struct bus_access *a, uint32_t off,
                                     unsigned size, uint32_t value)
{
    struct quadspi *q = self;
    const uint32_t word = off & ~3u, v = reg_shift(value, off, size);

    (void)a;
    if (off == DR) {
        data_write(q, value, size);
    } else if (word == FCR) {
        q->flags &= ~(v & SR_CLEARS);
    } else {
        plain_write(q, word, reg_merge(look(q, word), v, reg_lanes(off, size)));
        if (word == CR && v & CR_ABORT) {
            abort_it(q);
        }
    }
    update_irq(q);
    return BUS_OK;
}

static uint32_t quadspi_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return look(self, off & ~3u);
}

static void quadspi_reset(void *self, bool power_on)
{
    struct quadspi *q = self;

    (void)power_on;
    end(q);
    sched_cancel(&q->m->sched, &q->step);
    memset(q->word, 0, sizeof(q->word));
    q->flags = q->left = 0;
    q->level = 0;
    q->running = false;
    q->sent = UINT32_MAX;
    update_irq(q);
}

/* ---- the window of memory-mapped mode: 256 MiB, to read ---- */

static enum bus_status window_read(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t *value)
{
    struct quadspi *q = self;

    if (a->fetch || mode_of(q) != MAPPED || !q->running || off + size > flash_bytes(q)) {
        return BUS_ERROR;
    }
    begin(q, off);
    *value = 0;
    for (unsigned i = 0; i < size; i++) {
        *value |= (uint32_t)get(q) << 8 * i;
    }
    end(q);
    return BUS_OK;
}

static enum bus_status window_write(void *self, const struct bus_access *a, uint32_t off,
                                    unsigned size, uint32_t value)
{
    (void)self, (void)a, (void)off, (void)size, (void)value;
    return BUS_ERROR;
}

static uint32_t window_peek(void *self, enum core_id view, uint32_t off)
{
    const struct bus_access a = {.master = view};
    uint32_t value = 0;

    window_read(self, &a, off, 4, &value);
    return value;
}

/* ---- life ---- */

static const struct dev_ops ops = {quadspi_read, quadspi_write, quadspi_peek, quadspi_reset};
static const struct dev_ops window = {window_read, window_write, window_peek, NULL};

static bool steady(const void *self, uint32_t off)
{
    (void)self;
    return off != DR;
}

void quadspi_attach(struct machine *m, const struct qspi_device *device)
{
    struct quadspi *q = bus_find_dev(&m->bus, QSPI_BASE)->self;

    q->device = *device;
}

void quadspi_new(struct machine *m)
{
    struct quadspi *q = machine_alloc(m, sizeof(*q));
    const struct dev registers = {.name = "QUADSPI",
                                  .base = QSPI_BASE,
                                  .size = 0x1000,
                                  .gate = GATE(G_AHB3, 14),
                                  .ops = &ops,
                                  .steady = steady,
                                  .self = q};
    const struct dev mapped = {.name = "QUADSPI memory",
                               .base = QSPI_WINDOW,
                               .size = 0x10000000,
                               .gate = GATE(G_AHB3, 14),
                               .ops = &window,
                               .self = q};

    q->m = m;
    q->sent = UINT32_MAX;
    sched_event_init(&q->step, "QUADSPI: a step of a command", on_step, q);
    bus_add_dev(&m->bus, &registers);
    bus_add_dev(&m->bus, &mapped);
}
