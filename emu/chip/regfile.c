/* SPDX-License-Identifier: MIT */
/* The machinery of the register-file peripherals; their data is in regfile_blocks.c and
 * regfile_data.c. */
#include "emu/chip/regfile.h"

#include <string.h>

struct regfile {
    struct machine *m;
    const struct rf_block *block;
    const struct rf_model *model; /* NULL: it only holds what is written */
    void *self;
    unsigned count;
    uint32_t *value;    /* one word per register, in the order of the layout */
    uint32_t *reported; /* bits of features that were reported already */
    uint8_t *noted;     /* the same, plus one for all offsets without a register */
};

static const struct dev_ops ops;

static const struct rf_model *const models[] = {
#define BLOCK(name)
#define MODEL(name) &name##_model,
#include "emu/chip/blocks.def"
#undef BLOCK
#undef MODEL
};

static const struct rf_layout *layout(const struct regfile *f)
{
    return rf_layouts[f->block->kind];
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
        if (r->kind == f->block->kind && r->to == off && (stored(f, r->from) & r->control)) {
            v |= r->status;
        }
    }
    return f->model ? f->model->look(f->self, off, v) : v;
}

static void note_once(struct regfile *f, uint32_t off, bool known, unsigned index)
{
    uint8_t *noted = &f->noted[known ? index : f->count];

    if (*noted || (f->model && known)) {
        return;
    }
    *noted = 1;
    machine_note(f->m, N_REGFILE, f->block->base + off,
                 known ? "%s: the register at offset 0x%03x only holds what is written"
                       : "%s: no register at offset 0x%03x (and perhaps others): reads 0",
                 f->block->name, (unsigned)off);
}

static bool in_series(uint32_t off, uint32_t first, unsigned count, unsigned stride)
{
    uint32_t d = off - first;

    return off >= first && d % stride == 0 && d / stride < count;
}

/* Once per bit until a reset: some, like a start of conversion, rise again and again. */
static void check_features(struct regfile *f, uint32_t off, unsigned index, uint32_t rising)
{
    rising &= ~f->reported[index];
    for (unsigned i = 0; i < rf_feature_count; i++) {
        const struct rf_feature *r = &rf_features[i];
        if (r->kind != f->block->kind || !in_series(off, r->off, r->count, r->stride) ||
            !(rising & r->mask)) {
            continue;
        }
        f->reported[index] |= r->mask;
        machine_note(f->m, N_REGFILE_FEATURE, f->block->base + off,
                     "%s: firmware switches on %s, which the model does not have", f->block->name,
                     r->what);
    }
}

static uint32_t commands(const struct regfile *f, uint32_t off)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < rf_command_count; i++) {
        const struct rf_command *r = &rf_commands[i];
        if (r->kind == f->block->kind && in_series(off, r->off, r->count, r->stride)) {
            mask |= r->mask;
        }
    }
    return mask;
}

static void change(struct regfile *f, uint32_t off, uint32_t set, uint32_t clear)
{
    unsigned i;

    if (find(f, off, &i)) {
        f->value[i] = (f->value[i] & ~clear) | set;
    }
}

/* What hardware does to other registers upon this write. */
static void react(struct regfile *f, uint32_t off, uint32_t asked)
{
    for (unsigned i = 0; i < rf_clear_count; i++) {
        const struct rf_clear *r = &rf_clears[i];
        if (r->kind == f->block->kind && r->off == off) {
            change(f, r->to, 0, asked & r->mask);
        }
    }
    for (unsigned i = 0; i < rf_answer_count; i++) {
        const struct rf_answer *r = &rf_answers[i];
        if (r->kind == f->block->kind && r->off == off && (asked & r->command) == r->command &&
            (asked & r->mask) == r->value) {
            change(f, r->to, r->flags, 0);
        }
    }
}

/* ---- for models ---- */

struct machine *rf_machine(const struct regfile *f)
{
    return f->m;
}

const struct rf_block *rf_block_of(const struct regfile *f)
{
    return f->block;
}

