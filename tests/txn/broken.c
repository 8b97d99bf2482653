/* SPDX-License-Identifier: MIT */
/* Worn sectors, and records that have rotted: a set that verifies runs, whatever else is broken,
 * and the device says what is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/record.h"
#include "tests/txn/rules_fixture.h"

/* Every operation of this kind on the sector is refused, for good. */
static void wear_out(uint32_t sector, bool erase, enum sim_refusal how)
{
    static unsigned next;

    w.sim.faults[next++ % SIM_FAULTS_MAX] = (struct sim_fault){
        .there = true, .erase = erase, .addr = sector, .how = (uint8_t)how, .span = SIM_FOR_GOOD};
}

/* One boot to its end. */
static struct duo_boot boot_through(void)
{
    const struct duo_boot_request request = {0};
    struct duo_install in;
    struct duo_txn txn;
    struct duo_boot boot;
    unsigned calls = 0;

    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    if (boot.action == DUO_BOOT_RUN) {
        assert_true(world_released(&txn, &boot));
    }
    if (boot.action == DUO_BOOT_EXCHANGE && duo_install_start(&in, &txn) == DUO_OK) {
        while (duo_install_step(&in) == DUO_E_BUSY) {
            assert_true(++calls < 200000u);
            sim_advance(&w.sim);
        }
    }
    return boot;
}

/* Boots until no exchange is left to be done. */
static struct duo_boot come_to_rest(void)
{
    for (unsigned i = 0; i < BOOTS_MAX; i++) {
        const struct duo_boot boot = boot_through();

        if (boot.action != DUO_BOOT_EXCHANGE) {
            return boot;
        }
    }
    fail_msg("the device does not come to rest");
    return (struct duo_boot){0};
}

static void expect_running(int set, bool trial)
{
    const struct duo_boot boot = come_to_rest();

    assert_int_equal(boot.action, DUO_BOOT_RUN);
    assert_int_equal(boot.trial, trial);
    assert_int_equal(world_installed(&w), set);
}

static void confirm_both(void)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM7), DUO_OK);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM4), DUO_OK);
}

/* ---- Worn sectors ---- */

static const enum sim_refusal ways[] = {SIM_NOT_BEGUN, SIM_ENDS_UNTOUCHED, SIM_ENDS_TORN,
                                        SIM_NO_EFFECT, SIM_BAD_EFFECT};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void demand(enum duo_status (*what)(struct duo_txn *txn))
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    assert_int_equal(what(&txn), DUO_OK);
}

/* The current set runs on, the spare is named, and there is a way to the other set all the same. */
static void expect_a_way_without_a_spare(uint32_t spare)
{
    assert_int_equal(download(SET_TWICE), DUO_OK);
    expect_running(SET_B, false);
    assert_int_equal(report().reason, DUO_REASON_SECTOR_WORN);
    assert_int_equal(report().worn_sector, spare);
    assert_true(report().other.present);
    demand(duo_txn_rollback); /* with a spare it fails again, and costs nothing again */
    expect_running(SET_B, false);
    demand(duo_txn_replace);
    expect_running(SET_TWICE, true);
    assert_false(report().other.present);
    confirm_both();
    expect_running(SET_TWICE, false);
}

static void a_worn_spare_stops_no_device(void **state)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        for (unsigned i = 0; i < 2u * WAYS; i++) {
            world_update(&w, SET_B, false); /* the spare has been used */
            wear_out(small_map.spare[c], i % 2u, ways[i / 2u]);
            expect_a_way_without_a_spare(small_map.spare[c]);
            tear_down(state);
            set_up(state);
        }
    }
}

/* The set on trial has failed: what counts is the one before it, not the one that is to be kept. */
static void a_worn_spare_does_not_stop_a_revert(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    assert_int_equal(download(SET_HIGH), DUO_OK);
    expect_running(SET_HIGH, true);
    wear_out(small_map.staging[DUO_CM7] + SMALL_SECTOR, false, SIM_ENDS_UNTOUCHED);
    sim_wipe_sector(&w.sim, small_map.staging[DUO_CM7] + SMALL_SECTOR); /* else it is equal */
    expect_running(SET_B, false);
    assert_int_equal(report().reason, DUO_REASON_TRIAL_EXPIRED);
    assert_int_equal(report().worn_sector, small_map.staging[DUO_CM7] + SMALL_SECTOR);
    assert_false(report().other.present);
}

