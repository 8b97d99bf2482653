/* SPDX-License-Identifier: MIT */
/* What the interfaces answer to callers who come at a wrong moment or go on after an error, and a
 * download by an application whatever the flash does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/download.h"
#include "tests/txn/rules_fixture.h"

static struct duo_txn txn;
static struct duo_session session;
static struct duo_download d;

static void expect_running(unsigned set)
{
    w.allowed = ~0u; /* which one it is, is asked here */
    assert_int_equal(world_settle(&w), (int)set);
}

/* ---- The session ---- */

static void a_session_tells_how_far_it_is(void **state)
{
    const struct test_set *b = &w.sets[SET_B];

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    assert_int_equal(duo_session_write(&session, b->bundle, 0), DUO_OK);
    assert_int_equal(duo_session_write(&session, b->bundle, 10), DUO_OK);
    assert_int_equal(duo_session_total(&session), 0);
    assert_int_equal(duo_session_received(&session), 10);
    assert_false(duo_session_has_begun(&session));
    assert_int_equal(duo_session_write(&session, b->bundle + 10, b->bundle_size - 10u), DUO_OK);
    assert_int_equal(duo_session_total(&session), b->bundle_size);
    assert_int_equal(duo_session_received(&session), b->bundle_size);
    assert_true(duo_session_has_begun(&session));
    assert_false(duo_session_wants_more(&session));
    assert_false(duo_session_staged(&session));
    assert_int_equal(duo_session_finish(&session), DUO_OK);
    assert_true(duo_session_staged(&session));
    duo_session_abort(&session); /* too late */
    assert_int_equal(duo_session_finish(&session), DUO_OK);
    expect_running(SET_B);
}

static void a_session_that_was_given_up_stays_so(void **state)
{
    const struct test_set *b = &w.sets[SET_B];

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    assert_int_equal(duo_session_write(&session, b->bundle, 2000), DUO_OK);
    duo_session_abort(&session);
    assert_int_equal(duo_session_write(&session, b->bundle + 2000, 100), DUO_E_CANCELLED);
    assert_int_equal(duo_session_finish(&session), DUO_E_CANCELLED);
    assert_int_equal(duo_session_end_file(&session), DUO_E_CANCELLED);
    assert_false(duo_session_wants_more(&session));
    expect_running(SET_A);
}

static void an_error_of_a_session_is_repeated(void **state)
{
    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    assert_int_equal(duo_session_write(&session, (const uint8_t *)"no bundle", 9), DUO_E_MAGIC);
    assert_int_equal(duo_session_write(&session, w.sets[SET_B].bundle, 100), DUO_E_MAGIC);
    assert_int_equal(duo_session_finish(&session), DUO_E_MAGIC);
    expect_running(SET_A);
}

static void staging_that_changes_during_a_download_is_noticed(void **state)
{
    const struct test_set *b = &w.sets[SET_B];

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    assert_int_equal(duo_session_write(&session, b->bundle, b->bundle_size), DUO_OK);
    sim_flip(&w.sim, small_map.staging[DUO_CM7] + 64u, 1);
    assert_int_equal(duo_session_finish(&session), DUO_E_HASH);
    expect_running(SET_A);
}

/* ---- A download by an application ---- */

static enum duo_status work(unsigned erases_at_once)
{
    enum duo_status status = DUO_OK;

    while (duo_download_wants_work(&d) && status == DUO_OK) {
        unsigned erases = erases_at_once;
        status = duo_download_work(&d, &erases);
        status = status == DUO_E_BUSY && erases_at_once > 0 ? DUO_OK : status;
    }
    return status;
}

static enum duo_status put(const uint8_t *bytes, uint32_t size)
{
    enum duo_status status = DUO_OK;
    uint32_t used;

    for (uint32_t at = 0; at < size && status == DUO_OK; at += used) {
        status = duo_download_put(&d, bytes + at, size - at, &used);
        if (status == DUO_OK) {
            status = work(1);
        }
    }
    return status;
}

static enum duo_status receive(const uint8_t *bundle, uint32_t size)
{
    w.stable = RUNS_NOTHING; /* another set may run from here on */
    duo_txn_open(&txn, &w.dev);
    enum duo_status status = duo_download_begin(&d, &txn);
    if (status == DUO_OK) {
        status = put(bundle, size);
    }
    return status == DUO_OK ? duo_download_release(&d) : status;
}

