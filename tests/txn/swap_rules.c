/* SPDX-License-Identifier: MIT */
/* What a device that swaps its banks does besides, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/txn/rules_fixture.h"

static uint64_t erases_so_far(void)
{
    return w.sim.used[0].erases + w.sim.used[1].erases;
}

/* Set B is installed and confirmed; any set may come after it. */
static void to_set_b(void)
{
    world_update(&w, SET_B, false);
    w.allowed = ~0u;
}

static uint32_t boot_copy(void)
{
    return w.sim.map->base + w.sim.map->bank_size;
}

/* Both cores stand still during an install, so whatever can be erased before it is. */
static void an_install_erases_nothing(void **state)
{
    (void)state;
    to_set_b();
    assert_int_equal(download(SET_HIGH), DUO_OK);
    const uint64_t before = erases_so_far();
    assert_int_equal(world_settle(&w), SET_HIGH);
    assert_int_equal(erases_so_far(), before);
}

/* Somebody with a programmer has written over the copy: the journal still says that it is there. */
static void a_copy_changed_by_hand_is_made_again_by_the_download(void **state)
{
    (void)state;
    to_set_b();
    sim_put_kind(&w.sim, boot_copy() + 512u, SIM_UNREADABLE);
    assert_int_equal(download(SET_HIGH), DUO_OK);
    const uint64_t before = erases_so_far();
    assert_int_equal(world_settle(&w), SET_HIGH);
    assert_int_equal(erases_so_far(), before);
}

/* The copy has been changed after the download: the install makes it again before it swaps. */
static void a_copy_changed_after_the_download_is_made_again(void **state)
{
    (void)state;
    to_set_b();
    assert_int_equal(download(SET_HIGH), DUO_OK);
    sim_wipe_sector(&w.sim, boot_copy());
    assert_int_equal(world_settle(&w), SET_HIGH);
}

/* To verify what nobody wants any more would be a third of the time that both cores stand still. */
static void a_set_that_has_failed_is_not_looked_at_again(void **state)
{
    (void)state;
    w.confirms = false;
    assert_int_equal(download(SET_B), DUO_OK);
    while (report().phase != DUO_PHASE_TRIAL || report().trial_boots_left > 0) {
        bool trial;
        (void)world_boot(&w, false, &trial);
    }
    sim_put_kind(&w.sim, w.sim.map->app[DUO_CM7] + 512u, SIM_UNREADABLE);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_TRIAL_EXPIRED);
}

/* With a boot left, a set on trial is verified as any other. */
static void a_set_on_trial_is_looked_at(void **state)
{
    (void)state;
    w.confirms = false;
    assert_int_equal(download(SET_TWICE), DUO_OK);
    while (report().phase != DUO_PHASE_TRIAL) {
        bool trial;
        (void)world_boot(&w, false, &trial);
    }
    sim_put_kind(&w.sim, w.sim.map->app[DUO_CM7] + 512u, SIM_UNREADABLE);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_IMAGE_BAD);
}

/* Images and manifest say for which layout they are. */
static void a_set_of_another_layout_changes_nothing(void **state)
{
    struct duo_slot other[DUO_CORES] = {*w.dev.slots[DUO_CM7], *w.dev.slots[DUO_CM4]};
    const struct duo_slot *const own[DUO_CORES] = {w.dev.slots[DUO_CM7], w.dev.slots[DUO_CM4]};

    (void)state;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        other[c].layout = 0;
        w.dev.slots[c] = &other[c];
    }
    const struct set_spec s = spec(9, 9, 10, 1);
    const unsigned set = world_add_set(&w, &s);
    w.dev.slots[DUO_CM7] = own[DUO_CM7];
    w.dev.slots[DUO_CM4] = own[DUO_CM4];
    to_set_b();
    const uint64_t before = erases_so_far();
    assert_int_equal(download(set), DUO_E_LAYOUT);
    assert_int_equal(erases_so_far(), before);
    assert_int_equal(world_settle(&w), SET_B);
    assert_int_equal(report().reason, DUO_REASON_REJECTED);
    assert_int_equal(report().reason_code, DUO_E_LAYOUT);
}

#define SWAP_RULE(f) cmocka_unit_test_setup_teardown(f, set_up_twin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SWAP_RULE(an_install_erases_nothing),
        SWAP_RULE(a_copy_changed_by_hand_is_made_again_by_the_download),
        SWAP_RULE(a_copy_changed_after_the_download_is_made_again),
        SWAP_RULE(a_set_that_has_failed_is_not_looked_at_again),
        SWAP_RULE(a_set_on_trial_is_looked_at),
        SWAP_RULE(a_set_of_another_layout_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
