/* SPDX-License-Identifier: MIT */
/*
 * What an FDCAN sends: dedicated buffers, FIFO or queue, lowest identifier first; cancellation,
 * transmit events, loop-back, missing acknowledge (RM0399, FDCAN, Tx handling). A frame takes the
 * time of its bits, stuff bits not counted.
 */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/fdcan.h"

#include <string.h>

#define TQM BIT(30) /* TXBC: queue instead of FIFO */

static unsigned dedicated(const struct fdcan *c)
{
    return can_reg(c, CAN_TXBC) >> 16 & 63;
}

static unsigned fifo_size(const struct fdcan *c)
{
    return can_reg(c, CAN_TXBC) >> 24 & 63;
}

static bool queue(const struct fdcan *c)
{
    return can_reg(c, CAN_TXBC) & TQM;
}

static uint32_t element(const struct fdcan *c, unsigned buffer)
{
    unsigned size = 8 + can_data_size(can_reg(c, CAN_TXESC) & 7);

    return (can_reg(c, CAN_TXBC) & 0xFFFC) + buffer * size;
}

/* ---- time ---- */

uint64_t can_kernel_hz(const struct fdcan *c)
{
    return rcc_kernel_hz(c->m->rcc, &kernel_fdcan);
}

#define CCU_CCFG 0x04u

/* FDCAN_CCU divides the kernel clock for both (CCFG.CDIV). */
static uint64_t quantum_hz(const struct fdcan *c)
{
    uint32_t ccfg = 0;

    bus_peek(&c->m->bus, MASTER_DEBUG, FDCAN_CCU_BASE + CCU_CCFG, &ccfg, sizeof(ccfg));
    unsigned div = ccfg >> 16 & 15;
    return can_kernel_hz(c) / (div ? 2 * div : 1);
}

static uint64_t nominal_quanta(const struct fdcan *c)
{
    uint32_t nbtp = can_reg(c, CAN_NBTP);

    return (uint64_t)((nbtp >> 16 & 0x1FF) + 1) * (3 + (nbtp >> 8 & 0xFF) + (nbtp & 0x7F));
}

static uint64_t fast_quanta(const struct fdcan *c)
{
    uint32_t dbtp = can_reg(c, CAN_DBTP);

    return (uint64_t)((dbtp >> 16 & 31) + 1) * (3 + (dbtp >> 8 & 31) + (dbtp >> 4 & 15));
}

vtime_t can_tx_time(const struct fdcan *c, const struct can_frame *f)
{
    uint64_t hz = quantum_hz(c);
    unsigned len = f->remote ? 0 : can_length(f->dlc, f->fd);
    unsigned slow = f->extended ? 39 : 19, data = 8 * len;

    /* After the control field: DLC, data, CRC with its stuff count; then ACK, EOF, intermission. */
    data += f->fd ? 4 + 4 + (len > 16 ? 21 : 17) : 4 + 15;
    slow += 1 + 2 + 7 + 3;
    uint64_t quanta =
        slow * nominal_quanta(c) + data * (f->fast ? fast_quanta(c) : nominal_quanta(c));
    return hz ? (vtime_t)((unsigned __int128)quanta * VT_S / hz) : 0;
}

/* ---- which is next ---- */

static uint32_t priority(struct fdcan *c, unsigned buffer)
{
    uint32_t t0 = can_ram_get(c, element(c, buffer));

    /* The first 11 bits decide; at equal ones the standard frame wins. */
    return t0 & BIT(30) ? (t0 & 0x1FFFFFFF) << 1 | 1 : (t0 & 0x1FFC0000) << 1;
}

static bool may_go(const struct fdcan *c, unsigned buffer)
{
    bool in_fifo = buffer >= dedicated(c) && !queue(c);

    return c->asked & BIT(buffer) && (!in_fifo || buffer == dedicated(c) + c->tx.get);
}

static int next(struct fdcan *c)
{
    int best = -1;
    uint32_t least = 0;

    for (unsigned b = 0; b < 32; b++) {
        if (may_go(c, b) && (best < 0 || priority(c, b) < least)) {
            best = (int)b;
            least = priority(c, b);
        }
    }
    return best;
}

