/*
 * USART1, 2 and 3: registers, flags, interrupt line. RM0399, USART.
 *
 * Asynchronous mode with and without FIFO is modelled; every other mode is reported when firmware
 * switches it on.
 */
#include "emu/chip/usart.h"

#include <stdio.h>
#include <string.h>

/* ---- timing ---- */

static unsigned prescaler(const struct uart *u)
{
    static const uint16_t div[16] = {1,  2,  4,   6,   8,   10,  12,  16,
                                     32, 64, 128, 256, 256, 256, 256, 256};
    return div[u->presc & 15];
}

/* USARTDIV: kernel clocks (half of them with OVER8) per bit. */
static uint32_t usartdiv(const struct uart *u)
{
    if (!(u->cr1 & CR1_OVER8))
        return u->brr;
    return (u->brr & 0xFFF0u) | (u->brr & 7) << 1;
}

static bool divider_valid(const struct uart *u)
{
    return usartdiv(u) >= 16; /* RM0399: less is forbidden */
}

static uint64_t kernel_hz(const struct uart *u)
{
    return rcc_gate_on(u->m->rcc, u->gate) ? rcc_hz(u->m->rcc, u->clk) : 0;
}

uint64_t uart_baud(const struct uart *u)
{
    if (!(u->cr1 & CR1_UE) || !divider_valid(u))
        return 0;
    uint64_t ticks = kernel_hz(u) * ((u->cr1 & CR1_OVER8) ? 2 : 1);
    return ticks / ((uint64_t)usartdiv(u) * prescaler(u));
}

vtime_t usart_span(const struct uart *u, unsigned half_bits)
{
    uint64_t ticks = kernel_hz(u) * ((u->cr1 & CR1_OVER8) ? 2 : 1);
    if (!ticks) /* a gate closed between two events: time goes on, if slowly */
        return half_bits * VT_MS;
    unsigned __int128 ps = (unsigned __int128)VT_S * usartdiv(u) * prescaler(u) * half_bits;
    return (vtime_t)(ps / 2 / ticks);
}

/* ---- frame format ---- */

bool usart_fifo_on(const struct uart *u)
{
    return (u->cr1 & CR1_FIFOEN) != 0;
}

struct frame_format usart_format(const struct uart *u)
{
    static const unsigned stop[4] = {2, 1, 4, 3};
    struct frame_format f = {.stop_half = stop[u->cr2 >> CR2_STOP_SHIFT & 3]};
    f.word = (u->cr1 & CR1_M1) ? 7 : (u->cr1 & CR1_M0) ? 9 : 8;
    f.parity = u->cr1 & CR1_PCE;
    f.odd = u->cr1 & CR1_PS;
    return f;
}

unsigned usart_frame_half_bits(const struct frame_format *f)
{
    return 2 * (1 + f->word) + f->stop_half;
}

uint16_t usart_add_parity(const struct frame_format *f, uint16_t data)
{
    unsigned bits = f->word - f->parity;
    data &= (uint16_t)((1u << bits) - 1);
    if (f->parity && ((unsigned)__builtin_parity(data) ^ (unsigned)f->odd))
        data |= (uint16_t)(1u << bits);
    return data;
}

/* ---- pins ---- */

struct uart_pin {
    uint8_t usart;
    bool tx;
    char pin[5];
    uint8_t af;
};

/* Data sheet, alternate functions. */
static const struct uart_pin uart_pins[] = {
    {1, true, "PA9", 7},  {1, true, "PB6", 7},   {1, true, "PB14", 4},  {1, false, "PA10", 7},
    {1, false, "PB7", 7}, {1, false, "PB15", 4}, {2, true, "PA2", 7},   {2, true, "PD5", 7},
    {2, false, "PA3", 7}, {2, false, "PD6", 7},  {3, true, "PB10", 7},  {3, true, "PC10", 7},
    {3, true, "PD8", 7},  {3, false, "PB11", 7}, {3, false, "PC11", 7}, {3, false, "PD9", 7},
};

/* The line outside is wired to whichever pin the firmware gives this USART: a board would fix one.
 */
bool usart_pin_connected(const struct uart *u, bool tx)
{
    if (!u->m->gpio)
        return true;
    for (size_t i = 0; i < sizeof uart_pins / sizeof uart_pins[0]; i++) {
        const struct uart_pin *p = &uart_pins[i];
        if (p->usart == u->n && p->tx == tx && gpio_alternate(u->m->gpio, p->pin) == p->af)
            return true;
    }
    return false;
}

