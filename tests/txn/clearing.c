/* SPDX-License-Identifier: MIT */
/* In which order a set's sectors are erased, and what goes along with what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/clearing.h"
#include "tests/txn/rules_fixture.h"

/* ---- A flash that writes down what it is told ---- */

static const struct duo_map *map;
static char story[256];
static bool busy[2];
static uint32_t bad; /* the sector that cannot be erased */
static uint32_t running[2];

static unsigned bank_of(uint32_t addr)
{
    return addr - map->base < map->bank_size ? 0 : 1;
}

static void tell(const char *what, uint32_t addr)
{
    const size_t at = strlen(story);
    const char *name = "?";
    unsigned number = 0;

    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (addr == map->spare[c]) {
            name = c == DUO_CM7 ? "spare7" : "spare4";
        } else if (addr - map->staging[c] < map->sectors[c] * map->sector_size) {
            name = c == DUO_CM7 ? "m7-" : "m4-";
            number = (addr - map->staging[c]) / map->sector_size + 1u;
        }
    }
    if (number == 0) {
        (void)snprintf(story + at, sizeof(story) - at, "%s%s ", what, name);
    } else {
        (void)snprintf(story + at, sizeof(story) - at, "%s%s%u ", what, name, number);
    }
}

static enum duo_status begin_erase(void *ctx, uint32_t addr)
{
    const unsigned bank = bank_of(addr);

    (void)ctx;
    assert_false(busy[bank]);
    tell(busy[1u - bank] ? "+" : "", addr);
    busy[bank] = true;
    running[bank] = addr;
    return DUO_OK;
}

static enum duo_status begin_program(void *ctx, uint32_t addr, const uint8_t data[DUO_WORD_SIZE])
{
    (void)ctx;
    assert_false(busy[bank_of(addr)]);
    assert_int_equal(data[0], 0);
    tell("zeros:", addr);
    return DUO_OK;
}

static enum duo_status poll(void *ctx, uint32_t addr)
{
    const unsigned bank = bank_of(addr);
    const bool was = busy[bank];

    (void)ctx;
    busy[bank] = false;
    return was && running[bank] == bad ? DUO_E_ERASE : DUO_OK;
}

static enum duo_word_state read_word(void *ctx, uint32_t addr, void *buf, uint32_t len)
{
    (void)ctx;
    (void)addr;
    memset(buf, 0, len);
    return DUO_WORD_GOOD;
}

static const struct duo_flash flash = {
    .begin_erase = begin_erase, .begin_program = begin_program, .poll = poll, .read = read_word};
static struct duo_device device;
static struct duo_clearing clearing;

static void begin(const struct duo_map *of, uint8_t m7, uint8_t m4)
{
    const uint8_t sectors[DUO_CORES] = {m7, m4};

    map = of;
    device = (struct duo_device){.flash = &flash, .map = of};
    story[0] = '\0';
    memset(busy, 0, sizeof(busy));
    duo_clearing_begin(&clearing, &device, sectors);
}

static void reach(enum duo_core core, unsigned sector)
{
    assert_int_equal(duo_clearing_reach(&clearing, core, (sector - 1u) * map->sector_size), DUO_OK);
    assert_false(busy[0] || busy[1]);
}

static void expect(const char *text)
{
    assert_string_equal(story, text);
    story[0] = '\0';
}

static int no_fault(void **state)
{
    (void)state;
    bad = 0;
    return 0;
}

/* ---- ---- */

static void finish(enum duo_core core)
{
    assert_int_equal(duo_clearing_finish(&clearing, core), DUO_OK);
    assert_false(busy[0] || busy[1]);
}

static void both_banks_erase_at_once(void **state)
{
    (void)state;
    begin(&small_map, 3, 2);
    reach(DUO_CM7, 1);
    expect("m7-1 +spare4 ");
    reach(DUO_CM7, 1);
    expect("");
    reach(DUO_CM7, 2);
    expect("m7-2 +m4-1 ");
    reach(DUO_CM7, 3);
    expect("m7-3 +m4-2 ");
    finish(DUO_CM7);
    expect("spare7 ");
    reach(DUO_CM4, 2);
    finish(DUO_CM4);
    expect("");
}

static void an_image_for_one_core(void **state)
{
    (void)state;
    begin(&small_map, 2, 0);
    reach(DUO_CM7, 1);
    expect("spare7 m7-1 ");
    reach(DUO_CM7, 2);
    finish(DUO_CM7);
    expect("m7-2 ");
    begin(&small_map, 0, 1);
    reach(DUO_CM4, 1);
    finish(DUO_CM4);
    expect("spare4 m4-1 ");
}

static void images_of_a_sector_each(void **state)
{
    (void)state;
    begin(&small_map, 1, 1);
    reach(DUO_CM7, 1);
    expect("m7-1 +spare4 ");
    finish(DUO_CM7);
    expect("spare7 +m4-1 ");
    reach(DUO_CM4, 1);
    finish(DUO_CM4);
    expect("");
}

/* The M4's last sector is left for its own turn. */
static void a_small_image_before_a_large_one(void **state)
{
    (void)state;
    begin(&small_map, 1, 2);
    reach(DUO_CM7, 1);
    finish(DUO_CM7);
    expect("m7-1 +spare4 spare7 +m4-1 ");
    reach(DUO_CM4, 1);
    expect("");
    reach(DUO_CM4, 2);
    expect("m4-2 ");
}

/* All of a bank that comes second, one after the other; there are no spares. */
static void banks_that_are_swapped(void **state)
{
    (void)state;
    begin(&twin_map, 1, 1);
    reach(DUO_CM7, 1);
    expect("m7-1 ");
    finish(DUO_CM7);
    expect("");
    reach(DUO_CM4, 1);
    finish(DUO_CM4);
    expect("m4-1 ");
}

static void a_worn_spare_is_passed_over(void **state)
{
    (void)state;
    bad = small_map.spare[DUO_CM4];
    begin(&small_map, 1, 1);
    reach(DUO_CM7, 1);
    expect("m7-1 +spare4 zeros:spare4 ");
    bad = small_map.spare[DUO_CM7];
    finish(DUO_CM7);
    expect("spare7 +m4-1 zeros:spare7 ");
    assert_int_equal(clearing.refused, 0);
}

/* It is told when that image's turn comes, not in the middle of the other one. */
static void a_worn_sector_of_the_next_image(void **state)
{
    (void)state;
    bad = small_map.staging[DUO_CM4];
    begin(&small_map, 3, 2);
    reach(DUO_CM7, 3);
    expect("m7-1 +spare4 m7-2 +m4-1 m7-3 +m4-1 ");
    finish(DUO_CM7);
    expect("spare7 +m4-1 ");
    assert_int_equal(duo_clearing_reach(&clearing, DUO_CM4, 0), DUO_E_ERASE);
    expect("m4-1 ");
    assert_int_equal(clearing.refused, small_map.staging[DUO_CM4]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(both_banks_erase_at_once, no_fault),
        cmocka_unit_test_setup(an_image_for_one_core, no_fault),
        cmocka_unit_test_setup(images_of_a_sector_each, no_fault),
        cmocka_unit_test_setup(a_small_image_before_a_large_one, no_fault),
        cmocka_unit_test_setup(banks_that_are_swapped, no_fault),
        cmocka_unit_test_setup(a_worn_spare_is_passed_over, no_fault),
        cmocka_unit_test_setup(a_worn_sector_of_the_next_image, no_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
