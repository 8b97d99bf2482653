/* SPDX-License-Identifier: MIT */
/*
 * CRS: keeps HSI48 in step with the frames of USB (RM0399, CRS). In the model HSI48 is exact, so
 * every frame that is listened to finds the count where it should be (SYNCOK).
 */
#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/otg.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

enum { CRS_CR = USB_CRS_CR, CRS_CFGR = USB_CRS_CFGR, CRS_ISR = 0x8, CRS_ICR = 0xC };
enum {
    CR_CEN = BIT(5),
    CR_SWSYNC = BIT(7),
    CR_WRITABLE = 0x3F6F,
    ISR_SYNCOK = BIT(0),
    ISR_ESYNC = BIT(3)
};
#define CRS_IRQ 144u

struct crs {
    struct machine *m;
    uint32_t cr, cfgr, isr;
};

static void update(struct crs *c)
{
    machine_irq(c->m, CRS_IRQ,
                c->isr & c->cr & 0xF); /* SYNCOKIE 0, SYNCWARNIE 1, ERRIE 2, ESYNCIE 3 */
}

void crs_sync(struct machine *m, unsigned source)
{
    struct crs *c = m->crs;

    if (c && (c->cr & CR_CEN) && (c->cfgr >> 28 & 3) == source) {
        c->isr |= ISR_SYNCOK | ISR_ESYNC;
        update(c);
    }
}

static uint32_t look(const struct crs *c, uint32_t off)
{
    switch (off) {
    case CRS_CR:
        return c->cr;
    case CRS_CFGR:
        return c->cfgr;
    case CRS_ISR:
        return c->isr;
    default:
        return 0;
    }
}

static enum bus_status crs_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    (void)a;
    *value = reg_part(look(self, off & ~3u), off, size);
    return BUS_OK;
}

/* CFGR is protected while the counter runs. */
static void write_word(struct crs *c, uint32_t off, uint32_t value)
{
    if (off == CRS_CR) {
        c->cr = value & CR_WRITABLE;
        if (value & CR_SWSYNC) {
            c->isr |= ISR_ESYNC;
        }
    } else if (off == CRS_CFGR && !(c->cr & CR_CEN)) {
        c->cfgr = value & 0xB7FFFFFF;
    } else if (off == CRS_ICR) {
        c->isr &= ~(value & 0xF);
    }
    update(c);
}

static enum bus_status crs_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct crs *c = self;
    uint32_t word = off & ~3u;

    (void)a;
    write_word(c, word,
               reg_merge(word == CRS_ICR ? 0 : look(c, word), reg_shift(value, off, size),
                         reg_lanes(off, size)));
    return BUS_OK;
}

static uint32_t crs_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return look(self, off & ~3u);
}

static void crs_reset(void *self, bool power_on)
{
    struct crs *c = self;

    (void)power_on;
    c->cr = 0x2000; /* TRIM in the middle */
    c->cfgr = 0x2022BB7F;
    c->isr = 0;
    update(c);
}

static const struct dev_ops ops = {crs_read, crs_write, crs_peek, crs_reset};

void crs_new(struct machine *m)
{
    struct crs *c = machine_alloc(m, sizeof(*c));

    c->m = m;
    m->crs = c;
    crs_reset(c, true);
    struct dev d = {.name = "CRS",
                    .base = CRS_BASE,
                    .size = 0x400,
                    .gate = GATE(G_APB1H, 1),
                    .ops = &ops,
                    .steady = bus_steady,
                    .self = c};
    bus_add_dev(&m->bus, &d);
}
