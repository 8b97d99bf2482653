/* SPDX-License-Identifier: MIT */
/* The words of the simulated flash: what they are, a hash over them, and marks to go back to. */
#include <stdlib.h>
#include <string.h>

#include "tests/txn/sim_parts.h"

#define BLANK8 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF

const struct sim_word sim_erased = {.data = {BLANK8, BLANK8, BLANK8, BLANK8}, .kind = SIM_ERASED};

/* A word as it was before it changed. */
struct change {
    uint32_t index;
    struct sim_word was;
};

struct sim_undo {
    struct change *changes;
    size_t depth, room;
    unsigned marks;
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

static bool is_odd(const struct sim_word *w)
{
    return w->kind != SIM_ERASED && w->kind != SIM_GOOD;
}

void sim_keep(struct sim *sim, uint32_t index)
{
    struct sim_undo *u = sim->undo;

    if (u->marks == 0) {
        return;
    }
    if (u->depth == u->room) {
        u->room = u->room ? u->room * 2u : 1024u;
        u->changes = realloc(u->changes, u->room * sizeof(*u->changes));
        if (!u->changes) {
            abort();
        }
    }
    u->changes[u->depth].index = index;
    u->changes[u->depth++].was = sim->words[index];
}

void sim_set(struct sim *sim, uint32_t index, const struct sim_word *w)
{
    struct sim_word *word = &sim->words[index];
    uint16_t *odd = &sim->odd[index * DUO_WORD_SIZE / sim->map->sector_size];

    if (word->kind == SIM_ERASED && w->kind == SIM_ERASED) {
        return;
    }
    sim_keep(sim, index);
    sim->hash ^= word_hash(word, index) ^ word_hash(w, index);
    *odd = (uint16_t)(*odd + is_odd(w) - is_odd(word));
    sim->marginal =
        (uint16_t)(sim->marginal + (w->kind == SIM_MARGINAL) - (word->kind == SIM_MARGINAL));
    *word = *w;
}

void sim_words_init(struct sim *sim)
{
    sim->words = malloc(sim->count * sizeof(*sim->words));
    sim->undo = calloc(1, sizeof(*sim->undo));
    if (!sim->words || !sim->undo) {
        abort();
    }
    for (uint32_t i = 0; i < sim->count; i++) {
        sim->words[i] = sim_erased;
    }
}

void sim_words_free(struct sim *sim)
{
    free(sim->undo->changes);
    free(sim->undo);
    free(sim->words);
}

/* ---- Marks ---- */

void sim_mark(struct sim *sim, struct sim_mark *mark)
{
    sim->undo->marks++;
    mark->sim = *sim;
    mark->depth = sim->undo->depth;
}

void sim_go_back(struct sim *sim, const struct sim_mark *mark)
{
    struct sim_undo *u = sim->undo;

    while (u->depth > mark->depth) {
        const struct change *c = &u->changes[--u->depth];
        sim->words[c->index] = c->was;
    }
    *sim = mark->sim;
}

void sim_drop(struct sim *sim, const struct sim_mark *mark)
{
    (void)mark;
    if (--sim->undo->marks == 0) {
        sim->undo->depth = 0;
    }
}

uint64_t sim_state_hash(const struct sim *sim)
{
    return sim_mix(sim->hash ^ (sim->power_ups & 1u) ^ (uint64_t)sim->option_swap << 1 ^
                   (uint64_t)sim->option_fresh << 2 ^ sim_faults_hash(sim));
}

/* ---- Direct access ---- */

const struct sim_word *sim_word_at(const struct sim *sim, uint32_t addr)
{
    return &sim->words[sim_index(sim, addr)];
}

void sim_put_word(struct sim *sim, uint32_t addr, const struct sim_word *word)
{
    sim_set(sim, sim_index(sim, addr), word);
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
            sim_put_word(sim, addr + at, &w);
        }
    }
}

void sim_put_kind(struct sim *sim, uint32_t addr, enum sim_kind kind)
{
    struct sim_word w = *sim_word_at(sim, addr);

    w.kind = (uint8_t)kind;
    sim_put_word(sim, addr, &w);
}

void sim_wipe_sector(struct sim *sim, uint32_t addr)
{
    sim_erase_now(sim, addr);
}

void sim_wipe_word(struct sim *sim, uint32_t addr)
{
    sim_put_word(sim, addr, &sim_erased);
}

void sim_flip(struct sim *sim, uint32_t addr, uint8_t bits)
{
    struct sim_word w = *sim_word_at(sim, addr);

    w.data[addr % DUO_WORD_SIZE] ^= bits;
    w.kind = w.kind == SIM_ERASED ? SIM_GOOD : w.kind;
    sim_put_word(sim, addr, &w);
}