static void a_download_tells_what_it_waits_for(void **state)
{
    const struct test_set *b = &w.sets[SET_B];
    uint32_t used;

    (void)state;
    w.stable = RUNS_NOTHING;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_download_begin(&d, &txn), DUO_OK);
    assert_int_equal(duo_download_total(&d), 0);
    assert_int_equal(duo_download_erases(&d), 0);
    for (uint32_t at = 0; at < DUO_MANIFEST_SIZE; at += used) {
        assert_int_equal(duo_download_put(&d, b->bundle + at, DUO_MANIFEST_SIZE - at, &used),
                         DUO_OK);
    }
    assert_true(duo_download_wants_work(&d));
    assert_int_equal(duo_download_erases(&d), 1); /* at least: the bundle is not known yet */
    assert_int_equal(duo_download_put(&d, b->bundle, 1, &used), DUO_OK);
    assert_int_equal(used, 0); /* not before the work is done */
    assert_int_equal(work(0), DUO_E_BUSY);
    unsigned one = 1;
    assert_int_equal(duo_download_work(&d, &one), DUO_E_BUSY);
    assert_int_equal(one, 0);
    assert_int_equal(duo_download_total(&d), b->bundle_size);
    const uint32_t erases = duo_download_erases(&d);
    assert_in_range(erases, 2, 16);
    assert_int_equal(work(0), DUO_E_BUSY); /* none allowed: none done */
    assert_int_equal(duo_download_erases(&d), erases);
    one = 1;
    assert_int_equal(duo_download_work(&d, &one), DUO_E_BUSY);
    assert_int_equal(duo_download_erases(&d), erases - 1u);
    assert_int_equal(work(1), DUO_OK);
    assert_int_equal(duo_download_erases(&d), 0);
    assert_int_equal(duo_download_release(&d), DUO_E_STATE);
    assert_int_equal(put(b->bundle + DUO_MANIFEST_SIZE, b->bundle_size - DUO_MANIFEST_SIZE),
                     DUO_OK);
    assert_int_equal(duo_download_put(&d, b->bundle, 7, &used), DUO_OK); /* a trailer */
    assert_int_equal(used, 7);
    assert_int_equal(duo_download_release(&d), DUO_OK);
    expect_running(SET_B);
}

/* A verification stops an application for a quarter of a second. */
static void a_download_verifies_no_signature_that_need_not_be(void **state)
{
    /* Of a new device the images of the factory, for its first record; then the bundle's manifest,
     * and once more when the set lies there. */
    static const unsigned checks[] = {2 + 2, 2};
    static const unsigned sets[] = {SET_B, SET_HIGH};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        const struct test_set *b = &w.sets[sets[i]];

        sign_checks = 0;
        assert_int_equal(receive(b->bundle, b->bundle_size), DUO_OK);
        assert_int_equal(sign_checks, checks[i]);
        world_update(&w, sets[i], false);
    }
}

static void a_download_begins_only_when_nothing_is_under_way(void **state)
{
    static const enum duo_phase phases[] = {DUO_PHASE_TRIAL, DUO_PHASE_EXCHANGE};

    (void)state;
    world_update(&w, SET_B, false);
    for (unsigned i = 0; i < 2; i++) {
        duo_txn_open(&txn, &w.dev);
        txn.state.phase = phases[i];
        assert_int_equal(duo_download_begin(&d, &txn), DUO_E_STATE);
        assert_int_equal(duo_download_resume(&d, &txn), DUO_E_STATE);
    }
    duo_txn_open(&txn, &w.dev);
    txn.journal.content = DUO_JOURNAL_LOST;
    assert_int_equal(duo_download_begin(&d, &txn), DUO_E_STATE);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_download_resume(&d, &txn), DUO_E_NO_IMAGE);
}

/* The bundle with one byte changed. */
static enum duo_status receive_spoiled(unsigned set, uint32_t at)
{
    const struct test_set *s = &w.sets[set];
    uint8_t *bundle = test_malloc(s->bundle_size);

    memcpy(bundle, s->bundle, s->bundle_size);
    bundle[at] ^= 1u;
    const enum duo_status status = receive(bundle, s->bundle_size);
    test_free(bundle);
    return status;
}

