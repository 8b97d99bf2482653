/* SPDX-License-Identifier: MIT */
/*
 * FIFO RAM of the USB controllers. The receive FIFO is one for all OUT endpoints: a status word,
 * then the data. Software that takes them in another order gets what lies there.
 */
#include "emu/chip/otg.h"

#define WORDS(bytes) (((bytes) + 3u) / 4u)

static unsigned place_of(const struct otg_fifo *f, unsigned i)
{
    return (f->head + i) % OTG_FIFO_WORDS;
}

static uint32_t pop(struct otg_fifo *f)
{
    if (f->count == 0) {
        return 0;
    }
    uint32_t word = f->word[f->head];
    f->head = place_of(f, 1);
    f->count--;
    return word;
}

static uint32_t load(const uint8_t *bytes, unsigned n)
{
    uint32_t word = 0;

    for (unsigned i = 0; i < n && i < 4; i++) {
        word |= (uint32_t)bytes[i] << 8 * i;
    }
    return word;
}

/* ---- receive ---- */

static unsigned rx_depth(const struct otg *o)
{
    uint32_t words = o->word[OTG_GRXFSIZ / 4];

    return words < OTG_FIFO_WORDS ? words : OTG_FIFO_WORDS;
}

bool otg_rx_room(struct otg *o, unsigned bytes)
{
    return o->rx.count + 1 + WORDS(bytes) <= rx_depth(o);
}

static void rx_word(struct otg *o, uint32_t word, bool status)
{
    if (o->rx.count == OTG_FIFO_WORDS) {
        return; /* callers have asked for room; the status of a done transfer may find none */
    }
    unsigned at = place_of(&o->rx, o->rx.count++);
    o->rx.word[at] = word;
    o->rx_status[at] = status;
    o->rx_packets += status;
}

/* GRXSTSP: EPNUM 3:0, BCNT 14:4, DPID 16:15 (0 DATA0, 2 DATA1), PKTSTS 20:17, FRMNUM 24:21. */
void otg_rx_push(struct otg *o, enum otg_packet what, unsigned ep, bool data1, const uint8_t *bytes,
                 unsigned n)
{
    rx_word(o, ep | n << 4 | (data1 ? 2u << 15 : 0) | (uint32_t)what << 17 | (o->frame & 0xF) << 21,
            true);
    for (unsigned i = 0; i < n; i += 4) {
        rx_word(o, load(bytes + i, n - i), false);
    }
}

static uint32_t rx_pop(struct otg *o)
{
    if (o->rx.count && o->rx_status[o->rx.head]) {
        o->rx_packets--;
    }
    return pop(&o->rx);
}

uint32_t otg_rx_front(const struct otg *o)
{
    return o->rx.count ? o->rx.word[o->rx.head] : 0;
}

uint32_t otg_rx_status_pop(struct otg *o)
{
    bool status = o->rx.count && o->rx_status[o->rx.head];
    uint32_t word = rx_pop(o);

    if (status) {
        otg_ep_popped(o, word);
    }
    return word;
}

uint32_t otg_rx_data_pop(struct otg *o)
{
    return rx_pop(o);
}

void otg_rx_flush(struct otg *o)
{
    o->rx.count = 0;
    o->rx_packets = 0;
}

/* ---- transmit ---- */

static uint32_t tx_place(struct otg *o, unsigned n)
{
    return *otg_word(o, n ? OTG_DIEPTXF1 + 4 * (n - 1) : OTG_DIEPTXF0);
}

unsigned otg_tx_depth(struct otg *o, unsigned n)
{
    uint32_t words = tx_place(o, n) >> 16;

    return words < OTG_FIFO_WORDS ? words : OTG_FIFO_WORDS;
}

void otg_tx_push(struct otg *o, unsigned n, uint32_t word)
{
    struct otg_fifo *f = &o->tx[n];

    if (f->count >= otg_tx_depth(o, n)) {
        machine_note(o->m, N_OTG_FIFO, o->place->base + 0x1000 * (n + 1),
                     "%s: transmit FIFO %u is full, and more is written: lost", o->place->name, n);
        return;
    }
    f->word[place_of(f, f->count++)] = word;
}

void otg_tx_pop(struct otg *o, unsigned n, uint8_t *bytes, unsigned len)
{
    for (unsigned i = 0; i < len; i += 4) {
        uint32_t word = pop(&o->tx[n]);
        for (unsigned k = i; k < len && k < i + 4; k++) {
            bytes[k] = (uint8_t)(word >> 8 * (k - i));
        }
    }
}

void otg_tx_flush(struct otg *o, unsigned n)
{
    for (unsigned i = 0; i < OTG_EPS; i++) {
        if (n == 16 || n == i) {
            o->tx[i].count = 0;
        }
    }
}

/* ---- layout of the RAM ---- */

struct span {
    unsigned from, to; /* words */
};

/* FIFO 0 and those that an endpoint in use points to. */
static unsigned spans(struct otg *o, struct span *list)
{
    unsigned n = 0;

    list[n++] = (struct span){0, *otg_word(o, OTG_GRXFSIZ)};
    for (unsigned ep = 0; ep < OTG_EPS; ep++) {
        if (ep && !(*otg_ep(o, OTG_IN, ep, EP_CTL) & EPCTL_USBAEP)) {
            continue;
        }
        uint32_t place = tx_place(o, otg_ep_fifo(o, ep));
        list[n++] = (struct span){place & 0xFFFF, (place & 0xFFFF) + (place >> 16)};
    }
    return n;
}

static bool overlaps(const struct span *list, unsigned n, unsigned i)
{
    for (unsigned k = 0; k < n; k++) {
        if (k != i && list[k].from < list[i].to && list[i].from < list[k].to) {
            return true;
        }
    }
    return false;
}

void otg_fifo_check(struct otg *o)
{
    struct span list[OTG_EPS + 1];
    unsigned n = spans(o, list);

    for (unsigned i = 0; i < n; i++) {
        if (list[i].to > OTG_FIFO_WORDS || overlaps(list, n, i)) {
            machine_note(o->m, N_OTG_FIFO, o->place->base + OTG_GRXFSIZ,
                         "%s: FIFOs overlap or leave the RAM of %u words: words %u to %u",
                         o->place->name, OTG_FIFO_WORDS, list[i].from, list[i].to);
            return;
        }
    }
}
