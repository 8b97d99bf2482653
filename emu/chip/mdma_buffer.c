/* SPDX-License-Identifier: MIT */
/* MDMA: one buffer is read, its items are packed, padded or aligned, and written. */
#include "emu/chip/mdma.h"

#include <string.h>

unsigned mdma_source_size(uint32_t tcr)
{
    return 1u << (tcr >> 4 & 3);
}

static unsigned target_size(uint32_t tcr)
{
    return 1u << (tcr >> 6 & 3);
}

static unsigned step_of(uint32_t tcr, unsigned shift)
{
    return 1u << (tcr >> shift & 3);
}

enum bus_status mdma_move(struct mdma_channel *ch, bool write, uint32_t at, uint8_t *data,
                          unsigned size)
{
    struct bus *b = &ch->c.d->m->bus;
    enum bus_status s = BUS_OK;

    for (unsigned done = 0; done < size && s == BUS_OK;) {
        unsigned n = size - done > 4 ? 4 : size - done;
        uint32_t v = 0;
        if (write) {
            memcpy(&v, data + done, n);
            s = bus_dma_write(b, MASTER_MDMA, at + done, n, v);
        } else {
            s = bus_dma_read(b, MASTER_MDMA, at + done, n, &v);
            memcpy(data + done, &v, n);
        }
        done += n;
    }
    return s;
}

static uint32_t advance(uint32_t at, uint32_t tcr, unsigned mode, unsigned offset)
{
    unsigned how = tcr >> mode & 3, by = step_of(tcr, offset);

    return how == 2 ? at + by : how == 3 ? at - by : at;
}

/* One item of the source into items of the target: without packing an item stays one, aligned by
 * PAM (RM0399, padding and alignment). */
static unsigned convert(uint32_t tcr, uint8_t *data, unsigned from, unsigned to)
{
    unsigned pam = tcr >> 26 & 3;
    bool negative = data[from ? from - 1 : 0] & 0x80;

    if (tcr & TCR_PKE || from == to) {
        return from;
    }
    if (from > to) {
        memmove(data, data + (pam == 2 ? from - to : 0), to);
    } else if (pam == 2) {
        memmove(data + to - from, data, from);
        memset(data, 0, to - from);
    } else {
        memset(data + from, pam == 1 && negative ? 0xFF : 0, to - from);
    }
    return to;
}

unsigned mdma_buffer_length(const struct mdma_channel *ch)
{
    unsigned tlen = (channel_held(&ch->c, TCR) >> 18 & 0x7F) + 1,
             left = channel_held(&ch->c, BNDTR) & BNDT;

    return left < tlen ? left : tlen;
}

enum bus_status mdma_fill(struct mdma_channel *ch, struct buffer *b, uint32_t *at, unsigned len)
{
    uint32_t tcr = channel_held(&ch->c, TCR);
    unsigned size = mdma_source_size(tcr);

    b->len = 0;
    for (unsigned done = 0; done < len; done += size) {
        enum bus_status s = mdma_move(ch, false, *at, b->data + b->len, size);
        if (s != BUS_OK) {
            return s;
        }
        b->len += convert(tcr, b->data + b->len, size, target_size(tcr));
        *at = advance(*at, tcr, 0, 8);
    }
    return BUS_OK;
}

enum bus_status mdma_drain(struct mdma_channel *ch, struct buffer *b, uint32_t *at)
{
    uint32_t tcr = channel_held(&ch->c, TCR);
    unsigned size = target_size(tcr);

    for (unsigned done = 0; done < b->len; done += size) {
        unsigned n = b->len - done < size ? b->len - done : size;
        enum bus_status s = mdma_move(ch, true, *at, b->data + done, n);
        if (s != BUS_OK) {
            return s;
        }
        *at = advance(*at, tcr, 2, 10);
    }
    return BUS_OK;
}
