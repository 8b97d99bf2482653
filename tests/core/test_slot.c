/* SPDX-License-Identifier: MIT */
/* Images in slots: written from a stream, read as a file again; vector tables. */
#include "tests/core/slot_flash.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "layouts/layout.h"

static void an_image_is_found_as_it_was_streamed(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;

    for (unsigned core = 0; core < DUO_CORES; core++) {
        const struct buffer *file = &f->image[core];
        for (uint32_t piece = 1; piece < 1200; piece += piece < 70 ? 1 : 97) {
            blank(&flash);
            assert_int_equal(install(&flash, &small[core], file->data, (uint32_t)file->size, piece),
                             DUO_OK);
            assert_memory_equal(flash.bytes, file->data + 32, 64); /* payload first */
            assert_int_equal(verify(f, &flash, &small[core], &image), DUO_OK);
            assert_int_equal(image.file_size, file->size);
        }
    }
}

/* The slot gives back the image file byte for byte, in reads of any size. */
static void the_view_is_the_file(void **state)
{
    const struct fixture *f = *state;
    const struct buffer *file = &f->image[DUO_CM7];
    static struct flash flash;
    struct duo_slot_view view;
    struct duo_locator loc;
    const struct duo_reader r = {flash_read, &flash};
    uint8_t buf[2048];

    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file->data, (uint32_t)file->size, 100), DUO_OK);
    assert_int_equal(duo_slot_find(&r, &small[0], 0, &loc), DUO_OK);
    duo_slot_view_init(&view, &r, &loc);
    const struct duo_reader v = duo_slot_view_reader(&view);
    assert_int_equal(duo_slot_view_size(&view), file->size);
    for (uint32_t piece = 1; piece < 1500; piece += 13) {
        for (uint32_t pos = 0; pos < file->size; pos += piece) {
            uint32_t n = file->size - pos < piece ? (uint32_t)file->size - pos : piece;
            assert_int_equal(v.read(v.ctx, pos, buf + pos, n), DUO_OK);
        }
        assert_memory_equal(buf, file->data, file->size);
    }
    assert_int_equal(v.read(v.ctx, (uint32_t)file->size, buf, 1), DUO_E_READ);
}

static void payloads_of_every_length_mod_32(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;

    for (size_t size = 600; size < 633; size++) {
        struct buffer file = make_image(f, DUO_CM7, size, NULL);
        blank(&flash);
        assert_int_equal(install(&flash, &small[0], file.data, (uint32_t)file.size, 64), DUO_OK);
        assert_int_equal(verify(f, &flash, &small[0], &image), DUO_OK);
        free(file.data);
    }
}

/* The largest that fits does, one byte more does not, and nothing of it is handed out. */
static void the_limit_is_exact(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;

    struct buffer file = make_image(f, DUO_CM7, SIZE - META_MAX, NULL);
    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file.data, (uint32_t)file.size, 64), DUO_OK);
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_OK);
    free(file.data);

    file = make_image(f, DUO_CM7, SIZE - META_MAX + 1, NULL);
    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file.data, (uint32_t)file.size, 64),
                     DUO_E_TOO_LARGE);
    assert_int_equal(flash.bytes[0], 0xFF);
    free(file.data);

    const struct image_spec long_header = {.core = DUO_CM7, .hdr_size = META_MAX};
    file = make_image(f, DUO_CM7, 600, &long_header);
    assert_int_equal(install(&flash, &small[0], file.data, (uint32_t)file.size, 64),
                     DUO_E_TOO_LARGE);
    assert_int_equal(flash.bytes[0], 0xFF);
    free(file.data);
}

/* An M4 image for the M7 slot and the other way round: refused by the vector table while streaming,
 * before a byte is handed out, and again by the verification of a slot that holds it all the same.
 */
static void the_other_cores_image_is_refused(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    struct duo_image image;

    for (unsigned core = 0; core < DUO_CORES; core++) {
        const struct buffer *file = &f->image[1 - core];
        blank(&flash);
        assert_int_equal(install(&flash, &small[core], file->data, (uint32_t)file->size, 64),
                         DUO_E_CORE);
        assert_int_equal(flash.bytes[0], 0xFF);
        /* someone writes it there with a programmer, locator and all */
        assert_int_equal(install(&flash, &small[1 - core], file->data, (uint32_t)file->size, 64),
                         DUO_OK);
        const struct duo_locator loc = {core == 0 ? M4_PAYLOAD : M7_PAYLOAD, 32,
                                        (uint32_t)file->size - 32 -
                                            (core == 0 ? M4_PAYLOAD : M7_PAYLOAD)};
        duo_locator_encode(&small[core], &loc, flash.bytes + duo_meta_offset(32, loc.payload_size));
        assert_int_equal(verify(f, &flash, &small[core], &image), DUO_E_CORE);
    }
}