static void what_is_not_ours_ends_a_download_before_any_erase(void **state)
{
    uint32_t used;

    (void)state;
    world_update(&w, SET_B, false);
    const uint64_t erases = w.sim.used[0].erases + w.sim.used[1].erases;
    const enum duo_status status = receive_spoiled(SET_TWICE, 12);
    assert_true(status == DUO_E_SIGNATURE || status == DUO_E_KEY);
    assert_int_equal(w.sim.used[0].erases + w.sim.used[1].erases, erases);
    unsigned some = 1;
    assert_int_equal(duo_download_work(&d, &some), status);
    assert_int_equal(duo_download_put(&d, w.sets[SET_B].bundle, 1, &used), status);
    assert_int_equal(duo_download_release(&d), status);
    assert_int_equal(report().reason, DUO_REASON_REJECTED);
    assert_true(report().other.present); /* the set before is still there to go back to */
    expect_running(SET_B);
}

static void a_bundle_below_the_counter_ends_a_download(void **state)
{
    const struct test_set *b = &w.sets[SET_B];

    (void)state;
    world_update(&w, SET_HIGH, false);
    assert_int_equal(receive(b->bundle, b->bundle_size), DUO_E_DOWNGRADE);
    expect_running(SET_HIGH);
}

static void an_image_that_was_spoiled_on_the_way_is_not_released(void **state)
{
    (void)state;
    assert_int_equal(receive_spoiled(SET_B, w.sets[SET_B].bundle_size - 200u), DUO_E_HASH);
    assert_int_equal(report().reason, DUO_REASON_REJECTED);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_download_resume(&d, &txn), DUO_E_NO_IMAGE); /* it begins from the start */
    expect_running(SET_A);
    assert_int_equal(receive(w.sets[SET_B].bundle, w.sets[SET_B].bundle_size), DUO_OK);
    expect_running(SET_B);
}

/* Each operation of a download is refused once, in each way. The application is told, or does not
 * notice because it did no harm; one set or the other runs whole, and the next download goes well.
 */
static void a_download_whatever_the_flash_does(void **state)
{
    const struct test_set *b = &w.sets[SET_B];

    assert_int_equal(receive(b->bundle, b->bundle_size), DUO_OK);
    const uint64_t operations = w.sim.ops;
    for (uint64_t at = 1; at <= operations; at += 3) {
        const enum sim_refusal how = (enum sim_refusal)(at % SIM_REFUSALS);

        tear_down(state);
        set_up(state);
        sim_break(&w.sim, at, how, SIM_ONCE);
        const enum duo_status status = receive(b->bundle, b->bundle_size);
        sim_mend(&w.sim);
        expect_running(status == DUO_OK ? SET_B : SET_A);
        assert_int_equal(receive(w.sets[SET_TWICE].bundle, w.sets[SET_TWICE].bundle_size), DUO_OK);
        expect_running(SET_TWICE);
    }
}

/* ---- The transaction ---- */

static void a_retry_is_for_an_exchange(void **state)
{
    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_retry(&txn), DUO_E_STATE); /* no journal */
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_retry(&txn), DUO_E_STATE);
    assert_int_equal(download(SET_TWICE), DUO_OK);
    assert_int_equal(boot_once().action, DUO_BOOT_EXCHANGE);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_retry(&txn), DUO_OK);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM7), DUO_E_STATE);
    assert_int_equal(duo_txn_note(&txn, DUO_REASON_REJECTED, DUO_E_HASH), DUO_OK); /* not now */
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(txn.state.reason, DUO_REASON_NONE);
    expect_running(SET_TWICE);
}

static void a_confirmation_without_a_trial_writes_nothing(void **state)
{
    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM7), DUO_OK); /* as from the factory */
    txn.journal.content = DUO_JOURNAL_LOST;
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM7), DUO_E_STATE);
    world_update(&w, SET_B, false);
    const uint64_t operations = w.sim.ops;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM4), DUO_OK);
    assert_int_equal(w.sim.ops, operations);
}

