/* SPDX-License-Identifier: MIT */
/*
 * Inside of the USB controllers (Synopsys DWC2, two of them; RM0399, OTG_HS): otg.c (global
 * registers, resets), otg_link.c (the cable), otg_regs.c (table of registers), otg_fifo.c (FIFO
 * RAM) and otg_ep.c (endpoints and transactions). Device mode at full speed, FIFOs served by the
 * core; no host mode, no DMA, no isochronous endpoints.
 */
#ifndef EMU_CHIP_OTG_H
#define EMU_CHIP_OTG_H

#include "chip/stm32h7/otg.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"
#include "emu/chip/usb_wire.h"

#define OTG_EPS        9u
#define OTG_FIFO_WORDS 1024u /* FIFO RAM of one controller */
#define OTG_REGS       0x1000u

/* Where the registers of the endpoints begin, 0x20 for each. */
#define OTG_IN  OTG_DIEPCTL0
#define OTG_OUT OTG_DOEPCTL0
/* Of one endpoint and direction. */
enum otg_ep_off {
    EP_CTL = 0,
    EP_INT = OTG_DIEPINT0 - OTG_DIEPCTL0,
    EP_TSIZ = OTG_DIEPTSIZ0 - OTG_DIEPCTL0,
    EP_FSTS = 0x18
};

enum {
    GAHBCFG_DMAEN = BIT(5),
    GUSBCFG_FHMOD = BIT(29),
    GOTGCTL_BSVLD = BIT(19),
    GCCFG_VBDEN = BIT(21),
    DCTL_GINSTS = BIT(2),
    DCTL_GONSTS = BIT(3),
    DCTL_SGINAK = BIT(7),
    DCTL_CGINAK = BIT(8),
    DCTL_SGONAK = BIT(9),
    DCTL_CGONAK = BIT(10),
    DSTS_SUSPSTS = BIT(0),
    PCGCCTL_STPPCLK = BIT(0),
};

enum {
    INT_CMOD = BIT(0),
    INT_OTGINT = BIT(2),
    INT_SOF = BIT(3),
    INT_NPTXFE = BIT(5),
    INT_GINAKEFF = BIT(6),
    INT_GONAKEFF = BIT(7),
    INT_ESUSP = BIT(10),
    INT_USBSUSP = BIT(11),
    INT_RSTDET = BIT(23),
    INT_PTXFE = BIT(26),
};
/* WKUINT; the rest of these a write of 1 clears. */
#define INT_WKUINT  0x80000000u
#define INT_LATCHED 0xF8F0FC0Au

enum {
    EPCTL_USBAEP = BIT(15),
    EPCTL_DPID = BIT(16), /* the next packet is DATA1 */
    EPCTL_NAKSTS = BIT(17),
    EPCTL_SD0PID = BIT(28),
    EPCTL_SD1PID = BIT(29),
};
#define EPCTL_TYPE     0x000C0000u
#define EPCTL_TYPE_ISO 0x00040000u

enum {
    EPINT_EPDISD = BIT(1),
    EPINT_ITTXFE = BIT(4),  /* IN: a token, and nothing to send */
    EPINT_B2BSTUP = BIT(6), /* OUT */
    EPINT_INEPNE = BIT(6),  /* IN: NAK is in force */
    EPINT_TXFE = BIT(7),    /* IN, a level */
};

/* What the receive FIFO's status words say (GRXSTSP.PKTSTS, in device mode). */
enum otg_packet {
    PACKET_OUT_NAK = 1,
    PACKET_OUT = 2,
    PACKET_OUT_DONE = 3,
    PACKET_SETUP_DONE = 4,
    PACKET_SETUP = 6
};

struct otg_reg {
    uint16_t off, count, stride;
    uint32_t reset, writable;
};
extern const struct otg_reg otg_regs[];
extern const unsigned otg_reg_count;

struct otg_place {
    const char *name;
    uint32_t base;
    int gate;
    unsigned irq, sof_source; /* CRS_CFGR.SYNCSRC */
    const char *pin[2];
    unsigned af;
};

struct otg_fifo {
    uint32_t word[OTG_FIFO_WORDS];
    unsigned head, count;
};

struct otg {
    struct machine *m;
    const struct otg_place *place;
    uint32_t word[OTG_REGS / 4];
    struct otg_fifo rx, tx[OTG_EPS];
    bool rx_status[OTG_FIFO_WORDS];            /* this word of rx is a status, not data */
    unsigned rx_packets;                       /* status words in rx */
    bool plugged, resetting, framing, out_nak; /* out_nak: the global NAK has been noticed */
    bool clock_noted, fifo_noted, dma_noted;
    unsigned frame;
    unsigned address; /* in force; DCFG.DAD counts from the end of a control transfer on */
    struct sched_event next_frame, suspend, speed_known;
    void (*changed)(void *arg);
    void *changed_arg;
};

static inline uint32_t *otg_word(struct otg *o, uint32_t off)
{
    return &o->word[off / 4];
}

/* A register of endpoint n: OTG_IN or OTG_OUT, and its offset. */
static inline uint32_t *otg_ep(struct otg *o, uint32_t direction, unsigned n, enum otg_ep_off off)
{
    return otg_word(o, direction + 0x20 * n + off);
}

/* ---- otg.c ---- */
/* Bus clock, 48 MHz and supply are there: the controller works. */
bool otg_alive(const struct otg *o);
/* Some interrupt condition may have changed. */
void otg_update(struct otg *o);
/* Sets latched flags of GINTSTS. */
void otg_raise(struct otg *o, uint32_t flags);
/* Tells the host's side. */
void otg_tell(struct otg *o);

/* ---- otg_link.c ---- */
void otg_link_init(struct otg *o);
uint64_t otg_clock_hz(const struct otg *o);
bool otg_clock_good(const struct otg *o);
bool otg_session_valid(const struct otg *o);
/* If nothing is on the bus, suspend comes. */
void otg_idle_from_now(struct otg *o);

/* ---- otg_fifo.c ---- */
bool otg_rx_room(struct otg *o, unsigned bytes);
void otg_rx_push(struct otg *o, enum otg_packet what, unsigned ep, bool data1, const uint8_t *bytes,
                 unsigned n);
uint32_t otg_rx_status_pop(struct otg *o);
uint32_t otg_rx_front(const struct otg *o);
uint32_t otg_rx_data_pop(struct otg *o);
void otg_rx_flush(struct otg *o);
/* n: number of the FIFO */
unsigned otg_tx_depth(struct otg *o, unsigned n); /* words */
void otg_tx_push(struct otg *o, unsigned n, uint32_t word);
void otg_tx_pop(struct otg *o, unsigned n, uint8_t *bytes, unsigned len);
void otg_tx_flush(struct otg *o, unsigned n); /* 16: all */
/* Do the FIFOs fit into the RAM side by side? Told once. */
void otg_fifo_check(struct otg *o);

/* ---- otg_ep.c ---- */
void otg_ep_ctl_write(struct otg *o, uint32_t direction, unsigned n, uint32_t value);
uint32_t otg_ep_int(struct otg *o, uint32_t direction, unsigned n);
/* A status word was popped: what it says happens now. */
void otg_ep_popped(struct otg *o, uint32_t status);
unsigned otg_ep_fifo(struct otg *o, unsigned n); /* FIFO of IN endpoint n */
uint32_t otg_daint(struct otg *o);
void otg_ep_bus_reset(struct otg *o);
/* DCFG was written. */
void otg_ep_address(struct otg *o);

#endif