/* The TLV alone is enough to refuse, even when the vector table fits. */
static void the_core_tlv_is_enforced(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    const struct image_spec lie = {.core = DUO_CM4, .hdr_size = 32};
    uint8_t payload[600];
    struct buffer file;
    struct duo_image image;

    make_payload(DUO_CM7, payload, sizeof(payload));
    file = image_build(&lie, payload, sizeof(payload), f->key);
    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file.data, (uint32_t)file.size, 64), DUO_OK);
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_E_CORE);
    free(file.data);
}

static void every_truncated_stream_is_refused(void **state)
{
    const struct fixture *f = *state;
    const struct buffer *file = &f->image[DUO_CM4];
    uint8_t meta[META_MAX];

    for (uint32_t size = 0; size < file->size; size += 1) {
        struct duo_slot_stream s;
        struct duo_slot_run run;
        uint32_t used, offset, len, pos = 0;
        duo_slot_stream_init(&s, &small[DUO_CM4], meta, (uint32_t)file->size);
        while (pos < size) {
            assert_int_equal(duo_slot_stream_push(&s, file->data + pos, size - pos, &used, &run),
                             DUO_OK);
            pos += used;
        }
        assert_int_equal(duo_slot_stream_finish(&s, &offset, &len), DUO_E_TRUNCATED);
    }
}

/* The line may cut the file anywhere. */
static void vectors_that_come_byte_by_byte_are_judged(void **state)
{
    const struct fixture *f = *state;
    const struct buffer *file = &f->image[DUO_CM4];
    uint8_t meta[DUO_SLOT_META_SIZE], bad[64];
    enum duo_status status = DUO_OK;
    struct duo_slot_stream s;
    struct duo_slot_run run;
    uint32_t used;

    memcpy(bad, file->data, sizeof(bad));
    bad[DUO_IMAGE_HEADER_SIZE + 4] &= 0xFEu; /* no Thumb bit */
    duo_slot_stream_init(&s, &small[DUO_CM4], meta, (uint32_t)file->size);
    for (uint32_t pos = 0; pos < sizeof(bad) && status == DUO_OK; pos += used) {
        status = duo_slot_stream_push(&s, bad + pos, 1, &used, &run);
    }
    assert_int_equal(status, DUO_E_ENTRY);
}

static void a_stream_longer_than_announced_is_refused(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    const struct buffer *file = &f->image[DUO_CM4];
    uint8_t meta[META_MAX];
    struct duo_slot_stream s;
    struct duo_slot_run run;
    uint32_t used, pos = 0;

    duo_slot_stream_init(&s, &small[DUO_CM4], meta, (uint32_t)file->size);
    while (pos < file->size) {
        assert_int_equal(
            duo_slot_stream_push(&s, file->data + pos, (uint32_t)file->size - pos, &used, &run),
            DUO_OK);
        pos += used;
    }
    assert_int_equal(duo_slot_stream_push(&s, file->data, 1, &used, &run), DUO_E_TRAILING);
    /* and a file announced shorter than its header says is refused with the header */
    for (uint32_t size = 33; size < 32 + M4_PAYLOAD; size += 7) {
        blank(&flash);
        assert_int_equal(install(&flash, &small[DUO_CM4], file->data, size, 64), DUO_E_TRUNCATED);
        assert_int_equal(flash.bytes[0], 0xFF);
    }
}

/* XMODEM pads the last block: what follows an image of open size is left alone, in whatever pieces
 * it arrives. */
static void padding_behind_an_image_of_open_size_is_not_taken(void **state)
{
    const struct fixture *f = *state;
    const struct buffer *file = &f->image[DUO_CM4];
    uint8_t meta[META_MAX], padded[4096];
    const uint32_t size = (uint32_t)file->size;

    assert_true(size + 1024 <= sizeof(padded));
    memset(padded, 0x1A, sizeof(padded));
    memcpy(padded, file->data, size);
    for (uint32_t piece = 1; piece <= size + 1024; piece += 37) {
        struct duo_slot_stream s;
        struct duo_slot_run run;
        uint32_t used = 1, pos = 0;

        duo_slot_stream_init(&s, &small[DUO_CM4], meta, DUO_SIZE_OPEN);
        while (used > 0) {
            uint32_t n = size + 1024 - pos < piece ? size + 1024 - pos : piece;
            assert_int_equal(duo_slot_stream_push(&s, padded + pos, n, &used, &run), DUO_OK);
            pos += used;
        }
        assert_true(duo_slot_stream_complete(&s));
        assert_int_equal(pos, size);
    }
}

