/* SPDX-License-Identifier: MIT */
/* What a device refuses of a set that brings a bootloader, and what it takes note of. Cuts are in
 * newboot.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/txn/newboot_fixture.h"

static void one_bootloader_is_taken(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM4);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_OK);
}

static void both_at_once_are_refused(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7 | DUO_BOOT_CM4), DUO_E_BOOT_BOTH);
    assert_int_equal(report().reason_code, DUO_E_BOOT_BOTH);
}

static void a_new_m7_bootloader_is_refused_in_bank_2(void **state)
{
    (void)state;
    boot_once_more();
    assert_int_equal(download(SET_B), DUO_OK);
    assert_int_equal(world_settle(&w), SET_B);
    make_file(DUO_BOOT_CM7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_BOOT_BANK);
    make_file(DUO_BOOT_CM4);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_OK);
}

static void without_a_swap_it_is_refused(void **state)
{
    (void)tear_down(state);
    (void)set_up(state);
    make_file(DUO_BOOT_CM4);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_E_UNSUPPORTED);
}

static void without_a_way_to_hold_a_core_it_is_refused(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM4);
    w.sim.options_fixed = true;
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_E_PROTECTED);
}

static void too_large_for_its_place_is_refused(void **state)
{
    struct set_spec s = spec(8, 11, 12, 1);

    (void)state;
    make_file(DUO_BOOT_CM4);
    s.boot_cores = DUO_BOOT_CM4;
    s.boot = file;
    s.boot_size = twin_map.m4_boot_size + 32u;
    const unsigned set = world_add_set(&w, &s);
    boot_once_more();
    assert_int_equal(download(set), DUO_E_TOO_LARGE);
}

static void a_vector_that_leads_elsewhere_is_refused(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM4);
    put_vector(file + 4, twin_map.base + ENTRY + 1u); /* into the M7's */
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_E_ENTRY);
    make_file(DUO_BOOT_CM7);
    put_vector(file + 4, twin_map.base + twin_map.m4_boot + 17u);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_ENTRY);
    make_file(DUO_BOOT_CM7);
    put_vector(file + 4, twin_map.base + ENTRY); /* not Thumb */
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_ENTRY);
}

static void one_for_the_other_core_or_layout_is_refused(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    put_mark(file, 5, 1, 4);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_CORE);
    put_mark(file, 5, 0, 7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_LAYOUT);
    make_file(DUO_BOOT_CM4);
    put_mark(file, 5, 1, 7);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_E_CORE);
    put_mark(file, 6, 2, 4);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_E_LAYOUT);
    assert_int_equal(report().reason_code, DUO_E_LAYOUT);
}

static void an_older_one_is_refused(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    put_mark(file, 4, 1, 7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_BOOT_OLD);
    assert_int_equal(report().reason_code, DUO_E_BOOT_OLD);
    assert_int_equal(world_settle(&w), SET_A);
    make_file(DUO_BOOT_CM4);
    put_mark(file, 4, 1, 4);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_E_BOOT_OLD);
    put_mark(file, 6, 1, 4);
    assert_int_equal(send_bringing(DUO_BOOT_CM4), DUO_OK);
}

/* On purpose, by a counter that no set of the time before has. */
static void an_older_one_is_taken_with_a_higher_counter(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    put_mark(file, 4, 1, 7);
    counter = 2;
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
    counter = 1;
}

/* The M4 may come to run it, when options are lost. */
static void an_m7_bootloader_that_does_not_stop_the_m4_is_refused(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    file[ENTRY + 25u] ^= 1u;
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_ENTRY);
    make_file(DUO_BOOT_CM7);
    file[ENTRY + 26u] ^= 1u;
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
}

static enum duo_status send_record(const struct duo_about_record *record)
{
    make_file(DUO_BOOT_CM7);
    put_record(file, record, ABOUT);
    return send_bringing(DUO_BOOT_CM7);
}

/* It would refuse the set that brings it, and be taken back after its trial. */
static void one_for_other_keys_or_hardware_is_refused(void **state)
{
    struct duo_about_record r[5];

    (void)state;
    for (unsigned i = 0; i < 5u; i++) {
        r[i] = own_record();
    }
    r[0].about.hardware_id ^= 1u;
    r[1].ring.count = 0;
    r[2].ring.keys[0].pub.xy[63] ^= 1u;
    r[3].ring.keys[0].refused = 1;
    r[4].ring.keys[0].floor = counter + 1u;
    for (unsigned i = 0; i < 5u; i++) {
        assert_int_equal(send_record(&r[i]), DUO_E_BOOT_FOREIGN);
    }
    assert_int_equal(world_settle(&w), SET_A);
}

