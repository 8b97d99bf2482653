/* SPDX-License-Identifier: MIT */
/* Every kind of bad journal, and what the device makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/record.h"
#include "tests/txn/journal_fixture.h"

static void journal_of_noise(void **state)
{
    uint8_t word[DUO_WORD_SIZE];

    (void)state;
    memset(word, 0x5A, sizeof(word));
    fill_journal(word, SIM_GOOD);
    expect_rescue(DUO_REASON_JOURNAL_LOST);
}

static void journal_of_zeros(void **state)
{
    const uint8_t word[DUO_WORD_SIZE] = {0};

    (void)state;
    fill_journal(word, SIM_GOOD);
    expect_rescue(DUO_REASON_JOURNAL_LOST);
}

static void journal_of_double_errors(void **state)
{
    const uint8_t word[DUO_WORD_SIZE] = {0};

    (void)state;
    fill_journal(word, SIM_UNREADABLE);
    expect_rescue(DUO_REASON_JOURNAL_LOST);
}

static void journal_of_a_newer_version(void **state)
{
    (void)state;
    world_update(&w, SET_HIGH, false);
    put_record(0, 120, DUO_RECORD_VERSION + 1, DUO_RECORD_STATE, NULL);
    const struct duo_boot boot = boot_once();
    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason, DUO_REASON_JOURNAL_NEWER);
    w.allowed = ~0u;
    world_update(&w, SET_HIGH, true);
}

static void a_state_of_noise_counts_for_nothing(void **state)
{
    uint8_t payload[DUO_RECORD_PAYLOAD];

    (void)state;
    world_update(&w, SET_B, false);
    memset(payload, 0xEE, sizeof(payload));
    put_record(0, 120, DUO_RECORD_VERSION, DUO_RECORD_STATE, payload);
    assert_int_equal(world_settle(&w), SET_B);
}

/* A record that is right in everything but its CRC: the device would be told to install nothing. */
static void a_record_with_a_wrong_crc_counts_for_nothing(void **state)
{
    const struct duo_state wrong = {.phase = DUO_PHASE_IDLE};
    uint8_t payload[DUO_RECORD_PAYLOAD];

    (void)state;
    world_update(&w, SET_B, false);
    duo_state_encode(&wrong, payload);
    put_record(0, 120, DUO_RECORD_VERSION, DUO_RECORD_STATE, payload);
    sim_flip(&w.sim, small_map.journal[0] + 120u * DUO_WORD_SIZE + 29u, 0x10);
    assert_int_equal(world_settle(&w), SET_B);
    sim_wipe_word(&w.sim, small_map.journal[0] + 120u * DUO_WORD_SIZE);
    put_record(0, 120, DUO_RECORD_VERSION, DUO_RECORD_STATE, payload);
    assert_int_equal(boot_once().action, DUO_BOOT_RECOVERY); /* with the right one it counts */
}

static void a_plain_boot_writes_nothing(void **state)
{
    bool trial;

    (void)state;
    world_update(&w, SET_B, false);
    const uint64_t before = w.sim.ops;
    assert_int_equal(world_boot(&w, false, &trial), SET_B);
    assert_int_equal(w.sim.ops, before);
}

static void either_half_alone_is_enough(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_B, false);
    for (unsigned turn = 0; turn < 2; turn++) {
        duo_txn_open(&txn, &w.dev);
        const unsigned left = txn.journal.half;
        assert_int_equal(duo_journal_make_room(&txn.journal, &txn.state, 4096), DUO_OK);
        duo_txn_open(&txn, &w.dev);
        assert_int_equal(txn.journal.half, 1 - left);
        sim_wipe_sector(&w.sim, small_map.journal[left]);
        assert_int_equal(world_settle(&w), SET_B);
        assert_true(report().can_roll_back);
    }
}

/* A cut in the erase could bring it to light: by then there must be nothing of it. */
static void expect_zeros_before_the_erase(struct sim *sim, void *arg)
{
    const struct sim_op *op = &sim->op[sim->last_bank];
    unsigned *erases = arg;

    if (op->erase && op->addr == small_map.journal[1]) {
        assert_int_equal(sim_word_at(sim, op->addr)->data[0], 0);
        ++*erases;
    }
}