/* The reason given is that of the image in front, not of what an older one has left behind it. */
static void the_first_reason_counts(void **state)
{
    const struct fixture *f = *state;
    static struct flash flash;
    const struct buffer *file = &f->image[DUO_CM7];
    const struct duo_locator stale = {4000, 32, 100};
    struct duo_image image;

    blank(&flash);
    assert_int_equal(install(&flash, &small[0], file->data, (uint32_t)file->size, 64), DUO_OK);
    duo_locator_encode(&small[0], &stale, flash.bytes + duo_meta_offset(32, 4000));
    flash.bytes[500] ^= 1;
    assert_int_equal(verify(f, &flash, &small[0], &image), DUO_E_HASH);
}

/* A caller that goes on after an error gets nothing to write. */
static void an_error_ends_the_stream(void **state)
{
    const struct fixture *f = *state;
    const struct buffer *file = &f->image[DUO_CM4];
    uint8_t meta[META_MAX], data[64];
    struct duo_slot_stream s;
    struct duo_slot_run run;
    uint32_t used, offset, len;

    memcpy(data, file->data, sizeof(data));
    duo_put32(data + 12, SIZE);
    duo_slot_stream_init(&s, &small[DUO_CM4], meta, SIZE + 500);
    assert_int_equal(duo_slot_stream_push(&s, data, sizeof(data), &used, &run), DUO_E_TOO_LARGE);
    assert_int_equal(run.len, 0);
    assert_int_equal(duo_slot_stream_push(&s, data + 32, 32, &used, &run), DUO_E_STATE);
    assert_int_equal(run.len, 0);
    assert_int_equal(duo_slot_stream_finish(&s, &offset, &len), DUO_E_TRUNCATED);
}

