/* SPDX-License-Identifier: MIT */
/* The rules of the transaction, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/txn/rules_fixture.h"

static void factory_set_runs_without_a_journal(void **state)
{
    (void)state;
    const struct duo_boot boot = boot_once();

    assert_int_equal(boot.action, DUO_BOOT_RUN);
    assert_int_equal(w.sim.ops, 0);
    assert_int_equal(report().journal, DUO_JOURNAL_EMPTY);
}

static enum duo_status adopt(const uint8_t *manifest, enum duo_core *core)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    return duo_txn_adopt(&txn, manifest, core);
}

static void an_adopted_set_is_a_confirmed_one(void **state)
{
    enum duo_core core;

    (void)state;
    sim_wipe_sector(&w.sim, small_map.app[DUO_CM7]);
    sim_wipe_sector(&w.sim, small_map.app[DUO_CM7] + SMALL_SECTOR);
    sim_wipe_sector(&w.sim, small_map.app[DUO_CM4]);
    set_program(&w.sets[SET_HIGH], &w.sim);
    assert_int_equal(adopt(w.sets[SET_HIGH].bundle, &core), DUO_OK);
    struct duo_report r = report();
    assert_int_equal(r.journal, DUO_JOURNAL_OK);
    assert_int_equal(r.phase, DUO_PHASE_IDLE);
    assert_true(r.current.present && !r.current.factory && !r.other.present);
    assert_int_equal(r.counter, 7);

    const uint64_t ops = w.sim.ops;
    assert_int_equal(boot_once().action, DUO_BOOT_RUN);
    assert_int_equal(w.sim.ops, ops);
    assert_int_equal(download(SET_B), DUO_E_DOWNGRADE);
}

/* As after any other confirmed set: an update can be taken back to it, and be confirmed. */
static void an_adopted_set_can_be_gone_back_to(void **state)
{
    enum duo_core core;
    bool trial;

    (void)state;
    assert_int_equal(adopt(w.sets[SET_A].bundle, &core), DUO_OK);
    assert_int_equal(download(SET_B), DUO_OK);
    w.confirms = false;
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_int_equal(world_boot(&w, false, &trial), SET_B);
    assert_int_equal(world_settle(&w), SET_A);
    world_update(&w, SET_B, false);
    assert_true(report().can_roll_back);
}

static void only_what_a_device_would_take_is_adopted(void **state)
{
    const uint64_t ops = w.sim.ops;
    enum duo_core core;
    uint8_t copy[DUO_MANIFEST_SIZE];

    (void)state;
    memcpy(copy, w.sets[SET_A].bundle, sizeof(copy));
    copy[20] ^= 1;
    assert_int_equal(adopt(copy, &core), DUO_E_SIGNATURE);
    assert_int_not_equal(adopt(w.sets[SET_B].bundle, &core), DUO_OK); /* not what lies there */
    assert_int_equal(core, DUO_CM7);
    assert_int_not_equal(adopt(w.sets[SET_M7_ONLY].bundle, &core), DUO_OK);
    w.dev.hardware_id++;
    assert_int_equal(adopt(w.sets[SET_A].bundle, &core), DUO_E_HARDWARE);
    w.dev.hardware_id--;
    sim_wipe_sector(&w.sim, small_map.app[DUO_CM4]);
    assert_int_equal(adopt(w.sets[SET_A].bundle, &core), DUO_E_NO_IMAGE);
    assert_int_equal(core, DUO_CM4);
    assert_int_equal(w.sim.ops, ops);
    assert_int_equal(report().journal, DUO_JOURNAL_EMPTY);
}

/* Whoever writes the journal and both images, but has not our key, gets nothing to run. */
static void a_manifest_of_another_key_runs_nothing(void **state)
{
    const struct set_spec s = spec(1, 21, 22, 1);
    struct duo_pubkey other = w.key;
    struct duo_keyring ring;
    struct duo_device theirs = w.dev;
    struct test_set set;
    struct duo_txn txn;
    enum duo_core core;

    (void)state;
    other.xy[0] ^= 1;
    struct duo_trust trust = duo_trust_one(&ring, &other);
    theirs.trust = &trust;
    set_make(&set, &s, &theirs);
    for (unsigned c = 0; c < DUO_CORES; c++) {
        for (unsigned k = 0; k < small_map.sectors[c]; k++) {
            sim_wipe_sector(&w.sim, small_map.app[c] + k * SMALL_SECTOR);
        }
    }
    set_program(&set, &w.sim);
    duo_txn_open(&txn, &theirs);
    assert_int_equal(duo_txn_adopt(&txn, set.bundle, &core), DUO_OK);
    set_free(&set);
    assert_int_equal(boot_once().action, DUO_BOOT_RECOVERY);
}

