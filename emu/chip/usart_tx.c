/* SPDX-License-Identifier: MIT */
/* USART transmitter: TDR or FIFO, shift register, TC. RM0399, USART transmitter. */
#include "emu/chip/usart.h"

unsigned usart_tx_capacity(const struct uart *u)
{
    return usart_fifo_on(u) ? USART_FIFO_DEPTH : 1;
}

static bool enabled(const struct uart *u)
{
    return (u->cr1 & CR1_UE) && (u->cr1 & CR1_TE);
}

static void shift(struct uart *u, int state, unsigned half_bits)
{
    vtime_t now = machine_now(u->m);

    u->tx.state = state;
    u->tx.start = now;
    u->tx.bit = usart_span(u, 2);
    u->tx.corrupt = false;
    sched_at(&u->m->sched, &u->tx.ev, now + usart_span(u, half_bits));
}

static uint16_t pop(struct uart *u)
{
    uint16_t data = u->tx.fifo[0];

    u->tx.count--;
    for (unsigned i = 0; i < u->tx.count; i++) {
        u->tx.fifo[i] = u->tx.fifo[i + 1];
    }
    return data;
}

/* Gives the free shift register its next work. */
static void next(struct uart *u)
{
    if (u->tx.state != TX_OFF || !enabled(u) || !uart_baud(u)) {
        return;
    }
    struct frame_format f = usart_format(u);
    if (u->tx.break_wanted) {
        u->tx.break_wanted = false;
        u->flags &= ~ISR_TC;
        shift(u, TX_BREAK, usart_frame_half_bits(&f) + 2); /* and its own stop bit */
    } else if (u->tx.count) {
        u->tx.data = usart_add_parity(&f, pop(u));
        shift(u, TX_DATA, usart_frame_half_bits(&f));
    }
}

static void emit(struct uart *u, uint16_t word)
{
    if (usart_pin_connected(u, true)) {
        usart_line_emit(u, word, u->tx.bit, machine_now(u->m));
    } else {
        usart_report_once(u, REPORT_TX_PIN, N_UART_TX_PIN, USART_TDR,
                          "sends, but no pin has its TX function (MODER, AFR): nothing leaves the "
                          "chip");
    }
}

/* Bits that were still in the shifter when something went wrong take the level `ones`. */
static uint16_t cut_word(const struct uart *u, uint16_t rest)
{
    vtime_t gone = machine_now(u->m) - u->tx.start;
    unsigned bits = (unsigned)(gone / u->tx.bit); /* start bit included */
    unsigned sent = bits > 0 ? bits - 1 : 0;
    uint16_t mask = (uint16_t)((1u << (sent > 9 ? 9 : sent)) - 1);

    return (uint16_t)((u->tx.data & mask) | (rest & ~mask & 0x1FF));
}

static void frame_done(void *arg)
{
    struct uart *u = arg;
    int was = u->tx.state;

    u->tx.state = TX_OFF;
    if (was == TX_DATA) {
        emit(u, u->tx.corrupt ? (uint16_t)(machine_random(u->m) & 0x1FF) : u->tx.data);
    } else if (was == TX_BREAK) {
        emit(u, 0); /* what a terminal reads when it sees a break */
    }
    if (was != TX_PREAMBLE && !u->tx.count && !u->tx.break_wanted) {
        u->flags |= ISR_TC;
    }
    next(u);
    usart_update_irq(u);
}

void usart_tx_write(struct uart *u, uint16_t data)
{
    if (!(u->cr1 & CR1_UE)) {
        machine_note(u->m, N_UART_TX_OFF, u->place->base + USART_TDR,
                     "%s_TDR is written while the USART is off (UE = 0): the byte is lost",
                     u->place->name);
        return;
    }
    u->flags &= ~ISR_TC;
    u->txfe_cleared = false;
    unsigned capacity = usart_tx_capacity(u);
    if (u->tx.count == capacity) {
        machine_note(u->m, N_UART_TX_FULL, u->place->base + USART_TDR,
                     "%s_TDR is written while it is full (TXE/TXFNF = 0): a byte is lost",
                     u->place->name);
        if (capacity == 1) {
            u->tx.fifo[0] = data; /* without FIFO the older byte goes */
        }
        return;
    }
    u->tx.fifo[u->tx.count++] = data;
    next(u);
}

/* Setting TE sends an idle frame first. */
void usart_tx_enable(struct uart *u)
{
    if (!uart_baud(u)) {
        return;
    }
    struct frame_format f = usart_format(u);
    shift(u, TX_PREAMBLE, usart_frame_half_bits(&f));
}

void usart_tx_abort(struct uart *u)
{
    int was = u->tx.state;

    sched_cancel(&u->m->sched, &u->tx.ev);
    u->tx.state = TX_OFF;
    u->tx.frozen = false;
    u->tx.break_wanted = false;
    if (was == TX_DATA) {
        machine_note(u->m, N_UART_CUT_FRAME, u->place->base + USART_CR1,
                     "%s is stopped in the middle of a character: wait for TC before switching it "
                     "off or resetting",
                     u->place->name);
        if (machine_now(u->m) - u->tx.start >= u->tx.bit / 2) {
            emit(u, cut_word(u, 0x1FF)); /* the wire is idle for the rest of the character */
        }
    }
    u->flags |= ISR_TC;
}

void usart_tx_flush(struct uart *u)
{
    u->tx.count = 0;
    if (u->tx.state != TX_DATA && u->tx.state != TX_BREAK) {
        u->flags |= ISR_TC;
    }
}

void usart_tx_break(struct uart *u)
{
    if (!enabled(u)) {
        return;
    }
    u->tx.break_wanted = true;
    next(u);
}

/* The frame on the wire goes on at the new rate; with no clock it waits. */
void usart_tx_clock_changed(struct uart *u)
{
    struct sched *s = &u->m->sched;

    if (u->tx.state == TX_OFF) {
        next(u);
        return;
    }
    vtime_t now = machine_now(u->m);
    if (!u->tx.frozen) {
        u->tx.left = u->tx.ev.when > now ? u->tx.ev.when - now : 0;
    }
    u->tx.corrupt = true;
    if (u->tx.state == TX_DATA) {
        machine_note(u->m, N_UART_CLOCK_CHANGE, u->place->base + USART_BRR,
                     "%s: its clock changes in the middle of a character, which arrives garbled: "
                     "wait for TC first",
                     u->place->name);
    }
    sched_cancel(s, &u->tx.ev);
    u->tx.frozen = !uart_baud(u);
    if (u->tx.frozen) {
        return;
    }
    vtime_t bit = usart_span(u, 2);
    u->tx.left = (vtime_t)((unsigned __int128)u->tx.left * bit / u->tx.bit);
    u->tx.bit = bit;
    sched_at(s, &u->tx.ev, now + u->tx.left);
}

void usart_tx_init(struct uart *u)
{
    sched_event_init(&u->tx.ev, "USART: a frame has gone out", frame_done, u);
}
