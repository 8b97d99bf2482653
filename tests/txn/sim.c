/* SPDX-License-Identifier: MIT */
#include "tests/txn/sim.h"

#include <string.h>

#include "tests/txn/sim_parts.h"

#define BANKS 2u

static void violate(struct sim *sim, const char *what, uint32_t addr)
{
    if (!sim->violation) {
        sim->violation = what;
        sim->violation_addr = addr;
    }
}

/* ---- Reading ---- */

/* How a marginal word reads now. */
static enum sim_kind resolve(struct sim *sim, uint32_t index)
{
    struct sim_word *w = &sim->words[index];
    uint64_t turn = sim->power_ups;

    if (sim->flicker) {
        turn = sim_mix(sim_mix(sim->flicker ^ sim->power_ups) + sim->reads++);
    } else if (sim->pattern) {
        turn += sim->pattern >> w->reads & 1u;
        sim_keep(sim, index);
        w->reads += w->reads + 1u < REREADS ? 1 : 0;
    }
    return (enum sim_kind)(turn % 2u ? w->odd : w->even);
}

/* How a word reads now; `data` gets its bytes. */
static enum sim_kind look(struct sim *sim, uint32_t index, uint8_t data[DUO_WORD_SIZE])
{
    const struct sim_word *w = &sim->words[index];
    const enum sim_kind kind =
        w->kind == SIM_MARGINAL ? resolve(sim, index) : (enum sim_kind)w->kind;

    memcpy(data, w->data, DUO_WORD_SIZE);
    if (kind == SIM_FALSE_BLANK) {
        memset(data, 0xFF, DUO_WORD_SIZE);
    } else if (kind == SIM_UNREADABLE) {
        memset(data, 0, DUO_WORD_SIZE);
    }
    return kind;
}

static enum duo_word_state state_of(enum sim_kind kind)
{
    return kind == SIM_UNREADABLE  ? DUO_WORD_UNREADABLE
           : kind == SIM_CORRECTED ? DUO_WORD_CORRECTED
                                   : DUO_WORD_GOOD;
}

static enum duo_word_state read_words(struct sim *sim, uint32_t addr, uint8_t *to, uint32_t len)
{
    enum duo_word_state worst = DUO_WORD_GOOD;
    uint8_t data[DUO_WORD_SIZE];

    while (len > 0) {
        const uint32_t at = addr % DUO_WORD_SIZE;
        const uint32_t n = len < DUO_WORD_SIZE - at ? len : DUO_WORD_SIZE - at;
        const struct sim_word *w = &sim->words[sim_index(sim, addr)];

        if (w->kind <= SIM_GOOD) {
            memcpy(to, w->data + at, n);
        } else {
            const enum sim_kind kind = look(sim, sim_index(sim, addr), data);
            const enum duo_word_state state = state_of(kind);
            worst = state > worst ? state : worst;
            memcpy(to, data + at, n);
        }
        to += n;
        addr += n;
        len -= n;
    }
    return worst;
}

/* Whole words of a sector in which all are as they seem: most of what is ever read. */
static void copy_words(const struct sim *sim, uint32_t addr, uint8_t *to, uint32_t len)
{
    const struct sim_word *w = &sim->words[sim_index(sim, addr)];

    for (uint32_t at = 0; at < len; at += DUO_WORD_SIZE, w++) {
        memcpy(to + at, w->data, DUO_WORD_SIZE);
    }
}

/* Index of the bank's entry in op[], hangs[] and used[]. */
static unsigned bank_of(const struct sim *sim, uint32_t addr)
{
    return addr - sim->map->base < sim->map->bank_size ? 0u : 1u;
}

static enum duo_word_state sim_read(void *ctx, uint32_t addr, void *buf, uint32_t len)
{
    struct sim *sim = ctx;
    const uint32_t offset = addr - sim->map->base;
    const uint32_t size = sim->count * DUO_WORD_SIZE;

    if (offset > size || len > size - offset) {
        violate(sim, "read outside the flash", addr);
        memset(buf, 0, len);
        return DUO_WORD_UNREADABLE;
    }
    const unsigned bank = bank_of(sim, addr);
    if (sim->op[bank].busy) {
        violate(sim, "read of a busy bank", addr);
    }
    if (sim->hangs[bank]) { /* a port must not touch it: the core would stall until the next reset
                             */
        memset(buf, 0, len);
        return DUO_WORD_UNREADABLE;
    }
    const uint32_t sector = sim_sector(sim, addr);
    if (offset % DUO_WORD_SIZE == 0 && len % DUO_WORD_SIZE == 0 && len > 0 &&
        sector == sim_sector(sim, addr + len - 1u) && sim->odd[sector] == 0) {
        copy_words(sim, addr, buf, len);
        return DUO_WORD_GOOD;
    }
    return read_words(sim, addr, buf, len);
}

/* ---- Operations ---- */

static bool all_zero(const uint8_t *data)
{
    static const uint8_t zeros[DUO_WORD_SIZE];

    return memcmp(data, zeros, sizeof(zeros)) == 0;
}

