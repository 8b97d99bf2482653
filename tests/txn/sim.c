#include "tests/txn/sim.h"

#include <stdlib.h>
#include <string.h>

#define BANKS 2u

struct sim_snapshot {
    struct sim sim;
    struct sim_word words[];
};

uint64_t sim_mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u; /* splitmix64 */
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static uint64_t word_hash(const struct sim_word *w, uint32_t index)
{
    uint64_t h = sim_mix(index + 1u);
    uint64_t part;

    if (w->kind == SIM_ERASED) {
        return 0; /* a blank chip hashes to 0, and sectors are erased quickly */
    }
    for (unsigned i = 0; i < DUO_WORD_SIZE; i += sizeof(part)) {
        memcpy(&part, w->data + i, sizeof(part));
        h = sim_mix(h ^ part);
    }
    return sim_mix(h ^ (uint64_t)(w->kind | w->even << 8 | w->odd << 16));
}

static uint32_t index_of(const struct sim *sim, uint32_t addr)
{
    return (addr - sim->map->base) / DUO_WORD_SIZE;
}

static void set_word(struct sim *sim, uint32_t index, const struct sim_word *w)
{
    sim->hash ^= word_hash(&sim->words[index], index);
    sim->words[index] = *w;
    sim->hash ^= word_hash(w, index);
}

static struct sim_word erased(void)
{
    struct sim_word w = {.kind = SIM_ERASED};

    memset(w.data, 0xFF, sizeof(w.data));
    return w;
}

static void violate(struct sim *sim, const char *what, uint32_t addr)
{
    if (!sim->violation) {
        sim->violation = what;
        sim->violation_addr = addr;
    }
}

/* ---- Reading ---- */

/* How a marginal word reads now. */
static enum sim_kind resolve(struct sim *sim, struct sim_word *w)
{
    uint64_t turn = sim->power_ups;

    if (sim->flicker) {
        turn = sim_mix(sim_mix(sim->flicker ^ sim->power_ups) + sim->reads++);
    } else if (sim->pattern) {
        turn += sim->pattern >> w->reads & 1u;
        w->reads += w->reads + 1u < REREADS ? 1 : 0;
    }
    return (enum sim_kind)(turn % 2u ? w->odd : w->even);
}

/* How a word reads now; `data` gets its bytes. */
static enum sim_kind look(struct sim *sim, struct sim_word *w, uint8_t data[DUO_WORD_SIZE])
{
    const enum sim_kind kind = w->kind == SIM_MARGINAL ? resolve(sim, w) : (enum sim_kind)w->kind;

    memcpy(data, w->data, DUO_WORD_SIZE);
    if (kind == SIM_FALSE_BLANK) {
        memset(data, 0xFF, DUO_WORD_SIZE);
    } else if (kind == SIM_UNREADABLE) {
        memset(data, 0, DUO_WORD_SIZE);
    }
    return kind;
}

static enum duo_word_state sim_read(void *ctx, uint32_t addr, void *buf, uint32_t len)
{
    struct sim *sim = ctx;
    enum duo_word_state worst = DUO_WORD_GOOD;
    uint8_t *to = buf;
    uint8_t data[DUO_WORD_SIZE];

    if (addr - sim->map->base > sim->count * DUO_WORD_SIZE ||
        len > sim->count * DUO_WORD_SIZE - (addr - sim->map->base)) {
        violate(sim, "read outside the flash", addr);
        memset(buf, 0, len);
        return DUO_WORD_UNREADABLE;
    }
    if (sim->op[duo_map_bank(sim->map, addr)].busy) {
        violate(sim, "read of a busy bank", addr);
    }
    while (len > 0) {
        const uint32_t at = addr % DUO_WORD_SIZE;
        const uint32_t n = len < DUO_WORD_SIZE - at ? len : DUO_WORD_SIZE - at;
        const enum sim_kind kind = look(sim, &sim->words[index_of(sim, addr)], data);

        if (kind == SIM_UNREADABLE) {
            worst = DUO_WORD_UNREADABLE;
        } else if (kind == SIM_CORRECTED && worst == DUO_WORD_GOOD) {
            worst = DUO_WORD_CORRECTED;
        }
        memcpy(to, data + at, n);
        to += n;
        addr += n;
        len -= n;
    }
    return worst;
}

/* ---- Operations ---- */

