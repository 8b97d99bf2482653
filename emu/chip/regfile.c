/* The machinery of the register-file peripherals; their data is in regfile_blocks.c and
 * regfile_data.c. */
#include "emu/chip/regfile.h"

#include <string.h>

struct regfile {
    struct machine *m;
    const struct rf_block *block;
    unsigned count;
    uint32_t *value; /* one word per register, in the order of the layout */
    uint8_t *noted;  /* the same, plus one for all offsets without a register */
};

static const struct rf_layout *layout(const struct regfile *f)
{
    return &rf_layouts[f->block->kind];
}

/* Index of the register at `off` and its description; NULL: no register there. */
static const struct rf_run *find(const struct regfile *f, uint32_t off, unsigned *index)
{
    const struct rf_layout *l = layout(f);
    *index = 0;
    for (unsigned i = 0; i < l->n; i++) {
        const struct rf_run *run = &l->runs[i];
        uint32_t d = off - run->off;
        if (off >= run->off && d % run->stride == 0 && d / run->stride < run->count) {
            *index += d / run->stride;
            return run;
        }
        *index += run->count;
    }
    return NULL;
}

static uint32_t stored(const struct regfile *f, uint32_t off)
{
    unsigned i;
    return find(f, off, &i) ? f->value[i] : 0;
}

static uint32_t look(const struct regfile *f, uint32_t off)
{
    uint32_t v = stored(f, off);
    for (unsigned i = 0; i < rf_follow_count; i++) {
        const struct rf_follow *r = &rf_follows[i];
        if (r->kind == f->block->kind && r->to == off && (stored(f, r->from) & r->control))
            v |= r->status;
    }
    return v;
}

static void note_once(struct regfile *f, uint32_t off, bool known, unsigned index)
{
    uint8_t *noted = &f->noted[known ? index : f->count];
    if (*noted)
        return;
    *noted = 1;
    machine_note(f->m, NOTE_UNMODELLED, f->block->base + off, "regfile",
                 known ? "%s: the register at offset 0x%03x only holds what is written"
                       : "%s: no register at offset 0x%03x (and perhaps others): reads 0",
                 f->block->name, (unsigned)off);
}

static void check_features(struct regfile *f, uint32_t off, uint32_t rising)
{
    for (unsigned i = 0; i < rf_feature_count; i++) {
        const struct rf_feature *r = &rf_features[i];
        uint32_t d = off - r->off;
        if (r->kind != f->block->kind || off < r->off || d % r->stride || d / r->stride >= r->count)
            continue;
        if (rising & r->mask)
            machine_note(f->m, NOTE_FEATURE, f->block->base + off, "regfile.feature",
                         "%s: firmware switches on %s, which the model does not have",
                         f->block->name, r->what);
    }
}

static uint32_t commands(const struct regfile *f, uint32_t off)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < rf_command_count; i++)
        if (rf_commands[i].kind == f->block->kind && rf_commands[i].off == off)
            mask |= rf_commands[i].mask;
    return mask;
}

static enum bus_status regfile_read(void *self, const struct bus_access *a, uint32_t off,
                                    unsigned size, uint32_t *value)
{
    struct regfile *f = self;
    unsigned i;
    bool known = find(f, off & ~3u, &i) != NULL;
    if (a->master != MASTER_DEBUG)
        note_once(f, off & ~3u, known, i);
    *value = reg_part(look(f, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status regfile_write(void *self, const struct bus_access *a, uint32_t off,
                                     unsigned size, uint32_t value)
{
    struct regfile *f = self;
    unsigned i;
    uint32_t word = off & ~3u;
    const struct rf_run *run = find(f, word, &i);
    if (a->master != MASTER_DEBUG)
        note_once(f, word, run != NULL, i);
    if (!run)
        return BUS_OK;
    uint32_t old = f->value[i];
    uint32_t asked = reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size));
    check_features(f, word, asked & ~old);
    uint32_t command = commands(f, word);
    f->value[i] = reg_merge(old, asked, run->writable & ~command);
    bool adc = f->block->kind == RF_ADC12 || f->block->kind == RF_ADC3;
    if (adc && (asked & command & BIT(1)))
        f->value[i] &= ~BIT(0); /* ADDIS takes ADEN away */
    return BUS_OK;
}

static uint32_t regfile_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return look(self, off);
}

static void regfile_reset(void *self, bool power_on)
{
    struct regfile *f = self;
    (void)power_on;
    const struct rf_layout *l = layout(f);
    unsigned n = 0;
    for (unsigned i = 0; i < l->n; i++)
        for (unsigned k = 0; k < l->runs[i].count; k++)
            f->value[n++] = l->runs[i].reset;
}

static const struct dev_ops ops = {regfile_read, regfile_write, regfile_peek, regfile_reset};

static void add_block(struct machine *m, const struct rf_block *block)
{
    struct regfile *f = machine_alloc(m, sizeof *f);
    f->m = m;
    f->block = block;
    for (unsigned i = 0; i < rf_layouts[block->kind].n; i++)
        f->count += rf_layouts[block->kind].runs[i].count;
    f->value = machine_alloc(m, f->count * sizeof f->value[0]);
    f->noted = machine_alloc(m, f->count + 1);
    regfile_reset(f, true);
    struct dev d = {block->name, block->base, block->size, block->gate, &ops, f};
    bus_add_dev(&m->bus, &d);
}

void regfile_new(struct machine *m)
{
    for (unsigned i = 0; i < rf_block_count; i++)
        add_block(m, &rf_blocks[i]);
}
