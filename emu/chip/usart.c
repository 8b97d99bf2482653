/* SPDX-License-Identifier: MIT */
/*
 * USART1 to UART8 and LPUART1: registers, flags, interrupt line. RM0399, USART.
 *
 * Asynchronous mode with and without FIFO is modelled; every other mode is reported when firmware
 * switches it on.
 */
#include "emu/chip/usart.h"

#include <stdio.h>

/* ---- reports ---- */

void usart_report_once(struct uart *u, unsigned bit, enum note_id id, uint32_t reg,
                       const char *text)
{
    if (u->reported & BIT(bit)) {
        return;
    }
    u->reported |= BIT(bit);
    machine_note(u->m, id, u->place->base + reg, "%s %s", u->place->name, text);
}

struct feature {
    uint32_t bit;
    const char *what;
};

static const struct feature cr1_features[] = {
    {CR1_MME, "mute mode (MME)"},
};
static const struct feature cr2_features[] = {
    {BIT(0), "synchronous slave mode (SLVEN)"},
    {BIT(11), "synchronous mode (CLKEN)"},
    {BIT(14), "LIN mode (LINEN)"},
    {BIT(15), "swapped pins (SWAP)"},
    {BIT(16), "inverted RX (RXINV)"},
    {BIT(17), "inverted TX (TXINV)"},
    {BIT(18), "inverted data (DATAINV)"},
    {BIT(19), "MSB first (MSBFIRST)"},
    {BIT(20), "automatic baud rate (ABREN)"},
};
static const struct feature cr3_features[] = {
    {BIT(1), "IrDA mode (IREN)"},        {BIT(3), "half-duplex mode (HDSEL)"},
    {BIT(5), "smartcard mode (SCEN)"},   {BIT(8), "RTS flow control (RTSE)"},
    {BIT(9), "CTS flow control (CTSE)"}, {BIT(14), "driver enable (DEM)"},
};

static void report_features(struct uart *u, uint32_t reg, uint32_t risen, const struct feature *f,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (risen & f[i].bit) {
            machine_note(u->m, N_UART_FEATURE, u->place->base + reg,
                         "%s: firmware switched on %s, which is not modelled", u->place->name,
                         f[i].what);
        }
    }
}

static void report_locked(struct uart *u, uint32_t reg, const char *name, uint32_t bits)
{
    if (bits) {
        machine_note(u->m, N_UART_LOCKED_FIELD, u->place->base + reg,
                     "%s_%s: bits 0x%08x can be written only while the USART is off (UE = 0); the "
                     "write to them is ignored",
                     u->place->name, name, bits);
    }
}

/* ---- writes ---- */

/* Fields that RM0399 allows to be written only with UE = 0. */
#define CR1_LOCKED                                                                                 \
    (CR1_PS | CR1_PCE | CR1_WAKE | CR1_M0 | CR1_OVER8 | CR1_DEDT_DEAT | CR1_M1 | CR1_FIFOEN)
#define CR2_LOCKED 0x007FFF79u /* all but RTOEN, LBDIE and ADD */
#define CR3_LOCKED 0x0033FF3Au /* modes, flow control, ONEBIT, OVRDIS, DDRE, driver enable, WUS */
#define CR2_VALID  0xFFFFFF79u
#define CR3_VALID  0xFFFEFFFFu
/* LPUART: what it has of them. */
#define LP_CR1_VALID 0xF3FF7FFFu
#define LP_CR2_VALID 0xFF0FB010u
#define LP_CR3_VALID 0xFEF0F7C9u

static uint32_t valid(const struct uart *u, uint32_t usart, uint32_t lpuart)
{
    return u->place->low_power ? lpuart : usart;
}

static uint32_t keep_locked(struct uart *u, uint32_t reg, const char *name, uint32_t old,
                            uint32_t value, uint32_t locked)
{
    if (!(u->cr1 & CR1_UE)) {
        return value;
    }
    report_locked(u, reg, name, (old ^ value) & locked);
    return (value & ~locked) | (old & locked);
}

static void usart_off(struct uart *u)
{
    usart_tx_abort(u);
    usart_rx_abort(u);
    u->tx.count = 0;
    usart_rx_flush(u);
    u->flags = ISR_TC; /* status back to its reset value */
    u->txfe_cleared = false;
}

static void check_divider(struct uart *u)
{
    if (!usart_divider_valid(u)) {
        usart_report_once(u, REPORT_BRR, N_UART_BRR, USART_BRR,
                          u->place->low_power
                              ? "is switched on with a baud rate divider below 0x300: nothing is "
                                "sent or received"
                              : "is switched on with a baud rate divider below 16: nothing is sent "
                                "or received");
    }
}