static void check_target(struct sim *sim, uint32_t addr)
{
    const uint32_t sector = (addr - sim->map->base) / sim->map->sector_size; /* as mapped */

    if (sector >= SIM_SECTORS || !(sim->allowed_sectors & (1u << sector))) {
        violate(sim, "change outside slots and journal", addr);
    }
}

static void start(struct sim *sim, struct sim_op *op, bool erase, uint32_t addr,
                  const uint8_t *data)
{
    op->busy = true;
    op->erase = erase;
    op->addr = addr;
    op->begun = sim->now;
    op->done_at = sim->now + (erase ? sim->erase_time : sim->program_time);
    if (op->refused && op->how == SIM_ENDLESS) {
        op->done_at = UINT64_MAX;
    }
    if (data) {
        memcpy(op->data, data, DUO_WORD_SIZE);
    }
}

static enum duo_status begin(struct sim *sim, bool erase, uint32_t addr, const uint8_t *data)
{
    const unsigned bank = bank_of(sim, addr);
    struct sim_op *op = &sim->op[bank];
    enum sim_refusal how = SIM_REFUSALS;

    if (op->busy || sim->op[SIM_OPTIONS].busy) {
        violate(sim, "operation begun in a busy bank", addr);
        return DUO_E_BUSY;
    }
    check_target(sim, addr);
    op->refused = sim_refuses(sim, erase, addr, &how);
    op->how = (uint8_t)how;
    sim->ops++;
    if (sim->hangs[bank]) {
        return DUO_E_STUCK;
    }
    const enum duo_status status = op->refused ? sim_refusal_at_begin(how, erase) : DUO_OK;
    if (status != DUO_OK) {
        return status;
    }
    start(sim, op, erase, addr, data);
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
    sim->used[bank_of(sim, addr)].erases++;
    return begin(sim, true, addr, NULL);
}

/* Nobody can know that an erase had no effect if it ended without an error. */
static bool may_program(const struct sim *sim, uint32_t addr, const uint8_t *data)
{
    return all_zero(data) || sim_word_at(sim, addr)->kind == SIM_ERASED ||
           (sim->uncertain >> sim_sector(sim, addr) & 1u) != 0;
}

static enum duo_status sim_begin_program(void *ctx, uint32_t addr, const uint8_t *data)
{
    struct sim *sim = ctx;

    if (addr % DUO_WORD_SIZE != 0) {
        violate(sim, "program of no word", addr);
        return DUO_E_ARG;
    }
    if (!may_program(sim, addr, data)) {
        violate(sim, "program of a word that is not erased", addr);
    }
    sim->used[bank_of(sim, addr)].words++;
    return begin(sim, false, addr, data);
}

void sim_erase_now(struct sim *sim, uint32_t addr)
{
    const uint32_t first = sim_index(sim, addr);

    for (uint32_t i = 0; i < sim->map->sector_size / DUO_WORD_SIZE; i++) {
        sim_set(sim, first + i, &sim_erased);
    }
    sim->uncertain &= (uint16_t) ~(1u << sim_sector(sim, addr));
}

/* Over a word that is not erased: the worst case, right when it is read back and gone at the next
 * power cycle; or, where an erase has lied, an error. Zeros go through. */
void sim_program_now(struct sim *sim, uint32_t addr, const uint8_t data[DUO_WORD_SIZE])
{
    struct sim_word w = {.kind = SIM_GOOD};
    const uint32_t index = sim_index(sim, addr);

    memcpy(w.data, data, DUO_WORD_SIZE);
    if (sim->words[index].kind != SIM_ERASED && !all_zero(data)) {
        const bool odd = sim->power_ups % 2u;
        w.kind = sim->uncertain >> sim_sector(sim, addr) & 1u ? SIM_UNREADABLE : SIM_MARGINAL;
        w.even = odd ? SIM_UNREADABLE : SIM_GOOD;
        w.odd = odd ? SIM_GOOD : SIM_UNREADABLE;
    }
    sim_set(sim, index, &w);
}

static enum duo_status end(struct sim *sim, const struct sim_op *op)
{
    if (op->refused) {
        return sim_end_refused(sim, op);
    }
    if (op->erase) {
        sim_erase_now(sim, op->addr);
    } else {
        sim_program_now(sim, op->addr, op->data);
    }
    return DUO_OK;
}

static bool is_endless(const struct sim_op *op)
{
    return op->busy && op->done_at == UINT64_MAX;
}

static enum duo_status sim_poll(void *ctx, uint32_t addr)
{
    struct sim *sim = ctx;
    const unsigned bank = bank_of(sim, addr);
    struct sim_op *op = &sim->op[bank];

    if (!op->busy) {
        return DUO_OK;
    }
    if (sim->now < (is_endless(op) ? op->begun + SIM_PATIENCE : op->done_at)) {
        return DUO_E_BUSY;
    }
    sim->hangs[bank] = is_endless(op);
    op->busy = false;
    return end(sim, op);
}

/* ---- The option bytes ---- */

