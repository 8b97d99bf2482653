/* SPDX-License-Identifier: MIT */
/* Endpoints of the USB controllers, and what they answer to the host's transactions. */
#include "emu/chip/otg.h"

/* DIEPCTL0 and DOEPCTL0: MPSIZ 1:0 = 64, 32, 16, 8 bytes; the OUT endpoint has that of the IN one.
 */
static unsigned packet_size(struct otg *o, uint32_t direction, unsigned n)
{
    if (n == 0) {
        return 64u >> (*otg_ep(o, OTG_IN, 0, EP_CTL) & 3);
    }
    return *otg_ep(o, direction, n, EP_CTL) & 0x7FF;
}

static unsigned transfer_size(struct otg *o, uint32_t direction, unsigned n)
{
    return *otg_ep(o, direction, n, EP_TSIZ) & (n ? 0x7FFFF : 0x7F);
}

static unsigned packet_count(struct otg *o, uint32_t direction, unsigned n)
{
    uint32_t in_zero = direction == OTG_IN ? 3 : 1;

    return *otg_ep(o, direction, n, EP_TSIZ) >> 19 & (n ? 0x3FF : in_zero);
}

static void set_transfer(struct otg *o, uint32_t direction, unsigned n, unsigned size,
                         unsigned packets)
{
    uint32_t *tsiz = otg_ep(o, direction, n, EP_TSIZ);
    uint32_t count_mask = (n ? 0x3FFu : direction == OTG_IN ? 3u : 1u) << 19;

    *tsiz = (*tsiz & ~(count_mask | (n ? 0x7FFFFu : 0x7Fu))) | size | packets << 19;
}

static bool active(struct otg *o, uint32_t direction, unsigned n)
{
    return n == 0 || (*otg_ep(o, direction, n, EP_CTL) & EPCTL_USBAEP);
}

unsigned otg_ep_fifo(struct otg *o, unsigned n)
{
    unsigned fifo = *otg_ep(o, OTG_IN, n, EP_CTL) >> 22 & 0xF;

    return fifo < OTG_EPS ? fifo : 0;
}

/* ---- registers ---- */

/* Firmware cannot take a STALL of a control endpoint back: the next SETUP does. */
static uint32_t keep_stall(unsigned n, uint32_t old, uint32_t value)
{
    return n == 0 || !(value & EPCTL_TYPE) ? value | (old & OTG_EPCTL_STALL) : value;
}

static void enable(struct otg *o, uint32_t direction, unsigned n, uint32_t *ctl)
{
    *ctl |= OTG_EPCTL_EPENA;
    if ((*ctl & EPCTL_TYPE) == EPCTL_TYPE_ISO && n) {
        machine_note(o->m, N_OTG_FEATURE, o->place->base + direction + 0x20 * n,
                     "%s: endpoint %u is isochronous: the model has none, it never moves a packet",
                     o->place->name, n);
    }
    otg_fifo_check(o);
}

static void disable(struct otg *o, uint32_t direction, unsigned n, uint32_t *ctl)
{
    if (!(*ctl & OTG_EPCTL_EPENA) || (direction == OTG_OUT && n == 0)) {
        return; /* OUT 0 cannot be disabled (DOEPCTL0.EPDIS is read-only) */
    }
    *ctl &= ~OTG_EPCTL_EPENA;
    *otg_ep(o, direction, n, EP_INT) |= EPINT_EPDISD;
}

void otg_ep_ctl_write(struct otg *o, uint32_t direction, unsigned n, uint32_t value)
{
    uint32_t *ctl = otg_ep(o, direction, n, EP_CTL);
    uint32_t fields = n ? 0x00EC87FFu : direction == OTG_IN ? 0x00200003u : 0x00300000u;

    if (direction == OTG_IN) {
        fields |= 0x03C00000u; /* TXFNUM */
    }
    *ctl = (*ctl & ~fields) | (keep_stall(n, *ctl, value) & fields);
    if (value & OTG_EPCTL_CNAK) {
        *ctl &= ~(uint32_t)EPCTL_NAKSTS;
    }
    if (value & OTG_EPCTL_SNAK) {
        *ctl |= EPCTL_NAKSTS;
        *otg_ep(o, direction, n, EP_INT) |= direction == OTG_IN ? EPINT_INEPNE : 0;
    }
    if (value & (EPCTL_SD0PID | EPCTL_SD1PID)) {
        *ctl = value & EPCTL_SD1PID ? *ctl | EPCTL_DPID : *ctl & ~(uint32_t)EPCTL_DPID;
    }
    if (value & OTG_EPCTL_EPDIS) {
        disable(o, direction, n, ctl);
    }
    if (value & OTG_EPCTL_EPENA) {
        enable(o, direction, n, ctl);
    }
    otg_tell(o);
}

