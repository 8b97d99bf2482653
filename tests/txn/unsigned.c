/* SPDX-License-Identifier: MIT */
/* What is not signed for this device changes nothing: no word of the flash, whatever the device is
 * in the middle of. And what is signed, and then breaks off, costs no set that runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/txn/rules_fixture.h"

static uint8_t buffer[8u * SMALL_SECTOR];

/* ---- Situations ---- */

static void factory(void)
{
    assert_int_equal(world_settle(&w), SET_A);
}

/* Set A can be rolled back to. */
static void with_previous(void)
{
    world_update(&w, SET_B, false);
}

static void until_on_trial(unsigned set)
{
    bool trial;

    w.confirms = false;
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_int_equal(world_boot(&w, false, &trial), set);
    assert_true(trial);
}

static void trial_with_a_way_back(void)
{
    assert_int_equal(download(SET_TWICE), DUO_OK);
    until_on_trial(SET_TWICE);
}

/* The first set of a device. */
static void trial_with_nothing_to_go_back_to(void)
{
    for (unsigned k = 0; k < small_map.sectors[DUO_CM7]; k++) {
        sim_wipe_sector(&w.sim, small_map.app[DUO_CM7] + k * SMALL_SECTOR);
    }
    w.recovery_allowed = true;
    assert_int_equal(
        world_download(&w, w.sets[SET_TWICE].bundle, w.sets[SET_TWICE].bundle_size, 1000, true),
        DUO_OK);
    until_on_trial(SET_TWICE);
}

static void staged(void)
{
    with_previous();
    w.allowed = ~0u;
    assert_int_equal(download(SET_TWICE), DUO_OK);
}

static void lost_journal(void)
{
    uint8_t noise[DUO_WORD_SIZE];

    memset(noise, 0x5A, sizeof(noise));
    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            sim_put(&w.sim, small_map.journal[half] + at, noise, sizeof(noise));
        }
    }
}

/* ---- Input ---- */

/* One file in recovery, whatever recovery runs for; the set is not finished. */
static enum duo_status send(const uint8_t *file, uint32_t size, bool in_trouble)
{
    static struct duo_session session;
    const struct duo_boot_request request = {.recovery = true};
    struct duo_boot boot;
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    if (in_trouble) {
        duo_txn_cannot_start(&txn, true); /* the M4's refusal, faults: nothing is sacred */
    }
    enum duo_status status = duo_session_begin(&session, &txn);
    duo_session_use_buffer(&session, buffer, sizeof(buffer));
    for (uint32_t at = 0; at < size && status == DUO_OK; at += 700u) {
        status = duo_session_write(&session, file + at, size - at < 700u ? size - at : 700u);
    }
    status = status == DUO_OK ? duo_session_end_file(&session) : status;
    assert_int_equal(session.failed, status);
    return status;
}

/* A copy with one byte spoiled, sent with and without trouble: refused, and not a word changed. */
static void refused_untouched(const uint8_t *file, uint32_t size, uint32_t spoiled)
{
    uint8_t *copy = malloc(size);

    assert_non_null(copy);
    memcpy(copy, file, size);
    copy[spoiled] ^= 1;
    for (unsigned trouble = 0; trouble < 2; trouble++) {
        const uint64_t ops = w.sim.ops;
        assert_int_not_equal(send(copy, size, trouble), DUO_OK);
        assert_int_equal(w.sim.ops, ops);
    }
    free(copy);
}

/* Spoiled in each of its parts: header, vectors, payload, hash, signature. */
static void spoiled_images_are_refused(void)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        const struct test_image *im = &w.sets[SET_HIGH].image[c];
        const uint32_t places[] = {20u, im->hdr_size + 1u, im->hdr_size + 300u, im->file_size - 60u,
                                   im->file_size - 10u};
        for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            refused_untouched(im->file, im->file_size, places[i]);
        }
        const uint64_t ops = w.sim.ops;
        assert_int_not_equal(send(im->file, im->file_size - 1u, true), DUO_OK);
        assert_int_not_equal(send(im->file, 100u, true), DUO_OK);
        assert_int_equal(w.sim.ops, ops);
    }
}

