/* SPDX-License-Identifier: MIT */
/* USART: timing and format of frames, pins, flags, the interrupt line and the DMA requests. */
#include "emu/chip/usart.h"

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
    if (u->place->low_power || !(u->cr1 & CR1_OVER8)) {
        return u->brr;
    }
    return (u->brr & 0xFFF0u) | (u->brr & 7) << 1;
}

bool usart_divider_valid(const struct uart *u)
{
    return usartdiv(u) >= (u->place->low_power ? 0x300 : 16); /* RM0399: less is forbidden */
}

/* In Stop with UESM it keeps a kernel clock that a Stop leaves it: HSI, CSI or LSE. */
static bool lives_in_stop(const struct uart *u)
{
    return u->cr1 & CR1_UESM && rcc_kernel_wakes(u->m->rcc, u->place->clock) &&
           rcc_gate_asked(u->m->rcc, u->place->gate);
}

bool usart_in_stop(const struct uart *u)
{
    return !rcc_gate_on(u->m->rcc, u->place->gate) && lives_in_stop(u);
}

bool uart_wakes(const struct machine *m, unsigned irq)
{
    for (unsigned n = 1; n <= UARTS; n++) {
        if (m->uart[n] && m->uart[n]->place->irq == irq) {
            return lives_in_stop(m->uart[n]);
        }
    }
    return false;
}

static uint64_t kernel_hz(const struct uart *u)
{
    return rcc_gate_on(u->m->rcc, u->place->gate) || lives_in_stop(u)
               ? rcc_kernel_hz(u->m->rcc, u->place->clock)
               : 0;
}

/* USARTDIV counts kernel clocks, or halves of them with OVER8; LPUARTDIV counts 256ths. */
static uint64_t divided_hz(const struct uart *u)
{
    if (u->place->low_power) {
        return kernel_hz(u) * 256;
    }
    return kernel_hz(u) * (u->cr1 & CR1_OVER8 ? 2 : 1);
}

uint64_t uart_baud(const struct uart *u)
{
    if (!(u->cr1 & CR1_UE) || !usart_divider_valid(u)) {
        return 0;
    }
    uint64_t ticks = divided_hz(u);
    return ticks / ((uint64_t)usartdiv(u) * prescaler(u));
}

vtime_t usart_span(const struct uart *u, unsigned half_bits)
{
    uint64_t ticks = divided_hz(u);

    if (!ticks) { /* a gate closed between two events: time goes on, if slowly */
        return half_bits * VT_MS;
    }
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
    if (f->parity && ((unsigned)__builtin_parity(data) ^ (unsigned)f->odd)) {
        data |= (uint16_t)(1u << bits);
    }
    return data;
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

    if (!u->tx.count && !u->txfe_cleared) {
        f |= ISR_TXFE;
    }
    if (u->rx.count == USART_RX_MAX) {
        f |= ISR_RXFF;
    }
    if (u->rx.count >= threshold(u->cr3 >> 25)) {
        f |= ISR_RXFT;
    }
    /* TXFT is 0 in the reset value although the FIFO is empty: only an enabled USART sets it. */
    if ((u->cr1 & CR1_UE) && USART_FIFO_DEPTH - u->tx.count >= threshold(u->cr3 >> 29)) {
        f |= ISR_TXFT;
    }
    return f;
}

uint32_t usart_isr(const struct uart *u)
{
    uint32_t f = u->flags;

    if (u->tx.count < usart_tx_capacity(u)) {
        f |= ISR_TXE;
    }
    if (u->rx.count) {
        f |= ISR_RXNE;
    }
    if (u->rx.state == RX_WHOLE || u->rx.state == RX_BITS) {
        f |= ISR_BUSY;
    }
    if (u->tx.break_wanted || u->tx.state == TX_BREAK) {
        f |= ISR_SBKF;
    }
    if (u->cr1 & CR1_UE) {
        f |= ((u->cr1 & CR1_TE) ? ISR_TEACK : 0) | ((u->cr1 & CR1_RE) ? ISR_REACK : 0);
    }
    if (usart_fifo_on(u)) {
        f |= fifo_flags(u);
    }
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
    uint32_t f = usart_isr(u);
    for (size_t i = 0; i < sizeof(by_cr1) / sizeof(by_cr1[0]); i++) {
        if ((u->cr1 & by_cr1[i].enable) && (f & by_cr1[i].flags)) {
            return true;
        }
    }
    return ((u->cr3 & CR3_WUFIE) && (f & ISR_WUF)) ||
           ((u->cr3 & CR3_EIE) && (f & (ISR_ORE | ISR_FE | ISR_NE))) ||
           ((u->cr3 & CR3_TXFTIE) && (f & ISR_TXFT)) || ((u->cr3 & CR3_RXFTIE) && (f & ISR_RXFT));
}

/* A reception error may hold the receiver's requests back until it is cleared (DDRE). */
static void update_dma(struct uart *u)
{
    uint32_t f = usart_isr(u);
    bool held = u->cr3 & CR3_DDRE && f & (ISR_PE | ISR_FE | ISR_NE | ISR_ORE);
    unsigned rx = u->place->dma_rx;

    dma_request(u->m, rx, u->cr3 & CR3_DMAR && f & ISR_RXNE && !held);
    dma_request(u->m, rx + 1, u->cr3 & CR3_DMAT && u->cr1 & CR1_UE && f & ISR_TXE);
}

void usart_update_irq(struct uart *u)
{
    update_dma(u);
    bool level = irq_wanted(u);
    if (level == u->irq_level) {
        return;
    }
    u->irq_level = level;
    machine_irq(u->m, u->place->irq, level);
}