/* ---- reports ---- */

void usart_report_once(struct uart *u, unsigned bit, enum note_kind kind, uint32_t reg,
                       const char *id, const char *text)
{
    if (u->reported & BIT(bit))
        return;
    u->reported |= BIT(bit);
    machine_note(u->m, kind, u->base + reg, id, "%s %s", u->name, text);
}

struct feature {
    uint32_t bit;
    const char *what;
};

static const struct feature cr1_features[] = {
    {CR1_UESM, "wake-up from Stop (UESM)"},
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
    for (size_t i = 0; i < count; i++)
        if (risen & f[i].bit)
            machine_note(u->m, NOTE_FEATURE, u->base + reg, "uart.feature",
                         "%s: firmware switched on %s, which is not modelled", u->name, f[i].what);
}

static void report_locked(struct uart *u, uint32_t reg, const char *name, uint32_t bits)
{
    if (bits)
        machine_note(u->m, NOTE_FIRMWARE_BUG, u->base + reg, "uart.locked-field",
                     "%s_%s: bits 0x%08x can be written only while the USART is off (UE = 0); the "
                     "write to them is ignored",
                     u->name, name, bits);
}

/* ---- flags and interrupt ---- */

/* RXFTCFG, TXFTCFG: 1/8, 1/4, 1/2, 3/4, 7/8, full. */
static unsigned threshold(unsigned cfg)
{
    static const uint8_t level[8] = {2, 4, 8, 12, 14, 16, 16, 16};
    return level[cfg & 7];
}

static uint32_t fifo_flags(const struct uart *u)
{
    uint32_t f = 0;
    if (!u->tx.count && !u->txfe_cleared)
        f |= ISR_TXFE;
    if (u->rx.count == USART_RX_MAX)
        f |= ISR_RXFF;
    if (u->rx.count >= threshold(u->cr3 >> 25))
        f |= ISR_RXFT;
    /* TXFT is 0 in the reset value although the FIFO is empty: only an enabled USART sets it. */
    if ((u->cr1 & CR1_UE) && USART_FIFO_DEPTH - u->tx.count >= threshold(u->cr3 >> 29))
        f |= ISR_TXFT;
    return f;
}

static uint32_t isr(const struct uart *u)
{
    uint32_t f = u->flags;
    if (u->tx.count < usart_tx_capacity(u))
        f |= ISR_TXE;
    if (u->rx.count)
        f |= ISR_RXNE;
    if (u->rx.state == RX_WHOLE || u->rx.state == RX_BITS)
        f |= ISR_BUSY;
    if (u->tx.break_wanted || u->tx.state == TX_BREAK)
        f |= ISR_SBKF;
    if (u->cr1 & CR1_UE)
        f |= ((u->cr1 & CR1_TE) ? ISR_TEACK : 0) | ((u->cr1 & CR1_RE) ? ISR_REACK : 0);
    if (usart_fifo_on(u))
        f |= fifo_flags(u);
    return f;
}

static bool irq_wanted(const struct uart *u)
{
    static const struct {
        uint32_t flags, enable;
    } by_cr1[] = {
        {ISR_IDLE, CR1_IDLEIE}, {ISR_RXNE | ISR_ORE, CR1_RXNEIE},
        {ISR_TC, CR1_TCIE},     {ISR_TXE, CR1_TXEIE},
        {ISR_PE, CR1_PEIE},     {ISR_CMF, CR1_CMIE},
        {ISR_RTOF, CR1_RTOIE},  {ISR_TXFE, CR1_TXFEIE},
        {ISR_RXFF, CR1_RXFFIE},
    };
    uint32_t f = isr(u);
    for (size_t i = 0; i < sizeof by_cr1 / sizeof by_cr1[0]; i++)
        if ((u->cr1 & by_cr1[i].enable) && (f & by_cr1[i].flags))
            return true;
    return ((u->cr3 & CR3_EIE) && (f & (ISR_ORE | ISR_FE | ISR_NE))) ||
           ((u->cr3 & CR3_TXFTIE) && (f & ISR_TXFT)) || ((u->cr3 & CR3_RXFTIE) && (f & ISR_RXFT));
}