static void spoiled_manifests_are_refused(void)
{
    const struct test_set *set = &w.sets[SET_HIGH];

    for (uint32_t at = 4; at < DUO_MANIFEST_SIZE; at += 20u) {
        refused_untouched(set->bundle, set->bundle_size, at);
    }
}

static void nothing_unsigned_changes_anything(void (*situation)(void))
{
    situation();
    spoiled_images_are_refused();
    spoiled_manifests_are_refused();
}

static void in_a_new_device(void **state)
{
    (void)state;
    nothing_unsigned_changes_anything(factory);
}

static void with_a_set_to_roll_back_to(void **state)
{
    (void)state;
    nothing_unsigned_changes_anything(with_previous);
    assert_true(report().can_roll_back);
}

static void in_a_trial_with_a_way_back(void **state)
{
    (void)state;
    nothing_unsigned_changes_anything(trial_with_a_way_back);
    assert_int_equal(world_settle(&w), SET_A);
}

static void in_a_trial_with_nothing_to_go_back_to(void **state)
{
    bool trial;

    (void)state;
    nothing_unsigned_changes_anything(trial_with_nothing_to_go_back_to);
    assert_int_equal(world_boot(&w, false, &trial), SET_TWICE);
}

static void with_a_staged_set(void **state)
{
    (void)state;
    nothing_unsigned_changes_anything(staged);
    assert_int_equal(world_settle(&w), SET_TWICE);
}

static void with_a_lost_journal(void **state)
{
    (void)state;
    nothing_unsigned_changes_anything(lost_journal);
}

/* Signed, but below the counter or for other hardware: the journal may say so, nothing else. */
static void signed_for_others_erases_nothing(void **state)
{
    const struct test_set *set = &w.sets[SET_HIGH];

    (void)state;
    w.dev.hardware_id++;
    assert_int_equal(send(set->bundle, set->bundle_size, true), DUO_E_HARDWARE);
    w.dev.hardware_needed = true;
    assert_int_equal(send(set->image[0].file, set->image[0].file_size, true), DUO_E_HARDWARE);
    w.dev.hardware_id--;
    w.dev.hardware_needed = false;
    world_update(&w, SET_HIGH, false);
    const uint64_t erases = w.sim.used[0].erases + w.sim.used[1].erases;
    assert_int_equal(send(w.sets[SET_A].bundle, w.sets[SET_A].bundle_size, true), DUO_E_DOWNGRADE);
    assert_int_equal(send(w.sets[SET_A].image[1].file, w.sets[SET_A].image[1].file_size, true),
                     DUO_E_DOWNGRADE);
    assert_int_equal(w.sim.used[0].erases + w.sim.used[1].erases, erases);
    assert_true(report().can_roll_back || report().other.present);
}

/* However it came there; a set from the factory, whose manifest nobody has signed, names none. */
static void a_set_for_other_hardware_does_not_run(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    world_update(&w, SET_TWICE, false);
    w.dev.hardware_id++;
    const struct duo_boot boot = boot_once();
    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason, DUO_REASON_IMAGE_BAD);
    assert_int_equal(boot.reason_code, DUO_E_HARDWARE);
    w.dev.hardware_id--;
    assert_int_equal(boot_once().action, DUO_BOOT_RUN);
}

static void an_image_needs_a_buffer(void **state)
{
    static struct duo_session session;
    const struct test_image *im = &w.sets[SET_B].image[DUO_CM7];
    struct duo_txn txn;

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    assert_int_equal(duo_session_write(&session, im->file, 100u), DUO_E_UNSUPPORTED);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    duo_session_use_buffer(&session, buffer, 1000u);
    assert_int_equal(duo_session_write(&session, im->file, 100u), DUO_E_TOO_LARGE);
    assert_int_equal(w.sim.ops, 0);
}