static void a_device_with_a_journal_adopts_nothing(void **state)
{
    enum duo_core core;

    (void)state;
    world_update(&w, SET_B, false);
    const uint64_t ops = w.sim.ops;
    assert_int_equal(adopt(w.sets[SET_B].bundle, &core), DUO_E_STATE);
    assert_int_equal(w.sim.ops, ops);
}

static void nothing_installed_is_recovery(void **state)
{
    (void)state;
    sim_wipe_sector(&w.sim, small_map.app[DUO_CM4]);
    const struct duo_boot boot = boot_once();

    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason, DUO_REASON_NO_SET);
}

static void both_must_confirm(void **state)
{
    struct duo_txn txn;
    bool trial;

    (void)state;
    assert_int_equal(download(SET_HIGH), DUO_OK);
    assert_int_equal(report().phase, DUO_PHASE_STAGED);
    w.confirms = false;
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_int_equal(world_boot(&w, false, &trial), SET_HIGH);
    assert_true(trial);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM7), DUO_OK);
    assert_int_equal(report().phase, DUO_PHASE_TRIAL);
    assert_int_equal(report().counter, 1); /* not raised by one */
    assert_true(report().confirmed[DUO_CM7]);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM4), DUO_OK);
    assert_int_equal(report().phase, DUO_PHASE_IDLE);
    assert_int_equal(report().counter, 7);
    assert_int_equal(world_settle(&w), SET_HIGH);
}

static void one_confirmation_reverts_both(void **state)
{
    struct duo_txn txn;
    bool trial;

    (void)state;
    assert_int_equal(download(SET_B), DUO_OK);
    w.confirms = false;
    world_boot(&w, false, &trial);
    assert_int_equal(world_boot(&w, false, &trial), SET_B);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM4), DUO_OK);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_TRIAL_EXPIRED);
    assert_int_equal(report().counter, 1);
}

/* Boots of a trial that nobody confirms, each with a watchdog of this time; then it is taken back.
 */
static void expect_trial(unsigned boots, unsigned time_s)
{
    bool trial;

    assert_int_equal(download(SET_TWICE), DUO_OK);
    w.confirms = false;
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    for (unsigned i = 0; i < boots; i++) {
        const struct duo_boot boot = boot_once();
        assert_int_equal(boot.action, DUO_BOOT_RUN);
        assert_true(boot.trial);
        assert_int_equal(boot.watchdog_s, time_s);
    }
    assert_int_equal(boot_once().action, DUO_BOOT_EXCHANGE);
}

static void a_trial_is_as_the_manifest_says(void **state)
{
    (void)state;
    expect_trial(2, TEST_TRIAL_TIME);
}

static void a_trial_is_as_the_build_says(void **state)
{
    (void)state;
    w.dev.trial_boots = 3;
    w.dev.trial_time_s = 9;
    expect_trial(3, 9);
}

static void rollback_respects_the_counter(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_rollback(&txn), DUO_OK);
    w.allowed = 1u << SET_A;
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_ROLLED_BACK);
    world_update(&w, SET_HIGH, false);
    assert_false(report().can_roll_back);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_rollback(&txn), DUO_E_DOWNGRADE);
    assert_int_equal(world_settle(&w), SET_HIGH);
    assert_int_equal(download(SET_B), DUO_E_DOWNGRADE);
    assert_int_equal(report().reason, DUO_REASON_REJECTED);
    assert_int_equal(report().reason_code, DUO_E_DOWNGRADE);
}

