/* SPDX-License-Identifier: MIT */
/* Images that a running application takes without a bundle: what is refused, and that a refusal
 * costs no flash operation and no set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/download.h"
#include "tests/txn/rules_fixture.h"

static struct duo_txn txn;
static struct duo_download incoming;
static uint8_t buffer[8u * SMALL_SECTOR];

static void begin_with_room(uint32_t room)
{
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_download_begin(&incoming, &txn), DUO_OK);
    duo_download_use_buffer(&incoming, buffer, room);
}

static enum duo_status work(void)
{
    while (duo_download_wants_work(&incoming)) {
        unsigned erases = 100;
        const enum duo_status status = duo_download_work(&incoming, &erases);

        if (status != DUO_OK && status != DUO_E_BUSY) {
            return status;
        }
    }
    return DUO_OK;
}

/* All of a file, or up to what refuses it. */
static enum duo_status put(const uint8_t *file, uint32_t size)
{
    while (incoming.stage != DUO_DOWNLOAD_COMPLETE) {
        const uint32_t left = size > incoming.taken ? size - incoming.taken : 0;
        uint32_t used;

        if (left == 0 && !duo_download_copies(&incoming)) {
            return DUO_E_STATE; /* more is wanted than the file has */
        }
        enum duo_status status =
            duo_download_put(&incoming, file + incoming.taken, left < 100u ? left : 100u, &used);

        if (status == DUO_OK) {
            status = work();
        }
        if (status != DUO_OK) {
            return status;
        }
    }
    return DUO_OK;
}

static enum duo_status put_image(unsigned set, enum duo_core core)
{
    return put(w.sets[set].image[core].file, w.sets[set].image[core].file_size);
}

/* Nothing was written, and set A runs. */
static void expect_refused(enum duo_status status, enum duo_status wanted, uint64_t before)
{
    assert_int_equal(status, wanted);
    assert_true(w.sim.ops == before);
    assert_int_equal(world_settle(&w), SET_A);
}

static void one_image_makes_a_set_with_what_is_there(void **state)
{
    (void)state;
    begin_with_room(sizeof(buffer));
    duo_download_expect(&incoming, DUO_CM7);
    assert_int_equal(put_image(SET_M7_ONLY, DUO_CM7), DUO_OK);
    assert_true(duo_download_brings(&incoming, DUO_CM7));
    assert_false(duo_download_brings(&incoming, DUO_CM4));
    assert_int_equal(duo_download_release(&incoming), DUO_OK);
    assert_int_equal(world_settle(&w), SET_M7_ONLY);
}

static void two_images_are_one_set(void **state)
{
    (void)state;
    begin_with_room(sizeof(buffer));
    assert_int_equal(put_image(SET_B, DUO_CM4), DUO_OK);
    assert_int_equal(duo_download_next_image(&incoming), DUO_OK);
    assert_int_equal(put_image(SET_B, DUO_CM7), DUO_OK);
    assert_int_equal(duo_download_next_image(&incoming), DUO_E_STATE); /* both are here */
    assert_int_equal(duo_download_release(&incoming), DUO_OK);
    assert_int_equal(world_settle(&w), SET_B);
}

static void the_same_core_twice(void **state)
{
    (void)state;
    begin_with_room(sizeof(buffer));
    assert_int_equal(put_image(SET_B, DUO_CM4), DUO_OK);
    assert_int_equal(duo_download_next_image(&incoming), DUO_OK);
    assert_int_not_equal(put_image(SET_B, DUO_CM4), DUO_OK);
    assert_int_equal(world_settle(&w), SET_A);
}

static void without_room_there_are_only_bundles(void **state)
{
    const uint64_t before = w.sim.ops;

    (void)state;
    begin_with_room(0);
    expect_refused(put_image(SET_B, DUO_CM7), DUO_E_UNSUPPORTED, before);
}