static bool all_zero(const uint8_t *data)
{
    for (unsigned i = 0; i < DUO_WORD_SIZE; i++) {
        if (data[i] != 0) {
            return false;
        }
    }
    return true;
}

static void check_target(struct sim *sim, uint32_t addr)
{
    const uint32_t sector = (addr - sim->map->base) / sim->map->sector_size;

    if (sector >= 32 || !(sim->allowed_sectors & (1u << sector))) {
        violate(sim, "change outside slots and journal", addr);
    }
}

static enum duo_status begin(struct sim *sim, bool erase, uint32_t addr, const uint8_t *data)
{
    const unsigned bank = duo_map_bank(sim->map, addr);
    struct sim_op *op = &sim->op[bank];

    if (op->busy) {
        violate(sim, "operation begun in a busy bank", addr);
        return DUO_E_BUSY;
    }
    check_target(sim, addr);
    op->busy = true;
    op->erase = erase;
    op->addr = addr;
    op->done_at = sim->now + (erase ? sim->erase_time : sim->program_time);
    if (data) {
        memcpy(op->data, data, DUO_WORD_SIZE);
    }
    sim->ops++;
    sim->last_bank = bank;
    if (sim->on_begin) {
        sim->on_begin(sim, sim->on_begin_arg);
    }
    return DUO_OK;
}

static enum duo_status sim_begin_erase(void *ctx, uint32_t addr)
{
    struct sim *sim = ctx;

    if ((addr - sim->map->base) % sim->map->sector_size != 0) {
        violate(sim, "erase of no sector", addr);
        return DUO_E_ARG;
    }
    sim->used[duo_map_bank(sim->map, addr)].erases++;
    return begin(sim, true, addr, NULL);
}

static enum duo_status sim_begin_program(void *ctx, uint32_t addr, const uint8_t *data)
{
    struct sim *sim = ctx;

    if (addr % DUO_WORD_SIZE != 0) {
        violate(sim, "program of no word", addr);
        return DUO_E_ARG;
    }
    if (!all_zero(data) && sim->words[index_of(sim, addr)].kind != SIM_ERASED) {
        violate(sim, "program of a word that is not erased", addr);
    }
    sim->used[duo_map_bank(sim->map, addr)].words++;
    return begin(sim, false, addr, data);
}

static void erase_now(struct sim *sim, uint32_t addr)
{
    const struct sim_word blank = erased();
    const uint32_t first = index_of(sim, addr);

    for (uint32_t i = 0; i < sim->map->sector_size / DUO_WORD_SIZE; i++) {
        set_word(sim, first + i, &blank);
    }
}

/* Over a word that is not erased: the worst case, right when it is read back and gone at the next
 * power-up. Zeros go through. */
static void program_now(struct sim *sim, uint32_t addr, const uint8_t *data)
{
    struct sim_word w = {.kind = SIM_GOOD};
    const uint32_t index = index_of(sim, addr);

    memcpy(w.data, data, DUO_WORD_SIZE);
    if (sim->words[index].kind != SIM_ERASED && !all_zero(data)) {
        const bool odd = sim->power_ups % 2u;
        w.kind = SIM_MARGINAL;
        w.even = odd ? SIM_UNREADABLE : SIM_GOOD;
        w.odd = odd ? SIM_GOOD : SIM_UNREADABLE;
    }
    set_word(sim, index, &w);
}

static enum duo_status sim_poll(void *ctx, unsigned bank)
{
    struct sim *sim = ctx;
    struct sim_op *op = &sim->op[bank];

    if (!op->busy) {
        return DUO_OK;
    }
    if (sim->now < op->done_at) {
        return DUO_E_BUSY;
    }
    op->busy = false;
    if (op->erase) {
        erase_now(sim, op->addr);
    } else {
        program_now(sim, op->addr, op->data);
    }
    return DUO_OK;
}

void sim_advance(struct sim *sim)
{
    uint64_t next = UINT64_MAX;

    for (unsigned b = 0; b < BANKS; b++) {
        if (sim->op[b].busy && sim->op[b].done_at < next) {
            next = sim->op[b].done_at;
        }
    }
    if (next != UINT64_MAX && next > sim->now) {
        sim->now = next;
    }
}

static void sim_idle(void *ctx)
{
    sim_advance(ctx);
}

/* ---- Power cuts ---- */

static struct sim_word marginal(const struct sim *sim, const uint8_t *data, enum sim_kind next,
                                enum sim_kind later)
{
    struct sim_word w = {.kind = SIM_MARGINAL};
    const bool next_is_odd = (sim->power_ups + 1u) % 2u;