static void a_rollback_needs_somewhere_to_go(void **state)
{
    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_rollback(&txn), DUO_E_STATE);
    world_update(&w, SET_B, false);
    sim_flip(&w.sim, small_map.spare[DUO_CM7] + 64u, 1); /* where the M7's first sector went */
    sim_flip(&w.sim, small_map.staging[DUO_CM7] + 64u, 1);
    duo_txn_open(&txn, &w.dev);
    assert_int_not_equal(duo_txn_rollback(&txn), DUO_OK);
    assert_int_not_equal(duo_txn_rollback(&txn), DUO_E_STATE);
    expect_running(SET_B);
}

/* A set that has never worked is no place to go back to from another one on trial. */
static void a_trial_goes_back_to_no_set_that_was_never_tried(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    assert_true(txn.state.other.present);
    txn.state.phase = DUO_PHASE_TRIAL;
    txn.state.other.confirmed = false;
    assert_int_equal(duo_txn_rollback(&txn), DUO_E_NO_IMAGE);
    txn.state.other.confirmed = true;
    assert_int_equal(duo_txn_rollback(&txn), DUO_OK);
}

static void the_same_failure_is_noted_once(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_note(&txn, DUO_REASON_REJECTED, DUO_E_HASH), DUO_OK);
    const uint64_t operations = w.sim.ops;
    assert_int_equal(duo_txn_note(&txn, DUO_REASON_REJECTED, DUO_E_HASH), DUO_OK);
    assert_int_equal(w.sim.ops, operations);
    assert_int_equal(report().reason_code, DUO_E_HASH);
    assert_int_equal(duo_txn_note_worn(&txn, DUO_E_ERASE, small_map.spare[DUO_CM4]), DUO_OK);
    assert_int_equal(report().worn_sector, small_map.spare[DUO_CM4]);
}

/* What the next boot would do, without doing it. */
static void expect_next(enum duo_boot_action action)
{
    const uint64_t operations = w.sim.ops;
    struct duo_boot boot;

    duo_txn_open(&txn, &w.dev);
    duo_txn_next_boot(&txn, &boot);
    assert_int_equal(boot.action, action);
    assert_int_equal(w.sim.ops, operations);
}

static void the_next_boot_is_foretold(void **state)
{
    (void)state;
    expect_next(DUO_BOOT_RUN);
    world_update(&w, SET_B, false);
    expect_next(DUO_BOOT_RUN);
    assert_int_equal(download(SET_TWICE), DUO_OK);
    expect_next(DUO_BOOT_EXCHANGE);
    sim_flip(&w.sim, small_map.staging[DUO_CM7] + 64u, 1); /* staged, and changed since */
    expect_next(DUO_BOOT_RUN);
    sim_flip(&w.sim, small_map.staging[DUO_CM7] + 64u, 1);
    assert_int_equal(boot_once().action, DUO_BOOT_EXCHANGE);
    expect_next(DUO_BOOT_EXCHANGE);
}

/* After faults in a row whatever was there may be overwritten, and a download is taken. */
static void after_faults_in_a_row_a_download_is_taken(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    assert_int_equal(download(SET_TWICE), DUO_OK);
    assert_int_equal(boot_once().action, DUO_BOOT_EXCHANGE);
    duo_txn_open(&txn, &w.dev);
    duo_txn_cannot_start(&txn, false);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_E_STATE);
    duo_txn_cannot_start(&txn, true);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_session_tells_how_far_it_is),
        RULE(a_session_that_was_given_up_stays_so),
        RULE(an_error_of_a_session_is_repeated),
        RULE(staging_that_changes_during_a_download_is_noticed),
        RULE(a_download_tells_what_it_waits_for),
        RULE(a_download_verifies_no_signature_that_need_not_be),
        RULE(a_download_begins_only_when_nothing_is_under_way),
        RULE(what_is_not_ours_ends_a_download_before_any_erase),
        RULE(a_bundle_below_the_counter_ends_a_download),
        RULE(an_image_that_was_spoiled_on_the_way_is_not_released),
        RULE(a_download_whatever_the_flash_does),
        RULE(a_retry_is_for_an_exchange),
        RULE(a_confirmation_without_a_trial_writes_nothing),
        RULE(a_rollback_needs_somewhere_to_go),
        RULE(a_trial_goes_back_to_no_set_that_was_never_tried),
        RULE(the_same_failure_is_noted_once),
        RULE(the_next_boot_is_foretold),
        RULE(after_faults_in_a_row_a_download_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
