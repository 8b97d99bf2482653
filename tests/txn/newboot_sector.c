/* SPDX-License-Identifier: MIT */
/* A set that brings a bootloader: what must lie in its sector, after which set it may come, and
 * what is said when it has been taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/newboot.h"
#include "tests/txn/newboot_fixture.h"

/* ---- What may follow what ---- */

/* What it would be taken back to has not proved itself either. */
static void a_set_on_trial_is_followed_by_no_new_bootloader(void **state)
{
    static struct duo_session session;
    struct duo_txn txn;
    bool trial;

    (void)state;
    boot_once_more();
    w.confirms = false;
    assert_int_equal(download(SET_TWICE), DUO_OK);
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_int_equal(world_boot(&w, false, &trial), SET_TWICE);
    assert_true(trial);
    make_file(DUO_BOOT_CM4);
    const struct test_set *set = &w.sets[add_bringing(DUO_BOOT_CM4)];
    duo_txn_open(&txn, &w.dev);
    duo_txn_cannot_start(&txn, true); /* faults in a row: recovery takes a set all the same */
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    assert_int_equal(duo_session_write(&session, set->bundle, set->bundle_size), DUO_E_STATE);
}

/* ---- What lies in the sector ---- */

/* The place of the other one is written once, with the one that runs. */
static void what_a_file_has_in_the_others_place_is_not_written(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    file[twin_map.m4_boot + 40u] = 0x12;
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_HASH);
    assert_int_equal(world_settle(&w), SET_A);
    world_check_misuse(&w);
}

static uint32_t other_bank(uint32_t offset)
{
    return twin_map.base + twin_map.bank_size + offset;
}

static void something_after_it_is_not_installed(void **state)
{
    const uint8_t word[DUO_WORD_SIZE] = {1};

    (void)state;
    make_file(DUO_BOOT_CM7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
    sim_put(&w.sim, other_bank(PROGRAM + 64u), word, sizeof(word));
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_STAGING_CHANGED);
    assert_int_equal(report().reason_code, DUO_E_HASH);
}

/* An error that is corrected still reads right; the next one is not corrected, and then there is
 * no bootloader. */
static void one_with_a_rotten_word_is_not_installed(void **state)
{
    const uint32_t places[] = {800u / DUO_WORD_SIZE * DUO_WORD_SIZE, twin_map.m4_boot};

    for (unsigned i = 0; i < 2; i++) {
        make_file(DUO_BOOT_CM7);
        assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
        sim_put_kind(&w.sim, other_bank(places[i]), SIM_CORRECTED);
        assert_int_equal(world_settle(&w), SET_A);
        assert_int_equal(report().reason, DUO_REASON_STAGING_CHANGED);
        assert_int_equal(report().reason_code, DUO_E_READ);
        tear_down(state);
        set_up_bootloaders(state);
    }
}

/* ---- What is said when one has been taken back ---- */

static bool m4_is_taken_back(struct world *world, struct duo_txn *txn)
{
    if (txn->state.phase != DUO_PHASE_TRIAL) {
        return true;
    }
    if (duo_newboot_take_back(txn) != DUO_OK) {
        world_fail(world, "the M4's bootloader is not taken back");
    }
    return false;
}

static void one_of_the_m4_that_is_taken_back_is_named(void **state)
{
    (void)state;
    w.m4_starts = m4_is_taken_back;
    make_file(DUO_BOOT_CM4);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_OK);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_BOOTLOADER);
}

/* In a boot of the trial, not at once. */
static void one_of_the_m7_that_is_swapped_back_on_trial_is_named(void **state)
{
    bool trial;

    (void)state;
    make_file(DUO_BOOT_CM7);
    w.confirms = false;
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    boot_once_more();
    w.sim.option_swap = false;
    w.sim.option_fresh = 0;
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_BOOTLOADER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOT_RULE(a_set_on_trial_is_followed_by_no_new_bootloader),
        BOOT_RULE(what_a_file_has_in_the_others_place_is_not_written),
        BOOT_RULE(something_after_it_is_not_installed),
        BOOT_RULE(one_with_a_rotten_word_is_not_installed),
        BOOT_RULE(one_of_the_m4_that_is_taken_back_is_named),
        BOOT_RULE(one_of_the_m7_that_is_swapped_back_on_trial_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