static void fetch(struct fdcan *c, unsigned buffer)
{
    uint32_t at = element(c, buffer), t0 = can_ram_get(c, at), cccr = can_reg(c, CAN_CCCR);
    struct can_frame *f = &c->frame;
    unsigned room = can_data_size(can_reg(c, CAN_TXESC) & 7);

    c->marker = can_ram_get(c, at + 4);
    memset(f, 0, sizeof(*f));
    f->extended = t0 & BIT(30);
    f->id = f->extended ? t0 & 0x1FFFFFFF : t0 >> 18 & 0x7FF;
    f->fd = c->marker & BIT(21) && cccr & CCCR_FDOE;
    f->remote = t0 & BIT(29) && !f->fd;
    f->fast = f->fd && c->marker & BIT(20) && cccr & CCCR_BRSE;
    f->passive = f->fd && t0 & BIT(31);
    f->dlc = c->marker >> 16 & 15;
    unsigned len = can_length(f->dlc, f->fd);
    memset(f->data, 0xCC, sizeof(f->data)); /* RM0399: padding where the element is too small */
    for (unsigned i = 0; i < len && i < room; i++) {
        f->data[i] = (uint8_t)(can_ram_get(c, at + 8 + (i & ~3u)) >> 8 * (i & 3));
    }
}

void can_tx_go(struct fdcan *c)
{
    if (c->sending >= 0 || !can_active(c) || can_reg(c, CAN_CCCR) & CCCR_ASM) {
        return;
    }
    bool loop = can_reg(c, CAN_TEST) & TEST_LBCK;
    if (can_reg(c, CAN_CCCR) & CCCR_MON && !loop) {
        return; /* it only listens */
    }
    int buffer = next(c);
    if (buffer < 0) {
        return;
    }
    fetch(c, (unsigned)buffer);
    vtime_t span = can_tx_time(c, &c->frame);
    if (span) {
        c->sending = buffer;
        sched_at(&c->m->sched, &c->ev, machine_now(c->m) + span);
    }
}

/* ---- ends ---- */

static unsigned event_size(const struct fdcan *c)
{
    unsigned size = can_reg(c, CAN_TXEFC) >> 16 & 63;

    return size > 32 ? 32 : size;
}

static void store_event(struct fdcan *c, unsigned type)
{
    struct can_fifo *q = &c->events;
    const struct can_frame *f = &c->frame;
    unsigned size = event_size(c);

    if (q->fill == size) {
        q->lost = true;
        can_flag(c, IR_TEFN << 3);
        return;
    }
    uint32_t at = (can_reg(c, CAN_TXEFC) & 0xFFFC) + 8 * q->put;
    can_ram_put(c, at, (f->extended ? BIT(30) | f->id : f->id << 18) | (f->remote ? BIT(29) : 0));
    can_ram_put(c, at + 4,
                (c->marker & 0xFF000000) | type << 22 | (f->fd ? BIT(21) : 0) |
                    (f->fast ? BIT(20) : 0) | f->dlc << 16 | can_stamp(c));
    q->put = (q->put + 1) % size;
    q->fill++;
    uint32_t flags = IR_TEFN;
    flags |= q->fill == (can_reg(c, CAN_TXEFC) >> 24 & 63) ? IR_TEFN << 1 : 0;
    flags |= q->fill == size ? IR_TEFN << 2 : 0;
    can_flag(c, flags);
}

/* The buffer is free again; the FIFO goes on to the next one. */
static void release(struct fdcan *c, unsigned buffer)
{
    c->asked &= ~BIT(buffer);
    if (buffer < dedicated(c) || queue(c)) {
        return;
    }
    while (c->tx.fill && !(c->asked & BIT(dedicated(c) + c->tx.get))) {
        c->tx.get = (c->tx.get + 1) % fifo_size(c);
        c->tx.fill--;
    }
    if (!c->tx.fill) {
        can_flag(c, IR_TFE);
    }
}

static void cancel_one(struct fdcan *c, unsigned buffer)
{
    c->cancelled |= BIT(buffer);
    release(c, buffer);
    if (can_reg(c, CAN_TXBCIE) & BIT(buffer)) {
        can_flag(c, IR_TCF);
    }
}

static void sent(struct fdcan *c, unsigned buffer)
{
    bool loop = can_reg(c, CAN_TEST) & TEST_LBCK;

    c->word[CAN_PSR / 4] &= ~(c->frame.fast ? 0x700u : 7u); /* LEC, DLEC: no error */
    c->done |= BIT(buffer);
    release(c, buffer);
    if (can_reg(c, CAN_TXBTIE) & BIT(buffer)) {
        can_flag(c, IR_TC);
    }
    if (c->marker & BIT(23)) {
        store_event(c, c->cancelled & BIT(buffer) ? 2 : 1);
    }
    if (can_reg(c, CAN_ECR) & 0xFF) {
        c->word[CAN_ECR / 4]--;
    }
    if (loop) {
        can_take(c, &c->frame);
    } else {
        c->line.sent(c->line.arg, &c->frame);
    }
}

/* TEC rises by 8 up to "error passive"; from there missing acknowledges do not count (ISO 11898).
 */
