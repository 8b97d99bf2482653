/* SPDX-License-Identifier: MIT */
/*
 * QUADSPI: indirect mode, automatic polling, memory-mapped mode (RM0399, Quad-SPI interface). Bytes
 * take the time of their clock cycles; a memory-mapped read takes none. Double data rate, the
 * second flash and DMA are reported.
 */
#include "emu/chip/quadspi.h"

#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/memory.h"

#include <string.h>

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

/* ---- registers ---- */

static void report(struct quadspi *q, uint32_t off, uint32_t risen)
{
    const char *what = off == CR && risen & CR_DMAEN    ? "DMA (DMAEN)"
                       : off == CR && risen & CR_DFM    ? "a second flash (DFM)"
                       : off == CCR && risen & CCR_DDRM ? "double data rate (DDRM)"
                                                        : NULL;

    if (what) {
        machine_note(q->m, N_QSPI_FEATURE, QUADSPI_BASE + off,
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
            quadspi_written(q, off);
        }
    }
}

static void data_write(struct quadspi *q, uint32_t value, unsigned size)
{
    if (quadspi_mode(q) != INDIRECT_WRITE) {
        return;
    }
    for (unsigned i = 0; i < size && q->level < QSPI_FIFO; i++) {
        q->fifo[q->level++] = (uint8_t)(value >> 8 * i);
    }
    quadspi_written(q, DR);
    if (q->selected) {
        quadspi_next_byte(q);
    }
}

static uint32_t data_read(struct quadspi *q, unsigned size)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < size && q->level; i++) {
        v |= (uint32_t)q->fifo[0] << 8 * i;
        memmove(q->fifo, q->fifo + 1, --q->level);
    }
    if (!q->left && !q->level && quadspi_mode(q) == INDIRECT_READ) {
        q->running = false;
    } else if (q->selected) {
        quadspi_next_byte(q);
    }
    quadspi_update_irq(q);
    return v;
}

static uint32_t look(const struct quadspi *q, uint32_t off)
{
    return off == SR ? quadspi_status(q) : off < sizeof(q->word) ? q->word[off / 4] : 0;
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
            quadspi_abort(q);
        }
    }
    quadspi_update_irq(q);
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
    quadspi_end(q);
    sched_cancel(&q->m->sched, &q->step);
    memset(q->word, 0, sizeof(q->word));
    q->flags = q->left = 0;
    q->level = 0;
    q->running = false;
    q->sent = UINT32_MAX;
    quadspi_update_irq(q);
}

/* ---- the window of memory-mapped mode: 256 MiB, to read ---- */

static enum bus_status window_read(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t *value)
{
    struct quadspi *q = self;

    if (a->fetch || quadspi_mode(q) != MAPPED || !q->running ||
        off + size > quadspi_flash_bytes(q)) {
        return BUS_ERROR;
    }
    quadspi_begin(q, off);
    *value = 0;
    for (unsigned i = 0; i < size; i++) {
        *value |= (uint32_t)quadspi_get(q) << 8 * i;
    }
    quadspi_end(q);
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
    struct quadspi *q = bus_find_dev(&m->bus, QUADSPI_BASE)->self;

    q->device = *device;
}

void quadspi_new(struct machine *m)
{
    struct quadspi *q = machine_alloc(m, sizeof(*q));
    const struct dev registers = {.name = "QUADSPI",
                                  .base = QUADSPI_BASE,
                                  .size = 0x1000,
                                  .gate = GATE(G_AHB3, 14),
                                  .ops = &ops,
                                  .steady = steady,
                                  .self = q};
    const struct dev mapped = {.name = "QUADSPI memory",
                               .base = MEM_QUADSPI_BASE,
                               .size = MEM_QUADSPI_SIZE,
                               .gate = GATE(G_AHB3, 14),
                               .ops = &window,
                               .self = q};

    q->m = m;
    q->sent = UINT32_MAX;
    sched_event_init(&q->step, "QUADSPI: a step of a command", quadspi_step, q);
    bus_add_dev(&m->bus, &registers);
    bus_add_dev(&m->bus, &mapped);
}
