/* SPDX-License-Identifier: MIT */
/*
 * The USB controllers: global and device registers, resets, interrupts (RM0399, OTG_HS; memory map
 * and NVIC for the two places).
 */
#include "emu/chip/otg.h"
#include "chip/stm32h7/blocks.h"

#include <string.h>

/* The interrupt numbers are those of the manual and the vendor's header; the SVD file has the two
 * swapped. */
static const struct otg_place places[USB_PLUGS] = {
    {"OTG_HS", OTG_HS_BASE, GATE(G_AHB1, 25), 77, 2, {"PB14", "PB15"}, 12},
    {"OTG_FS", OTG_FS_BASE, GATE(G_AHB1, 27), 101, 3, {"PA11", "PA12"}, 10},
};

/* ---- interrupts ---- */

static uint32_t gintsts(struct otg *o)
{
    uint32_t daint = otg_daint(o) & *otg_word(o, OTG_DAINTMSK);
    uint32_t sts = *otg_word(o, OTG_GINTSTS) | INT_NPTXFE | INT_PTXFE;

    sts |= *otg_word(o, OTG_GUSBCFG) & GUSBCFG_FHMOD ? INT_CMOD : 0;
    sts |= *otg_word(o, OTG_GOTGINT) ? INT_OTGINT : 0;
    sts |= o->rx_packets ? OTG_GINT_RXFLVL : 0;
    sts |= *otg_word(o, OTG_DCTL) & DCTL_GINSTS ? INT_GINAKEFF : 0;
    sts |= o->out_nak ? INT_GONAKEFF : 0;
    sts |= daint & 0xFFFF ? OTG_GINT_IEPINT : 0;
    sts |= daint >> 16 ? OTG_GINT_OEPINT : 0;
    return sts;
}

void otg_update(struct otg *o)
{
    bool level =
        (*otg_word(o, OTG_GAHBCFG) & OTG_GAHBCFG_GINT) && (gintsts(o) & *otg_word(o, OTG_GINTMSK));

    machine_irq(o->m, o->place->irq, level);
}

void otg_raise(struct otg *o, uint32_t flags)
{
    *otg_word(o, OTG_GINTSTS) |= flags;
    otg_update(o);
}

struct otg *otg_get(struct machine *m, unsigned n)
{
    return n < USB_PLUGS ? m->otg[n] : NULL;
}

const char *otg_name(const struct otg *o)
{
    return o->place->name;
}

/* ---- resets ---- */

static void reset_registers(struct otg *o)
{
    for (unsigned i = 0; i < otg_reg_count; i++) {
        for (unsigned k = 0; k < otg_regs[i].count; k++) {
            *otg_word(o, otg_regs[i].off + k * otg_regs[i].stride) = otg_regs[i].reset;
        }
    }
    for (unsigned n = 0; n < OTG_EPS; n++) {
        *otg_ep(o, OTG_IN, n, EP_INT) = *otg_ep(o, OTG_OUT, n, EP_INT) = 0;
    }
    otg_rx_flush(o);
    otg_tx_flush(o, 16);
    o->out_nak = false;
    o->address = 0;
}

static void otg_reset(void *self, bool power_on)
{
    struct otg *o = self;

    (void)power_on;
    reset_registers(o);
    o->clock_noted = o->fifo_noted = o->dma_noted = false;
    sched_cancel(&o->m->sched, &o->suspend);
    machine_irq(o->m, o->place->irq, false);
    otg_tell(o);
}

/* CSRST: everything but DCFG.DSPD, DCTL.SDIS, HCFG.FSLSPCS, GCCFG and the clock gates of PCGCCTL
 * (RM0399, GRSTCTL). */
static void soft_reset(struct otg *o)
{
    uint32_t dspd = *otg_word(o, OTG_DCFG) & 3, sdis = *otg_word(o, OTG_DCTL) & OTG_DCTL_SDIS;
    uint32_t hcfg = *otg_word(o, 0x400), gccfg = *otg_word(o, OTG_GCCFG);
    uint32_t gates = *otg_word(o, OTG_PCGCCTL) & 3;
    uint32_t sel = *otg_word(o, OTG_GUSBCFG) & BIT(6);

    reset_registers(o);
    *otg_word(o, OTG_DCFG) = (*otg_word(o, OTG_DCFG) & ~3u) | dspd;
    *otg_word(o, OTG_DCTL) |= sdis;
    *otg_word(o, 0x400) = hcfg;
    *otg_word(o, OTG_GCCFG) = gccfg;
    *otg_word(o, OTG_PCGCCTL) |= gates;
    *otg_word(o, OTG_GUSBCFG) |= sel; /* PHYSEL */
    otg_tell(o);
}

