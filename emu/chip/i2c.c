/* SPDX-License-Identifier: MIT */
/*
 * I2C1 to I2C4 as master, 7 bits of address (RM0399, Inter-integrated circuit). Bits take their
 * time by TIMINGR; NBYTES, RELOAD, AUTOEND, repeated START, NACK, interrupts and DMA requests.
 * Slave mode, 10 bits of address and SMBus are reported.
 */
#include "emu/chip/regfile.h"
#include "emu/chip/seam/serial.h"

#include <string.h>

enum {
    I2C_CR1 = 0x00,
    I2C_CR2 = 0x04,
    I2C_OAR1 = 0x08,
    I2C_OAR2 = 0x0C,
    I2C_TIMINGR = 0x10,
    I2C_ISR = 0x18,
    I2C_ICR = 0x1C,
    I2C_RXDR = 0x24,
    I2C_TXDR = 0x28
};

#define CR1_PE      BIT(0)
#define CR1_TXDMA   BIT(14)
#define CR1_RXDMA   BIT(15)
#define CR1_SMBUS   (0xFu << 20)
#define CR1_ENABLES 0xFEu
#define CR2_READ    BIT(10)
#define CR2_ADD10   BIT(11)
#define CR2_START   BIT(13)
#define CR2_STOP    BIT(14)
#define CR2_RELOAD  BIT(24)
#define CR2_AUTOEND BIT(25)
#define OAR_EN      BIT(15)

#define ISR_TXE   BIT(0)
#define ISR_TXIS  BIT(1)
#define ISR_RXNE  BIT(2)
#define ISR_NACKF BIT(4)
#define ISR_STOPF BIT(5)
#define ISR_TC    BIT(6)
#define ISR_TCR   BIT(7)
#define ISR_BUSY  BIT(15)
#define CLEARABLE (ISR_NACKF | ISR_STOPF | 0x3F08u)

#define DEVICES   4
#define BYTE_BITS 9 /* with its acknowledge */

enum phase {
    IDLE,
    ADDRESS,
    SENDING,
    WAITS_FOR_DATA,
    RECEIVING,
    WAITS_FOR_READER,
    STRETCHED,
    STOPPING
};

struct place {
    const char *name;
    uint8_t event_irq, error_irq, request; /* of the receiver; the transmitter's is the next */
    const struct kernel_clock *clock;
};

static const struct place places[] = {
    {"I2C1", 31, 32, 33, &kernel_i2c123},
    {"I2C2", 33, 34, 35, &kernel_i2c123},
    {"I2C3", 72, 73, 73, &kernel_i2c123},
    {"I2C4", 95, 96, DMAMUX2_REQUEST(13), &kernel_i2c4},
};

struct i2c {
    struct regfile *f;
    struct machine *m;
    const struct place *place;
    struct i2c_device device[DEVICES];
    unsigned devices;
    const struct i2c_device *with; /* the one that has acknowledged */
    enum phase phase;
    bool reads, again; /* a START came while the last transfer is held */
    unsigned left;     /* bytes of NBYTES still to come */
    uint32_t isr;      /* without BUSY */
    uint8_t rx;
    bool irq;
    struct sched_event ev;
};

static uint32_t held(const struct i2c *i, uint32_t off)
{
    return rf_held(i->f, off);
}

static uint32_t status(const struct i2c *i)
{
    return i->isr | (i->phase != IDLE ? ISR_BUSY : 0);
}

static void update(struct i2c *i)
{
    uint32_t isr = status(i), cr1 = held(i, I2C_CR1);
    uint32_t enabled = cr1 & CR1_ENABLES;
    bool complete = isr & (ISR_TC | ISR_TCR) && enabled & ISR_TC;
    bool irq = (isr & enabled & (ISR_TXIS | ISR_RXNE | ISR_NACKF | ISR_STOPF)) || complete;

    if (irq != i->irq) {
        i->irq = irq;
        machine_irq(i->m, i->place->event_irq, irq);
    }
    dma_request(i->m, i->place->request, cr1 & CR1_RXDMA && isr & ISR_RXNE);
    dma_request(i->m, i->place->request + 1u, cr1 & CR1_TXDMA && isr & ISR_TXIS);
}

