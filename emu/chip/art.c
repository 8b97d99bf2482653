/*
 * ART, the instruction cache of the CM4: its register only. Fetches always see the present flash
 * content, so code that forgets to clear and set EN after an update is not found out here.
 */
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#define CTR_RESET  0x00000004u
#define CTR_FIELDS 0x000FFF01u /* PCACHEADDR 19:8, EN 0 */

struct art {
    uint32_t ctr;
};

static enum bus_status art_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    const struct art *t = self;
    (void)a;
    *value = reg_part(off < 4 ? t->ctr : 0, off, size);
    return BUS_OK;
}

static enum bus_status art_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct art *t = self;
    (void)a;
    if (off < 4)
        t->ctr = reg_merge(t->ctr, reg_shift(value, off, size), reg_lanes(off, size) & CTR_FIELDS);
    return BUS_OK;
}

static uint32_t art_peek(void *self, enum core_id view, uint32_t off)
{
    const struct art *t = self;
    (void)view;
    return off < 4 ? t->ctr : 0;
}

static void art_reset(void *self, bool power_on)
{
    struct art *t = self;
    (void)power_on;
    t->ctr = CTR_RESET;
}

static const struct dev_ops ops = {art_read, art_write, art_peek, art_reset};

void art_new(struct machine *m)
{
    struct art *t = machine_alloc(m, sizeof *t);
    struct dev d = {"ART", 0x40024400, 0x400, GATE(G_AHB1, 14), &ops, t};
    bus_add_dev(&m->bus, &d);
}
