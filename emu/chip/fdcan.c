/* SPDX-License-Identifier: MIT */
/*
 * FDCAN1 and FDCAN2: registers with their start-up handshake and write protection, interrupts, and
 * the message RAM (RM0399, FDCAN). Without a bus only loop-back carries frames. Time-triggered
 * operation is reported.
 */
#include "emu/chip/fdcan.h"
#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/regs.h"

#include <string.h>

enum {
    CCCR_FIELDS = 0xF3F7, /* all but CSA, which the hardware sets */
    CCCR_PROTECTED = 0xF3EC,
};

/* Registers with a reset value, or that keep what is written; `protect`: only while CCE is set. */
static const struct {
    uint32_t reset, writable;
    uint16_t off;
    bool protect;
} regs[] = {
    {0x32141218, 0, 0x00, false},
    {0x87654321, 0, 0x04, false},
    {0x00000A33, 0x009F1FFF, CAN_DBTP, true},
    {0, 0x00000070, CAN_TEST, true},
    {0, 0x000000FF, 0x14, true},
    {0x00000001, 0, CAN_CCCR, false},
    {0x06000A03, 0xFFFFFF7F, CAN_NBTP, true},
    {0, 0x000F0003, 0x20, true},
    {0xFFFF0000, 0xFFFF0007, 0x28, true},
    {0x0000FFFF, 0, 0x2C, false},
    {0x00000707, 0, CAN_PSR, false},
    {0, 0x00007F7F, 0x48, true},
    {0, 0x3FFFFFFF, 0x54, false},
    {0, 0x3FFFFFFF, 0x58, false},
    {0, 0x00000003, 0x5C, false},
    {0, 0x0000003F, 0x80, true},
    {0, 0x00FFFFFC, 0x84, true},
    {0, 0x007FFFFC, 0x88, true},
    {0x1FFFFFFF, 0x1FFFFFFF, 0x90, true},
    {0, 0, 0x98, false},
    {0, 0xFF7FFFFC, 0xA0, true},
    {0, 0x0000003F, 0xA8, false},
    {0, 0x0000FFFC, 0xAC, true},
    {0, 0xFF7FFFFC, 0xB0, true},
    {0, 0x0000003F, 0xB8, false},
    {0, 0x00000777, 0xBC, true},
    {0, 0x7F3FFFFC, 0xC0, true},
    {0, 0x00000007, 0xC8, true},
    {0, 0xFFFFFFFF, 0xE0, false},
    {0, 0xFFFFFFFF, 0xE4, false},
    {0, 0x3F3FFFFC, 0xF0, true},
    {0, 0x0000001F, 0xF8, false},
};

/* ---- interrupts ---- */

static void update_irq(const struct fdcan *c)
{
    static const uint8_t line[2][2] = {{19, 21}, {20, 22}};
    uint32_t asked = can_reg(c, CAN_IR) & can_reg(c, CAN_IE), ils = can_reg(c, CAN_ILS);

    machine_irq(c->m, line[c->number - 1][0], asked & ~ils && can_reg(c, CAN_ILE) & 1);
    machine_irq(c->m, line[c->number - 1][1], asked & ils && can_reg(c, CAN_ILE) & 2);
}

void can_flag(struct fdcan *c, uint32_t flags)
{
    c->word[CAN_IR / 4] |= flags;
    update_irq(c);
}

/* ---- what the RAM holds ---- */

unsigned can_length(unsigned dlc, bool fd)
{
    static const uint8_t length[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64};

    return dlc > 8 && !fd ? 8 : length[dlc & 15];
}

unsigned can_data_size(uint32_t code)
{
    static const uint8_t size[8] = {8, 12, 16, 20, 24, 32, 48, 64};

    return size[code & 7];
}

uint32_t can_ram_get(struct fdcan *c, uint32_t off)
{
    if (off < CAN_RAM_SIZE) {
        return c->ram[off / 4];
    }
    can_flag(c, IR_MRAF);
    return 0;
}

void can_ram_put(struct fdcan *c, uint32_t off, uint32_t value)
{
    if (off < CAN_RAM_SIZE) {
        c->ram[off / 4] = value;
    } else {
        can_flag(c, IR_MRAF);
    }
}

/* ---- registers ---- */

/* CCE clears what is under way (RM0399, CCCR.CCE). */
static void forget(struct fdcan *c)
{
    can_tx_stop(c);
    memset(c->rx, 0, sizeof(c->rx));
    memset(&c->events, 0, sizeof(c->events));
    memset(&c->tx, 0, sizeof(c->tx));
    c->asked = c->done = c->cancelled = 0;
    c->word[CAN_HPMS / 4] = 0;
}