/* The same with a sector whose erase hangs the journal's bank each time, so that it is not recorded
 * in the boot in which it happens. */
static void a_hanging_staging_sector_does_not_stop_a_revert(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    assert_int_equal(download(SET_HIGH), DUO_OK);
    expect_running(SET_HIGH, true);
    sim_wipe_sector(&w.sim, small_map.staging[DUO_CM4]); /* else it is equal */
    wear_out(small_map.staging[DUO_CM4], false, SIM_ENDLESS);
    w.confirms = false;
    w.recovery_allowed = true;
    assert_int_equal(world_settle(&w), SET_B);
    assert_false(report().other.present);
}

/* Found in the middle: the first sectors are exchanged already. The new set is completed. */
static void a_sector_that_wears_out_in_the_middle(void **state)
{
    (void)state;
    assert_int_equal(download(SET_B), DUO_OK);
    wear_out(small_map.staging[DUO_CM7], false, SIM_ENDS_UNTOUCHED);
    expect_running(SET_B, true);
    assert_int_equal(report().worn_sector, small_map.staging[DUO_CM7]);
    assert_false(report().other.present);
}

/* It is half done, so nothing may run; it is tried a few times, not endlessly. */
static void a_worn_slot_ends_an_exchange(void **state)
{
    for (unsigned i = 0; i < WAYS; i++) {
        assert_int_equal(download(SET_B), DUO_OK);
        wear_out(small_map.app[DUO_CM4], true, ways[i]);
        const struct duo_boot boot = come_to_rest();
        assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
        assert_int_equal(boot.reason, DUO_REASON_FLASH_FAILED);
        assert_int_equal(report().worn_sector, small_map.app[DUO_CM4]);
        tear_down(state);
        set_up(state);
    }
}

static void worn_staging_is_named(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    wear_out(small_map.staging[DUO_CM4], false, SIM_NO_EFFECT);
    assert_int_equal(download(SET_HIGH), DUO_E_PROGRAM);
    assert_int_equal(report().reason, DUO_REASON_FLASH_FAILED);
    assert_int_equal(report().worn_sector, small_map.staging[DUO_CM4]);
    expect_running(SET_B, false);
}

/* Nothing can be recorded, so nothing is begun. */
static void a_journal_that_cannot_be_written_stops_no_set(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    assert_int_equal(download(SET_HIGH), DUO_OK);
    wear_out(small_map.journal[0], false, SIM_ENDS_UNTOUCHED);
    wear_out(small_map.journal[1], false, SIM_ENDS_UNTOUCHED);
    expect_running(SET_B, false);
    sim_mend(&w.sim);
    expect_running(SET_HIGH, true);
    wear_out(small_map.journal[0], false, SIM_ENDS_UNTOUCHED);
    wear_out(small_map.journal[1], false, SIM_ENDS_UNTOUCHED);
    expect_running(SET_HIGH, true); /* not counted, but there is no way back either */
}

/* ---- Records that have rotted ---- */

static bool is_record(uint32_t addr)
{
    struct duo_record r;

    return duo_record_read(&w.sim.flash, addr, &r) == DUO_RECORD_GOOD;
}

/* Each record of a device at rest becomes unreadable in turn: the set runs, every time. */
static void expect_to_survive_each_word(int set, bool may_explain)
{
    unsigned explained = 0;

    for (uint32_t i = 0; i < SMALL_SECTOR / DUO_WORD_SIZE; i++) {
        const uint32_t addr = small_map.journal[0] + i * DUO_WORD_SIZE;
        struct sim_mark before;

        if (!is_record(addr)) {
            continue;
        }
        sim_mark(&w.sim, &before);
        sim_put_kind(&w.sim, addr, SIM_UNREADABLE);
        const struct duo_boot boot = come_to_rest();
        assert_int_equal(boot.action, DUO_BOOT_RUN);
        assert_int_equal(world_installed(&w), set);
        explained += report().reason == DUO_REASON_UNNAMED;
        sim_go_back(&w.sim, &before);
        sim_drop(&w.sim, &before);
    }
    assert_int_equal(explained != 0, may_explain);
}

