/* SPDX-License-Identifier: MIT */
/*
 * USART receiver: shift register, RDR or FIFO, errors, IDLE, receiver timeout. RM0399, USART
 * receiver.
 *
 * A frame at the receiver's own rate is taken as a whole. At another rate every bit is sampled from
 * the wire, so that a wrong baud rate gives the garbage and framing errors it gives on silicon.
 */
#include "emu/chip/usart.h"

unsigned usart_rx_capacity(const struct uart *u)
{
    return usart_fifo_on(u) && !(u->cr3 & CR3_OVRDIS) ? USART_RX_MAX : 1;
}

bool usart_rx_on(const struct uart *u)
{
    return (u->cr1 & CR1_UE) && (u->cr1 & CR1_RE) && uart_baud(u);
}

/* ---- a complete character ---- */

/* Errors belong to the character in RDR: they show once it gets there, until firmware clears them.
 */
static void head_errors(struct uart *u)
{
    if (u->rx.count) {
        u->flags |= u->rx.err[0];
    }
}

static void overrun(struct uart *u)
{
    if (!(u->flags & ISR_ORE)) {
        machine_note(u->m, N_UART_OVERRUN, u->place->base + USART_RDR,
                     "%s: overrun, a received character is lost", u->place->name);
    }
    u->flags |= ISR_ORE; /* RDR and FIFO stay, the newest character is lost */
}

static void store(struct uart *u, uint16_t word, uint8_t err)
{
    if (u->rx.count == usart_rx_capacity(u)) {
        if (!(u->cr3 & CR3_OVRDIS)) {
            overrun(u);
            return;
        }
        u->rx.count = 0; /* the old character is overwritten, without a flag */
    }
    u->rx.fifo[u->rx.count] = word;
    u->rx.err[u->rx.count++] = err;
    if (u->rx.count == 1) {
        head_errors(u);
    }
}

static bool character_match(const struct uart *u, uint16_t word)
{
    uint16_t mask = (u->cr2 & CR2_ADDM7) ? 0x7F : 0xFF;

    return ((word ^ u->cr2 >> 24) & mask) == 0;
}

static void arm_timeouts(struct uart *u, const struct frame_format *f)
{
    /* now is the middle of the first stop bit */
    vtime_t end = machine_now(u->m) + usart_span(u, f->stop_half - 1);

    sched_at(&u->m->sched, &u->rx.idle_ev, end + usart_span(u, usart_frame_half_bits(f)));
    if (u->cr2 & CR2_RTOEN) {
        vtime_t bit = usart_span(u, 2);
        sched_at(&u->m->sched, &u->rx.rto_ev, end + (u->rtor & 0xFFFFFF) * bit);
    }
}

/* WUS: the event that wakes from Stop. */
enum { WAKE_ADDRESS = 0, WAKE_START = 2, WAKE_RXNE = 3 };

static void wake_event(struct uart *u, unsigned event)
{
    if (usart_in_stop(u) && (u->cr3 >> CR3_WUS_SHIFT & 3) == event) {
        u->flags |= ISR_WUF;
    }
}

static void received(struct uart *u, uint16_t word, uint8_t err)
{
    struct frame_format f = usart_format(u);

    word &= (uint16_t)((1u << f.word) - 1);
    if (f.parity && usart_add_parity(&f, word) != word) {
        err |= ISR_PE;
    }
    store(u, word, err);
    wake_event(u, WAKE_RXNE);
    if (character_match(u, word)) {
        u->flags |= ISR_CMF;
        wake_event(u, WAKE_ADDRESS);
    }
    arm_timeouts(u, &f);
}

/* ---- the wire ---- */

/* Looks for the next start bit inside a frame of another baud rate that is still on the wire. */
static void hunt(struct uart *u)
{
    vtime_t fall = usart_line_next_fall(u, machine_now(u->m));

    u->rx.state = RX_IDLE;
    if (fall == VT_NEVER) {
        return;
    }
    u->rx.state = RX_HUNT;
    sched_at(&u->m->sched, &u->rx.ev, fall);
}

static void begin_bits(struct uart *u)
{
    u->rx.state = RX_BITS;
    u->rx.bit = 0;
    u->rx.levels = 0;
    u->rx.noise = false;
    sched_at(&u->m->sched, &u->rx.ev, machine_now(u->m) + usart_span(u, 1));
}