static void a_lost_journal_is_hidden_before_it_is_erased(void **state)
{
    unsigned erases = 0;

    (void)state;
    put_record(0, 120, DUO_RECORD_VERSION, DUO_RECORD_MANIFEST, NULL);
    put_hidden(1, 0, SIM_UNREADABLE);
    w.sim.on_begin = expect_zeros_before_the_erase;
    w.sim.on_begin_arg = &erases;
    expect_rescue(DUO_REASON_JOURNAL_LOST);
    assert_int_equal(erases, 1);
}

/* Its number is above all that could be read when the journal was begun again, and above all that a
 * journal of this size can hold (two halves, two numbers a word: 512). */
static void what_a_lost_journal_holds_does_not_come_back(void **state)
{
    uint8_t noise[DUO_WORD_SIZE];

    (void)state;
    memset(noise, 0x5A, sizeof(noise));
    fill_journal(noise, SIM_GOOD);
    put_hidden(1, 50, SIM_UNREADABLE); /* the half that says LOST stays */
    expect_rescue(DUO_REASON_JOURNAL_LOST);
    sim_put_kind(&w.sim, small_map.journal[1] + 50u * DUO_WORD_SIZE, SIM_GOOD);
    assert_int_equal(world_settle(&w), SET_B);
}

static void all_words(unsigned half, enum sim_kind from, enum sim_kind to)
{
    for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
        const uint32_t addr = small_map.journal[half] + at;

        if (sim_word_at(&w.sim, addr)->kind == from) {
            sim_put_kind(&w.sim, addr, to);
        }
    }
}

/* Half 0 is lost and stays; half 1, begun again, is more than half full when it is lost as well. So
 * it stays, and its numbers are as high as those of the next beginning. */
static void lose_twice(void)
{
    const uint8_t noise[DUO_WORD_SIZE] = {0x5A};
    struct duo_txn txn;

    fill_journal(noise, SIM_GOOD);
    sim_wipe_sector(&w.sim, small_map.journal[1]);
    expect_rescue(DUO_REASON_JOURNAL_LOST);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(txn.journal.half, 1);
    while (txn.journal.next < SMALL_SECTOR / DUO_WORD_SIZE - 4u) {
        assert_int_equal(duo_journal_append(&txn.journal, &txn.state), DUO_OK);
    }
    all_words(1, SIM_GOOD, SIM_UNREADABLE);
}

static void a_journal_lost_twice_does_not_come_back(void **state)
{
    (void)state;
    lose_twice();
    w.allowed = ~0u;
    world_update(&w, SET_TWICE, true);
    all_words(1, SIM_UNREADABLE, SIM_GOOD);
    assert_int_equal(world_settle(&w), SET_TWICE);
    assert_int_equal(report().phase, DUO_PHASE_IDLE);
}

/* The half that stays takes no zeros: it stops no rescue, and the numbers see to the rest. */
static void a_lost_half_that_is_worn_out_stops_no_rescue(void **state)
{
    uint8_t noise[DUO_WORD_SIZE];

    (void)state;
    memset(noise, 0x5A, sizeof(noise));
    fill_journal(noise, SIM_GOOD);
    put_hidden(1, 50, SIM_UNREADABLE);
    w.sim.faults[0] = (struct sim_fault){.there = true,
                                         .addr = small_map.journal[1],
                                         .how = SIM_ENDS_UNTOUCHED,
                                         .span = SIM_FOR_GOOD};
    expect_rescue(DUO_REASON_JOURNAL_LOST);
    sim_put_kind(&w.sim, small_map.journal[1] + 50u * DUO_WORD_SIZE, SIM_GOOD);
    assert_int_equal(world_settle(&w), SET_B);
}

static void expect_to_go_on_without(uint32_t addr, enum sim_refusal how)
{
    struct duo_txn txn;

    w.sim.faults[0] = (struct sim_fault){
        .there = true, .addr = addr, .how = (uint8_t)how, .span = SIM_WORD_FOR_GOOD};
    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    append_something(&txn);
    sim_put_kind(&w.sim, addr, SIM_GOOD);
    assert_int_equal(world_settle(&w), SET_B);
    world_update(&w, SET_TWICE, false);
    sim_mend(&w.sim);
}

