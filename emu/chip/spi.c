/* SPDX-License-Identifier: MIT */
/*
 * SPI1 to SPI6 as master (RM0399, Serial peripheral interface). Frames take their time on the
 * kernel clock; both FIFOs have their size; end of transfer, suspension, overrun and DMA requests.
 * Slave mode, CRC, I2S and the TI protocol are reported.
 */
#include "emu/chip/regfile.h"
#include "emu/chip/seam/serial.h"

#include <string.h>

enum {
    SPI_CR1 = 0x00,
    SPI_CR2 = 0x04,
    SPI_CFG1 = 0x08,
    SPI_CFG2 = 0x0C,
    SPI_IER = 0x10,
    SPI_SR = 0x14,
    SPI_IFCR = 0x18,
    SPI_TXDR = 0x20,
    SPI_RXDR = 0x30,
    SPI_I2SCFGR = 0x50
};

#define CR1_SPE     BIT(0)
#define CR1_MASRX   BIT(8)
#define CR1_CSTART  BIT(9)
#define CR1_CSUSP   BIT(10)
#define CFG1_RXDMA  BIT(14)
#define CFG1_TXDMA  BIT(15)
#define CFG1_CRCEN  BIT(22)
#define CFG2_TI     BIT(21)
#define CFG2_MASTER BIT(22)

#define SR_RXP   BIT(0)
#define SR_TXP   BIT(1)
#define SR_DXP   BIT(2)
#define SR_EOT   BIT(3)
#define SR_TXTF  BIT(4)
#define SR_OVR   BIT(6)
#define SR_SUSP  BIT(11)
#define SR_TXC   BIT(12)
#define SR_RXWNE BIT(15)
#define LATCHED  (SR_EOT | SR_TXTF | SR_OVR | SR_SUSP | 0x7A0u) /* what IFCR clears */

#define FIFO_MAX 16u
enum comm { FULL_DUPLEX, TX_ONLY, RX_ONLY, HALF_DUPLEX };

struct fifo {
    uint8_t byte[FIFO_MAX];
    unsigned count;
};

struct place {
    const char *name;
    uint8_t irq, request; /* of the receiver; the transmitter's is the next */
    uint8_t size;         /* bytes of a FIFO */
    const struct kernel_clock *clock;
};

static const struct place places[] = {
    {"SPI1", 35, 37, 16, &kernel_spi123}, {"SPI2", 36, 39, 16, &kernel_spi123},
    {"SPI3", 51, 61, 16, &kernel_spi123}, {"SPI4", 84, 83, 8, &kernel_spi45},
    {"SPI5", 85, 85, 8, &kernel_spi45},   {"SPI6", 86, DMAMUX2_REQUEST(11), 8, &kernel_spi6},
};

struct spi {
    struct regfile *f;
    struct machine *m;
    const struct place *place;
    struct spi_device device;
    bool looped;
    struct fifo tx, rx;
    uint32_t latched;
    uint32_t left;      /* frames of this transfer still to come; only with TSIZE */
    bool running, busy; /* CSTART; a frame is on the wire */
    bool irq;
    struct sched_event ev;
};

/* ---- frames ---- */

static uint32_t held(const struct spi *s, uint32_t off)
{
    return rf_held(s->f, off);
}

static unsigned frame_bits(const struct spi *s)
{
    return (held(s, SPI_CFG1) & 31) + 1;
}

static unsigned frame_bytes(const struct spi *s)
{
    unsigned bits = frame_bits(s);

    return bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
}

/* Bytes of a packet: FTHLV frames. */
static unsigned packet(const struct spi *s)
{
    return ((held(s, SPI_CFG1) >> 5 & 15) + 1) * frame_bytes(s);
}

static enum comm communication(const struct spi *s)
{
    return (enum comm)(held(s, SPI_CFG2) >> 17 & 3);
}

static bool sends(const struct spi *s)
{
    enum comm c = communication(s);

    return c == FULL_DUPLEX || c == TX_ONLY || (c == HALF_DUPLEX && held(s, SPI_CR1) & BIT(11));
}

static bool receives(const struct spi *s)
{
    enum comm c = communication(s);

    return c == FULL_DUPLEX || c == RX_ONLY || (c == HALF_DUPLEX && !(held(s, SPI_CR1) & BIT(11)));
}

