/* SPDX-License-Identifier: MIT */
/* Images of programs that are linked after their header, as MCUboot's world makes them. */
#include <stdlib.h>
#include <string.h>

#include "chip/stm32h7/memory.h"
#include "core/base/bytes.h"
#include "layouts/layout.h"
#include "tests/core/slot_flash.h"

#define HEADER  0x400u
#define PAYLOAD 1000u

/* As `small`, with room for such a header. */
static const struct duo_slot wide = {.core = DUO_CM7,
                                     .run_base = MEM_BANK1_BASE + MEM_SECTOR_SIZE,
                                     .size = SIZE,
                                     .meta_max = 2048,
                                     .other_base = MEM_BANK2_BASE + MEM_SECTOR_SIZE,
                                     .other_size = SIZE,
                                     .stack_ram = duo_stack_ram_cm7};

static struct buffer make(const struct fixture *f, uint32_t hdr_size, uint32_t payload)
{
    const struct image_spec spec = {.core = DUO_CM7, .hdr_size = hdr_size};

    return make_image(f, DUO_CM7, payload, &spec);
}

static void it_lies_in_its_slot_as_in_its_file(void **state)
{
    const struct fixture *f = *state;
    struct buffer file = make(f, HEADER, PAYLOAD);
    static struct flash flash;
    struct duo_image image;

    for (uint32_t piece = 1; piece < 1200; piece += piece < 70 ? 1 : 97) {
        blank(&flash);
        assert_int_equal(install(&flash, &wide, file.data, (uint32_t)file.size, piece), DUO_OK);
        assert_memory_equal(flash.bytes, file.data, HEADER + PAYLOAD);
        assert_int_equal(verify(f, &flash, &wide, &image), DUO_OK);
        assert_int_equal(image.file_size, file.size);
        assert_int_equal(duo_payload_offset(image.header.hdr_size), HEADER);
    }
    free(file.data);
}

/* By the view, and turned into its file in place. */
static void the_slot_gives_the_file_back(void **state)
{
    const struct fixture *f = *state;
    struct buffer file = make(f, HEADER, PAYLOAD);
    static struct flash flash;
    static uint8_t meta[2048];
    const struct duo_reader r = {flash_read, &flash};
    struct duo_slot_view view;
    struct duo_locator loc;
    uint8_t copy[4096];

    blank(&flash);
    assert_int_equal(install(&flash, &wide, file.data, (uint32_t)file.size, 100), DUO_OK);
    assert_int_equal(duo_slot_find(&r, &wide, 0, &loc), DUO_OK);
    duo_slot_view_init(&view, &r, &loc);
    const struct duo_reader v = duo_slot_view_reader(&view);
    for (uint32_t piece = 1; piece < 1500; piece += 13) {
        for (uint32_t pos = 0; pos < file.size; pos += piece) {
            const uint32_t left = (uint32_t)file.size - pos;
            assert_int_equal(v.read(v.ctx, pos, copy + pos, left < piece ? left : piece), DUO_OK);
        }
        assert_memory_equal(copy, file.data, file.size);
    }
    assert_int_equal(duo_slot_to_file(flash.bytes, &loc, meta, sizeof(meta)), file.size);
    assert_memory_equal(flash.bytes, file.data, file.size);
    free(file.data);
}

/* The header's size says where the program must be linked to; no image fits both. */
static void a_program_linked_for_the_other_form_is_refused(void **state)
{
    static const struct {
        uint32_t header, entry;
        enum duo_status want;
    } cases[] = {
        {0x400, 0x08020400 + 0x41, DUO_OK},
        {0x400, 0x08020000 + 0x41, DUO_E_ENTRY},
        {0x800, 0x08020800 + 0x41, DUO_OK},
        {0x800, 0x08020400 + 0x41, DUO_E_ENTRY},
        {0x1C00, 0x08021C00 + 0x41, DUO_OK},
        {0x400, 0x08020400 + PAYLOAD, DUO_E_ENTRY}, /* even */
        {0x400, 0x08020400 + PAYLOAD - 1u, DUO_OK},
        {0x400, 0x08020400 + PAYLOAD + 1u, DUO_E_ENTRY},
        {0x400, 0x08120400 + 0x41, DUO_E_CORE},
        {0x200, 0x08020000 + 0x41, DUO_OK},
        {0x200, 0x08020400 + 0x41, DUO_E_ENTRY},
        {0x20, 0x08020400 + 0x41, DUO_E_ENTRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t payload = cases[i].header % 0x400u == 0 ? PAYLOAD : 600u;
        assert_int_equal(duo_slot_check_vectors(&duo_layout.slot[DUO_CM7], cases[i].header, payload,
                                                0x20020000, cases[i].entry),
                         cases[i].want);
    }
}

static enum duo_status install_one(const struct fixture *f, uint32_t hdr_size, uint32_t payload)
{
    struct buffer file = make(f, hdr_size, payload);
    static struct flash flash;
    struct duo_image image;

    blank(&flash);
    enum duo_status status = install(&flash, &wide, file.data, (uint32_t)file.size, 64);
    assert_true(status == DUO_OK || flash.bytes[0] == 0xFF);
    if (status == DUO_OK) {
        status = verify(f, &flash, &wide, &image);
    }
    free(file.data);
    return status;
}

/* Header and payload together have the room of a payload; such a header is smaller than META. */
static void the_limits_are_exact(void **state)
{
    const struct fixture *f = *state;

    assert_int_equal(install_one(f, HEADER, SIZE - 2048 - HEADER), DUO_OK);
    assert_int_equal(install_one(f, HEADER, SIZE - 2048 - HEADER + 1), DUO_E_TOO_LARGE);
    assert_int_equal(install_one(f, 2048, PAYLOAD), DUO_E_TOO_LARGE);
    assert_int_equal(install_one(f, 4096, PAYLOAD), DUO_E_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lies_in_its_slot_as_in_its_file),
        cmocka_unit_test(the_slot_gives_the_file_back),
        cmocka_unit_test(a_program_linked_for_the_other_form_is_refused),
        cmocka_unit_test(the_limits_are_exact),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