static void fdcan_reset(void *self, bool power_on)
{
    struct fdcan *c = self;

    (void)power_on;
    forget(c);
    c->told = false;
    memset(c->word, 0, sizeof(c->word));
    for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        c->word[regs[i].off / 4] = regs[i].reset;
    }
    update_irq(c);
}

/* INIT goes through the kernel clock: without one the handshake of the driver never ends. */
static bool kernel_clock(struct fdcan *c)
{
    if (can_kernel_hz(c)) {
        return true;
    }
    machine_note(
        c->m, N_FDCAN_NO_CLOCK, ADDR(RCC, D2CCIP1R),
        "FDCAN%u has no kernel clock (RCC_D2CCIP1R.FDCANSEL is HSE after reset, and HSE is "
        "off): INIT does not change",
        c->number);
    return false;
}

static void started(struct fdcan *c)
{
    c->word[CAN_ECR / 4] = 0;
    c->word[CAN_PSR / 4] = 0x70F; /* ACT: idle */
    can_tx_go(c);
}

static void cccr_write(struct fdcan *c, uint32_t value)
{
    uint32_t old = can_reg(c, CAN_CCCR);
    uint32_t v = value & CCCR_FIELDS;

    if ((v ^ old) & CCCR_INIT && !kernel_clock(c)) {
        v = reg_merge(v, old, CCCR_INIT);
    }
    if (!(old & CCCR_INIT) || !(v & CCCR_INIT)) {
        v &= ~CCCR_CCE; /* CCE needs INIT, and goes with it */
    }
    if (!(old & CCCR_CCE)) { /* DAR and MON too; ASM, TEST and MON may be cleared at any time */
        v = reg_merge(v, old, CCCR_PROTECTED & ~(CCCR_CSA | CCCR_CSR) & ~(old & ~v & 0xA4u));
    }
    if (v & CCCR_CSR) {
        v |= CCCR_CSA | CCCR_INIT;
    }
    c->word[CAN_CCCR / 4] = v;
    if (!(v & CCCR_TEST)) {
        c->word[CAN_TEST / 4] = 0;
    }
    if (v & ~old & CCCR_CCE) {
        forget(c);
    }
    if (v & ~old & CCCR_INIT) {
        can_tx_stop(c);
    }
    if (old & ~v & CCCR_INIT) {
        started(c);
    }
}

static void plain_write(struct fdcan *c, uint32_t off, uint32_t value)
{
    for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        if (regs[i].off != off) {
            continue;
        }
        uint32_t *w = &c->word[off / 4];
        if (!regs[i].protect || (can_reg(c, CAN_CCCR) & CCCR_CCE)) {
            *w = reg_merge(*w, value, regs[i].writable);
        } else if ((*w ^ value) & regs[i].writable) {
            machine_note(c->m, N_FDCAN_PROTECTED, FDCAN1_BASE + 0x400 * (c->number - 1) + off,
                         "FDCAN%u: a configuration register is written without CCCR.INIT and CCE; "
                         "ignored",
                         c->number);
        }
        return;
    }
}

/* Registers that ask for something. `written`: what was written in its place. */
static bool acts(struct fdcan *c, uint32_t off, uint32_t written)
{
    bool configures = can_reg(c, CAN_CCCR) & CCCR_CCE;

    switch (off) {
    case CAN_IR:
    case CAN_NDAT1:
    case CAN_NDAT2:
        c->word[off / 4] &= ~written;
        return true;
    case CAN_TSCV:
        c->stamp = machine_now(c->m);
        return true;
    case CAN_RXF0A:
    case CAN_RXF1A:
        can_rx_done(c, off == CAN_RXF1A, written & 63);
        return false;
    case CAN_TXEFA:
        can_event_done(c, written & 31);
        return false;
    case CAN_TXBAR:
        can_tx_add(c, configures ? 0 : written);
        return true;
    case CAN_TXBCR:
        can_tx_cancel(c, configures ? 0 : written);
        return true;
    case CAN_TTOCF:
        if (c->number == 1 && written & 3) {
            machine_note(c->m, N_FDCAN_TT, FDCAN1_BASE + CAN_TTOCF,
                         "FDCAN1: time-triggered operation is not modelled");
        }
        return true;
    default:
        return false;
    }
}

static uint32_t fdcan_look(const struct fdcan *c, uint32_t off)
{
    switch (off) {
    case CAN_TSCV:
        return can_stamp(c);
    case CAN_TEST: /* RX: recessive */
        return can_reg(c, off) | (can_reg(c, CAN_CCCR) & CCCR_TEST ? BIT(7) : 0);
    case CAN_RXF0S:
    case CAN_RXF1S:
        return can_rx_state(c, off == CAN_RXF1S);
    case CAN_TXFQS:
        return can_tx_state(c);
    case CAN_TXBRP:
        return c->asked;
    case CAN_TXBTO:
        return c->done;
    case CAN_TXBCF:
        return c->cancelled & ~c->asked;
    case CAN_TXEFS:
        return can_event_state(c);
    default:
        return c->word[off / 4];
    }
}