/* A word that reads blank and takes nothing, where the next record would go: the other half takes
 * over, and what the torn word may turn out to be counts for nothing. */
static void a_word_that_takes_nothing_does_not_stop_the_journal(void **state)
{
    static const enum sim_refusal hows[] = {SIM_NOT_BEGUN, SIM_BEGIN_PROTECTED, SIM_BEGIN_BUSY,
                                            SIM_ENDS_UNTOUCHED, SIM_ENDS_PROTECTED};
    struct duo_txn txn;

    (void)state;
    for (unsigned i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
        world_update(&w, SET_B, false);
        duo_txn_open(&txn, &w.dev);
        put_hidden(txn.journal.half, txn.journal.next, SIM_FALSE_BLANK);
        expect_to_go_on_without(
            small_map.journal[txn.journal.half] + txn.journal.next * DUO_WORD_SIZE, hows[i]);
    }
}

static void a_half_that_takes_no_pads_is_left(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_B, false);
    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    const unsigned half = txn.journal.half;
    w.sim.faults[0] = (struct sim_fault){.there = true,
                                         .addr = small_map.journal[half],
                                         .how = SIM_ENDS_UNTOUCHED,
                                         .span = SIM_FOR_GOOD};
    assert_int_equal(duo_journal_make_room(&txn.journal, &txn.state, 4096), DUO_OK);
    assert_int_equal(txn.journal.half, 1u - half);
    assert_int_equal(world_settle(&w), SET_B);
}

/* Nor does it once the other half has failed as well: what may be torn here is not covered. */
static void expect_not_to_be_written_again(bool padded)
{
    struct duo_txn txn;

    world_update(&w, SET_B, false);
    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    if (padded) {
        append_something(&txn);
    }
    const unsigned half = txn.journal.half;
    w.sim.faults[0] =
        (struct sim_fault){.there = true,
                           .addr = small_map.journal[half] + txn.journal.next * DUO_WORD_SIZE,
                           .how = SIM_ENDS_TORN,
                           .span = SIM_WORD_FOR_GOOD};
    w.sim.faults[1] = (struct sim_fault){.there = true,
                                         .erase = true,
                                         .addr = small_map.journal[1u - half],
                                         .how = SIM_NOT_BEGUN,
                                         .span = SIM_FOR_GOOD};
    assert_int_equal(duo_txn_note(&txn, DUO_REASON_REJECTED, DUO_E_HASH), DUO_E_ERASE);
    sim_mend(&w.sim);
    assert_int_equal(duo_txn_note(&txn, DUO_REASON_REJECTED, DUO_E_HASH), DUO_OK);
    assert_int_equal(txn.journal.half, 1u - half);
    assert_int_equal(world_settle(&w), SET_B);
}

static void a_half_that_refused_a_pad_is_not_written_again(void **state)
{
    (void)state;
    expect_not_to_be_written_again(false);
}

static void a_half_that_refused_a_record_is_not_written_again(void **state)
{
    (void)state;
    expect_not_to_be_written_again(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(journal_of_noise),
        RULE(journal_of_zeros),
        RULE(journal_of_double_errors),
        RULE(journal_of_a_newer_version),
        RULE(a_state_of_noise_counts_for_nothing),
        RULE(a_record_with_a_wrong_crc_counts_for_nothing),
        RULE(a_plain_boot_writes_nothing),
        RULE(either_half_alone_is_enough),
        RULE(what_a_lost_journal_holds_does_not_come_back),
        RULE(a_lost_journal_is_hidden_before_it_is_erased),
        RULE(a_journal_lost_twice_does_not_come_back),
        RULE(a_lost_half_that_is_worn_out_stops_no_rescue),
        RULE(a_word_that_takes_nothing_does_not_stop_the_journal),
        RULE(a_half_that_takes_no_pads_is_left),
        RULE(a_half_that_refused_a_pad_is_not_written_again),
        RULE(a_half_that_refused_a_record_is_not_written_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + run_hidden_states();
}
