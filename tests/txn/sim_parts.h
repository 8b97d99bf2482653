/* SPDX-License-Identifier: MIT */
/* Inside of the simulated flash: what its parts know of each other. */
#ifndef TESTS_TXN_SIM_PARTS_H
#define TESTS_TXN_SIM_PARTS_H

#include "tests/txn/sim.h"

/* ---- Words (sim_words.c) ---- */

extern const struct sim_word sim_erased;

static inline uint32_t sim_index(const struct sim *sim, uint32_t addr)
{
    const uint32_t offset = addr - sim->map->base;
    const uint32_t there = offset + sim->map->bank_size;

    /* words are kept by physical bank */
    return (sim->swapped ? there % (2u * sim->map->bank_size) : offset) / DUO_WORD_SIZE;
}

static inline uint32_t sim_sector(const struct sim *sim, uint32_t addr)
{
    return sim_index(sim, addr) * DUO_WORD_SIZE / sim->map->sector_size;
}

/* Every change of a word goes through this: hash, counts and marks follow it. */
void sim_set(struct sim *sim, uint32_t index, const struct sim_word *word);

/* Keeps what the word is now, if there are marks; for changes that are no part of the hash. */
void sim_keep(struct sim *sim, uint32_t index);

void sim_words_init(struct sim *sim);
void sim_words_free(struct sim *sim);

/* ---- Operations that end (sim.c) ---- */

void sim_erase_now(struct sim *sim, uint32_t addr);
void sim_program_now(struct sim *sim, uint32_t addr, const uint8_t data[DUO_WORD_SIZE]);

/* ---- Refusing (sim_fault.c) ---- */

/* Whether an operation is refused, and how. Counts it. */
bool sim_refuses(struct sim *sim, bool erase, uint32_t addr, enum sim_refusal *how);
/* What begin says to a refusal; OK for one that shows later. */
enum duo_status sim_refusal_at_begin(enum sim_refusal how, bool erase);
/* A refused operation ends. */
enum duo_status sim_end_refused(struct sim *sim, const struct sim_op *op);
void sim_faults_power_cycle(struct sim *sim);
uint64_t sim_faults_hash(const struct sim *sim);

#endif