static void sample_bit(struct uart *u)
{
    struct frame_format f = usart_format(u);
    bool level = usart_line_level(u, machine_now(u->m));

    if (u->rx.bit == 0 && level) { /* no start bit: a glitch */
        hunt(u);
        return;
    }
    /* Three samples around the middle of the bit that differ are noise. */
    vtime_t apart = usart_span(u, 2) / 16;
    if (usart_line_level(u, machine_now(u->m) - apart) != level ||
        usart_line_level(u, machine_now(u->m) + apart) != level) {
        u->rx.noise = true;
    }
    if (level) {
        u->rx.levels |= (uint16_t)(1u << u->rx.bit);
    }
    if (u->rx.bit++ <= f.word) {
        sched_at(&u->m->sched, &u->rx.ev, machine_now(u->m) + usart_span(u, 2));
        return;
    }
    uint8_t err = level ? 0 : ISR_FE;
    if (u->rx.noise && !(u->cr3 & CR3_ONEBIT)) {
        err |= ISR_NE;
    }
    received(u, (uint16_t)(u->rx.levels >> 1), err);
    hunt(u);
}

static void rx_event(void *arg)
{
    struct uart *u = arg;

    switch (u->rx.state) {
    case RX_WHOLE:
        u->rx.state = RX_IDLE;
        if (u->rx.corrupt) {
            received(u, (uint16_t)machine_random(u->m), ISR_FE);
        } else {
            received(u, u->rx.word, 0);
        }
        break;
    case RX_HUNT:
        begin_bits(u);
        break;
    case RX_BITS:
        sample_bit(u);
        break;
    case RX_IDLE:
        break;
    }
    usart_update_irq(u);
}

void usart_rx_edge(struct uart *u)
{
    if (u->rx.state == RX_BITS || u->rx.state == RX_WHOLE) {
        return;
    }
    wake_event(u, WAKE_START);
    usart_update_irq(u);
    sched_cancel(&u->m->sched, &u->rx.idle_ev);
    sched_cancel(&u->m->sched, &u->rx.rto_ev);
    if (!usart_line_matches(u)) {
        begin_bits(u);
        return;
    }
    struct frame_format f = usart_format(u);
    u->rx.state = RX_WHOLE;
    u->rx.word = (uint16_t)(u->line.levels >> 1);
    u->rx.corrupt = false;
    sched_at(&u->m->sched, &u->rx.ev, machine_now(u->m) + usart_span(u, 2 * (1 + f.word) + 1));
}

/* ---- time-outs ---- */

static void line_idle(void *arg)
{
    struct uart *u = arg;

    u->flags |= ISR_IDLE; /* once after a character: the next one arms it again */
    usart_update_irq(u);
}

static void receiver_timeout(void *arg)
{
    struct uart *u = arg;

    u->flags |= ISR_RTOF;
    usart_update_irq(u);
}

/* ---- firmware's side ---- */

uint16_t usart_rx_read(struct uart *u)
{
    if (!u->rx.count) {
        return u->rx.last;
    }
    u->rx.last = u->rx.fifo[0];
    u->rx.count--;
    for (unsigned i = 0; i < u->rx.count; i++) {
        u->rx.fifo[i] = u->rx.fifo[i + 1];
        u->rx.err[i] = u->rx.err[i + 1];
    }
    head_errors(u);
    return u->rx.last;
}

void usart_rx_flush(struct uart *u)
{
    u->rx.count = 0;
}

void usart_rx_abort(struct uart *u)
{
    sched_cancel(&u->m->sched, &u->rx.ev);
    sched_cancel(&u->m->sched, &u->rx.idle_ev);
    sched_cancel(&u->m->sched, &u->rx.rto_ev);
    u->rx.state = RX_IDLE;
}

void usart_rx_clock_changed(struct uart *u)
{
    if (!uart_baud(u)) {
        usart_rx_abort(u); /* no clock: what is on the wire passes unseen */
    } else {
        u->rx.corrupt = true;
    }
}

void usart_rx_init(struct uart *u)
{
    sched_event_init(&u->rx.ev, "USART: a frame has come in", rx_event, u);
    sched_event_init(&u->rx.idle_ev, "USART: the line is idle", line_idle, u);
    sched_event_init(&u->rx.rto_ev, "USART: receiver time-out", receiver_timeout, u);
}
