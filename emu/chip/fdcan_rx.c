/* SPDX-License-Identifier: MIT */
/*
 * What an FDCAN does with a frame that comes: filters of both lengths of identifiers, receive FIFOs
 * with watermark and overwriting, dedicated buffers (RM0399, FDCAN, acceptance filtering).
 */
#include "emu/chip/fdcan.h"

enum match { MATCH_NONE = 0, MATCH_FIFO0 = 1, MATCH_FIFO1 = 2, MATCH_REJECT = 3, MATCH_BUFFER = 7 };
#define PRIORITY 4u
#define NO_INDEX 0x7Fu

struct acceptance {
    unsigned where; /* enum match, with PRIORITY */
    unsigned index; /* of the filter; NO_INDEX: none matched */
    unsigned buffer;
};

/* ---- filters ---- */

static bool matches(unsigned type, uint32_t id, uint32_t first, uint32_t second, uint32_t mask)
{
    switch (type) {
    case 0:
        return (id & mask) >= first && (id & mask) <= second;
    case 1:
        return id == first || id == second;
    case 2:
        return (id & second) == (first & second);
    default:
        return false;
    }
}

static bool standard(struct fdcan *c, uint32_t id, struct acceptance *v)
{
    uint32_t list = can_reg(c, CAN_SIDFC);
    unsigned count = list >> 16 & 0xFF;

    for (unsigned i = 0; i < count && i < 128; i++) {
        uint32_t s = can_ram_get(c, (list & 0xFFFC) + 4 * i);
        unsigned where = s >> 27 & 7;
        uint32_t first = s >> 16 & 0x7FF, second = s & 0x7FF;
        if (!where) {
            continue;
        }
        bool hit = where == MATCH_BUFFER ? id == first : matches(s >> 30, id, first, second, 0x7FF);
        if (hit) {
            *v = (struct acceptance){where, i, second & 63};
            return true;
        }
    }
    return false;
}

static bool extended(struct fdcan *c, uint32_t id, struct acceptance *v)
{
    uint32_t list = can_reg(c, CAN_XIDFC), mask = can_reg(c, CAN_XIDAM);
    unsigned count = list >> 16 & 0x7F;

    for (unsigned i = 0; i < count && i < 64; i++) {
        uint32_t f0 = can_ram_get(c, (list & 0xFFFC) + 8 * i);
        uint32_t f1 = can_ram_get(c, (list & 0xFFFC) + 8 * i + 4);
        uint32_t first = f0 & 0x1FFFFFFF, second = f1 & 0x1FFFFFFF;
        unsigned where = f0 >> 29, type = f1 >> 30;
        if (!where) {
            continue;
        }
        bool hit = where == MATCH_BUFFER ? id == first
                   : type == 3           ? matches(0, id, first, second, 0x1FFFFFFF)
                                         : matches(type, id, first, second, mask);
        if (hit) {
            *v = (struct acceptance){where, i, second & 63};
            return true;
        }
    }
    return false;
}

static struct acceptance filter(struct fdcan *c, const struct can_frame *f)
{
    uint32_t gfc = can_reg(c, CAN_GFC);
    unsigned rest = f->extended ? gfc >> 2 & 3 : gfc >> 4 & 3;
    struct acceptance v = {rest > 1 ? MATCH_REJECT : MATCH_FIFO0 + rest, NO_INDEX, 0};

    if (f->remote && gfc & (f->extended ? BIT(0) : BIT(1))) {
        v.where = MATCH_REJECT;
    } else if (f->extended) {
        extended(c, f->id, &v);
    } else {
        standard(c, f->id, &v);
    }
    return v;
}

/* ---- elements ---- */

static void store(struct fdcan *c, uint32_t at, unsigned size, const struct can_frame *f,
                  const struct acceptance *v)
{
    unsigned len = f->remote ? 0 : can_length(f->dlc, f->fd);
    uint32_t none = v->index == NO_INDEX ? BIT(31) : v->index << 24;

    can_ram_put(c, at,
                (f->passive ? BIT(31) : 0) | (f->extended ? BIT(30) : 0) |
                    (f->remote ? BIT(29) : 0) | (f->extended ? f->id : f->id << 18));
    can_ram_put(c, at + 4,
                none | (f->fd ? BIT(21) : 0) | (f->fast ? BIT(20) : 0) | f->dlc << 16 |
                    can_stamp(c));
    for (unsigned i = 0; i < len && i < size; i += 4) { /* what does not fit is cut off */
        can_ram_put(c, at + 8 + i,
                    (uint32_t)f->data[i + 3] << 24 | (uint32_t)f->data[i + 2] << 16 |
                        (uint32_t)f->data[i + 1] << 8 | f->data[i]);
    }
}

