/* SPDX-License-Identifier: MIT */
/* What an image demands itself, besides what its set says: a version of the other core's image
 * (MCUboot's dependencies), and no less than its own security counter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/txn/rules_fixture.h"

static struct duo_session session;
static struct duo_txn txn;
static uint8_t buffer[8u * SMALL_SECTOR];

/* Number of a new set: the M7's image demands at least seed `needs` of the M4's, which is of seed
 * `has`. */
static unsigned add(uint32_t needs, uint32_t has)
{
    struct set_spec s = spec(20, 30, has, 1);

    s.image[DUO_CM7].needs = needs;
    world_add_set(&w, &s);
    return w.set_count - 1u;
}

static enum duo_status send_image(unsigned set, enum duo_core core)
{
    const struct test_image *image = &w.sets[set].image[core];
    const enum duo_status status = duo_session_write(&session, image->file, image->file_size);

    return status == DUO_OK ? duo_session_end_file(&session) : status;
}

static void begin(void)
{
    const struct duo_boot_request request = {.recovery = true};
    struct duo_boot boot;

    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    duo_session_use_buffer(&session, buffer, sizeof(buffer));
}

static void a_set_whose_images_do_not_agree_is_refused(void **state)
{
    (void)state;
    assert_int_equal(download(add(41, 40)), DUO_E_DEPENDENCY);
    assert_int_equal(report().reason_code, DUO_E_DEPENDENCY);
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(download(SET_B), DUO_OK); /* the next one is taken */
    assert_int_equal(world_settle(&w), SET_B);
}

static void what_is_demanded_may_be_older_than_what_is_there(void **state)
{
    (void)state;
    for (uint32_t needs = 39; needs <= 40; needs++) {
        const unsigned set = add(needs, 40);
        w.allowed = ~0u; /* the set before it has been confirmed */
        assert_int_equal(download(set), DUO_OK);
        assert_int_equal(world_settle(&w), set);
    }
}

static void the_m4s_image_may_demand_one_of_the_m7s(void **state)
{
    struct set_spec s = spec(20, 30, 40, 1);

    (void)state;
    s.image[DUO_CM4].needs = 31;
    world_add_set(&w, &s);
    assert_int_equal(download(w.set_count - 1u), DUO_E_DEPENDENCY);
    assert_int_equal(world_settle(&w), SET_A);
}

/* It joins what the other core has, which is of seed 2. */
static void an_image_alone_that_demands_more_than_the_device_has(void **state)
{
    const unsigned set = add(40, 40);

    (void)state;
    begin();
    assert_int_equal(send_image(set, DUO_CM7), DUO_OK);
    assert_int_equal(duo_session_finish(&session), DUO_E_DEPENDENCY);
    assert_int_equal(world_settle(&w), SET_A);
}

static void the_same_image_with_the_one_that_it_demands(void **state)
{
    const unsigned set = add(40, 40);

    (void)state;
    begin();
    assert_int_equal(send_image(set, DUO_CM7), DUO_OK);
    assert_int_equal(send_image(set, DUO_CM4), DUO_OK);
    assert_int_equal(duo_session_finish(&session), DUO_OK);
    assert_int_equal(world_settle(&w), set);
}

/* As a probe writes them into a new device. */
static void images_of_the_factory_that_do_not_agree_do_not_start(void **state)
{
    (void)state;
    for (unsigned k = 0; k < small_map.sectors[DUO_CM7]; k++) {
        sim_wipe_sector(&w.sim, small_map.app[DUO_CM7] + k * SMALL_SECTOR);
    }
    for (unsigned k = 0; k < small_map.sectors[DUO_CM4]; k++) {
        sim_wipe_sector(&w.sim, small_map.app[DUO_CM4] + k * SMALL_SECTOR);
    }
    set_program(&w.sets[add(41, 40)], &w.sim);
    const struct duo_boot boot = boot_once();
    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason_code, DUO_E_DEPENDENCY);
    assert_int_equal(boot.reason_core, DUO_CM7);
}

/* Else a device that has lost its journal, and follows the images, would refuse its own set. */
static void a_set_is_not_below_the_counter_of_its_images(void **state)
{
    (void)state;
    for (uint32_t own = 3; own <= 4; own++) {
        struct set_spec s = spec(20, 30 + own, 40, 3);

        s.image[DUO_CM7].counter = own;
        world_add_set(&w, &s);
        w.allowed = ~0u;
        const bool good = own <= 3;
        assert_int_equal(download(w.set_count - 1u), good ? DUO_OK : DUO_E_DOWNGRADE);
        const unsigned before = w.set_count - (good ? 1u : 2u);
        assert_int_equal(world_settle(&w), before);
    }
}

/* ---- The counter of a pair that comes without a manifest ---- */

static unsigned add_with_counter(uint32_t m7_seed, uint32_t m4_seed, uint32_t m7_counter)
{
    struct set_spec s = spec(20, m7_seed, m4_seed, 1);

    s.image[DUO_CM7].counter = m7_counter;
    w.allowed = ~0u;
    return world_add_set(&w, &s);
}

/* What a device is worth that has an image of 1 can be no more, or without its journal it would
 * refuse its own set. */
static void a_pair_is_worth_what_its_weaker_image_is(void **state)
{
    const unsigned set = add_with_counter(30, 40, 5);

    (void)state;
    begin();
    assert_int_equal(send_image(set, DUO_CM7), DUO_OK);
    assert_int_equal(send_image(set, DUO_CM4), DUO_OK);
    assert_int_equal(duo_session_finish(&session), DUO_OK);
    assert_int_equal(world_settle(&w), set);
    assert_int_equal(report().counter, 1);
}

/* The new image is above it, the one that stays is not. A boot would have found that out and given
 * it up; after a fault there has been none. */
static void a_pair_below_the_counter_is_refused(void **state)
{
    const unsigned set = add_with_counter(30, 40, 7);
    struct duo_state next;

    (void)state;
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    next = txn.state;
    next.counter = 5;
    assert_int_equal(duo_txn_record(&txn, &next), DUO_OK);
    duo_txn_cannot_start(&txn, false);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    duo_session_use_buffer(&session, buffer, sizeof(buffer));
    assert_int_equal(send_image(set, DUO_CM7), DUO_OK);
    assert_int_equal(duo_session_finish(&session), DUO_E_DOWNGRADE);
}

/* From the factory, too. */
static void a_factory_set_is_worth_what_its_weaker_image_is(void **state)
{
    const unsigned set = add_with_counter(30, 40, 5);

    (void)state;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        for (unsigned k = 0; k < small_map.sectors[c]; k++) {
            sim_wipe_sector(&w.sim, small_map.app[c] + k * SMALL_SECTOR);
        }
    }
    set_program(&w.sets[set], &w.sim);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_counter(&txn), 1);
    assert_int_equal(world_settle(&w), set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_set_whose_images_do_not_agree_is_refused),
        RULE(what_is_demanded_may_be_older_than_what_is_there),
        RULE(the_m4s_image_may_demand_one_of_the_m7s),
        RULE(an_image_alone_that_demands_more_than_the_device_has),
        RULE(the_same_image_with_the_one_that_it_demands),
        RULE(images_of_the_factory_that_do_not_agree_do_not_start),
        RULE(a_set_is_not_below_the_counter_of_its_images),
        RULE(a_pair_is_worth_what_its_weaker_image_is),
        RULE(a_pair_below_the_counter_is_refused),
        RULE(a_factory_set_is_worth_what_its_weaker_image_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
