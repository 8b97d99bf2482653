/* SPDX-License-Identifier: MIT */
/*
 * The far end of a USART's line: a partner with a queue of bytes, the firmware's frame format and a
 * baud rate that is either given by the user or the one the firmware last configured. It keeps that
 * rate when the chip's clock changes under the USART, as a real partner does.
 */
#include "emu/chip/usart.h"

static void start_frame(struct uart *u);

static uint64_t partner_baud(const struct uart *u)
{
    return u->line.baud_set ? u->line.baud_set : u->line.baud;
}

/* ---- towards the chip ---- */

bool usart_line_level(const struct uart *u, vtime_t t)
{
    if (!u->line.busy || t < u->line.start) {
        return true;
    }
    vtime_t k = (t - u->line.start) / u->line.bit;
    return k >= u->line.nbits || (u->line.levels >> k & 1);
}

vtime_t usart_line_next_fall(const struct uart *u, vtime_t t)
{
    if (!u->line.busy) {
        return VT_NEVER;
    }
    for (unsigned k = 1; k < u->line.nbits; k++) {
        vtime_t edge = u->line.start + k * u->line.bit;
        if (edge > t && (u->line.levels >> (k - 1) & 1) && !(u->line.levels >> k & 1)) {
            return edge;
        }
    }
    return VT_NEVER;
}

bool usart_line_matches(const struct uart *u)
{
    vtime_t mine = usart_span(u, 2), theirs = u->line.bit;
    vtime_t diff = mine > theirs ? mine - theirs : theirs - mine;

    return diff * 50 <= mine;
}

static void frame_over(void *arg)
{
    struct uart *u = arg;

    u->line.busy = false;
    start_frame(u);
}

static void tell_receiver(struct uart *u)
{
    if (!usart_rx_on(u)) {
        usart_report_once(u, REPORT_RX_LOST, N_UART_RX_OFF, USART_RDR,
                          "gets characters while its receiver is off: they are lost");
    } else if (!usart_pin_connected(u, false)) {
        usart_report_once(u, REPORT_RX_PIN, N_UART_RX_PIN, USART_RDR,
                          "receives, but no pin has its RX function (MODER, AFR): nothing gets in");
    } else {
        usart_rx_edge(u);
    }
}

/* A partner without a baud rate of its own cannot send before the firmware has set one; it waits
 * for the first receiver after power-on, and for no later one. */
static void start_frame(struct uart *u)
{
    uint64_t baud = partner_baud(u);

    if (u->line.busy || !u->line.count || !baud || !(u->line.open || u->line.baud_set)) {
        return;
    }
    uint8_t byte = u->line.queue[u->line.head];
    u->line.head = (u->line.head + 1) % UART_HOST_QUEUE;
    u->line.count--;
    struct frame_format f = usart_format(u);
    u->line.levels = (uint16_t)(usart_add_parity(&f, byte) << 1);
    u->line.nbits = 1 + f.word;
    u->line.bit = VT_S / baud;
    if (!u->line.baud_set && uart_baud(u) == baud) {
        u->line.bit = usart_span(u, 2); /* no rounding between the two ends */
    }
    u->line.start = machine_now(u->m);
    u->line.busy = true;
    sched_at(&u->m->sched, &u->line.ev,
             u->line.start + u->line.bit * usart_frame_half_bits(&f) / 2);
    tell_receiver(u);
}

bool uart_input(struct uart *u, uint8_t byte)
{
    if (u->line.count == UART_HOST_QUEUE) {
        return false;
    }
    u->line.queue[(u->line.head + u->line.count++) % UART_HOST_QUEUE] = byte;
    start_frame(u);
    return true;
}

bool uart_input_room(const struct uart *u)
{
    return u->line.count < UART_HOST_QUEUE;
}

size_t uart_input_pending(const struct uart *u)
{
    return u->line.count;
}

void usart_line_configured(struct uart *u)
{
    uint64_t baud = uart_baud(u);

    if (baud) {
        u->line.baud = baud;
    }
    u->reported &= ~BIT(REPORT_DRIFT);
}

void usart_line_open(struct uart *u)
{
    u->line.open = true;
    start_frame(u);
}

void uart_set_partner_baud(struct uart *u, uint64_t baud)
{
    u->line.baud_set = baud;
    start_frame(u);
}

/* ---- from the chip ---- */

static void deliver(struct uart *u, uint16_t word, vtime_t when)
{
    struct frame_format f = usart_format(u);
    uint8_t byte = (uint8_t)(word & ((1u << (f.word - f.parity)) - 1));

    machine_tell(u->m, on_uart, u->place->n, byte, when);
}

struct wave {
    uint16_t levels;
    unsigned nbits;
    vtime_t bit;
};

static bool wave_level(const struct wave *w, vtime_t t)
{
    vtime_t k = t / w->bit;

    return k >= w->nbits || (w->levels >> k & 1);
}

static vtime_t wave_next_fall(const struct wave *w, vtime_t t)
{
    for (unsigned k = 1; k < w->nbits; k++) {
        if (k * w->bit >= t && (w->levels >> (k - 1) & 1) && !(w->levels >> k & 1)) {
            return k * w->bit;
        }
    }
    return VT_NEVER;
}

/* The partner samples the frame with its own bit time: wrong characters, or several of them. */
static void deliver_resampled(struct uart *u, const struct wave *w, vtime_t bit, vtime_t when)
{
    struct frame_format f = usart_format(u);
    vtime_t t = 0;

    while (t != VT_NEVER) {
        uint16_t word = 0;
        for (unsigned i = 0; i < f.word; i++) {
            if (wave_level(w, t + (1 + i) * bit + bit / 2)) {
                word |= (uint16_t)(1u << i);
            }
        }
        deliver(u, word, when);
        t = wave_next_fall(w, t + (1 + f.word) * bit + bit / 2);
    }
}

void usart_line_emit(struct uart *u, uint16_t word, vtime_t bit, vtime_t when)
{
    uint64_t baud = partner_baud(u);
    vtime_t theirs = baud ? VT_S / baud : bit;
    vtime_t diff = bit > theirs ? bit - theirs : theirs - bit;

    if (diff * 50 <= bit) {
        deliver(u, word, when);
        return;
    }
    struct frame_format f = usart_format(u);
    struct wave w = {.levels = (uint16_t)(word << 1), .nbits = 1 + f.word, .bit = bit};
    deliver_resampled(u, &w, theirs, when);
}

void usart_line_init(struct uart *u)
{
    sched_event_init(&u->line.ev, "USART: the partner's frame has ended", frame_over, u);
}