static void an_image_larger_than_the_room(void **state)
{
    const uint64_t before = w.sim.ops;

    (void)state;
    begin_with_room(64);
    expect_refused(put_image(SET_B, DUO_CM7), DUO_E_TOO_LARGE, before);
    begin_with_room(w.sets[SET_B].image[DUO_CM7].file_size - 1u); /* its header fits */
    expect_refused(put_image(SET_B, DUO_CM7), DUO_E_TOO_LARGE, before);
}

static void an_image_for_the_other_core(void **state)
{
    const uint64_t before = w.sim.ops;

    (void)state;
    begin_with_room(sizeof(buffer));
    duo_download_expect(&incoming, DUO_CM4);
    expect_refused(put_image(SET_B, DUO_CM7), DUO_E_CORE, before);
}

static void a_spoiled_image(void **state)
{
    const uint64_t before = w.sim.ops;
    const struct test_image *image = &w.sets[SET_B].image[DUO_CM7];
    uint8_t *copy = malloc(image->file_size);

    (void)state;
    assert_non_null(copy);
    memcpy(copy, image->file, image->file_size);
    copy[image->file_size / 2u] ^= 1;
    begin_with_room(sizeof(buffer));
    expect_refused(put(copy, image->file_size), DUO_E_HASH, before);
    free(copy);
}

/* A length field that leaves no room for the TLV area's own head. */
static void an_area_smaller_than_its_head(void **state)
{
    const uint64_t before = w.sim.ops;
    const struct test_image *image = &w.sets[SET_B].image[DUO_CM7];

    (void)state;
    for (uint32_t at = 0; at < image->file_size; at++) {
        uint8_t *copy = malloc(image->file_size);

        assert_non_null(copy);
        memcpy(copy, image->file, image->file_size);
        copy[at] = 0;
        begin_with_room(sizeof(buffer));
        const bool is_same = image->file[at] == 0;
        const enum duo_status status = is_same ? DUO_E_HASH : put(copy, image->file_size);

        free(copy);
        assert_int_not_equal(status, DUO_OK);
        assert_true(w.sim.ops == before);
    }
    assert_int_equal(world_settle(&w), SET_A);
}

/* Nor is the rest of such a file waited for, however long it is. */
static void an_endless_file_after_such_an_area(void **state)
{
    static uint8_t file[sizeof(buffer) + 1000u];
    const uint64_t before = w.sim.ops;
    const struct test_image *image = &w.sets[SET_B].image[DUO_CM7];
    const uint32_t area =
        image->hdr_size + image->payload_size + (image->file[10] | image->file[11] << 8u);

    (void)state;
    memcpy(file, image->file, image->file_size);
    assert_int_equal(file[area] | file[area + 1u] << 8, 0x6907);
    for (uint8_t size = 0; size < 4u; size++) {
        file[area + 2u] = size;
        file[area + 3u] = 0;
        begin_with_room(sizeof(buffer));
        expect_refused(put(file, sizeof(file)), DUO_E_MALFORMED, before);
    }
}

static void a_device_that_wants_a_second_signature(void **state)
{
    const uint64_t before = w.sim.ops;
    struct duo_trust trust = *w.dev.trust;
    struct duo_trust *own = w.dev.trust;
    static const struct duo_lms_ring keys;

    (void)state;
    trust.lms = &keys;
    w.dev.trust = &trust;
    begin_with_room(sizeof(buffer));
    const enum duo_status status = put_image(SET_B, DUO_CM7);

    w.dev.trust = own;
    expect_refused(status, DUO_E_NO_SECOND, before);
}

/* ---- The counter of a pair ---- */

static unsigned add_with_counter(uint32_t m7_seed, uint32_t m4_seed, uint32_t counter)
{
    struct set_spec s = spec(10 + m7_seed, m7_seed, m4_seed, counter);

    s.image[DUO_CM7].counter = s.image[DUO_CM4].counter = counter;
    w.allowed = ~0u;
    return world_add_set(&w, &s);
}