/* Its number says which keys are revoked. */
static void our_key_must_have_its_number(void **state)
{
    struct duo_about_record r = own_record();

    (void)state;
    r.ring.count = 2;
    r.ring.keys[1] = r.ring.keys[0];
    r.ring.keys[0].pub.xy[0] ^= 1u;
    assert_int_equal(send_record(&r), DUO_E_BOOT_FOREIGN);
    r.ring.keys[0] = r.ring.keys[1];
    r.ring.keys[1].pub.xy[0] ^= 1u;
    r.ring.keys[0].floor = counter;
    assert_int_equal(send_record(&r), DUO_OK);
}

/* Not in its file, or in another way, as of another version. */
static void what_it_does_not_say_is_left_to_the_trial(void **state)
{
    const uint32_t last = PROGRAM - offsetof(struct duo_about_record, lms);
    const uint32_t places[] = {twin_map.base + last + 1u, twin_map.base - 1u, 0};
    struct duo_about_record r = own_record();

    r.about.hardware_id ^= 1u;
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        make_file(DUO_BOOT_CM7);
        put_record(file, &r, last + 1u);
        put_vector(file + DUO_BOOT_ABOUT_OFFSET, places[i]);
        assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
        (void)tear_down(state);
        (void)set_up_bootloaders(state);
    }
    put_record(file, &r, last);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_E_BOOT_FOREIGN);
    r.about.magic[14] = '3';
    assert_int_equal(send_record(&r), DUO_OK);
}

static void one_that_has_changed_since_is_not_installed(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
    sim_flip(&w.sim, twin_map.base + twin_map.bank_size + 800u, 1u);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_STAGING_CHANGED);
    assert_int_equal(report().reason_code, DUO_E_HASH);
}

/* The one that stays must be the one that runs. */
static void a_copy_of_the_other_that_has_changed_is_not_installed(void **state)
{
    (void)state;
    make_file(DUO_BOOT_CM7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
    sim_flip(&w.sim, twin_map.base + twin_map.bank_size + twin_map.m4_boot + 32u, 1u);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_STAGING_CHANGED);
}

static void while_the_m7_is_held_nothing_is_received(void **state)
{
    (void)state;
    boot_once_more();
    w.sim.option_fresh = DUO_BOOT_CM7;
    assert_int_equal(download(SET_B), DUO_E_STATE);
    w.sim.option_fresh = 0;
    assert_int_equal(download(SET_B), DUO_OK);
}

/* It says so in RAM: one attempt is enough. */
static void one_that_was_swapped_back_is_not_tried_again(void **state)
{
    bool trial;

    (void)state;
    make_file(DUO_BOOT_CM7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_true(w.sim.option_swap);
    assert_int_equal(w.sim.option_fresh, DUO_BOOT_CM7);
    w.sim.option_swap = false;
    w.sim.option_fresh = 0;
    w.taken_back = true;
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_BOOTLOADER);
    assert_false(report().other.present);
}

/* Without that word, three attempts. */
static void three_attempts_are_made(void **state)
{
    bool trial;

    (void)state;
    make_file(DUO_BOOT_CM7);
    assert_int_equal(send_bringing(DUO_BOOT_CM7), DUO_OK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
        assert_true(w.sim.option_swap);
        w.sim.option_swap = false;
        w.sim.option_fresh = 0;
    }
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().reason, DUO_REASON_BOOTLOADER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOT_RULE(one_bootloader_is_taken),
        BOOT_RULE(both_at_once_are_refused),
        BOOT_RULE(a_new_m7_bootloader_is_refused_in_bank_2),
        BOOT_RULE(without_a_swap_it_is_refused),
        BOOT_RULE(without_a_way_to_hold_a_core_it_is_refused),
        BOOT_RULE(too_large_for_its_place_is_refused),
        BOOT_RULE(a_vector_that_leads_elsewhere_is_refused),
        BOOT_RULE(one_for_the_other_core_or_layout_is_refused),
        BOOT_RULE(an_older_one_is_refused),
        BOOT_RULE(an_older_one_is_taken_with_a_higher_counter),
        BOOT_RULE(an_m7_bootloader_that_does_not_stop_the_m4_is_refused),
        BOOT_RULE(one_for_other_keys_or_hardware_is_refused),
        BOOT_RULE(our_key_must_have_its_number),
        BOOT_RULE(what_it_does_not_say_is_left_to_the_trial),
        BOOT_RULE(one_that_has_changed_since_is_not_installed),
        BOOT_RULE(a_copy_of_the_other_that_has_changed_is_not_installed),
        BOOT_RULE(while_the_m7_is_held_nothing_is_received),
        BOOT_RULE(one_that_was_swapped_back_is_not_tried_again),
        BOOT_RULE(three_attempts_are_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
