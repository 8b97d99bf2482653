/* SPDX-License-Identifier: MIT */
/* How an image is found in a slot, whatever else lies there. */
#include "tests/core/slot_flash.h"

#include <stdlib.h>
#include <string.h>

/* Each flash word of the image unreadable in turn: never accepted, never more than an error. */
static void a_torn_word_anywhere_is_refused(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    const struct buffer *file = &f->image[DUO_CM7];
    struct duo_image image;

    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file->data, (uint32_t)file->size, 64), DUO_OK);
    uint32_t locator = duo_meta_offset(32, M7_PAYLOAD);
    const struct duo_locator loc = {M7_PAYLOAD, 32, (uint32_t)file->size - 32 - M7_PAYLOAD};
    for (flash.bad = 0; flash.bad < duo_slot_used(&loc); flash.bad += 32) {
        assert_int_equal(verify(f, &flash, &small[0], &image),
                         flash.bad == locator ? DUO_E_NO_IMAGE : DUO_E_READ);
    }
}

/* META of an older, longer image left behind the new one, in front of it, and several of them. */
static void stale_locators_are_passed_over(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;

    blank(&flash);
    struct buffer old = make_image(f, DUO_CM7, 3000, NULL);
    assert_int_equal(install(&flash, &small[0], old.data, (uint32_t)old.size, 64), DUO_OK);
    const struct buffer *file = &f->image[DUO_CM7];
    assert_int_equal(install(&flash, &small[0], file->data, (uint32_t)file->size, 64), DUO_OK);
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_OK);
    assert_int_equal(image.header.payload_size, M7_PAYLOAD);

    /* the other way round: a short one's locator survives inside the payload area of a long one */
    blank(&flash);
    assert_int_equal(install(&flash, &small[0], old.data, (uint32_t)old.size, 64), DUO_OK);
    const struct duo_locator stale = {512, 32, 150};
    duo_locator_encode(&small[0], &stale, flash.bytes + 512);
    struct buffer with = {NULL, 0};
    uint8_t payload[3000];
    memcpy(payload, flash.bytes, sizeof(payload));
    const struct image_spec spec = {.core = DUO_CM7, .hdr_size = 32};
    with = image_build(&spec, payload, sizeof(payload), f->key);
    blank(&flash);
    assert_int_equal(install(&flash, &small[0], with.data, (uint32_t)with.size, 64), DUO_OK);
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_OK);
    assert_int_equal(image.header.payload_size, 3000);
    free(with.data);
    free(old.data);
}

/* Only a locator that names its own place and this core is one. */
static void a_locator_must_name_its_place_and_core(void **state)
{
    static struct flash flash;
    const struct duo_reader r = {flash_read, &flash};
    const struct duo_locator loc = {1000, 32, 100};
    struct duo_locator found;

    (void)state;
    for (uint32_t at = 960; at <= 1088; at += 32) {
        blank(&flash);
        duo_locator_encode(&small[0], &loc, flash.bytes + at);
        assert_int_equal(duo_slot_find(&r, &small[0], 0, &found),
                         at == 1024 ? DUO_OK : DUO_E_NO_IMAGE);
        assert_int_equal(duo_slot_find(&r, &small[1], 0, &found), DUO_E_NO_IMAGE);
    }
}

/* A locator that claims more TLVs than the image has would carry unsigned bytes along. */
static void a_locator_must_have_the_images_sizes(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    const struct buffer *file = &f->image[DUO_CM7];
    const struct duo_locator wide = {M7_PAYLOAD, 32, (uint32_t)file->size - 32 - M7_PAYLOAD + 1};
    struct duo_image image;

    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file->data, (uint32_t)file->size, 64), DUO_OK);
    duo_locator_encode(&small[0], &wide, flash.bytes + duo_meta_offset(32, M7_PAYLOAD));
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_E_MALFORMED);
}

/* A slot full of locators that lead nowhere costs a bounded number of reads. */
static void many_false_locators_cost_little(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;

    blank(&flash);
    for (uint32_t at = 32; at <= SIZE - META_MAX; at += 32) {
        const struct duo_locator loc = {at, 32, 100};
        duo_locator_encode(&small[0], &loc, flash.bytes + at);
    }
    assert_int_not_equal(verify(f, &flash, &small[0], &image), DUO_OK);
    assert_true(flash.reads < 1000);
}

static void noise_is_no_image(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;
    uint32_t seed = 1;

    blank(&flash);
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_E_NO_IMAGE);
    memset(flash.bytes, 0, SIZE);
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_E_NO_IMAGE);
    for (unsigned round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < SIZE; i++) {
            seed = seed * 1664525u + 1013904223u;
            flash.bytes[i] = (uint8_t)(seed >> 24);
        }
        assert_int_equal(verify(f, &flash, &small[0], &image), DUO_E_NO_IMAGE);
    }
}

/* Every bit of the locator matters. */
static void a_damaged_locator_is_none(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;
    const struct buffer *file = &f->image[DUO_CM7];

    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file->data, (uint32_t)file->size, 64), DUO_OK);
    uint8_t *locator = flash.bytes + duo_meta_offset(32, M7_PAYLOAD);
    for (unsigned bit = 0; bit < 256; bit++) {
        locator[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(verify(f, &flash, &small[0], &image), DUO_E_NO_IMAGE);
        locator[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_word_anywhere_is_refused),
        cmocka_unit_test(stale_locators_are_passed_over),
        cmocka_unit_test(a_locator_must_name_its_place_and_core),
        cmocka_unit_test(a_locator_must_have_the_images_sizes),
        cmocka_unit_test(many_false_locators_cost_little),
        cmocka_unit_test(noise_is_no_image),
        cmocka_unit_test(a_damaged_locator_is_none),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
