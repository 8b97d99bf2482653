/* SPDX-License-Identifier: MIT */
/*
 * What an operation leaves behind when power or reset ends it in its middle. The reference manual
 * promises nothing; words around the one in work are assumed to stay as they are (RM0399, reset
 * management).
 */
#include "emu/chip/flash_model.h"

#include <string.h>

static const struct cells none;
static const struct cells ones = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}, ECC_MASK};

static struct cells random_cells(struct flash *f)
{
    struct cells c;

    for (int i = 0; i < 4; i++) {
        c.d[i] = (uint64_t)machine_random(f->m) << 32 | machine_random(f->m);
    }
    c.e = machine_random(f->m) & ECC_MASK;
    return c;
}

static struct cells both(const struct cells *a, const struct cells *b)
{
    struct cells c = {{a->d[0] & b->d[0], a->d[1] & b->d[1], a->d[2] & b->d[2], a->d[3] & b->d[3]},
                      (uint16_t)(a->e & b->e)};

    return c;
}

static struct cells either(const struct cells *a, const struct cells *b)
{
    struct cells c = {{a->d[0] | b->d[0], a->d[1] | b->d[1], a->d[2] | b->d[2], a->d[3] | b->d[3]},
                      (uint16_t)(a->e | b->e)};

    return c;
}

static struct cells difference(const struct cells *a, const struct cells *b)
{
    struct cells c = {{a->d[0] ^ b->d[0], a->d[1] ^ b->d[1], a->d[2] ^ b->d[2], a->d[3] ^ b->d[3]},
                      (uint16_t)(a->e ^ b->e)};

    return c;
}

static unsigned count(const struct cells *c)
{
    unsigned n = (unsigned)__builtin_popcount(c->e);

    for (int i = 0; i < 4; i++) {
        n += (unsigned)__builtin_popcountll(c->d[i]);
    }
    return n;
}

/* Takes one random set cell out of *from. */
static struct cells pick(struct flash *f, struct cells *from)
{
    struct cells one = {{0}, 0};
    unsigned n = count(from);

    if (!n) {
        return one;
    }
    n = machine_random(f->m) % n;
    for (unsigned i = 0; i < 266; i++) {
        bool set = i < 256 ? from->d[i / 64] >> i % 64 & 1 : from->e >> (i - 256) & 1;
        if (!set || n--) {
            continue;
        }
        if (i < 256) {
            one.d[i / 64] = 1ull << i % 64;
        } else {
            one.e = (uint16_t)(1u << (i - 256));
        }
        break;
    }
    *from = difference(from, &one);
    return one;
}

static enum ecc_result result_of(struct cells c)
{
    return ecc_decode(&c);
}

static void set(struct flash *f, uint32_t w, const struct cells *value)
{
    cells_set(f, w, value, &none, 0);
}

/* `lag` of the cells to be programmed have not made it. */
static struct cells lagging(struct flash *f, const struct cells *target, struct cells changed,
                            unsigned lag)
{
    struct cells c = *target;

    for (unsigned i = 0; i < lag; i++) {
        struct cells one = pick(f, &changed);
        c = either(&c, &one);
    }
    return c;
}

static void make_double(struct flash *f, uint32_t w, const struct cells *target,
                        const struct cells *changed)
{
    for (int attempt = 0; attempt < 64; attempt++) {
        struct cells c = lagging(f, target, *changed, 2 + 2 * (unsigned)(attempt / 16));
        if (result_of(c) == ECC_UNCORRECTABLE) {
            set(f, w, &c);
            return;
        }
    }
    for (;;) { /* too few cells had to change: stray ones fell as well */
        struct cells noise = random_cells(f), c = both(target, &noise);
        if (result_of(c) == ECC_UNCORRECTABLE) {
            set(f, w, &c);
            return;
        }
        if (!count(&c)) { /* nothing left to fall: let some cells be gained instead */
            set(f, w, &noise);
            return;
        }
    }
}

/* Looks erased at every power cycle, but holds charge: what was to be programmed, and stray cells
 * that make any later program of the word fail. */
static void make_blank(struct flash *f, uint32_t w, const struct cells *changed)
{
    struct cells a = random_cells(f), b = random_cells(f), c = random_cells(f);
    struct cells stray = both(&a, &b);

    stray = both(&stray, &c);
    struct cells weak = either(&stray, changed);
    cells_set(f, w, &ones, &weak, META_FROZEN);
}

static void make_marginal(struct flash *f, uint32_t w, const struct cells *target,
                          const struct cells *changed)
{
    struct cells noise = random_cells(f), up = both(&noise, changed);
    struct cells now = either(target, &up);

    cells_set(f, w, &now, changed, 0);
}

static enum cut_outcome draw_program(struct flash *f)
{
    static const enum cut_outcome any[] = {CUT_UNTOUCHED, CUT_COMPLETE, CUT_DOUBLE,  CUT_DOUBLE,
                                           CUT_SINGLE,    CUT_BLANK,    CUT_MARGINAL};

    return any[machine_random(f->m) % (sizeof(any) / sizeof(any[0]))];
}

void cut_program(struct flash *f, uint32_t w, const uint8_t data[WORD_BYTES],
                 enum cut_outcome outcome)
{
    struct cells old = cells_get(f, w), pulse;

