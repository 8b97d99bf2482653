/* SPDX-License-Identifier: MIT */
/* Words that have rotted where a device relies on little: in a journal that was never used, and in
 * the record of the set before a trial; and all states of a young journal at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/txn/rules_fixture.h"

#define WORDS (SMALL_SECTOR / DUO_WORD_SIZE)

static void rot(unsigned half, uint32_t index, bool readable)
{
    const uint32_t addr = small_map.journal[half] + index * DUO_WORD_SIZE;
    uint8_t noise[DUO_WORD_SIZE];

    memset(noise, 0x5A, sizeof(noise));
    sim_put(&w.sim, addr, noise, sizeof(noise));
    sim_put_kind(&w.sim, addr, readable ? SIM_GOOD : SIM_UNREADABLE);
}

/* ---- A journal that was never used ---- */

static void each_word_of_a_journal_that_was_never_used(void **state)
{
    struct sim_mark before;

    (void)state;
    sim_mark(&w.sim, &before);
    for (uint32_t i = 0; i < 2u * WORDS; i++) {
        for (unsigned readable = 0; readable < 2; readable++) {
            rot(i / WORDS, i % WORDS, readable);
            assert_int_equal(boot_once().action, DUO_BOOT_RUN);
            assert_int_equal(world_installed(&w), SET_A);
            sim_go_back(&w.sim, &before);
        }
    }
    sim_drop(&w.sim, &before);
}

/* Such a word at the end of either half, or of both, leaves room for the first records. */
static void such_a_device_is_updated(void **state)
{
    for (unsigned halves = 1; halves <= 3; halves++) {
        for (unsigned half = 0; half < 2; half++) {
            if (halves >> half & 1u) {
                rot(half, WORDS - 2u, false);
            }
        }
        world_update(&w, SET_B, false);
        assert_true(report().can_roll_back);
        world_update(&w, SET_TWICE, false);
        tear_down(state);
        set_up(state);
    }
}

/* ---- The set before a trial ---- */

static void begin_trial(void)
{
    bool trial;

    world_update(&w, SET_B, false);
    w.confirms = false;
    w.allowed = ~0u;
    assert_int_equal(download(SET_HIGH), DUO_OK);
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_int_equal(world_boot(&w, false, &trial), SET_HIGH);
    assert_true(trial);
    lose_manifest(true);
}

/* Each of its images answers for itself, as those of a set do that runs. */
static void a_trial_goes_back_to_a_set_without_its_manifest(void **state)
{
    (void)state;
    begin_trial();
    assert_int_equal(world_settle(&w), SET_B);
    assert_int_equal(report().reason, DUO_REASON_UNNAMED);
    assert_int_equal(report().counter, 1);
    w.confirms = true;
    world_update(&w, SET_TWICE, false);
}

static void but_not_to_one_that_is_damaged(void **state)
{
    (void)state;
    begin_trial();
    sim_flip(&w.sim, small_map.staging[DUO_CM4] + 64u, 1);
    sim_flip(&w.sim, small_map.spare[DUO_CM4] + 64u, 1);
    w.recovery_allowed = true;
    assert_int_equal(world_settle(&w), RUNS_NOTHING);
    assert_int_equal(w.reason, DUO_REASON_NO_PREVIOUS);
}

/* The counter may have been raised since: what such a set was worth is not known any more. */
static void nobody_rolls_back_to_one_after_the_trial(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_B, false);
    world_update(&w, SET_HIGH, false);
    lose_manifest(true);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_rollback(&txn), DUO_E_JOURNAL);
    assert_int_equal(world_settle(&w), SET_HIGH);
}

/* ---- Every state of a journal that is not half full ---- */

static void lose_states(void)
{
    struct duo_record r;

    for (uint32_t i = 0; i < 2u * WORDS; i++) {
        const uint32_t addr = small_map.journal[i / WORDS] + i % WORDS * DUO_WORD_SIZE;

        if (duo_record_read(&w.sim.flash, addr, &r) == DUO_RECORD_GOOD &&
            (r.type == DUO_RECORD_STATE || r.type == DUO_RECORD_SEAL)) {
            sim_put_kind(&w.sim, addr, SIM_UNREADABLE);
        }
    }
}

/* A set of counter `of_set` whose images carry `of_images`. */
static unsigned add_counted(uint32_t seed, uint32_t of_images, uint32_t of_set)
{
    struct set_spec s = spec(10 + seed, seed, seed + 1u, of_set);

    s.image[DUO_CM7].counter = s.image[DUO_CM4].counter = of_images;
    return world_add_set(&w, &s);
}

/* Nothing tells it from a new one whose first boots were cut. What the manifest had said is lost;
 * what the images say is not. */
static void without_them_it_is_that_of_a_new_device(void **state)
{
    const unsigned runs = add_counted(20, 5, 7);
    const unsigned below_set = add_counted(22, 6, 6), below_images = add_counted(24, 4, 4);
    struct duo_txn txn;

    (void)state;
    world_update(&w, runs, false);
    lose_states();
    const struct duo_boot boot = boot_once();
    assert_int_equal(boot.action, DUO_BOOT_RUN);
    assert_int_equal(boot.reason, DUO_REASON_JOURNAL_LOST);
    assert_int_equal(world_installed(&w), runs);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_counter(&txn), 5);
    assert_int_equal(download(below_images), DUO_E_DOWNGRADE);
    assert_int_equal(download(below_set), DUO_OK);
}

static void and_what_does_not_verify_does_not_run(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    sim_flip(&w.sim, small_map.app[DUO_CM4] + 64u, 1);
    lose_states();
    w.recovery_allowed = true;
    assert_int_equal(boot_once().action, DUO_BOOT_RECOVERY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(each_word_of_a_journal_that_was_never_used),
        RULE(such_a_device_is_updated),
        RULE(a_trial_goes_back_to_a_set_without_its_manifest),
        RULE(but_not_to_one_that_is_damaged),
        RULE(nobody_rolls_back_to_one_after_the_trial),
        RULE(without_them_it_is_that_of_a_new_device),
        RULE(and_what_does_not_verify_does_not_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