/* The reset is taken over into the 48 MHz domain: without that clock it never ends. */
static void soft_reset_when_clocked(struct otg *o)
{
    if (otg_clock_good(o)) {
        soft_reset(o);
        return;
    }
    if (!o->clock_noted) {
        o->clock_noted = true;
        machine_note(o->m, N_OTG_CLOCK, o->place->base + OTG_GRSTCTL,
                     "%s: its kernel clock is %llu Hz, not 48 MHz (RCC_D2CCIP2R.USBSEL, HSI48 or a "
                     "PLL): a core reset does not end",
                     o->place->name, (unsigned long long)otg_clock_hz(o));
    }
}

static void clocks_changed(void *arg)
{
    struct otg *o = arg;

    if ((*otg_word(o, OTG_GRSTCTL) & OTG_GRSTCTL_CSRST) && otg_clock_good(o)) {
        soft_reset(o);
    }
    otg_tell(o);
}

/* ---- register writes that do something ---- */

static void grstctl_write(struct otg *o, uint32_t value)
{
    uint32_t *grstctl = otg_word(o, OTG_GRSTCTL);

    *grstctl = reg_merge(*grstctl, value, 0x7C0);
    if (value & OTG_GRSTCTL_RXFFLSH) {
        otg_rx_flush(o);
    }
    if (value & OTG_GRSTCTL_TXFFLSH) {
        otg_tx_flush(o, value >> 6 & 0x1F);
    }
    if (value & OTG_GRSTCTL_CSRST) {
        *grstctl |= OTG_GRSTCTL_CSRST;
        soft_reset_when_clocked(o);
    }
}

static void dctl_write(struct otg *o, uint32_t value)
{
    uint32_t *dctl = otg_word(o, OTG_DCTL);

    *dctl = reg_merge(*dctl, value, 0x873);
    if (value & DCTL_SGINAK) {
        *dctl |= DCTL_GINSTS;
    }
    if (value & DCTL_CGINAK) {
        *dctl &= ~(uint32_t)DCTL_GINSTS;
    }
    if ((value & DCTL_SGONAK) && !(*dctl & DCTL_GONSTS)) {
        *dctl |= DCTL_GONSTS;
        otg_rx_push(o, PACKET_OUT_NAK, 0, false, NULL, 0);
    }
    if (value & DCTL_CGONAK) {
        *dctl &= ~(uint32_t)DCTL_GONSTS;
        o->out_nak = false;
    }
}

static void plain_write(struct otg *o, uint32_t off, uint32_t value)
{
    for (unsigned i = 0; i < otg_reg_count; i++) {
        uint32_t d = off - otg_regs[i].off;
        if (off >= otg_regs[i].off && d % otg_regs[i].stride == 0 &&
            d / otg_regs[i].stride < otg_regs[i].count) {
            *otg_word(o, off) = reg_merge(*otg_word(o, off), value, otg_regs[i].writable);
            return;
        }
    }
}

static void check_dma(struct otg *o)
{
    if ((*otg_word(o, OTG_GAHBCFG) & GAHBCFG_DMAEN) && !o->dma_noted) {
        o->dma_noted = true;
        machine_note(o->m, N_OTG_FEATURE, o->place->base + OTG_GAHBCFG,
                     "%s: its own DMA is switched on, which the model does not have",
                     o->place->name);
    }
}

/* Registers of an endpoint; false: this offset is not one that acts. */
static bool endpoint_write(struct otg *o, uint32_t off, uint32_t value)
{
    uint32_t direction = off < OTG_OUT ? OTG_IN : OTG_OUT, at = off - direction;

    if (off < OTG_IN || at / 0x20 >= OTG_EPS) {
        return false;
    }
    if ((at & 0x1F) == EP_CTL) {
        otg_ep_ctl_write(o, direction, at / 0x20, value);
        return true;
    }
    if ((at & 0x1F) == EP_INT) {
        *otg_word(o, off) &= ~value;
        return true;
    }
    return false;
}