/* ---- time ---- */

static vtime_t bits(const struct i2c *i, unsigned n)
{
    uint32_t t = held(i, I2C_TIMINGR);
    uint64_t hz = rcc_kernel_hz(i->m->rcc, i->place->clock);
    uint64_t cycles = (uint64_t)((t & 0xFF) + (t >> 8 & 0xFF) + 2) * ((t >> 28) + 1) * n;

    return hz ? cycles * VT_S / hz : VT_NEVER;
}

static void go(struct i2c *i, enum phase phase, unsigned n)
{
    vtime_t span = bits(i, n);

    i->phase = phase;
    if (span != VT_NEVER) {
        sched_at(&i->m->sched, &i->ev, machine_now(i->m) + span);
    }
}

/* ---- transfers ---- */

static void leave_device(struct i2c *i)
{
    if (i->with) {
        i->with->end(i->with->arg);
    }
    i->with = NULL;
}

static void start(struct i2c *i)
{
    uint32_t cr2 = held(i, I2C_CR2);

    leave_device(i);
    i->isr &= ~(ISR_TC | ISR_TCR);
    i->reads = cr2 & CR2_READ;
    i->left = cr2 >> 16 & 0xFF;
    if (cr2 & CR2_ADD10) {
        rf_missing(i->f, I2C_CR2, "10 bits of address (ADD10)");
    }
    go(i, ADDRESS, 1 + BYTE_BITS);
}

static void stop(struct i2c *i)
{
    i->isr &= ~(ISR_TC | ISR_TCR | ISR_TXIS);
    go(i, STOPPING, 1);
}

/* NBYTES have gone: more of them, the end, or the firmware decides. */
static void completed(struct i2c *i)
{
    uint32_t cr2 = held(i, I2C_CR2);

    if (cr2 & CR2_RELOAD) {
        i->isr |= ISR_TCR;
        i->phase = STRETCHED;
    } else if (cr2 & CR2_AUTOEND) {
        stop(i);
    } else {
        i->isr |= ISR_TC;
        i->phase = STRETCHED;
    }
}

static void next(struct i2c *i)
{
    if (!i->left) {
        completed(i);
    } else if (i->reads) {
        go(i, RECEIVING, BYTE_BITS);
    } else if (i->isr & ISR_TXE) {
        i->isr |= ISR_TXIS;
        i->phase = WAITS_FOR_DATA;
    } else {
        i->isr |= ISR_TXE;
        go(i, SENDING, BYTE_BITS);
    }
}

/* Nobody acknowledges: a STOP follows by itself. */
static void refused(struct i2c *i)
{
    i->isr |= ISR_NACKF | ISR_TXE;
    stop(i);
}

static void addressed(struct i2c *i)
{
    uint8_t address = held(i, I2C_CR2) >> 1 & 0x7F;

    for (unsigned n = 0; n < i->devices; n++) {
        const struct i2c_device *d = &i->device[n];
        if (d->address == address && d->begin(d->arg, i->reads)) {
            i->with = d;
            next(i);
            return;
        }
    }
    refused(i);
}

static void received(struct i2c *i)
{
    if (i->isr & ISR_RXNE) {
        i->phase = WAITS_FOR_READER; /* the clock is held low */
        return;
    }
    i->rx = i->with->read(i->with->arg);
    i->isr |= ISR_RXNE;
    i->left--;
    next(i);
}

static void on_time(void *arg)
{
    struct i2c *i = arg;

    switch (i->phase) {
    case ADDRESS:
        addressed(i);
        break;
    case SENDING:
        i->left--;
        if (i->with->write(i->with->arg, (uint8_t)held(i, I2C_TXDR))) {
            next(i);
        } else {
            refused(i);
        }
        break;
    case RECEIVING:
        received(i);
        break;
    case STOPPING:
        leave_device(i);
        i->isr |= ISR_STOPF;
        i->phase = IDLE;
        if (i->again) {
            i->again = false;
            start(i);
        }
        break;
    default:
        break;
    }
    update(i);
}