/* TXFE: half empty, or empty altogether when GAHBCFG.TXFELVL is set. */
static bool tx_empty(struct otg *o, unsigned n)
{
    unsigned count = o->tx[otg_ep_fifo(o, n)].count;
    bool all = *otg_word(o, OTG_GAHBCFG) & BIT(7);

    return all ? count == 0 : count * 2 <= otg_tx_depth(o, otg_ep_fifo(o, n));
}

uint32_t otg_ep_int(struct otg *o, uint32_t direction, unsigned n)
{
    uint32_t flags = *otg_ep(o, direction, n, EP_INT);

    if (direction == OTG_IN && active(o, OTG_IN, n) && tx_empty(o, n)) {
        flags |= EPINT_TXFE;
    }
    if (direction == OTG_OUT && n == 0) {
        flags |= BIT(7); /* reserved, reads 1 */
    }
    return flags;
}

uint32_t otg_daint(struct otg *o)
{
    uint32_t daint = 0, empty = *otg_word(o, OTG_DIEPEMPMSK);

    for (unsigned n = 0; n < OTG_EPS; n++) {
        uint32_t mask = *otg_word(o, OTG_DIEPMSK) | (empty >> n & 1 ? EPINT_TXFE : 0);
        if (otg_ep_int(o, OTG_IN, n) & mask) {
            daint |= BIT(n);
        }
        if (otg_ep_int(o, OTG_OUT, n) & *otg_word(o, OTG_DOEPMSK)) {
            daint |= BIT(16 + n);
        }
    }
    return daint;
}

void otg_ep_popped(struct otg *o, uint32_t status)
{
    unsigned n = status & 0xF;

    switch (status >> 17 & 0xF) {
    case PACKET_OUT_NAK:
        o->out_nak = true;
        break;
    case PACKET_OUT_DONE:
        *otg_ep(o, OTG_OUT, n, EP_INT) |= OTG_EPINT_XFRC;
        break;
    case PACKET_SETUP_DONE:
        *otg_ep(o, OTG_OUT, 0, EP_CTL) &= ~OTG_EPCTL_EPENA; /* before STUP (RM0399, DOEPCTL0) */
        *otg_ep(o, OTG_OUT, 0, EP_INT) |= OTG_EPINT_STUP;
        break;
    default:
        break;
    }
}

void otg_ep_bus_reset(struct otg *o)
{
    for (unsigned n = 1; n < OTG_EPS; n++) {
        *otg_ep(o, OTG_IN, n, EP_CTL) &= ~(uint32_t)EPCTL_USBAEP;
        *otg_ep(o, OTG_OUT, n, EP_CTL) &= ~(uint32_t)EPCTL_USBAEP;
    }
}

/* ---- transactions ---- */

static unsigned dad(struct otg *o)
{
    return *otg_word(o, OTG_DCFG) >> 4 & 0x7F;
}

/* Firmware writes a new address before it answers SET_ADDRESS; that answer still goes to the old
 * one. Back to 0, after a reset of the bus, at once. */
void otg_ep_address(struct otg *o)
{
    if (dad(o) == 0) {
        o->address = 0;
    }
}

/* DCFG.DAD is not cleared by a bus reset: that is for the firmware to do. */
static bool for_me(struct otg *o, unsigned addr)
{
    return otg_attached(o) && otg_alive(o) && !o->resetting &&
           !(*otg_word(o, OTG_PCGCCTL) & PCGCCTL_STPPCLK) && addr == o->address;
}

static void toggle(uint32_t *ctl)
{
    *ctl ^= EPCTL_DPID;
}

enum usb_answer otg_setup(struct otg *o, unsigned addr, const uint8_t setup[8])
{
    uint32_t *in = otg_ep(o, OTG_IN, 0, EP_CTL), *out = otg_ep(o, OTG_OUT, 0, EP_CTL);
    uint32_t *tsiz = otg_ep(o, OTG_OUT, 0, EP_TSIZ);