/* A reception error may hold the receiver's requests back until it is cleared (DDRE). */
static void update_dma(struct uart *u)
{
    uint32_t f = isr(u);
    bool held = u->cr3 & CR3_DDRE && f & (ISR_PE | ISR_FE | ISR_NE | ISR_ORE);
    unsigned rx = DMA_REQUEST_USART1_RX + 2 * (u->n - 1);
    dma_request(u->m, rx, u->cr3 & CR3_DMAR && f & ISR_RXNE && !held);
    dma_request(u->m, rx + 1, u->cr3 & CR3_DMAT && u->cr1 & CR1_UE && f & ISR_TXE);
}

void usart_update_irq(struct uart *u)
{
    update_dma(u);
    bool level = irq_wanted(u);
    if (level == u->irq_level)
        return;
    u->irq_level = level;
    machine_irq(u->m, u->irq, level);
}

/* ---- writes ---- */

/* Fields that RM0399 allows to be written only with UE = 0. */
#define CR1_LOCKED                                                                                 \
    (CR1_PS | CR1_PCE | CR1_WAKE | CR1_M0 | CR1_OVER8 | CR1_DEDT_DEAT | CR1_M1 | CR1_FIFOEN)
#define CR2_LOCKED 0x007FFF79u /* all but RTOEN, LBDIE and ADD */
#define CR3_LOCKED 0x0033FF3Au /* modes, flow control, ONEBIT, OVRDIS, DDRE, driver enable, WUS */
#define CR2_VALID  0xFFFFFF79u
#define CR3_VALID  0xFFFEFFFFu

static uint32_t keep_locked(struct uart *u, uint32_t reg, const char *name, uint32_t old,
                            uint32_t value, uint32_t locked)
{
    if (!(u->cr1 & CR1_UE))
        return value;
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
    if (!divider_valid(u))
        usart_report_once(u, REPORT_BRR, NOTE_FIRMWARE_BUG, USART_BRR, "uart.brr",
                          "is switched on with a baud rate divider below 16: nothing is sent or "
                          "received");
}

static void write_cr1(struct uart *u, uint32_t value)
{
    uint32_t old = u->cr1;
    value = keep_locked(u, USART_CR1, "CR1", old, value, CR1_LOCKED);
    report_features(u, USART_CR1, value & ~old, cr1_features,
                    sizeof cr1_features / sizeof cr1_features[0]);
    bool on = value & CR1_UE;
    if ((old & CR1_UE) && !on)
        usart_off(u); /* while the old format and rate still hold */
    bool tx_was = (old & CR1_UE) && (old & CR1_TE), tx_is = on && (value & CR1_TE);
    bool rx_was = (old & CR1_UE) && (old & CR1_RE), rx_is = on && (value & CR1_RE);
    if (on && tx_was && !tx_is)
        usart_tx_abort(u);
    if (on && rx_was && !rx_is)
        usart_rx_abort(u);
    u->cr1 = value;
    if (on && !(old & CR1_UE)) {
        check_divider(u);
        u->baud_was = uart_baud(u);
        usart_line_configured(u);
    }
    if (!on)
        u->baud_was = 0;
    if (tx_is && !tx_was)
        usart_tx_enable(u);
    if (rx_is && !rx_was)
        usart_line_open(u);
}

static void write_cr2(struct uart *u, uint32_t value)
{
    uint32_t locked = CR2_LOCKED | ((u->cr1 & CR1_RE) ? CR2_ADD : 0); /* ADD: RE or UE off */
    value = keep_locked(u, USART_CR2, "CR2", u->cr2, value & CR2_VALID, locked);
    report_features(u, USART_CR2, value & ~u->cr2, cr2_features,
                    sizeof cr2_features / sizeof cr2_features[0]);
    u->cr2 = value;
    if (!(value & CR2_RTOEN))
        sched_cancel(&u->m->sched, &u->rx.rto_ev);
}

static void write_cr3(struct uart *u, uint32_t value)
{
    value = keep_locked(u, USART_CR3, "CR3", u->cr3, value & CR3_VALID, CR3_LOCKED);
    report_features(u, USART_CR3, value & ~u->cr3, cr3_features,
                    sizeof cr3_features / sizeof cr3_features[0]);
    u->cr3 = value;
}