/* ---- registers ---- */

static void idle(struct i2c *i)
{
    sched_cancel(&i->m->sched, &i->ev);
    leave_device(i);
    i->phase = IDLE;
    i->isr = ISR_TXE;
    i->again = false;
}

static void control2(struct i2c *i, uint32_t written)
{
    if (!(held(i, I2C_CR1) & CR1_PE)) {
        return;
    }
    if (written & CR2_START) {
        if (i->phase == STOPPING) {
            i->again = true; /* as soon as the bus is free */
        } else if (i->phase == IDLE || i->phase == STRETCHED) {
            start(i);
        }
    } else if (written & CR2_STOP && i->phase != IDLE && i->phase != STOPPING) {
        stop(i);
    } else if (i->isr & ISR_TCR && written >> 16 & 0xFF) {
        i->isr &= ~ISR_TCR;
        i->left = written >> 16 & 0xFF;
        next(i);
    }
}

static void data(struct i2c *i)
{
    i->isr &= ~(ISR_TXE | ISR_TXIS);
    if (i->phase == WAITS_FOR_DATA) {
        next(i);
    }
}

static void i2c_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct i2c *i = self;

    (void)size;
    switch (off) {
    case I2C_CR1:
        if (!(held(i, I2C_CR1) & CR1_PE)) {
            idle(i);
        }
        if (held(i, I2C_CR1) & ~old & CR1_SMBUS) {
            rf_missing(i->f, I2C_CR1, "SMBus");
        }
        break;
    case I2C_CR2:
        control2(i, written);
        break;
    case I2C_OAR1:
    case I2C_OAR2:
        if (written & ~old & OAR_EN) {
            rf_missing(i->f, off, "slave mode: nobody calls this address");
        }
        break;
    case I2C_ISR:
        i->isr |= written & ISR_TXE; /* drops what was not sent */
        break;
    case I2C_ICR:
        i->isr &= ~(written & CLEARABLE);
        break;
    case I2C_TXDR:
        data(i);
        break;
    default:
        break;
    }
    update(i);
}

static uint32_t i2c_look(const void *self, uint32_t off, uint32_t value)
{
    const struct i2c *i = self;

    return off == I2C_ISR ? status(i) : off == I2C_RXDR ? i->rx : value;
}

static void i2c_read(void *self, uint32_t off, unsigned size)
{
    struct i2c *i = self;

    (void)size;
    if (off != I2C_RXDR) {
        return;
    }
    i->isr &= ~ISR_RXNE;
    if (i->phase == WAITS_FOR_READER) {
        received(i);
    }
    update(i);
}

static void i2c_reset(void *self)
{
    struct i2c *i = self;

    idle(i);
    update(i);
}

static void *i2c_make(struct regfile *f)
{
    struct machine *m = rf_machine(f);
    struct i2c *i = machine_alloc(m, sizeof(*i));

    i->f = f;
    i->m = m;
    for (size_t n = 0; n < sizeof(places) / sizeof(places[0]); n++) {
        if (strcmp(places[n].name, rf_block_of(f)->name) == 0) {
            i->place = &places[n];
        }
    }
    sched_event_init(&i->ev, "I2C: a byte or condition has passed", on_time, i);
    return i;
}

const struct rf_model i2c_model = {RF_I2C, i2c_make, i2c_reset, i2c_look, i2c_read, i2c_write};

/* ---- the board ---- */

bool i2c_attach(struct machine *m, const char *bus, const struct i2c_device *device)
{
    struct i2c *i = strncmp(bus, "I2C", 3) == 0 ? rf_model_named(m, bus) : NULL;

    if (!i || i->devices == DEVICES) {
        return false;
    }
    i->device[i->devices++] = *device;
    return true;
}