    if (!for_me(o, addr) || !otg_rx_room(o, 8 + 4)) {
        return USB_SILENT;
    }
    *in = (*in & ~(uint32_t)OTG_EPCTL_STALL) | EPCTL_NAKSTS | EPCTL_DPID;
    *out = (*out & ~(OTG_EPCTL_EPENA | OTG_EPCTL_STALL)) | EPCTL_NAKSTS | EPCTL_DPID;
    if (*tsiz >> 29 & 3) {
        *tsiz -= 1u << 29;
    } else {
        *otg_ep(o, OTG_OUT, 0, EP_INT) |= EPINT_B2BSTUP;
    }
    otg_rx_push(o, PACKET_SETUP, 0, false, setup, 8);
    otg_rx_push(o, PACKET_SETUP_DONE, 0, false, NULL, 0);
    otg_update(o);
    return USB_ACK;
}

/* A short packet, or the last of those asked for, ends the transfer. */
static void out_taken(struct otg *o, unsigned ep, uint32_t *ctl, unsigned n)
{
    unsigned left = transfer_size(o, OTG_OUT, ep), packets = packet_count(o, OTG_OUT, ep);

    left -= n < left ? n : left;
    packets -= packets ? 1 : 0;
    set_transfer(o, OTG_OUT, ep, left, packets);
    if (n < packet_size(o, OTG_OUT, ep) || packets == 0) {
        *ctl = (*ctl & ~OTG_EPCTL_EPENA) | EPCTL_NAKSTS;
        otg_rx_push(o, PACKET_OUT_DONE, ep, false, NULL, 0);
    }
}

enum usb_answer otg_out(struct otg *o, unsigned addr, unsigned ep, bool data1, const uint8_t *bytes,
                        unsigned n)
{
    if (!for_me(o, addr) || ep >= OTG_EPS || !active(o, OTG_OUT, ep) ||
        n > packet_size(o, OTG_OUT, ep)) {
        return USB_SILENT;
    }
    uint32_t *ctl = otg_ep(o, OTG_OUT, ep, EP_CTL);
    if (*ctl & OTG_EPCTL_STALL) {
        return USB_STALL;
    }
    if (!(*ctl & OTG_EPCTL_EPENA) || (*ctl & EPCTL_NAKSTS) ||
        (*otg_word(o, OTG_DCTL) & DCTL_GONSTS) || !otg_rx_room(o, n + 4)) {
        return USB_NAK;
    }
    if (data1 != !!(*ctl & EPCTL_DPID)) {
        return USB_ACK; /* a repetition: its acknowledgement was lost */
    }
    toggle(ctl);
    otg_rx_push(o, PACKET_OUT, ep, data1, bytes, n);
    out_taken(o, ep, ctl, n);
    otg_update(o);
    return USB_ACK;
}

static void in_taken(struct otg *o, unsigned ep, uint32_t *ctl, unsigned n)
{
    unsigned packets = packet_count(o, OTG_IN, ep) - 1;

    set_transfer(o, OTG_IN, ep, transfer_size(o, OTG_IN, ep) - n, packets);
    if (packets == 0) {
        *ctl &= ~OTG_EPCTL_EPENA;
        *otg_ep(o, OTG_IN, ep, EP_INT) |= OTG_EPINT_XFRC;
    }
}

enum usb_answer otg_in(struct otg *o, unsigned addr, unsigned ep, bool *data1, uint8_t *bytes,
                       unsigned *n)
{
    if (!for_me(o, addr) || ep >= OTG_EPS || !active(o, OTG_IN, ep)) {
        return USB_SILENT;
    }
    uint32_t *ctl = otg_ep(o, OTG_IN, ep, EP_CTL);
    if (*ctl & OTG_EPCTL_STALL) {
        return USB_STALL;
    }
    unsigned size = transfer_size(o, OTG_IN, ep), max = packet_size(o, OTG_IN, ep);
    unsigned len = size < max ? size : max, fifo = otg_ep_fifo(o, ep);
    bool ready = (*ctl & OTG_EPCTL_EPENA) && !(*ctl & EPCTL_NAKSTS) &&
                 packet_count(o, OTG_IN, ep) && !(*otg_word(o, OTG_DCTL) & DCTL_GINSTS);
    if (!ready || o->tx[fifo].count * 4 < len || len > *n) {
        *otg_ep(o, OTG_IN, ep, EP_INT) |= o->tx[fifo].count ? 0 : EPINT_ITTXFE;
        otg_update(o);
        return USB_NAK;
    }
    otg_tx_pop(o, fifo, bytes, len);
    *n = len;
    *data1 = *ctl & EPCTL_DPID;
    toggle(ctl);
    in_taken(o, ep, ctl, len);
    if (ep == 0 && len == 0) {
        o->address = dad(o);
    }
    otg_update(o);
    return USB_ACK;
}