static void put(struct fifo *q, uint32_t value, unsigned bytes)
{
    memcpy(&q->byte[q->count], &value, bytes);
    q->count += bytes;
}

static uint32_t take(struct fifo *q, unsigned bytes)
{
    uint32_t value = 0;

    bytes = bytes < q->count ? bytes : q->count;
    memcpy(&value, q->byte, bytes);
    memmove(q->byte, q->byte + bytes, q->count - bytes);
    q->count -= bytes;
    return value;
}

/* ---- status ---- */

static uint32_t status(const struct spi *s)
{
    unsigned room = s->place->size - s->tx.count, frames = s->rx.count / frame_bytes(s);
    bool sized = held(s, SPI_CR2) & 0xFFFF;
    uint32_t v = s->latched;

    v |= room >= packet(s) ? SR_TXP : 0;
    v |= s->rx.count >= packet(s) ? SR_RXP : 0;
    v |= (v & SR_TXP) && (v & SR_RXP) ? SR_DXP : 0;
    v |= s->rx.count >= 4 ? SR_RXWNE : (frames & 3) << 13;
    v |= (sized && s->running) || s->busy || s->tx.count ? 0 : SR_TXC;
    return v | s->left << 16;
}

static void update(struct spi *s)
{
    uint32_t sr = status(s), ier = held(s, SPI_IER), cfg1 = held(s, SPI_CFG1);
    bool on = held(s, SPI_CR1) & CR1_SPE;
    uint32_t causes = (sr & ier & 0x7FF) | (ier & SR_EOT ? sr & SR_SUSP : 0);
    bool irq = on && causes;

    if (irq != s->irq) {
        s->irq = irq;
        machine_irq(s->m, s->place->irq, irq);
    }
    dma_request(s->m, s->place->request, on && cfg1 & CFG1_RXDMA && sr & SR_RXP);
    dma_request(s->m, s->place->request + 1u, on && cfg1 & CFG1_TXDMA && sr & SR_TXP);
}

/* ---- the wire ---- */

static uint32_t exchange(struct spi *s, uint32_t out)
{
    unsigned bits = frame_bits(s);
    uint32_t mask = bits == 32 ? UINT32_MAX : (1u << bits) - 1;

    if (s->looped) {
        return out & mask;
    }
    /* Nothing drives the input: worst of all it looks like data. */
    return s->device.exchange ? s->device.exchange(s->device.arg, out & mask, bits) & mask : mask;
}

static bool may_begin(struct spi *s)
{
    unsigned bytes = frame_bytes(s);
    bool sized = held(s, SPI_CR2) & 0xFFFF;

    if (!s->running || s->busy || (sized && !s->left) || (sends(s) && s->tx.count < bytes)) {
        return false;
    }
    /* MASRX: it waits for room instead of losing data. */
    return !(held(s, SPI_CR1) & CR1_MASRX) || !receives(s) || s->place->size - s->rx.count >= bytes;
}

static void begin(struct spi *s)
{
    uint64_t hz = rcc_kernel_hz(s->m->rcc, s->place->clock);

    if (!may_begin(s) || !hz) {
        return;
    }
    s->busy = true;
    sched_at(&s->m->sched, &s->ev,
             machine_now(s->m) +
                 frame_bits(s) * (2ull << (held(s, SPI_CFG1) >> 28 & 7)) * VT_S / hz);
}

static void finish(struct spi *s, uint32_t flags)
{
    s->running = false;
    s->latched |= flags;
    rf_change(s->f, SPI_CR1, 0, CR1_CSTART);
}

static void receive(struct spi *s, uint32_t in)
{
    unsigned bytes = frame_bytes(s);

    if (!receives(s)) {
        return;
    }
    if (s->place->size - s->rx.count < bytes) {
        s->latched |= SR_OVR;
    } else {
        put(&s->rx, in, bytes);
    }
}

static void on_frame(void *arg)
{
    struct spi *s = arg;
    uint32_t out = sends(s) ? take(&s->tx, frame_bytes(s)) : 0;

    s->busy = false;
    receive(s, exchange(s, out));
    if (s->left && --s->left == 0) {
        finish(s, SR_EOT);
    }
    begin(s);
    update(s);
}