static void rollback_ends_with_the_next_download(void **state)
{
    struct duo_txn txn;
    const struct test_set *a = &w.sets[SET_A];

    (void)state;
    world_update(&w, SET_B, false);
    assert_true(report().can_roll_back);
    w.allowed = ~0u;
    assert_int_equal(world_download(&w, a->bundle, DUO_MANIFEST_SIZE + 40u, 100, false),
                     DUO_E_TRUNCATED);
    assert_false(report().can_roll_back);
    duo_txn_open(&txn, &w.dev);
    assert_int_not_equal(duo_txn_rollback(&txn), DUO_OK);
    assert_int_equal(world_settle(&w), SET_B);
}

static void a_trial_is_not_overwritten_by_a_download(void **state)
{
    bool trial;

    (void)state;
    assert_int_equal(download(SET_B), DUO_OK);
    w.confirms = false;
    world_boot(&w, false, &trial);
    world_boot(&w, false, &trial);
    assert_int_equal(download(SET_HIGH), DUO_E_STATE);
    assert_int_equal(world_settle(&w), SET_A);
}

static void an_unchanged_core_is_not_touched(void **state)
{
    (void)state;
    assert_int_equal(world_settle(&w), SET_A);
    w.sim.allowed_sectors &= ~((1u << 9 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13));
    world_update(&w, SET_M7_ONLY, false);
}

static void a_kept_image_must_be_there(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    const uint64_t before = w.sim.used[0].erases + w.sim.used[1].erases;
    assert_int_not_equal(download(SET_M7_ONLY), DUO_OK);
    assert_int_equal(w.sim.used[0].erases + w.sim.used[1].erases, before);
    assert_int_equal(report().reason, DUO_REASON_REJECTED);
}

/* Only the M7's bank is erased here, so that the journal can be read meanwhile. */
static void expect_downloading(struct sim *sim, void *arg)
{
    const struct sim_op *op = &sim->op[sim->last_bank];
    unsigned *erases = arg;
    struct duo_txn txn;

    if (op->erase && sim->last_bank == 0) {
        duo_txn_open(&txn, &w.dev);
        assert_int_equal(txn.state.phase, DUO_PHASE_DOWNLOADING);
        assert_false(txn.state.other.present);
        ++*erases;
    }
}

/* Or a rollback could begin with what a cut has left of the other set. */
static void a_download_is_recorded_before_the_first_erase(void **state)
{
    static const bool m7_alone[DUO_CORES] = {[DUO_CM7] = true};
    unsigned erases = 0;

    (void)state;
    w.sim.on_begin = expect_downloading;
    w.sim.on_begin_arg = &erases;
    assert_int_equal(download(SET_M7_ONLY), DUO_OK);
    assert_int_not_equal(erases, 0);
    w.sim.on_begin = NULL;
    world_settle(&w);
    w.sim.on_begin = expect_downloading;
    erases = 0;
    assert_int_equal(world_send_images(&w, SET_B, m7_alone, 500), DUO_OK);
    assert_int_not_equal(erases, 0);
}

static void a_refused_bundle_erases_nothing(void **state)
{
    uint8_t copy[DUO_MANIFEST_SIZE];

    (void)state;
    memcpy(copy, w.sets[SET_B].bundle, sizeof(copy));
    copy[40] ^= 1;
    assert_int_equal(world_download(&w, copy, sizeof(copy), 100, false), DUO_E_SIGNATURE);
    assert_int_equal(w.sim.ops, 0); /* not even a note: nothing of it was signed */
    assert_int_equal(world_settle(&w), SET_A);
}

static void a_manifest_beyond_its_slot_is_refused(void **state)
{
    struct set_spec s = spec(9, 9, 9, 1);
    struct duo_slot large[DUO_CORES] = {small_slots[0], small_slots[1]};
    struct duo_device big = w.dev;
    struct test_set set;

    (void)state;
    s.image[DUO_CM4].payload = 3u * SMALL_SECTOR;
    large[DUO_CM4].size *= 4u;
    big.slots[DUO_CM4] = &large[DUO_CM4];
    set_make(&set, &s, &big);
    assert_int_equal(world_download(&w, set.bundle, set.bundle_size, 100, false), DUO_E_TOO_LARGE);
    assert_int_equal(w.sim.used[0].erases + w.sim.used[1].erases, 0);
    assert_int_equal(report().reason_code, DUO_E_TOO_LARGE);
    assert_int_equal(world_settle(&w), SET_A);
    set_free(&set);
}