static void write_cr1(struct uart *u, uint32_t value)
{
    uint32_t old = u->cr1;

    value = keep_locked(u, USART_CR1, "CR1", old, value & valid(u, 0xFFFFFFFF, LP_CR1_VALID),
                        CR1_LOCKED);
    report_features(u, USART_CR1, value & ~old, cr1_features,
                    sizeof(cr1_features) / sizeof(cr1_features[0]));
    bool on = value & CR1_UE;
    if ((old & CR1_UE) && !on) {
        usart_off(u); /* while the old format and rate still hold */
    }
    bool tx_was = (old & CR1_UE) && (old & CR1_TE), tx_is = on && (value & CR1_TE);
    bool rx_was = (old & CR1_UE) && (old & CR1_RE), rx_is = on && (value & CR1_RE);
    if (on && tx_was && !tx_is) {
        usart_tx_abort(u);
    }
    if (on && rx_was && !rx_is) {
        usart_rx_abort(u);
    }
    u->cr1 = value;
    if (on && !(old & CR1_UE)) {
        check_divider(u);
        u->baud_was = uart_baud(u);
        usart_line_configured(u);
    }
    if (!on) {
        u->baud_was = 0;
    }
    if (tx_is && !tx_was) {
        usart_tx_enable(u);
    }
    if (rx_is && !rx_was) {
        usart_line_open(u);
    }
}

static void write_cr2(struct uart *u, uint32_t value)
{
    uint32_t locked = CR2_LOCKED | ((u->cr1 & CR1_RE) ? CR2_ADD : 0); /* ADD: RE or UE off */

    value =
        keep_locked(u, USART_CR2, "CR2", u->cr2, value & valid(u, CR2_VALID, LP_CR2_VALID), locked);
    report_features(u, USART_CR2, value & ~u->cr2, cr2_features,
                    sizeof(cr2_features) / sizeof(cr2_features[0]));
    u->cr2 = value;
    if (!(value & CR2_RTOEN)) {
        sched_cancel(&u->m->sched, &u->rx.rto_ev);
    }
}

static void write_cr3(struct uart *u, uint32_t value)
{
    value = keep_locked(u, USART_CR3, "CR3", u->cr3, value & valid(u, CR3_VALID, LP_CR3_VALID),
                        CR3_LOCKED);
    report_features(u, USART_CR3, value & ~u->cr3, cr3_features,
                    sizeof(cr3_features) / sizeof(cr3_features[0]));
    u->cr3 = value;
}

static void write_icr(struct uart *u, uint32_t value)
{
    u->flags &= ~(value & (ISR_PE | ISR_FE | ISR_NE | ISR_ORE | ISR_IDLE | ISR_TC | ISR_RTOF |
                           ISR_CMF | ISR_WUF));
    if (value & BIT(5)) {
        u->txfe_cleared = true;
    }
}

static void write_rqr(struct uart *u, uint32_t value)
{
    if (value & BIT(0)) {
        machine_note(u->m, N_UART_FEATURE, u->place->base + USART_RQR,
                     "%s: automatic baud rate request is not modelled", u->place->name);
    }
    if (value & BIT(1)) {
        usart_tx_break(u);
    }
    if (value & BIT(3)) {
        usart_rx_flush(u);
    }
    if (value & BIT(4)) {
        usart_tx_flush(u);
    }
}

/* Registers that read as they were written; 0 for the others. */
static uint32_t plain_value(const struct uart *u, uint32_t reg)
{
    switch (reg) {
    case USART_CR1:
        return u->cr1;
    case USART_CR2:
        return u->cr2;
    case USART_CR3:
        return u->cr3;
    case USART_BRR:
        return u->brr;
    case USART_GTPR:
        return u->gtpr;
    case USART_RTOR:
        return u->rtor;
    case USART_PRESC:
        return u->presc;
    default:
        return 0;
    }
}