static void each_word_of_a_factory_journal(void **state)
{
    struct duo_txn txn;
    enum duo_core core;

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_adopt(&txn, w.sets[SET_A].bundle, &core), DUO_OK);
    expect_to_survive_each_word(SET_A, true);
}

static void each_word_of_a_journal_in_use(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    world_update(&w, SET_TWICE, false);
    expect_to_survive_each_word(SET_TWICE, true);
}

/* The newest state is all that says that the trial is over: its seal says it, too. */
static void a_state_that_has_rotted_is_read_from_its_seal(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_HIGH, false);
    duo_txn_open(&txn, &w.dev);
    sim_put_kind(&w.sim, small_map.journal[0] + (txn.journal.next - 2u) * DUO_WORD_SIZE,
                 SIM_UNREADABLE);
    const uint64_t ops = w.sim.ops;
    expect_running(SET_HIGH, false);
    assert_int_equal(report().counter, 7);
    assert_int_equal(report().phase, DUO_PHASE_IDLE);
    assert_int_equal(w.sim.ops, ops);
}

/* Then each image answers for itself. */
static void an_unnamed_set_is_still_verified(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    lose_manifest(false);
    expect_running(SET_B, false);
    assert_int_equal(report().reason, DUO_REASON_UNNAMED);
    const uint64_t ops = w.sim.ops;
    expect_running(SET_B, false); /* said once */
    assert_int_equal(w.sim.ops, ops);
    sim_flip(&w.sim, small_map.app[DUO_CM4] + 300u, 4);
    expect_running(SET_A, false); /* repaired with the set before */
}

/* What a signed manifest says of the counter is lost; what an image says of it is not. */
static void an_unnamed_set_below_the_counter_does_not_run(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    struct duo_state next = txn.state;
    next.counter = 5;
    assert_int_equal(duo_txn_record(&txn, &next), DUO_OK);
    lose_manifest(false);
    const struct duo_boot boot = come_to_rest();
    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason, DUO_REASON_BELOW_COUNTER);
}

static void a_trial_without_its_manifest_can_be_confirmed(void **state)
{
    (void)state;
    assert_int_equal(download(SET_TWICE), DUO_OK);
    expect_running(SET_TWICE, true);
    lose_manifest(false);
    confirm_both();
    expect_running(SET_TWICE, false);
}

static void a_staged_set_without_its_manifest_is_dropped(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    assert_int_equal(download(SET_HIGH), DUO_OK);
    lose_manifest(true);
    expect_running(SET_B, false);
    assert_int_equal(report().reason, DUO_REASON_STAGING_CHANGED);
    assert_int_equal(report().reason_code, DUO_E_JOURNAL);
}

/* ---- Numbers that come to their end ---- */

/* A manifest has the highest number there is: the next one gets one that is free. */
static void manifest_numbers_begin_again(void **state)
{
    struct duo_record r = {.type = DUO_RECORD_MANIFEST, .sequence = 1, .payload = {0xFF, 0xFF, 17}};
    uint8_t word[DUO_WORD_SIZE];

    (void)state;
    world_update(&w, SET_B, false);
    duo_record_encode(&r, word);
    sim_put(&w.sim, small_map.journal[0] + 100u * DUO_WORD_SIZE, word, sizeof(word));
    for (unsigned i = 0; i < 4; i++) {
        world_update(&w, i % 2u ? SET_B : SET_TWICE, false);
        assert_true(report().can_roll_back);
        demand(duo_txn_rollback);
        w.allowed = ~0u;
        world_settle(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_worn_spare_stops_no_device),
        RULE(a_worn_spare_does_not_stop_a_revert),
        RULE(a_hanging_staging_sector_does_not_stop_a_revert),
        RULE(a_sector_that_wears_out_in_the_middle),
        RULE(a_worn_slot_ends_an_exchange),
        RULE(worn_staging_is_named),
        RULE(a_journal_that_cannot_be_written_stops_no_set),
        RULE(each_word_of_a_factory_journal),
        RULE(each_word_of_a_journal_in_use),
        RULE(a_state_that_has_rotted_is_read_from_its_seal),
        RULE(an_unnamed_set_is_still_verified),
        RULE(an_unnamed_set_below_the_counter_does_not_run),
        RULE(a_trial_without_its_manifest_can_be_confirmed),
        RULE(a_staged_set_without_its_manifest_is_dropped),
        RULE(manifest_numbers_begin_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