/* ---- FIFOs ---- */

static uint32_t config(const struct fdcan *c, unsigned n)
{
    return can_reg(c, n ? CAN_RXF1C : CAN_RXF0C);
}

static unsigned fifo_size(const struct fdcan *c, unsigned n)
{
    unsigned size = config(c, n) >> 16 & 0x7F;

    return size > 64 ? 64 : size;
}

static int into_fifo(struct fdcan *c, unsigned n, const struct can_frame *f,
                     const struct acceptance *v)
{
    struct can_fifo *q = &c->rx[n];
    unsigned size = fifo_size(c, n), data = can_data_size(can_reg(c, CAN_RXESC) >> 4 * n & 7);
    uint32_t base = IR_RF0N << 4 * n;

    if (q->fill == size) {
        q->lost = true;
        if (!(config(c, n) & BIT(31)) || !size) { /* blocking */
            can_flag(c, base << 3);
            return -1;
        }
        can_flag(c, base << 3);
        q->get = (q->get + 1) % size;
        q->fill--;
    }
    int at = (int)q->put;
    store(c, (config(c, n) & 0xFFFC) + q->put * (8 + data), data, f, v);
    q->put = (q->put + 1) % size;
    q->fill++;
    uint32_t flags = base;
    flags |= q->fill == (config(c, n) >> 24 & 0x7F) ? base << 1 : 0;
    flags |= q->fill == size ? base << 2 : 0;
    can_flag(c, flags);
    return at;
}

static void into_buffer(struct fdcan *c, const struct can_frame *f, const struct acceptance *v)
{
    unsigned data = can_data_size(can_reg(c, CAN_RXESC) >> 8 & 7);

    store(c, (can_reg(c, CAN_RXBC) & 0xFFFC) + v->buffer * (8 + data), data, f, v);
    c->word[(v->buffer < 32 ? CAN_NDAT1 : CAN_NDAT2) / 4] |= BIT(v->buffer & 31);
    can_flag(c, IR_DRX);
}

void can_take(struct fdcan *c, const struct can_frame *f)
{
    struct acceptance v = filter(c, f);
    unsigned to = v.where == MATCH_BUFFER ? MATCH_BUFFER : v.where & 3;
    int at = -1;

    if (to == MATCH_BUFFER) {
        into_buffer(c, f, &v);
    } else if (to == MATCH_FIFO0 || to == MATCH_FIFO1) {
        at = into_fifo(c, to - 1, f, &v);
    }
    if (v.where & PRIORITY && v.where != MATCH_BUFFER) {
        unsigned msi = !to ? 0 : at < 0 ? 1 : 1 + to;
        c->word[CAN_HPMS / 4] =
            (f->extended ? BIT(15) : 0) | v.index << 8 | msi << 6 | (at < 0 ? 0 : (unsigned)at);
        can_flag(c, IR_HPM);
    }
}

void can_rx_done(struct fdcan *c, unsigned fifo, unsigned index)
{
    struct can_fifo *q = &c->rx[fifo];
    unsigned size = fifo_size(c, fifo);

    if (!size || index >= size) {
        return;
    }
    unsigned taken = (index + size - q->get) % size + 1; /* all up to that one */
    if (taken <= q->fill) {
        q->get = (index + 1) % size;
        q->fill -= taken;
        q->lost = false;
    }
}

uint32_t can_rx_state(const struct fdcan *c, unsigned fifo)
{
    const struct can_fifo *q = &c->rx[fifo];
    bool full = fifo_size(c, fifo) && q->fill == fifo_size(c, fifo);

    return q->fill | q->get << 8 | q->put << 16 | (full ? BIT(24) : 0) | (q->lost ? BIT(25) : 0);
}