static void write_register(struct uart *u, uint32_t reg, uint32_t value)
{
    switch (reg) {
    case USART_CR1:
        write_cr1(u, value);
        break;
    case USART_CR2:
        write_cr2(u, value);
        break;
    case USART_CR3:
        write_cr3(u, value);
        break;
    case USART_BRR:
        u->brr = keep_locked(u, reg, "BRR", u->brr, value & valid(u, 0xFFFF, 0xFFFFF), 0xFFFFF);
        u->reported &= ~BIT(REPORT_BRR);
        break;
    case USART_GTPR:
        u->gtpr = keep_locked(u, reg, "GTPR", u->gtpr, value & 0xFFFF, 0xFFFF);
        break;
    case USART_RTOR:
        u->rtor = value;
        break;
    case USART_PRESC:
        u->presc = keep_locked(u, reg, "PRESC", u->presc, value & 15, 15);
        break;
    case USART_RQR:
        write_rqr(u, value);
        break;
    case USART_ICR:
        write_icr(u, value);
        break;
    case USART_TDR:
        usart_tx_write(u, value & 0x1FF);
        break;
    default: /* ISR and RDR are read-only, the rest undefined */
        break;
    }
}

static enum bus_status usart_write(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t value)
{
    (void)a;
    struct uart *u = self;
    uint32_t reg = off & ~3u;
    if (reg == USART_TDR && (off & 3)) {
        return BUS_OK; /* upper bytes of TDR are reserved */
    }
    uint32_t old = plain_value(u, reg);
    write_register(u, reg, reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size)));
    usart_update_irq(u);
    return BUS_OK;
}

/* ---- reads ---- */

static uint32_t usart_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    const struct uart *u = self;
    if (off == USART_ISR) {
        return usart_isr(u);
    }
    if (off == USART_RDR) {
        return u->rx.count ? u->rx.fifo[0] : u->rx.last;
    }
    return plain_value(u, off);
}

static enum bus_status usart_read(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t *value)
{
    struct uart *u = self;
    uint32_t reg = off & ~3u;
    uint32_t v = reg == USART_RDR && !(off & 3) && a->master != MASTER_DEBUG
                     ? usart_rx_read(u)
                     : usart_peek(u, a->master, reg);

    *value = reg_part(v, off, size);
    usart_update_irq(u);
    return BUS_OK;
}

/* ---- life ---- */

static void usart_reset(void *self, bool power_on)
{
    struct uart *u = self;

    if (power_on) {
        u->tx.state = TX_OFF; /* nobody hears the rest of a frame when the power was off */
    }
    usart_off(u);
    u->cr1 = u->cr2 = u->cr3 = u->brr = u->gtpr = u->rtor = u->presc = 0;
    u->reported = 0;
    u->baud_was = 0;
    u->rx.last = 0;
    u->irq_level = false;
    machine_irq(u->m, u->place->irq, false);
    if (power_on) {
        u->line.baud = 0;
        u->line.open = false;
    }
}

static void clocks_changed(void *arg)
{
    struct uart *u = arg;
    uint64_t baud = uart_baud(u);

    if (!(u->cr1 & CR1_UE) || baud == u->baud_was) {
        return;
    }
    usart_tx_clock_changed(u);
    usart_rx_clock_changed(u);
    u->baud_was = baud;
    if (!baud) {
        return;
    }
    if (!u->line.baud) {
        usart_line_configured(u); /* switched on before its clock was there */
    } else if (baud * 100 < u->line.baud * 97 || baud * 100 > u->line.baud * 103) {
        usart_report_once(u, REPORT_DRIFT, N_UART_BAUD_DRIFT, USART_BRR,
                          "runs on a clock that changed after BRR was set: its baud rate is wrong "
                          "now and the other end sees garbage");
    }
}

bool uart_busy(const struct uart *u)
{
    return u->tx.state == TX_DATA || u->tx.state == TX_BREAK || u->tx.count || u->line.busy ||
           u->rx.state == RX_WHOLE || u->rx.state == RX_BITS;
}

/* Reading RDR takes a character. */
static bool usart_steady(const void *self, uint32_t off)
{
    (void)self;
    return (off & ~3u) != USART_RDR;
}

static const struct dev_ops usart_ops = {
    .read = usart_read, .write = usart_write, .peek = usart_peek, .reset = usart_reset};

struct uart *usart_make(struct machine *m, const struct usart_place *place)
{
    struct uart *u = machine_alloc(m, sizeof(*u));

    u->m = m;
    u->place = place;
    u->flags = ISR_TC;
    usart_tx_init(u);
    usart_rx_init(u);
    usart_line_init(u);
    bus_add_dev(&m->bus, &(struct dev){.name = place->name,
                                       .base = place->base,
                                       .size = 0x400,
                                       .gate = place->gate,
                                       .ops = &usart_ops,
                                       .steady = usart_steady,
                                       .self = u});
    rcc_on_change(m->rcc, clocks_changed, u);
    return u;
}
