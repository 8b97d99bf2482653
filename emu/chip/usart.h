/* SPDX-License-Identifier: MIT */
/*
 * Inside of the USART model, shared by its five files: registers (usart.c), flags and frames
 * (usart_flags.c), transmitter (usart_tx.c), receiver (usart_rx.c) and the outside end of the line
 * (usart_line.c).
 */
#ifndef EMU_CHIP_USART_H
#define EMU_CHIP_USART_H

#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#define CR1_UE         USART_CR1_UE
#define CR1_UESM       BIT(1)
#define CR1_RE         USART_CR1_RE
#define CR1_TE         USART_CR1_TE
#define CR1_IDLEIE     BIT(4)
#define CR1_RXNEIE     USART_CR1_RXNEIE
#define CR1_TCIE       USART_CR1_TCIE
#define CR1_TXEIE      USART_CR1_TXEIE
#define CR1_PEIE       BIT(8)
#define CR1_PS         BIT(9)
#define CR1_PCE        BIT(10)
#define CR1_WAKE       BIT(11)
#define CR1_M0         BIT(12)
#define CR1_MME        BIT(13)
#define CR1_CMIE       BIT(14)
#define CR1_OVER8      BIT(15)
#define CR1_DEDT_DEAT  (0x3FFu << 16)
#define CR1_RTOIE      BIT(26)
#define CR1_M1         BIT(28)
#define CR1_FIFOEN     USART_CR1_FIFOEN
#define CR1_TXFEIE     BIT(30)
#define CR1_RXFFIE     BIT(31)
#define CR2_ADDM7      BIT(4)
#define CR2_STOP_SHIFT 12
#define CR2_RTOEN      BIT(23)
#define CR2_ADD        0xFF000000u
#define CR3_EIE        BIT(0)
#define CR3_DMAR       BIT(6)
#define CR3_DMAT       BIT(7)
#define CR3_ONEBIT     BIT(11)
#define CR3_OVRDIS     BIT(12)
#define CR3_DDRE       BIT(13)
#define CR3_WUS_SHIFT  20
#define CR3_WUFIE      BIT(22)
#define CR3_TXFTIE     BIT(23)
#define CR3_RXFTIE     BIT(28)
#define ISR_PE         USART_ISR_PE
#define ISR_FE         USART_ISR_FE
#define ISR_NE         BIT(2)
#define ISR_ORE        USART_ISR_ORE
#define ISR_IDLE       BIT(4)
#define ISR_RXNE       USART_ISR_RXNE
#define ISR_TC         USART_ISR_TC
#define ISR_TXE        USART_ISR_TXE
#define ISR_RTOF       BIT(11)
#define ISR_BUSY       BIT(16)
#define ISR_CMF        BIT(17)
#define ISR_SBKF       BIT(18)
#define ISR_WUF        BIT(20)
#define ISR_TEACK      USART_ISR_TEACK
#define ISR_REACK      USART_ISR_REACK
#define ISR_TXFE       BIT(23)
#define ISR_RXFF       BIT(24)
#define ISR_RXFT       BIT(26)
#define ISR_TXFT       BIT(27)

#define USART_FIFO_DEPTH 16
/* With the FIFO on, RDR holds one more: the 18th character is the one that overruns (RM0399, RXFT).
 */
#define USART_RX_MAX    (USART_FIFO_DEPTH + 1)
#define UART_HOST_QUEUE 4096

/* How one character travels: word bits include the parity bit; stop in half bits. */
struct frame_format {
    unsigned word, stop_half;
    bool parity, odd;
};

struct usart_place {
    unsigned n;
    const char *name;
    uint32_t base;
    int gate;
    const struct kernel_clock *clock;
    unsigned irq;
    unsigned dma_rx; /* request of the receiver; the transmitter's is the next */
    bool low_power;  /* LPUART: other divider, no oversampling, no receiver time-out */
};

struct uart {
    struct machine *m;
    const struct usart_place *place;

    uint32_t cr1, cr2, cr3, brr, gtpr, rtor, presc;
    uint32_t flags; /* latched ISR bits: errors, IDLE, TC, RTOF, CMF */
    bool irq_level;
    bool txfe_cleared; /* ICR.TXFECF until the next write */
    uint64_t baud_was; /* to see a clock change */
    uint32_t reported; /* features already reported, see usart_report_once() */