static void write_icr(struct uart *u, uint32_t value)
{
    u->flags &=
        ~(value & (ISR_PE | ISR_FE | ISR_NE | ISR_ORE | ISR_IDLE | ISR_TC | ISR_RTOF | ISR_CMF));
    if (value & BIT(5))
        u->txfe_cleared = true;
}

static void write_rqr(struct uart *u, uint32_t value)
{
    if (value & BIT(0))
        machine_note(u->m, NOTE_FEATURE, u->base + USART_RQR, "uart.feature",
                     "%s: automatic baud rate request is not modelled", u->name);
    if (value & BIT(1))
        usart_tx_break(u);
    if (value & BIT(3))
        usart_rx_flush(u);
    if (value & BIT(4))
        usart_tx_flush(u);
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
        u->brr = keep_locked(u, reg, "BRR", u->brr, value & 0xFFFF, 0xFFFF);
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
    if (reg == USART_TDR && (off & 3))
        return BUS_OK; /* upper bytes of TDR are reserved */
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
    if (off == USART_ISR)
        return isr(u);
    if (off == USART_RDR)
        return u->rx.count ? u->rx.fifo[0] : u->rx.last;
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
    if (power_on)
        u->tx.state = TX_OFF; /* nobody hears the rest of a frame when the power was off */
    usart_off(u);
    u->cr1 = u->cr2 = u->cr3 = u->brr = u->gtpr = u->rtor = u->presc = 0;
    u->reported = 0;
    u->baud_was = 0;
    u->rx.last = 0;
    u->irq_level = false;
    machine_irq(u->m, u->irq, false);
    if (power_on) {
        u->line.baud = 0;
        u->line.open = false;
    }
}

static void clocks_changed(void *arg)
{
    struct uart *u = arg;
    uint64_t baud = uart_baud(u);
    if (!(u->cr1 & CR1_UE) || baud == u->baud_was)
        return;
    usart_tx_clock_changed(u);
    usart_rx_clock_changed(u);
    u->baud_was = baud;
    if (!baud)
        return;
    if (!u->line.baud)
        usart_line_configured(u); /* switched on before its clock was there */
    else if (baud * 100 < u->line.baud * 97 || baud * 100 > u->line.baud * 103)
        usart_report_once(u, REPORT_DRIFT, NOTE_FIRMWARE_BUG, USART_BRR, "uart.baud-drift",
                          "runs on a clock that changed after BRR was set: its baud rate is wrong "
                          "now and the other end sees garbage");
}

bool uart_busy(const struct uart *u)
{
    return u->tx.state == TX_DATA || u->tx.state == TX_BREAK || u->tx.count || u->line.busy ||
           u->rx.state == RX_WHOLE || u->rx.state == RX_BITS;
}

void uart_listen(struct uart *u, void (*fn)(void *arg, uint8_t byte, vtime_t when), void *arg)
{
    if (u->listeners == UART_LISTENERS)
        return;
    u->listener[u->listeners].fn = fn;
    u->listener[u->listeners++].arg = arg;
}

static const struct dev_ops usart_ops = {
    .read = usart_read, .write = usart_write, .peek = usart_peek, .reset = usart_reset};

static void add_usart(struct machine *m, unsigned n, uint32_t base, int gate, enum clk clk)
{
    struct uart *u = machine_alloc(m, sizeof *u);
    u->m = m;
    u->n = n;
    u->irq = 36 + n; /* 37, 38, 39 */
    u->gate = gate;
    u->clk = clk;
    u->base = base;
    u->flags = ISR_TC;
    snprintf(u->name, sizeof u->name, "USART%u", n & 3);
    usart_tx_init(u);
    usart_rx_init(u);
    usart_line_init(u);
    m->uart[n] = u;
    bus_add_dev(&m->bus, &(struct dev){.name = u->name,
                                       .base = base,
                                       .size = 0x400,
                                       .gate = gate,
                                       .ops = &usart_ops,
                                       .self = u});
    rcc_on_change(m->rcc, clocks_changed, u);
}

void usart_new(struct machine *m)
{
    add_usart(m, 1, 0x40011000, GATE(G_APB2, 4), CLK_USART1);
    add_usart(m, 2, 0x40004400, GATE(G_APB1L, 17), CLK_USART23);
    add_usart(m, 3, 0x40004800, GATE(G_APB1L, 18), CLK_USART23);
}
