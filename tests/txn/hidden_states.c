/* SPDX-License-Identifier: MIT */
/* States that were given up, in words that may read again: part of bad_journals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/txn/journal_fixture.h"

/* The device writes; then the word reads as what was programmed there last. */
static void expect_given_up(unsigned half, uint32_t index)
{
    struct duo_txn txn;

    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    append_something(&txn);
    sim_put_kind(&w.sim, small_map.journal[half] + index * DUO_WORD_SIZE, SIM_GOOD);
    assert_int_equal(world_settle(&w), SET_B);
}

/* At the end of the half in use, and in the other one. */
static void expect_given_up_in_both(const enum sim_kind *words, unsigned count, unsigned hidden)
{
    for (unsigned other = 0; other < 2; other++) {
        struct duo_txn txn;

        world_update(&w, SET_B, false);
        duo_txn_open(&txn, &w.dev);
        const unsigned half = other ? 1u - txn.journal.half : txn.journal.half;
        const uint32_t first = other ? 0 : txn.journal.next;
        if (other) {
            sim_wipe_sector(&w.sim, small_map.journal[half]);
        }
        for (unsigned i = 0; i < count; i++) {
            if (i == hidden) {
                put_hidden(half, first + i, words[i]);
            } else {
                put_pad(half, first + i, words[i]);
            }
        }
        expect_given_up(half, first + hidden);
    }
}

#define GIVEN_UP(hidden, ...)                                                                      \
    do {                                                                                           \
        static const enum sim_kind words[] = {__VA_ARGS__};                                        \
        expect_given_up_in_both(words, sizeof(words) / sizeof(words[0]), hidden);                  \
    } while (0)

/* Alone, under pads, beside a torn pad, and after pads. */
static void a_hidden_state_does_not_come_back(void **state)
{
    (void)state;
    GIVEN_UP(0, SIM_UNREADABLE);
    GIVEN_UP(0, SIM_FALSE_BLANK);
    GIVEN_UP(0, SIM_UNREADABLE, SIM_GOOD, SIM_GOOD);
    GIVEN_UP(0, SIM_FALSE_BLANK, SIM_GOOD, SIM_GOOD);
    GIVEN_UP(0, SIM_UNREADABLE, SIM_UNREADABLE);
    GIVEN_UP(0, SIM_UNREADABLE, SIM_GOOD, SIM_UNREADABLE);
    GIVEN_UP(2, SIM_GOOD, SIM_GOOD, SIM_UNREADABLE);
    GIVEN_UP(2, SIM_GOOD, SIM_GOOD, SIM_FALSE_BLANK);
}

/* Opens the journal with what `put` puts after its last record; where that is. */
static uint32_t open_with(struct duo_txn *txn,
                          void (*put)(unsigned half, uint32_t index, enum sim_kind kind),
                          enum sim_kind kind)
{
    world_update(&w, SET_B, false);
    duo_txn_open(txn, &w.dev);
    const uint32_t index = txn->journal.next;
    put(txn->journal.half, index, kind);
    sim_power_cycle(&w.sim);
    duo_txn_open(txn, &w.dev);
    return small_map.journal[txn->journal.half] + index * DUO_WORD_SIZE;
}

static void put_hidden_under_pad(unsigned half, uint32_t index, enum sim_kind kind)
{
    put_hidden(half, index, kind);
    put_pad(half, index + 1u, SIM_GOOD);
}

static void a_state_that_can_be_read_by_the_time_it_is_hidden(void **state)
{
    struct duo_txn txn;

    (void)state;
    const uint32_t addr = open_with(&txn, put_hidden_under_pad, SIM_UNREADABLE);
    sim_put_kind(&w.sim, addr, SIM_GOOD);
    append_something(&txn);
    assert_int_equal(world_settle(&w), SET_B);
}

/* Were it left as it is, it and the pads after it could read blank one day. */
static void the_last_word_is_made_solid_however_it_reads(void **state)
{
    struct duo_txn txn;

    (void)state;
    const uint32_t addr = open_with(&txn, put_pad, SIM_GOOD);
    struct sim_word word = *sim_word_at(&w.sim, addr);
    const bool odd = w.sim.power_ups % 2u;
    word.kind = SIM_MARGINAL; /* blank at the next read, zeros again after it */
    word.odd = odd ? SIM_FALSE_BLANK : SIM_GOOD;
    word.even = odd ? SIM_GOOD : SIM_FALSE_BLANK;
    word.reads = 0;
    sim_put_word(&w.sim, addr, &word);
    w.sim.pattern = 1u << 1 | 1u << 2;
    append_something(&txn);
    assert_int_equal(sim_word_at(&w.sim, addr)->kind, SIM_GOOD);
}

/* As before seals were records: zeros stand after each state. */
static void a_state_without_a_seal_is_sealed_once(void **state)
{
    struct duo_txn txn;
    bool trial;

    (void)state;
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    assert_true(txn.journal.sealed);
    put_pad(txn.journal.half, txn.journal.read_end - 1u, SIM_GOOD); /* the seal */
    const uint64_t before = w.sim.ops;
    assert_int_equal(world_boot(&w, false, &trial), SET_B);
    const uint64_t after = w.sim.ops;
    assert_in_range(after, before + 1u, before + 8u);
    assert_int_equal(world_boot(&w, false, &trial), SET_B);
    assert_int_equal(w.sim.ops, after);
}

int run_hidden_states(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_hidden_state_does_not_come_back),
        RULE(a_state_that_can_be_read_by_the_time_it_is_hidden),
        RULE(the_last_word_is_made_solid_however_it_reads),
        RULE(a_state_without_a_seal_is_sealed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