uint32_t rf_held(const struct regfile *f, uint32_t off)
{
    return stored(f, off);
}

void rf_change(struct regfile *f, uint32_t off, uint32_t set, uint32_t clear)
{
    change(f, off, set, clear);
}

void rf_missing(const struct regfile *f, uint32_t off, const char *what)
{
    machine_note(f->m, N_REGFILE_FEATURE, f->block->base + off,
                 "%s: firmware switches on %s, which the model does not have", f->block->name,
                 what);
}

void *rf_model_named(const struct machine *m, const char *name)
{
    for (unsigned i = 0; i < m->bus.ndevs; i++) {
        const struct dev *d = &m->bus.devs[i];
        if (d->ops == &ops && strcmp(d->name, name) == 0) {
            return ((const struct regfile *)d->self)->self;
        }
    }
    return NULL;
}

static enum bus_status regfile_read(void *self, const struct bus_access *a, uint32_t off,
                                    unsigned size, uint32_t *value)
{
    struct regfile *f = self;
    unsigned i;
    bool known = find(f, off & ~3u, &i);

    if (a->master != MASTER_DEBUG) {
        note_once(f, off & ~3u, known, i);
    }
    *value = reg_part(look(f, off & ~3u), off, size);
    if (f->model) {
        f->model->read(f->self, off & ~3u, size);
    }
    return BUS_OK;
}

static enum bus_status regfile_write(void *self, const struct bus_access *a, uint32_t off,
                                     unsigned size, uint32_t value)
{
    struct regfile *f = self;
    unsigned i;
    uint32_t word = off & ~3u;
    const struct rf_run *run = find(f, word, &i);

    if (a->master != MASTER_DEBUG) {
        note_once(f, word, run, i);
    }
    if (!run) {
        return BUS_OK;
    }
    uint32_t old = f->value[i];
    uint32_t asked = reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size));
    check_features(f, word, i, asked & ~old);
    uint32_t command = commands(f, word);
    f->value[i] = reg_merge(old, asked, run->writable & ~command);
    react(f, word, reg_shift(value, off, size));
    if (f->model) {
        f->model->write(f->self, word, size, reg_shift(value, off, size), old);
    }
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
    for (unsigned i = 0; i < l->n; i++) {
        for (unsigned k = 0; k < l->runs[i].count; k++) {
            f->value[n++] = l->runs[i].reset;
        }
    }
    memset(f->reported, 0, f->count * sizeof(f->reported[0]));
    if (f->model) {
        f->model->reset(f->self);
    }
}

static const struct dev_ops ops = {regfile_read, regfile_write, regfile_peek, regfile_reset};

const struct rf_model *rf_model_of(enum rf_kind kind)
{
    const struct rf_model *found = NULL;

    for (unsigned i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        if (models[i]->kind == kind) {
            found = models[i];
        }
    }
    return found;
}

static void add_block(struct machine *m, const struct rf_block *block)
{
    struct regfile *f = machine_alloc(m, sizeof(*f));

    f->m = m;
    f->block = block;
    for (unsigned i = 0; i < rf_layouts[block->kind]->n; i++) {
        f->count += rf_layouts[block->kind]->runs[i].count;
    }
    f->value = machine_alloc(m, f->count * sizeof(f->value[0]));
    f->reported = machine_alloc(m, f->count * sizeof(f->reported[0]));
    f->noted = machine_alloc(m, f->count + 1);
    f->model = rf_model_of(block->kind);
    if (f->model) {
        f->self = f->model->make(f);
    }
    regfile_reset(f, true);
    struct dev d = {.name = block->name,
                    .base = block->base,
                    .size = block->size,
                    .gate = block->gate,
                    .ops = &ops,
                    .self = f};
    bus_add_dev(&m->bus, &d);
}

void regfile_new(struct machine *m)
{
    for (unsigned i = 0; i < rf_block_count; i++) {
        add_block(m, &rf_blocks[i]);
    }
}