static void a_pair_is_worth_what_its_weaker_image_is(void **state)
{
    const unsigned strong = add_with_counter(20, 21, 5);
    const unsigned pair = add_with_counter(20, 2, 1); /* the one it makes with set A's */
    struct test_image *there = &w.sets[pair].image[DUO_CM7];

    (void)state;
    memcpy(there->hash, w.sets[strong].image[DUO_CM7].hash, DUO_HASH_SIZE);
    memcpy(there->slot, w.sets[strong].image[DUO_CM7].slot, there->slot_size);
    begin_with_room(sizeof(buffer));
    assert_int_equal(put_image(strong, DUO_CM7), DUO_OK);
    assert_int_equal(duo_download_release(&incoming), DUO_OK);
    assert_int_equal(world_settle(&w), pair);
    assert_int_equal(report().counter, 1);
}

static void a_pair_below_the_counter(void **state)
{
    const unsigned strong = add_with_counter(20, 21, 7);
    struct duo_state next;

    (void)state;
    world_update(&w, SET_B, false); /* both its images are of counter 1 */
    duo_txn_open(&txn, &w.dev);
    next = txn.state;
    next.counter = 5;
    assert_int_equal(duo_txn_record(&txn, &next), DUO_OK);
    begin_with_room(sizeof(buffer));
    assert_int_equal(put_image(strong, DUO_CM7), DUO_E_DOWNGRADE);
}

/* Where banks are swapped the first image's bank has got a copy of the other core's image. That is
 * none that has been sent: after a reset only the first one is there to go on with. */
static void a_second_image_that_is_refused_leaves_the_first(void **state)
{
    tear_down(state);
    set_up_twin(state);
    const unsigned strong = add_with_counter(20, 21, 8);
    world_update(&w, SET_HIGH, false);
    begin_with_room(sizeof(buffer));
    assert_int_equal(put_image(strong, DUO_CM4), DUO_OK);
    assert_int_equal(duo_download_next_image(&incoming), DUO_OK);
    assert_int_equal(put_image(SET_B, DUO_CM7), DUO_E_DOWNGRADE);
    assert_int_equal(report().reason_code, DUO_E_DOWNGRADE);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_download_resume(&incoming, &txn), DUO_OK);
    duo_download_use_buffer(&incoming, buffer, sizeof(buffer));
    assert_int_equal(work(), DUO_OK);
    assert_true(duo_download_brings(&incoming, DUO_CM4));
    assert_false(duo_download_brings(&incoming, DUO_CM7));
}

static void out_of_order(void **state)
{
    (void)state;
    begin_with_room(sizeof(buffer));
    assert_int_equal(duo_download_next_image(&incoming), DUO_E_STATE);
    assert_int_not_equal(duo_download_release(&incoming), DUO_OK);
    assert_int_equal(world_settle(&w), SET_A);
}

static void a_bundle_has_no_next_image(void **state)
{
    (void)state;
    begin_with_room(sizeof(buffer));
    assert_int_equal(put(w.sets[SET_B].bundle, w.sets[SET_B].bundle_size), DUO_OK);
    assert_int_equal(duo_download_next_image(&incoming), DUO_E_STATE);
    assert_int_equal(duo_download_release(&incoming), DUO_OK);
    assert_int_equal(world_settle(&w), SET_B);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(one_image_makes_a_set_with_what_is_there),
        RULE(two_images_are_one_set),
        RULE(the_same_core_twice),
        RULE(without_room_there_are_only_bundles),
        RULE(an_image_larger_than_the_room),
        RULE(an_image_for_the_other_core),
        RULE(a_spoiled_image),
        RULE(an_area_smaller_than_its_head),
        RULE(an_endless_file_after_such_an_area),
        RULE(a_pair_is_worth_what_its_weaker_image_is),
        RULE(a_pair_below_the_counter),
        RULE(a_second_image_that_is_refused_leaves_the_first),
        RULE(a_device_that_wants_a_second_signature),
        RULE(out_of_order),
        RULE(a_bundle_has_no_next_image),
    };

    return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