    memcpy(pulse.d, data, WORD_BYTES);
    pulse.e = ecc_encode(pulse.d);
    struct cells target = both(&old, &pulse), changed = difference(&old, &target);
    if (outcome == CUT_RANDOM || outcome == CUT_TORN_ERASE) {
        outcome = draw_program(f);
    }
    if (outcome == CUT_BLANK && !cells_all_ones(&old)) {
        outcome =
            CUT_DOUBLE; /* a word that held something cannot look erased by being programmed */
    }
    switch (outcome) {
    case CUT_UNTOUCHED:
        break;
    case CUT_SINGLE:
        target = lagging(f, &target, changed, 1);
        set(f, w, &target);
        break;
    case CUT_DOUBLE:
        make_double(f, w, &target, &changed);
        break;
    case CUT_BLANK:
        make_blank(f, w, &changed);
        break;
    case CUT_MARGINAL:
        make_marginal(f, w, &target, &changed);
        break;
    default:
        cells_program(f, w, data);
    }
}

static enum cut_outcome draw_erase(struct flash *f)
{
    static const enum cut_outcome any[] = {CUT_UNTOUCHED,  CUT_COMPLETE,   CUT_TORN_ERASE,
                                           CUT_TORN_ERASE, CUT_TORN_ERASE, CUT_DOUBLE,
                                           CUT_BLANK};

    return any[machine_random(f->m) % (sizeof(any) / sizeof(any[0]))];
}

/* One word of a sector that was being erased. */
static void tear_word(struct flash *f, uint32_t w, enum cut_outcome outcome)
{
    struct cells all = ones, old = cells_get(f, w), noise = random_cells(f);

    if (outcome == CUT_TORN_ERASE) {
        static const enum cut_outcome mix[] = {CUT_UNTOUCHED, CUT_UNTOUCHED, CUT_BLANK,
                                               CUT_BLANK,     CUT_COMPLETE,  CUT_DOUBLE,
                                               CUT_DOUBLE,    CUT_MARGINAL};
        outcome = mix[machine_random(f->m) % (sizeof(mix) / sizeof(mix[0]))];
    }
    switch (outcome) {
    case CUT_UNTOUCHED:
        break;
    case CUT_DOUBLE: { /* every cell has a charge of its own: start anywhere */
        struct cells changed = difference(&noise, &all);
        make_double(f, w, &noise, &changed);
        break;
    }
    case CUT_BLANK:
        make_blank(f, w, &none);
        break;
    case CUT_SINGLE: { /* all cells up but one, which the old content had at 0 */
        struct cells programmed = difference(&old, &all), one = pick(f, &programmed);
        struct cells c = difference(&all, &one);
        set(f, w, &c);
        break;
    }
    case CUT_MARGINAL: {
        struct cells now = either(&old, &noise);
        struct cells weak = difference(&old, &all);
        cells_set(f, w, &now, &weak, 0);
        break;
    }
    default:
        cells_erase(f, w, 1);
    }
}

void cut_erase(struct flash *f, uint32_t first, uint32_t n, enum cut_outcome outcome)
{
    if (outcome == CUT_RANDOM) {
        outcome = draw_erase(f);
    }
    if (outcome == CUT_UNTOUCHED) {
        return;
    }
    for (uint32_t w = first; w < first + n; w++) {
        tear_word(f, w, outcome);
    }
}

static void cut_bank(struct fbank *b, enum cut_outcome outcome)
{
    struct flash *f = b->f;
    struct op *op = &b->running;

    if (op->kind == OP_PROGRAM) {
        cut_program(f, word_of(f, op->addr), op->data, outcome);
    } else if (op->kind != OP_NONE) {
        cut_erase(f, word_of(f, op->addr), op_bytes(op) / WORD_BYTES, outcome);
    }
}

/* The erase that goes with RDP 1 -> 0 stops half way; the options stay the old ones. */
static void cut_regression(struct flash *f, enum cut_outcome outcome)
{
    if (f->opt != OPT_RUNNING || !f->opt_regress) {
        return;
    }
    for (unsigned phys = 0; phys < FLASH_BANKS; phys++) {
        for (unsigned s = 0; s < SECTORS; s++) {
            if (!protect_preserved(f, phys, s)) {
                cut_erase(f, phys * BANK_WORDS + s * SECTOR_WORDS, SECTOR_WORDS, outcome);
            }
        }
    }
}

void cut_operations(struct flash *f, enum cut_outcome outcome)
{
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        cut_bank(&f->bank[i], outcome);
        queue_forget(&f->bank[i]);
    }
    cut_regression(f, outcome);
    option_forget(f);
    sched_cancel(&f->m->sched, &f->cut);
}

void flash_power_cut(struct flash *f, enum cut_outcome outcome)
{
    option_cut(f, outcome);
    cut_operations(f, outcome);
    store_sync(&f->store);
    flash_tell(f, 0, true);
    flash_tell(f, 1, true);
}

static void on_cut(void *arg)
{
    struct flash *f = arg;

    machine_note(f->m, N_POWER_CUT, 0, "power cut during flash operation %llu",
                 (unsigned long long)f->cut_op);
    f->cut_op = 0;
    flash_power_cut(f, f->cut_outcome);
    machine_power_cut(f->m);
}

void cut_arm(struct flash *f, const struct op *op, vtime_t duration)
{
    if (op->number == f->cut_op) {
        sched_at(&f->m->sched, &f->cut, op->end - duration + duration / 1000 * f->cut_permille);
    }
}

void flash_cut_at_op(struct flash *f, uint64_t n, enum cut_outcome outcome)
{
    f->cut_op = n;
    f->cut_outcome = outcome;
}

void flash_cut_point(struct flash *f, unsigned permille)
{
    f->cut_permille = permille > 1000 ? 1000 : permille;
}

void cut_init(struct flash *f)
{
    f->cut_permille = 500;
    sched_event_init(&f->cut, "FLASH: the power goes in an operation", on_cut, f);
}