    memcpy(w.data, data, DUO_WORD_SIZE);
    w.odd = (uint8_t)(next_is_odd ? next : later);
    w.even = (uint8_t)(next_is_odd ? later : next);
    return w;
}

static struct sim_word torn_word(const struct sim *sim, const uint8_t *data,
                                 enum sim_outcome outcome, uint64_t seed)
{
    struct sim_word w = {.kind = SIM_GOOD};

    memcpy(w.data, data, DUO_WORD_SIZE);
    switch (outcome) {
    case SIM_UNTOUCHED:
    case SIM_COMPLETE:
    case SIM_OUTCOMES:
        break;
    case SIM_TORN_DOUBLE:
        w.kind = SIM_UNREADABLE;
        break;
    case SIM_TORN_SINGLE:
        w.kind = SIM_CORRECTED;
        break;
    case SIM_TORN_BLANK:
        w.kind = SIM_FALSE_BLANK;
        break;
    case SIM_TORN_GARBAGE:
        for (unsigned i = 0; i < DUO_WORD_SIZE; i++) {
            w.data[i] |= (uint8_t)sim_mix(seed + i); /* some bits have not come down to 0 yet */
        }
        break;
    case SIM_GOOD_THEN_BAD:
        return marginal(sim, data, SIM_GOOD, SIM_UNREADABLE);
    case SIM_BAD_THEN_GOOD:
        return marginal(sim, data, SIM_UNREADABLE, SIM_GOOD);
    case SIM_BLANK_THEN_GOOD:
        return marginal(sim, data, SIM_FALSE_BLANK, SIM_GOOD);
    case SIM_GOOD_THEN_BLANK:
        return marginal(sim, data, SIM_GOOD, SIM_FALSE_BLANK);
    }
    return w;
}

/* Whether a word may read blank, at this power-up or another. */
static bool may_read_blank(const struct sim_word *w)
{
    if (w->kind == SIM_MARGINAL) {
        return w->even == SIM_FALSE_BLANK || w->odd == SIM_FALSE_BLANK;
    }
    return w->kind == SIM_ERASED || w->kind == SIM_FALSE_BLANK;
}

/* Programming only takes charge one way: a word that never reads blank (and now gets zeros) can
 * come out damaged, but never blank. */
static enum sim_outcome possible(const struct sim_word *old, enum sim_outcome outcome)
{
    if (may_read_blank(old)) {
        return outcome;
    }
    return outcome == SIM_TORN_BLANK        ? SIM_TORN_DOUBLE
           : outcome == SIM_BLANK_THEN_GOOD ? SIM_BAD_THEN_GOOD
           : outcome == SIM_GOOD_THEN_BLANK ? SIM_GOOD_THEN_BAD
                                            : outcome;
}

static void tear_program(struct sim *sim, const struct sim_op *op, enum sim_outcome wanted,
                         uint64_t seed)
{
    const uint32_t index = index_of(sim, op->addr);
    const enum sim_outcome outcome = possible(&sim->words[index], wanted);

    if (outcome == SIM_UNTOUCHED) {
        return;
    }
    if (outcome == SIM_COMPLETE) {
        program_now(sim, op->addr, op->data);
        return;
    }
    const struct sim_word w = torn_word(sim, op->data, outcome, seed);
    set_word(sim, index, &w);
}

/* One word of a sector whose erase was torn. */
static struct sim_word half_erased(const struct sim *sim, const struct sim_word *old,
                                   enum sim_outcome outcome, uint64_t seed)
{
    static const enum sim_outcome mix[] = {SIM_UNTOUCHED,     SIM_COMPLETE,       SIM_TORN_DOUBLE,
                                           SIM_TORN_BLANK,    SIM_TORN_GARBAGE,   SIM_TORN_SINGLE,
                                           SIM_GOOD_THEN_BAD, SIM_BLANK_THEN_GOOD};
    const bool mixed = outcome == SIM_TORN_GARBAGE || outcome == SIM_BLANK_THEN_GOOD ||
                       outcome == SIM_GOOD_THEN_BLANK;
    const enum sim_outcome how = mixed ? mix[seed % (sizeof(mix) / sizeof(mix[0]))] : outcome;

    if (how == SIM_COMPLETE) {
        return erased();
    }
    return how == SIM_UNTOUCHED ? *old : torn_word(sim, old->data, how, seed);
}