static enum bus_status fdcan_read(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t *value)
{
    struct fdcan *c = self;

    (void)a;
    *value = reg_part(fdcan_look(c, off & ~3u), off, size);
    if ((off & ~3u) == CAN_PSR) {
        c->word[CAN_PSR / 4] |= 0x707; /* a read sets LEC and DLEC to "no change" */
    }
    return BUS_OK;
}

static enum bus_status fdcan_write(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t value)
{
    struct fdcan *c = self;
    uint32_t written = reg_shift(value, off, size), word = off & ~3u;

    (void)a;
    if (word == CAN_CCCR) {
        cccr_write(c, reg_merge(can_reg(c, word), written, reg_lanes(off, size)));
    } else if (!acts(c, word, written)) {
        plain_write(c, word, reg_merge(can_reg(c, word), written, reg_lanes(off, size)));
    }
    update_irq(c);
    return BUS_OK;
}

static uint32_t fdcan_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return fdcan_look(self, off & ~3u);
}

static const struct dev_ops ops = {fdcan_read, fdcan_write, fdcan_peek, fdcan_reset};

/* ---- the bus ---- */

static struct fdcan *named(const struct machine *m, const char *name)
{
    for (unsigned i = 0; i < m->bus.ndevs; i++) {
        const struct dev *d = &m->bus.devs[i];
        if (d->ops == &ops && strcmp(d->name, name) == 0) {
            return d->self;
        }
    }
    return NULL;
}

bool can_attach(struct machine *m, const char *name, const struct can_line *line)
{
    struct fdcan *c = named(m, name);

    if (c) {
        c->line = *line;
    }
    return c;
}

bool can_receive(struct machine *m, const char *name, const struct can_frame *frame)
{
    struct fdcan *c = named(m, name);
    bool alone = !c || !can_active(c) || can_reg(c, CAN_TEST) & TEST_LBCK;

    if (alone || (frame->fd && !(can_reg(c, CAN_CCCR) & CCCR_FDOE))) {
        return false;
    }
    can_take(c, frame);
    return true;
}

vtime_t can_frame_time(struct machine *m, const char *name, const struct can_frame *frame)
{
    const struct fdcan *c = named(m, name);

    return c ? can_tx_time(c, frame) : 0;
}

static void to_other(void *arg, const struct can_frame *frame)
{
    const struct fdcan *c = arg;

    can_receive(c->m, c->number == 1 ? "FDCAN2" : "FDCAN1", frame);
}

void can_wire(struct machine *m)
{
    struct fdcan *one = named(m, "FDCAN1"), *two = named(m, "FDCAN2");

    one->line = (struct can_line){one, to_other};
    two->line = (struct can_line){two, to_other};
}

/* ---- message RAM: plain words, shared by both, not cleared by a reset ---- */

static enum bus_status ram_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    const uint32_t *ram = self;

    (void)a;
    *value = reg_part(ram[off / 4], off, size);
    return BUS_OK;
}

static enum bus_status ram_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    uint32_t *ram = self;

    (void)a;
    ram[off / 4] = reg_merge(ram[off / 4], reg_shift(value, off, size), reg_lanes(off, size));
    return BUS_OK;
}

static uint32_t ram_peek(void *self, enum core_id view, uint32_t off)
{
    const uint32_t *ram = self;

    (void)view;
    return ram[off / 4];
}

static const struct dev_ops ram_ops = {ram_read, ram_write, ram_peek, NULL};

void fdcan_new(struct machine *m)
{
    static const char *const names[] = {"FDCAN1", "FDCAN2"};
    uint32_t *words = machine_alloc(m, CAN_RAM_SIZE);

    for (unsigned i = 0; i < 2; i++) {
        struct fdcan *c = machine_alloc(m, sizeof(*c));
        c->m = m;
        c->number = i + 1;
        c->ram = words;
        can_tx_init(c);
        fdcan_reset(c, true);
        struct dev d = {.name = names[i],
                        .base = FDCAN1_BASE + 0x400 * i,
                        .size = 0x400,
                        .gate = GATE(G_APB1H, 8),
                        .ops = &ops,
                        .self = c};
        bus_add_dev(&m->bus, &d);
    }
    struct dev ram = {.name = "CAN message RAM",
                      .base = CAN_RAM_BASE,
                      .size = CAN_RAM_SIZE,
                      .gate = GATE(G_APB1H, 8),
                      .ops = &ram_ops,
                      .self = words};
    bus_add_dev(&m->bus, &ram);
}
