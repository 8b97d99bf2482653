/* SPDX-License-Identifier: MIT */
/*
 * FDCAN1 and FDCAN2: registers with their start-up handshake and write protection, and the message
 * RAM. There is no bus: leaving initialisation is reported (RM0399, FDCAN).
 */
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <string.h>

enum {
    CAN_DBTP = 0x0C,
    CAN_TEST = 0x10,
    CAN_CCCR = 0x18,
    CAN_NBTP = 0x1C,
    CAN_PSR = 0x44,
    CAN_IR = 0x50,
    CAN_WORDS = 0x400 / 4,
};
enum {
    CCCR_INIT = BIT(0),
    CCCR_CCE = BIT(1),
    CCCR_CSA = BIT(3),
    CCCR_CSR = BIT(4),
    CCCR_FIELDS = 0xF3F7, /* all but CSA, which the hardware sets */
    CCCR_PROTECTED = 0xF3EC,
};
#define RAM_BASE 0x4000AC00u
#define RAM_SIZE 0x2800u

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

struct fdcan {
    struct machine *m;
    unsigned number;
    uint32_t word[CAN_WORDS];
};

static void fdcan_reset(void *self, bool power_on)
{
    struct fdcan *c = self;

    (void)power_on;
    memset(c->word, 0, sizeof(c->word));
    for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        c->word[regs[i].off / 4] = regs[i].reset;
    }
}

/* INIT goes through the kernel clock: without one the handshake of the driver never ends. */
static bool kernel_clock(struct fdcan *c)
{
    if (rcc_hz(c->m->rcc, CLK_FDCAN)) {
        return true;
    }
    machine_note(
        c->m, N_FDCAN_NO_CLOCK, 0x58024450,
        "FDCAN%u has no kernel clock (RCC_D2CCIP1R.FDCANSEL is HSE after reset, and HSE is "
        "off): INIT does not change",
        c->number);
    return false;
}

static void cccr_write(struct fdcan *c, uint32_t value)
{
    uint32_t old = c->word[CAN_CCCR / 4];
    uint32_t v = value & CCCR_FIELDS;

    if ((v ^ old) & CCCR_INIT && !kernel_clock(c)) {
        v = reg_merge(v, old, CCCR_INIT);
    }
    if (!(old & CCCR_INIT) || !(v & CCCR_INIT)) {
        v &= ~(uint32_t)CCCR_CCE; /* CCE needs INIT, and goes with it */
    }
    if (!(old & CCCR_CCE)) {
        v = reg_merge(v, old, CCCR_PROTECTED & ~(CCCR_CSA | CCCR_CSR));
    }
    if (v & CCCR_CSR) {
        v |= CCCR_CSA | CCCR_INIT;
    }
    c->word[CAN_CCCR / 4] = v;
    if ((old & CCCR_INIT) && !(v & CCCR_INIT)) {
        machine_note(c->m, N_FDCAN_BUS, 0x4000A018 + 0x400 * (c->number - 1),
                     "FDCAN%u leaves initialisation: the model has no CAN bus, nothing is sent or "
                     "received",
                     c->number);
    }
}

static void plain_write(struct fdcan *c, uint32_t off, uint32_t value)
{
    for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        if (regs[i].off != off) {
            continue;
        }
        uint32_t *w = &c->word[off / 4];
        if (!regs[i].protect || (c->word[CAN_CCCR / 4] & CCCR_CCE)) {
            *w = reg_merge(*w, value, regs[i].writable);
        } else if ((*w ^ value) & regs[i].writable) {
            machine_note(c->m, N_FDCAN_PROTECTED, 0x4000A000 + 0x400 * (c->number - 1) + off,
                         "FDCAN%u: a configuration register is written without CCCR.INIT and CCE; "
                         "ignored",
                         c->number);
        }
        return;
    }
}

static enum bus_status fdcan_read(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t *value)
{
    struct fdcan *c = self;

    (void)a;
    *value = reg_part(c->word[off / 4], off, size);
    if ((off & ~3u) == CAN_PSR) {
        c->word[CAN_PSR / 4] |= 0x707; /* a read sets LEC and DLEC to "no change" */
    }
    return BUS_OK;
}

static enum bus_status fdcan_write(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t value)
{
    struct fdcan *c = self;

    (void)a;
    uint32_t v = reg_merge(c->word[off / 4], reg_shift(value, off, size), reg_lanes(off, size));
    off &= ~3u;
    if (off == CAN_CCCR) {
        cccr_write(c, v);
    } else if (off != CAN_IR) { /* IR: nothing is ever set */
        plain_write(c, off, v);
    }
    return BUS_OK;
}

static uint32_t fdcan_peek(void *self, enum core_id view, uint32_t off)
{
    const struct fdcan *c = self;

    (void)view;
    return c->word[off / 4];
}

static const struct dev_ops ops = {fdcan_read, fdcan_write, fdcan_peek, fdcan_reset};

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

    for (unsigned i = 0; i < 2; i++) {
        struct fdcan *c = machine_alloc(m, sizeof(*c));
        c->m = m;
        c->number = i + 1;
        fdcan_reset(c, true);
        struct dev d = {.name = names[i],
                        .base = 0x4000A000 + 0x400 * i,
                        .size = 0x400,
                        .gate = GATE(G_APB1H, 8),
                        .ops = &ops,
                        .self = c};
        bus_add_dev(&m->bus, &d);
    }
    struct dev ram = {.name = "CAN message RAM",
                      .base = RAM_BASE,
                      .size = RAM_SIZE,
                      .gate = GATE(G_APB1H, 8),
                      .ops = &ram_ops,
                      .self = machine_alloc(m, RAM_SIZE)};
    bus_add_dev(&m->bus, &ram);
}