static void tear_erase(struct sim *sim, const struct sim_op *op, enum sim_outcome outcome,
                       uint64_t seed)
{
    const uint32_t first = index_of(sim, op->addr);

    for (uint32_t i = 0; i < sim->map->sector_size / DUO_WORD_SIZE; i++) {
        const struct sim_word w =
            half_erased(sim, &sim->words[first + i], outcome, sim_mix(seed ^ (first + i)));
        set_word(sim, first + i, &w);
    }
}

void sim_tear(struct sim *sim, const struct sim_op *op, enum sim_outcome outcome, uint64_t seed)
{
    if (op->erase) {
        tear_erase(sim, op, outcome, seed);
    } else {
        tear_program(sim, op, outcome, seed);
    }
}

void sim_power_cycle(struct sim *sim)
{
    memset(sim->op, 0, sizeof(sim->op));
    sim->reads = 0;
    for (uint32_t i = 0; sim->pattern && i < sim->count; i++) {
        sim->words[i].reads = 0;
    }
    sim->power_ups++;
}

/* ---- Set-up, snapshots ---- */

void sim_init(struct sim *sim, const struct duo_map *map)
{
    const struct sim_word blank = erased();

    memset(sim, 0, sizeof(*sim));
    sim->flash =
        (struct duo_flash){sim_begin_erase, sim_begin_program, sim_poll, sim_read, sim_idle, sim};
    sim->map = map;
    sim->count = BANKS * map->bank_size / DUO_WORD_SIZE;
    sim->words = malloc(sim->count * sizeof(*sim->words));
    sim->erase_time = 20;
    sim->program_time = 1;
    sim->allowed_sectors = 0xFEFEu; /* all but the two bootloaders */
    if (!sim->words) {
        abort();
    }
    for (uint32_t i = 0; i < sim->count; i++) {
        sim->words[i] = blank;
    }
}

void sim_free(struct sim *sim)
{
    free(sim->words);
}

bool sim_flickers(const struct sim *sim)
{
    return sim->flicker != 0 || sim->pattern != 0;
}

void sim_put(struct sim *sim, uint32_t addr, const void *data, uint32_t len)
{
    const uint8_t *from = data;

    for (uint32_t at = 0; at < len; at += DUO_WORD_SIZE) {
        struct sim_word w = {.kind = SIM_GOOD};
        const uint32_t n = len - at < DUO_WORD_SIZE ? len - at : DUO_WORD_SIZE;

        memset(w.data, 0xFF, sizeof(w.data));
        memcpy(w.data, from + at, n);
        if (!duo_word_is_blank(w.data)) { /* a probe skips blank words, too */
            set_word(sim, index_of(sim, addr + at), &w);
        }
    }
}

void sim_put_kind(struct sim *sim, uint32_t addr, enum sim_kind kind)
{
    struct sim_word w = sim->words[index_of(sim, addr)];

    w.kind = (uint8_t)kind;
    set_word(sim, index_of(sim, addr), &w);
}

void sim_wipe_sector(struct sim *sim, uint32_t addr)
{
    erase_now(sim, addr);
}

void sim_wipe_word(struct sim *sim, uint32_t addr)
{
    const struct sim_word blank = erased();

    set_word(sim, index_of(sim, addr), &blank);
}

void sim_flip(struct sim *sim, uint32_t addr, uint8_t bits)
{
    struct sim_word w = sim->words[index_of(sim, addr)];

    w.data[addr % DUO_WORD_SIZE] ^= bits;
    set_word(sim, index_of(sim, addr), &w);
}

struct sim_snapshot *sim_save(const struct sim *sim)
{
    const size_t size = sim->count * sizeof(*sim->words);
    struct sim_snapshot *s = malloc(sizeof(*s) + size);

    if (!s) {
        abort();
    }
    s->sim = *sim;
    memcpy(s->words, sim->words, size);
    return s;
}

void sim_restore(struct sim *sim, const struct sim_snapshot *s)
{
    struct sim_word *words = sim->words;

    *sim = s->sim;
    sim->words = words;
    memcpy(words, s->words, sim->count * sizeof(*words));
}

void sim_drop(struct sim_snapshot *s)
{
    free(s);
}

uint64_t sim_state_hash(const struct sim *sim)
{
    return sim_mix(sim->hash ^ (sim->power_ups & 1u));
}
