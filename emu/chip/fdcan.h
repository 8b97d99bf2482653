/* SPDX-License-Identifier: MIT */
/*
 * Inside of FDCAN1 and FDCAN2, shared by fdcan.c (registers, interrupts, message RAM), fdcan_rx.c
 * (filters, FIFOs and buffers for what comes) and fdcan_tx.c (what is sent, and when).
 */
#ifndef EMU_CHIP_FDCAN_H
#define EMU_CHIP_FDCAN_H

#include "emu/chip/chip.h"
#include "emu/chip/reg.h"
#include "emu/chip/seam/can.h"

enum {
    CAN_DBTP = 0x0C,
    CAN_TEST = 0x10,
    CAN_CCCR = 0x18,
    CAN_NBTP = 0x1C,
    CAN_TSCC = 0x20,
    CAN_TSCV = 0x24,
    CAN_ECR = 0x40,
    CAN_PSR = 0x44,
    CAN_IR = 0x50,
    CAN_IE = 0x54,
    CAN_ILS = 0x58,
    CAN_ILE = 0x5C,
    CAN_GFC = 0x80,
    CAN_SIDFC = 0x84,
    CAN_XIDFC = 0x88,
    CAN_XIDAM = 0x90,
    CAN_HPMS = 0x94,
    CAN_NDAT1 = 0x98,
    CAN_NDAT2 = 0x9C,
    CAN_RXF0C = 0xA0,
    CAN_RXF0S = 0xA4,
    CAN_RXF0A = 0xA8,
    CAN_RXBC = 0xAC,
    CAN_RXF1C = 0xB0,
    CAN_RXF1S = 0xB4,
    CAN_RXF1A = 0xB8,
    CAN_RXESC = 0xBC,
    CAN_TXBC = 0xC0,
    CAN_TXFQS = 0xC4,
    CAN_TXESC = 0xC8,
    CAN_TXBRP = 0xCC,
    CAN_TXBAR = 0xD0,
    CAN_TXBCR = 0xD4,
    CAN_TXBTO = 0xD8,
    CAN_TXBCF = 0xDC,
    CAN_TXBTIE = 0xE0,
    CAN_TXBCIE = 0xE4,
    CAN_TXEFC = 0xF0,
    CAN_TXEFS = 0xF4,
    CAN_TXEFA = 0xF8,
    CAN_TTOCF = 0x108,
    CAN_WORDS = 0x400 / 4,
};

#define CCCR_INIT BIT(0)
#define CCCR_CCE  BIT(1)
#define CCCR_ASM  BIT(2)
#define CCCR_CSA  BIT(3)
#define CCCR_CSR  BIT(4)
#define CCCR_MON  BIT(5)
#define CCCR_DAR  BIT(6)
#define CCCR_TEST BIT(7)
#define CCCR_FDOE BIT(8)
#define CCCR_BRSE BIT(9)
#define TEST_LBCK BIT(4)

#define IR_RF0N  BIT(0) /* then RF0W, RF0F, RF0L; the same for FIFO 1 four bits higher */
#define IR_HPM   BIT(8)
#define IR_TC    BIT(9)
#define IR_TCF   BIT(10)
#define IR_TFE   BIT(11)
#define IR_TEFN  BIT(12) /* then TEFW, TEFF, TEFL */
#define IR_MRAF  BIT(17)
#define IR_DRX   BIT(19)
#define IR_EP    BIT(23)
#define IR_EW    BIT(24)
#define IR_PEA   BIT(27)
#define IR_FLAGS 0x3FCFFFFFu

#define CAN_RAM_BASE 0x4000AC00u
#define CAN_RAM_SIZE 0x2800u

/* A ring of elements in the message RAM. */
struct can_fifo {
    unsigned get, put, fill;
    bool lost;
};

struct fdcan {
    struct machine *m;
    unsigned number;
    uint32_t word[CAN_WORDS];
    uint32_t *ram;
    struct can_fifo rx[2], events, tx; /* tx: in FIFO mode */
    uint32_t asked, done, cancelled;   /* TXBRP, TXBTO, TXBCF */
    int sending;                       /* buffer on the wire, -1: none */
    struct can_frame frame;
    uint32_t marker; /* second word of its element */
    bool told;       /* that nobody acknowledges */
    vtime_t stamp;   /* when the time stamp counter was 0 */
    struct can_line line;
    struct sched_event ev;
};

static inline uint32_t can_reg(const struct fdcan *c, uint32_t off)
{
    return c->word[off / 4];
}

/* fdcan.c */
void can_flag(struct fdcan *c, uint32_t flags); /* in IR */
/* A word of the message RAM; outside of it: 0, and IR.MRAF. */
uint32_t can_ram_get(struct fdcan *c, uint32_t off);
void can_ram_put(struct fdcan *c, uint32_t off, uint32_t value);
unsigned can_data_size(uint32_t code); /* of RXESC and TXESC */
uint32_t can_stamp(const struct fdcan *c);
static inline bool can_active(const struct fdcan *c)
{
    return !(can_reg(c, CAN_CCCR) & CCCR_INIT);
}

/* fdcan_rx.c */
void can_take(struct fdcan *c, const struct can_frame *f);
void can_rx_done(struct fdcan *c, unsigned fifo, unsigned index); /* RXFnA */
uint32_t can_rx_state(const struct fdcan *c, unsigned fifo);      /* RXFnS */

/* fdcan_tx.c */
vtime_t can_tx_time(const struct fdcan *c, const struct can_frame *f);
uint64_t can_kernel_hz(const struct fdcan *c);
void can_tx_init(struct fdcan *c);
void can_tx_add(struct fdcan *c, uint32_t buffers);    /* TXBAR */
void can_tx_cancel(struct fdcan *c, uint32_t buffers); /* TXBCR */
void can_tx_go(struct fdcan *c);                       /* the next one, if there is one */
void can_tx_stop(struct fdcan *c);                     /* INIT */
uint32_t can_tx_state(const struct fdcan *c);          /* TXFQS */
void can_event_done(struct fdcan *c, unsigned index);  /* TXEFA */
uint32_t can_event_state(const struct fdcan *c);       /* TXEFS */

#endif