static void vector_tables_are_judged(void **state)
{
    static const struct {
        enum duo_core core;
        uint32_t sp, entry;
        enum duo_status want;
    } cases[] = {
        {DUO_CM7, 0x20020000, 0x08020299, DUO_OK}, /* end of DTCM: ST's example refuses it */
        {DUO_CM7, 0x24080000, 0x08020299, DUO_OK}, /* end of AXI SRAM: likewise */
        {DUO_CM7, 0x24000008, 0x08020299, DUO_OK},
        {DUO_CM7, 0x30048000, 0x08020299, DUO_OK},
        {DUO_CM7, 0x38010000, 0x08020299, DUO_OK},
        {DUO_CM7, 0x20020008, 0x08020299, DUO_E_STACK}, /* beyond */
        {DUO_CM7, 0x20000000, 0x08020299, DUO_E_STACK}, /* no room below */
        {DUO_CM7, 0x20020004, 0x08020299, DUO_E_STACK}, /* not a multiple of 8 */
        {DUO_CM7, 0x2001FFFC, 0x08020299, DUO_E_STACK},
        {DUO_CM7, 0x2001FFFF, 0x08020299, DUO_E_STACK},
        {DUO_CM7, 0x00000000, 0x08020299, DUO_E_STACK},
        {DUO_CM7, 0xFFFFFFFF, 0xFFFFFFFF, DUO_E_ENTRY}, /* blank */
        {DUO_CM7, 0x08021000, 0x08020299, DUO_E_STACK}, /* flash */
        {DUO_CM7, 0x20020000, 0x08020298, DUO_E_ENTRY}, /* Thumb bit clear */
        {DUO_CM7, 0x20020000, 0x0801FFFF, DUO_E_ENTRY}, /* in the bootloader */
        {DUO_CM7, 0x20020000, 0x080203E7, DUO_OK},      /* last halfword */
        {DUO_CM7, 0x20020000, 0x080203E9, DUO_E_ENTRY}, /* after the payload */
        {DUO_CM7, 0x20020000, 0x08120299, DUO_E_CORE},
        {DUO_CM4, 0x10048000, 0x08120299, DUO_OK},
        {DUO_CM4, 0x30048000, 0x08120299, DUO_OK},
        {DUO_CM4, 0x24080000, 0x08120299, DUO_OK},
        {DUO_CM4, 0x20020000, 0x08120299, DUO_E_STACK}, /* the M4 has no DTCM */
        {DUO_CM4, 0x10048000, 0x08020299, DUO_E_CORE},
        {DUO_CM4, 0x10048000, 0x08180001, DUO_E_ENTRY},
        {DUO_CM4, 0x10048000, 0x00000299, DUO_E_ENTRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum duo_status status = duo_slot_check_vectors(&duo_layout.slot[cases[i].core], 32, 1000,
                                                        cases[i].sp, cases[i].entry);
        if (status != cases[i].want) {
            fail_msg("%s sp 0x%08x entry 0x%08x: %s", duo_core_name(cases[i].core), cases[i].sp,
                     cases[i].entry, duo_status_text(status));
        }
    }
}

static void a_fixed_load_address_is_enforced(void **state)
{
    const struct fixture *f = *state;

    static const struct {
        uint32_t addr;
        enum duo_status want;
    } cases[] = {{0x08020000, DUO_OK},
                 {0x08120000, DUO_E_CORE},
                 {0x24000000, DUO_E_MALFORMED},
                 {0, DUO_E_MALFORMED}};
    struct duo_image image;

    for (size_t i = 0; i < 4; i++) {
        struct buffer file = make_image(f, DUO_CM7, 600, NULL);
        duo_put32(file.data + 4, cases[i].addr);
        duo_put32(file.data + 16, DUO_IMAGE_F_ROM_FIXED);
        resign(f, &file);
        struct duo_mem mem = {file.data, (uint32_t)file.size};
        const struct duo_reader r = {duo_mem_read, &mem};
        assert_int_equal(duo_image_verify(&r, mem.size, &f->trust, &image), DUO_OK);
        assert_int_equal(duo_slot_admits(&duo_layout.slot[DUO_CM7], &image), cases[i].want);
        free(file.data);
    }
}

/* Locator and padding count, too: META is what has to fit. */
static void meta_that_fits_by_its_tlvs_alone_is_refused(void **state)
{
    const struct duo_slot *slot = &duo_layout.slot[DUO_CM7];
    struct duo_locator loc = {600, 32, slot->meta_max};

    (void)state;
    assert_int_equal(duo_slot_fits(slot, &loc), DUO_E_TOO_LARGE);
    loc.tlv_size = slot->meta_max - DUO_LOCATOR_SIZE - loc.hdr_size;
    assert_int_equal(duo_slot_fits(slot, &loc), DUO_OK);
    loc.tlv_size++;
    assert_int_equal(duo_slot_fits(slot, &loc), DUO_E_TOO_LARGE);
}

/* The M7's slot is at one place in both layouts: what its program knows of the flash is not. */
static void an_image_of_another_layout_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct duo_image image;

    for (uint8_t layout = 0; layout < 3; layout++) {
        const struct image_spec spec = {
            .core = DUO_CM7, .version = {1, 2, 3, 4}, .hdr_size = 32, .layout = layout};
        struct buffer file = make_image(f, DUO_CM7, 600, &spec);
        struct duo_mem mem = {file.data, (uint32_t)file.size};
        const struct duo_reader r = {duo_mem_read, &mem};

        assert_int_equal(duo_image_verify(&r, mem.size, &f->trust, &image), DUO_OK);
        assert_int_equal(image.has_layout, layout != 0);
        for (uint8_t own = 0; own < 3; own++) {
            struct duo_slot slot = duo_layout.slot[DUO_CM7];
            slot.layout = own;
            assert_int_equal(duo_slot_admits(&slot, &image), own == layout ? DUO_OK : DUO_E_LAYOUT);
        }
        free(file.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_is_found_as_it_was_streamed),
        cmocka_unit_test(the_view_is_the_file),
        cmocka_unit_test(payloads_of_every_length_mod_32),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(the_other_cores_image_is_refused),
        cmocka_unit_test(the_core_tlv_is_enforced),
        cmocka_unit_test(every_truncated_stream_is_refused),
        cmocka_unit_test(vectors_that_come_byte_by_byte_are_judged),
        cmocka_unit_test(a_stream_longer_than_announced_is_refused),
        cmocka_unit_test(padding_behind_an_image_of_open_size_is_not_taken),
        cmocka_unit_test(the_first_reason_counts),
        cmocka_unit_test(an_error_ends_the_stream),
        cmocka_unit_test(vector_tables_are_judged),
        cmocka_unit_test(a_fixed_load_address_is_enforced),
        cmocka_unit_test(meta_that_fits_by_its_tlvs_alone_is_refused),
        cmocka_unit_test(an_image_of_another_layout_is_refused),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