static unsigned sim_first_bank(void *ctx)
{
    const struct sim *sim = ctx;

    return sim->swapped ? 2u : 1u;
}

static bool sim_can_hold(void *ctx)
{
    const struct sim *sim = ctx;

    return !sim->options_fixed;
}

static bool sim_guarded(void *ctx)
{
    const struct sim *sim = ctx;

    return sim->option_fresh == DUO_BOOT_CM7;
}

static enum duo_status sim_begin_swap(void *ctx, unsigned bank, unsigned fresh)
{
    struct sim *sim = ctx;
    struct sim_op *op = &sim->op[SIM_OPTIONS];
    enum sim_refusal how = SIM_REFUSALS;

    if (sim->op[0].busy || sim->op[1].busy || op->busy) {
        violate(sim, "option bytes changed while the flash is at work", bank);
    }
    op->refused = sim_refuses(sim, false, bank, &how);
    op->how = (uint8_t)how;
    sim->ops++;
    const enum duo_status status = op->refused ? sim_refusal_at_begin(how, false) : DUO_OK;
    if (status != DUO_OK) {
        return duo_flash_refusal(status);
    }
    start(sim, op, false, bank, NULL);
    op->options = true;
    op->fresh = (uint8_t)fresh;
    sim->last_bank = SIM_OPTIONS;
    if (sim->on_begin) {
        sim->on_begin(sim, sim->on_begin_arg);
    }
    return DUO_OK;
}

/* A port reads the options back: a change without an effect does not go unnoticed. */
static enum duo_status end_swap(struct sim *sim, const struct sim_op *op)
{
    if (!op->refused) {
        sim_tear(sim, op, SIM_COMPLETE, 0);
        return DUO_OK;
    }
    if (op->how == SIM_ENDS_TORN || op->how == SIM_BAD_EFFECT) {
        sim_tear(sim, op, SIM_FACTORY, 0);
    }
    return op->how == SIM_ENDLESS ? DUO_E_TIMEOUT : DUO_E_PROTECTED;
}

static enum duo_status sim_poll_swap(void *ctx)
{
    struct sim *sim = ctx;
    struct sim_op *op = &sim->op[SIM_OPTIONS];

    if (!op->busy) {
        return DUO_OK;
    }
    if (sim->now < (is_endless(op) ? op->begun + SIM_PATIENCE : op->done_at)) {
        return DUO_E_BUSY;
    }
    sim->hangs[0] = sim->hangs[1] = is_endless(op); /* OPT_BUSY blocks all of the flash */
    op->busy = false;
    return end_swap(sim, op);
}

/* ---- Time and power ---- */

void sim_advance(struct sim *sim)
{
    uint64_t next = UINT64_MAX;

    for (unsigned b = 0; b < SIM_AT_ONCE; b++) {
        const struct sim_op *op = &sim->op[b];
        const uint64_t end_at = is_endless(op) ? op->begun + SIM_PATIENCE : op->done_at;
        if (op->busy && end_at > sim->now && end_at < next) {
            next = end_at; /* one that has ended may not have been polled yet */
        }
    }
    if (next != UINT64_MAX) {
        sim->now = next;
    }
}

static void sim_idle(void *ctx)
{
    sim_advance(ctx);
}

void sim_power_cycle(struct sim *sim)
{
    memset(sim->op, 0, sizeof(sim->op));
    memset(sim->hangs, 0, sizeof(sim->hangs));
    sim->reads = 0;
    for (uint32_t i = 0; sim->pattern && sim->marginal > 0 && i < sim->count; i++) {
        if (sim->words[i].reads != 0) {
            sim_keep(sim, i);
            sim->words[i].reads = 0;
        }
    }
    sim_faults_power_cycle(sim);
    sim->swapped = sim->option_swap;
    sim->power_ups++;
}

/* ---- Set-up ---- */

void sim_init(struct sim *sim, const struct duo_map *map)
{
    memset(sim, 0, sizeof(*sim));
    sim->flash = (struct duo_flash){.begin_erase = sim_begin_erase,
                                    .begin_program = sim_begin_program,
                                    .poll = sim_poll,
                                    .read = sim_read,
                                    .idle = sim_idle,
                                    .ctx = sim,
                                    .first_bank = sim_first_bank,
                                    .guarded = sim_guarded,
                                    .can_hold = sim_can_hold,
                                    .begin_swap = sim_begin_swap,
                                    .poll_swap = sim_poll_swap};
    sim->map = map;
    sim->count = BANKS * map->bank_size / DUO_WORD_SIZE;
    sim->erase_time = 20;
    sim->program_time = 1;
    /* All but the two bootloaders; or, of the bank that comes first, the journal alone. */
    sim->allowed_sectors = map->twin ? 0xFF80u : 0xFEFEu;
    sim_words_init(sim);
}

void sim_free(struct sim *sim)
{
    sim_words_free(sim);
}

bool sim_flickers(const struct sim *sim)
{
    return sim->flicker != 0 || sim->pattern != 0;
}