/* ---- registers ---- */

static void flush(struct spi *s)
{
    s->tx.count = s->rx.count = 0;
    s->left = 0;
    s->running = s->busy = false;
    sched_cancel(&s->m->sched, &s->ev);
}

static void check(const struct spi *s, uint32_t rising)
{
    if (!(rising & CR1_SPE)) {
        return;
    }
    if (!(held(s, SPI_CFG2) & CFG2_MASTER)) {
        rf_missing(s->f, SPI_CFG2, "slave mode");
    }
    if (held(s, SPI_CFG1) & CFG1_CRCEN) {
        rf_missing(s->f, SPI_CFG1, "CRC (CRCEN)");
    }
    if (held(s, SPI_CFG2) & CFG2_TI) {
        rf_missing(s->f, SPI_CFG2, "the TI protocol");
    }
    if (held(s, SPI_I2SCFGR) & 1) {
        rf_missing(s->f, SPI_I2SCFGR, "I2S");
    }
}

static void control(struct spi *s, uint32_t written, uint32_t old)
{
    uint32_t now = held(s, SPI_CR1);
    bool master = held(s, SPI_CFG2) & CFG2_MASTER;

    check(s, now & ~old);
    if (!(now & CR1_SPE)) {
        flush(s);
        rf_change(s->f, SPI_CR1, 0, CR1_CSTART);
        return;
    }
    if (written & CR1_CSUSP && s->running) {
        finish(s, SR_SUSP);
    } else if (written & CR1_CSTART && !s->running && master) {
        rf_change(s->f, SPI_CR1, CR1_CSTART, 0);
        s->running = true;
        s->left = held(s, SPI_CR2) & 0xFFFF;
    }
}

static void spi_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct spi *s = self;

    switch (off) {
    case SPI_CR1:
        control(s, written, old);
        break;
    case SPI_IFCR:
        s->latched &= ~(written & LATCHED);
        break;
    case SPI_TXDR:
        if (held(s, SPI_CR1) & CR1_SPE && s->place->size - s->tx.count >= size) {
            put(&s->tx, written, size);
            s->latched |= s->left && s->tx.count / frame_bytes(s) >= s->left ? SR_TXTF : 0;
        }
        break;
    default:
        break;
    }
    begin(s);
    update(s);
}

static uint32_t spi_look(const void *self, uint32_t off, uint32_t value)
{
    const struct spi *s = self;
    struct fifo rx = s->rx;

    return off == SPI_SR ? status(s) : off == SPI_RXDR ? take(&rx, 4) : value;
}

static void spi_read(void *self, uint32_t off, unsigned size)
{
    struct spi *s = self;

    if (off == SPI_RXDR) {
        take(&s->rx, size);
        begin(s);
        update(s);
    }
}

static void spi_reset(void *self)
{
    struct spi *s = self;

    flush(s);
    s->latched = 0;
    update(s);
}

static void clock_changed(void *arg)
{
    begin(arg);
}

static void *spi_make(struct regfile *f)
{
    struct machine *m = rf_machine(f);
    struct spi *s = machine_alloc(m, sizeof(*s));

    s->f = f;
    s->m = m;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(places[i].name, rf_block_of(f)->name) == 0) {
            s->place = &places[i];
        }
    }
    sched_event_init(&s->ev, "SPI: a frame has passed", on_frame, s);
    rcc_on_change(m->rcc, clock_changed, s);
    return s;
}

const struct rf_model spi_model = {RF_SPI, spi_make, spi_reset, spi_look, spi_read, spi_write};

/* ---- the board ---- */

static struct spi *named(struct machine *m, const char *bus)
{
    return strncmp(bus, "SPI", 3) == 0 ? rf_model_named(m, bus) : NULL;
}

bool spi_attach(struct machine *m, const char *bus, const struct spi_device *device)
{
    struct spi *s = named(m, bus);

    if (s) {
        s->device = *device;
    }
    return s;
}

bool spi_loop(struct machine *m, const char *bus)
{
    struct spi *s = named(m, bus);

    if (s) {
        s->looped = true;
    }
    return s;
}