static void write_word(struct otg *o, uint32_t off, uint32_t value)
{
    switch (off) {
    case OTG_GRSTCTL:
        grstctl_write(o, value);
        break;
    case OTG_GINTSTS:
        *otg_word(o, off) &= ~(value & INT_LATCHED);
        break;
    case OTG_GOTGINT:
        *otg_word(o, off) &= ~value;
        break;
    case OTG_DCTL:
        dctl_write(o, value);
        break;
    default:
        if (!endpoint_write(o, off, value)) {
            plain_write(o, off, value);
            otg_ep_address(o);
        }
    }
    check_dma(o);
    otg_idle_from_now(o);
    otg_tell(o);
    otg_update(o);
}

/* ---- bus ---- */

static uint32_t look(struct otg *o, uint32_t off)
{
    switch (off) {
    case OTG_GINTSTS:
        return gintsts(o);
    case OTG_GOTGCTL:
        return *otg_word(o, off) | (otg_session_valid(o) && o->plugged ? GOTGCTL_BSVLD : 0);
    case OTG_GRXSTSR:
    case OTG_GRXSTSP:
        return otg_rx_front(o);
    case OTG_DSTS:
        return *otg_word(o, off) | o->frame << 8;
    case OTG_DAINT:
        return otg_daint(o);
    default:
        break;
    }
    uint32_t direction = off < OTG_OUT ? OTG_IN : OTG_OUT;
    uint32_t at = off & 0x1F, n = (off - direction) / 0x20;
    if (off >= OTG_IN && n < OTG_EPS) {
        if (at == EP_INT) {
            return otg_ep_int(o, direction, n);
        }
        if (at == EP_FSTS && direction == OTG_IN) {
            unsigned fifo = otg_ep_fifo(o, n);
            return otg_tx_depth(o, fifo) - o->tx[fifo].count;
        }
    }
    return *otg_word(o, off);
}

static enum bus_status otg_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    struct otg *o = self;
    uint32_t word = off & ~3u;

    if (a->master == MASTER_DEBUG) {
        *value = word < OTG_REGS ? reg_part(look(o, word), off, size) : 0;
        return BUS_OK;
    }
    if (word >= OTG_REGS) {
        *value = reg_part(word < OTG_REGS * (OTG_EPS + 1) ? otg_rx_data_pop(o) : 0, off, size);
    } else if (word == OTG_GRXSTSP) {
        *value = reg_part(otg_rx_status_pop(o), off, size);
    } else {
        *value = reg_part(look(o, word), off, size);
        return BUS_OK;
    }
    otg_tell(o); /* there is room now */
    otg_update(o);
    return BUS_OK;
}

static enum bus_status otg_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct otg *o = self;
    uint32_t word = off & ~3u;

    (void)a;
    if (word >= OTG_REGS) {
        unsigned n = word / OTG_REGS - 1;
        if (n < OTG_EPS) {
            otg_tx_push(o, otg_ep_fifo(o, n), reg_shift(value, off, size));
            otg_tell(o);
            otg_update(o);
        }
        return BUS_OK;
    }
    uint32_t old = size == 4 ? 0 : *otg_word(o, word);
    write_word(o, word, reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size)));
    return BUS_OK;
}

static uint32_t otg_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return off < OTG_REGS ? look(self, off & ~3u) : 0;
}

/* GRXSTSP and the FIFOs take away what they give. */
static bool otg_steady(const void *self, uint32_t off)
{
    (void)self;
    return off < OTG_REGS && (off & ~3u) != OTG_GRXSTSP;
}

static const struct dev_ops ops = {otg_read, otg_write, otg_peek, otg_reset};

static void add(struct machine *m, unsigned i)
{
    struct otg *o = machine_alloc(m, sizeof(*o));

    o->m = m;
    o->place = &places[i];
    m->otg[i] = o;
    otg_link_init(o);
    reset_registers(o);
    struct dev d = {.name = i ? "USB2 OTG_FS" : "USB1 OTG_HS",
                    .base = places[i].base,
                    .size = 0x40000,
                    .gate = places[i].gate,
                    .ops = &ops,
                    .steady = otg_steady,
                    .self = o};
    bus_add_dev(&m->bus, &d);
    rcc_on_change(m->rcc, clocks_changed, o);
}

void otg_new(struct machine *m)
{
    for (unsigned i = 0; i < USB_PLUGS; i++) {
        add(m, i);
    }
}