static void recovery_on_request_keeps_everything(void **state)
{
    bool trial;

    (void)state;
    assert_int_equal(download(SET_B), DUO_OK);
    w.confirms = false;
    world_boot(&w, false, &trial);
    assert_int_equal(world_boot(&w, true, &trial), RUNS_NOTHING);
    assert_int_equal(w.reason, DUO_REASON_REQUESTED);
    /* a trial that could still go well, or be reverted, is not given up for a download */
    assert_int_equal(world_download(&w, w.sets[SET_HIGH].bundle, 100, 100, true), DUO_E_STATE);
}

/* Nothing could be taken back, and the set that hangs is the one to get rid of. */
static void a_first_set_on_trial_can_be_replaced(void **state)
{
    const struct test_set *high = &w.sets[SET_HIGH];
    bool trial;

    (void)state;
    for (unsigned k = 0; k < small_map.sectors[DUO_CM7]; k++) {
        sim_wipe_sector(&w.sim, small_map.app[DUO_CM7] + k * SMALL_SECTOR);
    }
    w.recovery_allowed = true;
    assert_int_equal(
        world_download(&w, w.sets[SET_B].bundle, w.sets[SET_B].bundle_size, 1000, true), DUO_OK);
    w.confirms = false;
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_int_equal(world_boot(&w, false, &trial), SET_B);
    assert_true(trial);
    assert_int_equal(world_download(&w, high->bundle, high->bundle_size, 1000, false), DUO_E_STATE);
    assert_int_equal(world_boot(&w, true, &trial), RUNS_NOTHING);
    world_update(&w, SET_HIGH, true);
}

/* What does not verify is no set to go back to, and copying it would be a waste. */
static void a_damaged_set_is_not_kept(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    w.recovery_allowed = true;
    sim_put_kind(&w.sim, small_map.app[DUO_CM7] + 512u, SIM_UNREADABLE);
    sim_put_kind(&w.sim, small_map.spare[DUO_CM7] + 512u,
                 SIM_UNREADABLE); /* the previous one, too */
    assert_int_equal(world_settle(&w), RUNS_NOTHING);
    assert_int_equal(w.reason, DUO_REASON_IMAGE_BAD);
    world_update(&w, SET_HIGH, true);
    assert_false(report().other.present);
}

static void staging_that_has_changed_is_dropped(void **state)
{
    (void)state;
    assert_int_equal(download(SET_B), DUO_OK);
    sim_flip(&w.sim, small_map.staging[DUO_CM4] + 300u, 4);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().phase, DUO_PHASE_IDLE);
    assert_int_equal(report().reason, DUO_REASON_STAGING_CHANGED);
    assert_int_equal(report().reason_code, DUO_E_HASH);
    assert_false(report().other.present);
    world_update(&w, SET_B, false);
    assert_int_equal(report().reason, DUO_REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(factory_set_runs_without_a_journal),
        RULE(an_adopted_set_is_a_confirmed_one),
        RULE(an_adopted_set_can_be_gone_back_to),
        RULE(only_what_a_device_would_take_is_adopted),
        RULE(a_manifest_of_another_key_runs_nothing),
        RULE(a_device_with_a_journal_adopts_nothing),
        RULE(nothing_installed_is_recovery),
        RULE(both_must_confirm),
        RULE(one_confirmation_reverts_both),
        RULE(a_trial_is_as_the_manifest_says),
        RULE(a_trial_is_as_the_build_says),
        RULE(rollback_respects_the_counter),
        RULE(rollback_ends_with_the_next_download),
        RULE(a_trial_is_not_overwritten_by_a_download),
        RULE(an_unchanged_core_is_not_touched),
        RULE(a_kept_image_must_be_there),
        RULE(a_download_is_recorded_before_the_first_erase),
        RULE(a_refused_bundle_erases_nothing),
        RULE(a_manifest_beyond_its_slot_is_refused),
        RULE(recovery_on_request_keeps_everything),
        RULE(a_first_set_on_trial_can_be_replaced),
        RULE(a_damaged_set_is_not_kept),
        RULE(staging_that_has_changed_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