    struct {
        uint16_t fifo[USART_FIFO_DEPTH];
        unsigned count;
        struct sched_event ev; /* end of the frame, break or preamble being shifted */
        enum { TX_OFF, TX_PREAMBLE, TX_DATA, TX_BREAK } state;
        uint16_t data;
        vtime_t start;
        vtime_t bit;  /* bit time of this frame */
        vtime_t left; /* what was left of it when the clock stopped */
        bool frozen;
        bool corrupt; /* the clock changed in mid-frame */
        bool break_wanted;
    } tx;

    struct {
        uint16_t fifo[USART_RX_MAX];
        uint8_t err[USART_RX_MAX]; /* PE, FE, NE of that character */
        unsigned count;
        uint16_t last;         /* what RDR shows when nothing is new */
        struct sched_event ev; /* next sample of the character being received */
        struct sched_event idle_ev, rto_ev;
        enum { RX_IDLE, RX_WHOLE, RX_HUNT, RX_BITS } state;
        unsigned bit; /* RX_BITS: which bit is sampled next, 0 = start */
        uint16_t levels;
        uint16_t word; /* RX_WHOLE */
        bool corrupt;
        bool noise;
    } rx;

    struct {
        uint8_t queue[UART_HOST_QUEUE];
        size_t head, count;
        struct sched_event ev; /* end of the frame on the wire */
        bool busy;
        bool open; /* the receiver has been on since power-on */
        vtime_t start, bit;
        uint16_t levels;   /* the frame's bits in the order on the wire, bit 0 = start bit */
        unsigned nbits;    /* those before the stop bits */
        uint64_t baud_set; /* by the user: 0 = what the firmware last configured */
        uint64_t baud;     /* what the firmware last configured */
    } line;
};

/* usart.c */
struct uart *usart_make(struct machine *m, const struct usart_place *place);
void usart_report_once(struct uart *u, unsigned bit, enum note_id id, uint32_t reg,
                       const char *text);
enum { REPORT_TX_PIN, REPORT_RX_PIN, REPORT_BRR, REPORT_DRIFT, REPORT_RX_LOST };

/* usart_flags.c */
void usart_update_irq(struct uart *u);    /* and the DMA requests */
bool usart_in_stop(const struct uart *u); /* its core sleeps in Stop, and it works on */
uint32_t usart_isr(const struct uart *u);
bool usart_divider_valid(const struct uart *u);
bool usart_fifo_on(const struct uart *u);
struct frame_format usart_format(const struct uart *u);
/* Duration of half_bits half bits at the present baud rate; call only when uart_baud() != 0. */
vtime_t usart_span(const struct uart *u, unsigned half_bits);
unsigned usart_frame_half_bits(const struct frame_format *f);
/* The word on the wire (parity bit added) for a character. */
uint16_t usart_add_parity(const struct frame_format *f, uint16_t data);
bool usart_pin_connected(const struct uart *u, bool tx);
/* usart_tx.c */
void usart_tx_init(struct uart *u);
void usart_tx_write(struct uart *u, uint16_t data);
void usart_tx_enable(struct uart *u);
/* Stops at once: what is on the wire is cut short and the outside sees the rest as idle level. */
void usart_tx_abort(struct uart *u);
void usart_tx_flush(struct uart *u);
void usart_tx_break(struct uart *u);
void usart_tx_clock_changed(struct uart *u);
unsigned usart_tx_capacity(const struct uart *u);

/* usart_rx.c */
void usart_rx_init(struct uart *u);
bool usart_rx_on(const struct uart *u);
uint16_t usart_rx_read(struct uart *u);
void usart_rx_flush(struct uart *u);
void usart_rx_abort(struct uart *u);
void usart_rx_clock_changed(struct uart *u);
/* The wire falls at this moment; a receiver that is free takes it for a start bit. */
void usart_rx_edge(struct uart *u);
unsigned usart_rx_capacity(const struct uart *u);

/* usart_line.c */
void usart_line_init(struct uart *u);
/* The firmware has set its baud rate: the outside follows unless it has one of its own. */
void usart_line_configured(struct uart *u);
/* The receiver is on: a partner without a baud rate of its own begins to send now. */
void usart_line_open(struct uart *u);
bool usart_line_level(const struct uart *u, vtime_t t);
/* Next falling edge of the frame on the wire after t, VT_NEVER if there is none in it. */
vtime_t usart_line_next_fall(const struct uart *u, vtime_t t);
/* Does the frame on the wire have the receiver's bit time, within 2 %? */
bool usart_line_matches(const struct uart *u);
/* A character leaves the chip; `bit` is its bit time. The outside samples it with its own. */
void usart_line_emit(struct uart *u, uint16_t word, vtime_t bit, vtime_t when);

#endif