/* ---- Signed, and then cut or damaged ---- */

/* A genuine manifest with images that break off: the staging slots are lost, no set that runs. */
static void a_trial_goes_on_after_a_download_that_broke_off(void **state)
{
    const struct test_set *high = &w.sets[SET_HIGH];
    bool trial;

    (void)state;
    trial_with_nothing_to_go_back_to();
    assert_int_equal(send(high->bundle, high->bundle_size - 50u, false), DUO_E_TRUNCATED);
    assert_int_equal(report().phase, DUO_PHASE_DOWNLOADING);
    assert_true(report().current.present);
    assert_int_equal(world_boot(&w, false, &trial), SET_TWICE); /* its second boot */
    assert_true(trial);
    assert_int_equal(report().phase, DUO_PHASE_TRIAL);
    assert_int_equal(world_boot(&w, false, &trial), RUNS_NOTHING);
    assert_int_equal(w.reason, DUO_REASON_NO_PREVIOUS);
    w.confirms = true;
    world_update(&w, SET_HIGH, true);
}

static void a_trial_that_went_on_can_be_confirmed(void **state)
{
    const struct test_set *high = &w.sets[SET_HIGH];

    (void)state;
    trial_with_nothing_to_go_back_to();
    assert_int_equal(send(high->bundle, DUO_MANIFEST_SIZE + 100u, false), DUO_E_TRUNCATED);
    w.confirms = true;
    assert_int_equal(world_settle(&w), SET_TWICE);
    assert_int_equal(report().phase, DUO_PHASE_IDLE);
}

/* While there is something to go back to, a fault of the bootloader is no reason to lose it. */
static void one_fault_does_not_cost_the_way_back(void **state)
{
    static struct duo_session session;
    struct duo_txn txn;

    (void)state;
    trial_with_a_way_back();
    duo_txn_open(&txn, &w.dev);
    duo_txn_cannot_start(&txn, false);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_E_STATE);
    duo_txn_cannot_start(&txn, true);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
}

/* One image goes with the other core's of the set on trial. */
static void an_image_for_a_set_on_trial(void **state)
{
    const struct test_image *im = &w.sets[SET_B].image[DUO_CM4];
    static struct duo_session session;
    const struct duo_boot_request request = {.recovery = true};
    struct duo_version version;
    struct duo_boot boot;
    struct duo_txn txn;

    (void)state;
    trial_with_nothing_to_go_back_to();
    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    duo_session_use_buffer(&session, buffer, sizeof(buffer));
    assert_int_equal(duo_session_write(&session, im->file, im->file_size), DUO_OK);
    assert_int_equal(duo_session_end_file(&session), DUO_OK);
    assert_true(duo_session_has_begun(&session));
    assert_true(duo_session_image(&session, DUO_CM4, &version));
    assert_false(duo_session_image(&session, DUO_CM7, &version));
    assert_int_equal(duo_session_finish(&session), DUO_OK);
    assert_int_equal(boot_once().action, DUO_BOOT_EXCHANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(in_a_new_device),
        RULE(with_a_set_to_roll_back_to),
        RULE(in_a_trial_with_a_way_back),
        RULE(in_a_trial_with_nothing_to_go_back_to),
        RULE(with_a_staged_set),
        RULE(with_a_lost_journal),
        RULE(signed_for_others_erases_nothing),
        RULE(a_set_for_other_hardware_does_not_run),
        RULE(an_image_needs_a_buffer),
        RULE(a_trial_goes_on_after_a_download_that_broke_off),
        RULE(a_trial_that_went_on_can_be_confirmed),
        RULE(one_fault_does_not_cost_the_way_back),
        RULE(an_image_for_a_set_on_trial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