static void unacknowledged(struct fdcan *c, unsigned buffer)
{
    unsigned tec = can_reg(c, CAN_ECR) & 0xFF, more = tec + 8 > 128 ? 128 : tec + 8;
    uint32_t *psr = &c->word[CAN_PSR / 4];

    *psr = (*psr & ~7u) | 3; /* LEC: acknowledge error */
    c->word[CAN_ECR / 4] = more;
    if (tec < 96 && more >= 96) {
        *psr |= BIT(6);
        can_flag(c, IR_EW);
    }
    if (tec < 128 && more == 128) {
        *psr |= BIT(5);
        can_flag(c, IR_EP);
    }
    can_flag(c, IR_PEA);
    if (!c->told) {
        c->told = true;
        machine_note(c->m, N_FDCAN_BUS, FDCAN1_BASE + 0x400 * (c->number - 1),
                     "FDCAN%u sends, and there is no other node that acknowledges: it tries again "
                     "and again (--can gives it a bus)",
                     c->number);
    }
    if (can_reg(c, CAN_CCCR) & CCCR_DAR) {
        cancel_one(c, buffer);
    }
}

static void on_end(void *arg)
{
    struct fdcan *c = arg;
    unsigned buffer = (unsigned)c->sending;

    c->sending = -1;
    if (can_reg(c, CAN_TEST) & TEST_LBCK || c->line.sent) {
        sent(c, buffer);
    } else {
        unacknowledged(c, buffer);
    }
    if (c->cancelled & c->asked & BIT(buffer)) { /* asked for while it was on the wire */
        cancel_one(c, buffer);
    }
    can_tx_go(c);
}

/* ---- requests ---- */

void can_tx_add(struct fdcan *c, uint32_t buffers)
{
    unsigned all = dedicated(c) + fifo_size(c);

    for (unsigned b = 0; b < 32 && b < all; b++) {
        if (!(buffers & BIT(b)) || c->asked & BIT(b)) {
            continue;
        }
        c->asked |= BIT(b);
        c->done &= ~BIT(b);
        c->cancelled &= ~BIT(b);
        if (b >= dedicated(c) && !queue(c) && b == dedicated(c) + c->tx.put) {
            c->tx.put = (c->tx.put + 1) % fifo_size(c);
            c->tx.fill++;
        }
    }
    can_tx_go(c);
}

void can_tx_cancel(struct fdcan *c, uint32_t buffers)
{
    for (unsigned b = 0; b < 32; b++) {
        if (!(buffers & c->asked & BIT(b))) {
            continue;
        }
        if (c->sending == (int)b) {
            c->cancelled |= BIT(b);
        } else {
            cancel_one(c, b);
        }
    }
}

void can_tx_stop(struct fdcan *c)
{
    sched_cancel(&c->m->sched, &c->ev);
    c->sending = -1;
}

static unsigned first_free(const struct fdcan *c)
{
    unsigned b = dedicated(c), end = b + fifo_size(c);

    while (b < end && c->asked & BIT(b)) {
        b++;
    }
    return b;
}

uint32_t can_tx_state(const struct fdcan *c)
{
    unsigned size = fifo_size(c), first = dedicated(c);

    if (!size) {
        return 0;
    }
    if (queue(c)) {
        unsigned b = first_free(c);
        bool full = b == first + size;
        return (full ? BIT(21) : 0) | (full ? first : b) << 16;
    }
    bool full = c->tx.fill == size;
    return (size - c->tx.fill) | (first + c->tx.get) << 8 | (first + c->tx.put) << 16 |
           (full ? BIT(21) : 0);
}

void can_event_done(struct fdcan *c, unsigned index)
{
    struct can_fifo *q = &c->events;
    unsigned size = event_size(c);

    if (!size || index >= size) {
        return;
    }
    unsigned taken = (index + size - q->get) % size + 1;
    if (taken <= q->fill) {
        q->get = (index + 1) % size;
        q->fill -= taken;
        q->lost = false;
    }
}

uint32_t can_event_state(const struct fdcan *c)
{
    const struct can_fifo *q = &c->events;
    bool full = event_size(c) && q->fill == event_size(c);

    return q->fill | q->get << 8 | q->put << 16 | (full ? BIT(24) : 0) | (q->lost ? BIT(25) : 0);
}

void can_tx_init(struct fdcan *c)
{
    sched_event_init(&c->ev, "FDCAN: a frame has ended", on_end, c);
}

uint32_t can_stamp(const struct fdcan *c)
{
    uint32_t tscc = can_reg(c, CAN_TSCC);
    uint64_t hz = quantum_hz(c);

    if ((tscc & 3) != 1 || !hz) {
        return 0; /* 2 is a timer's counter: 0 here */
    }
    uint64_t quanta = nominal_quanta(c) * ((tscc >> 16 & 15) + 1);
    unsigned __int128 passed = (unsigned __int128)(machine_now(c->m) - c->stamp) * hz;
    return (uint32_t)(passed / VT_S / quanta) & 0xFFFF;
}
