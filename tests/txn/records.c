/* SPDX-License-Identifier: MIT */
/* What records of the journal say is held against the rules, also when no boot could have written
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/history.h"
#include "tests/txn/rules_fixture.h"

static enum duo_status decoded(const struct duo_state *state)
{
    uint8_t bytes[DUO_STATE_SIZE];
    struct duo_state back;

    duo_state_encode(state, bytes);
    return duo_state_decode(bytes, &back);
}

static void a_state_beyond_its_limits_is_none(void **state)
{
    const struct duo_state good = {
        .phase = DUO_PHASE_IDLE,
        .current = {.sectors = {DUO_SLOT_SECTORS_MAX, DUO_SLOT_SECTORS_MAX}},
        .other = {.sectors = {DUO_SLOT_SECTORS_MAX, DUO_SLOT_SECTORS_MAX}}};
    struct duo_state bad = good;

    (void)state;
    assert_int_equal(decoded(&good), DUO_OK);
    bad.phase = (enum duo_phase)0;
    assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
    bad.phase = (enum duo_phase)(DUO_PHASE_TRIAL + 1);
    assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
    bad.phase = DUO_PHASE_EXCHANGE; /* of no kind */
    assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
    bad.kind = (enum duo_exchange_kind)(DUO_EXCHANGE_REPAIR + 1);
    assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
    bad.kind = DUO_EXCHANGE_REPAIR;
    assert_int_equal(decoded(&bad), DUO_OK);
    bad.phase = DUO_PHASE_TRIAL; /* and an exchange at once */
    assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
    for (unsigned c = 0; c < DUO_CORES; c++) {
        bad = good;
        bad.other.sectors[c] = DUO_SLOT_SECTORS_MAX + 1u;
        assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
    }
    bad = good;
    bad.boot_new = DUO_BOOT_CM4; /* without a swap */
    assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
    bad.twin = true;
    assert_int_equal(decoded(&bad), DUO_OK);
    bad.boot_new = DUO_BOOT_CM7 | DUO_BOOT_CM4;
    assert_int_equal(decoded(&bad), DUO_E_MALFORMED);
}

/* Changes the present record. */
static void record(void (*change)(struct duo_state *state))
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    struct duo_state next = txn.state;
    change(&next);
    assert_int_equal(duo_txn_record(&txn, &next), DUO_OK);
}

static void used_up_with_an_untried_set(struct duo_state *next)
{
    next->phase = DUO_PHASE_TRIAL;
    next->current.confirmed = false;
    next->other.confirmed = false;
    next->trial_boots = next->trial_used = 1;
}

static void a_trial_goes_back_to_no_set_that_was_never_confirmed(void **state)
{
    (void)state;
    world_update(&w, SET_B, false);
    assert_true(report().can_roll_back);
    record(used_up_with_an_untried_set);
    assert_int_equal(boot_once().action, DUO_BOOT_RECOVERY);
}

static void never_confirmed(struct duo_state *next)
{
    next->current.confirmed = false;
}

static void a_set_that_was_never_confirmed_is_not_kept(void **state)
{
    struct duo_txn txn;

    (void)state;
    assert_int_equal(download(SET_B), DUO_OK);
    record(never_confirmed);
    assert_int_equal(world_settle(&w), SET_B);
    duo_txn_open(&txn, &w.dev);
    assert_false(txn.state.other.present);
    assert_false(report().can_roll_back);
}

/* The images' counter is all that is left to go by, and it is in the journal that comes next. */
static void a_journal_after_a_lost_one_has_the_images_counter(void **state)
{
    struct set_spec low = spec(6, 60, 61, 0);
    struct duo_txn txn;
    uint8_t word[DUO_WORD_SIZE];

    (void)state;
    memset(word, 0x55, sizeof(word));
    world_update(&w, SET_B, false);
    for (unsigned half = 0; half < 2; half++) {
        sim_wipe_sector(&w.sim, small_map.journal[half]);
        for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            sim_put(&w.sim, small_map.journal[half] + at, word, sizeof(word));
        }
    }
    (void)boot_once();
    assert_int_equal(report().journal, DUO_JOURNAL_LOST);
    w.recovery_allowed = true;
    const struct test_set *cut = &w.sets[SET_B];
    assert_int_equal(world_download(&w, cut->bundle, cut->bundle_size / 2u, 1000, true),
                     DUO_E_TRUNCATED);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(txn.journal.content, DUO_JOURNAL_OK);
    assert_int_equal(duo_txn_counter(&txn), 1); /* that of every image here (sets.c) */
    const struct test_set *set = &w.sets[world_add_set(&w, &low)];
    assert_int_equal(world_download(&w, set->bundle, set->bundle_size, 1000, true),
                     DUO_E_DOWNGRADE);
}

/* What a record of another version says is told in words, too. */
static void numbers_without_a_text_have_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DUO_REASON_COUNT; i++) {
        assert_true(strlen(duo_reason_text((enum duo_reason)i)) > 5);
        assert_string_not_equal(duo_reason_text((enum duo_reason)i), "unknown reason");
    }
    for (unsigned i = 0; i < DUO_EVENT_COUNT; i++) {
        assert_string_not_equal(duo_event_text((enum duo_event_kind)i), "unknown event");
    }
    assert_string_equal(duo_reason_text(DUO_REASON_COUNT), "unknown reason");
    assert_string_equal(duo_event_text(DUO_EVENT_COUNT), "unknown event");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_state_beyond_its_limits_is_none),
        RULE(a_trial_goes_back_to_no_set_that_was_never_confirmed),
        RULE(a_set_that_was_never_confirmed_is_not_kept),
        RULE(a_journal_after_a_lost_one_has_the_images_counter),
        RULE(numbers_without_a_text_have_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
