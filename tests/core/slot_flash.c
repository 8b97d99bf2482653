/* SPDX-License-Identifier: MIT */
#include "tests/core/slot_flash.h"

#include <stdlib.h>
#include <string.h>

#include "chip/stm32h7/memory.h"
#include "layouts/layout.h"

const struct duo_slot small[DUO_CORES] = {
    {DUO_CM7, MEM_BANK1_BASE + MEM_SECTOR_SIZE, SIZE, META_MAX, MEM_BANK2_BASE + MEM_SECTOR_SIZE,
     SIZE, duo_stack_ram_cm7, 0},
    {DUO_CM4, MEM_BANK2_BASE + MEM_SECTOR_SIZE, SIZE, META_MAX, MEM_BANK1_BASE + MEM_SECTOR_SIZE,
     SIZE, duo_stack_ram_cm4, 0},
};

enum duo_status flash_read(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    struct flash *f = ctx;

    assert_true(offset <= SIZE && len <= SIZE - offset); /* the contract of struct duo_reader */
    f->reads++;
    if (offset < f->bad + 32 && offset + len > f->bad) {
        return DUO_E_READ;
    }
    memcpy(buf, f->bytes + offset, len);
    return DUO_OK;
}

void blank(struct flash *flash)
{
    memset(flash->bytes, 0xFF, SIZE);
    flash->bad = SIZE;
    flash->reads = 0;
}

enum duo_status install(struct flash *flash, const struct duo_slot *slot, const uint8_t *file,
                        uint32_t size, uint32_t piece)
{
    uint8_t *meta = malloc(slot->meta_max);
    struct duo_slot_stream s;
    enum duo_status status = DUO_OK;

    assert_non_null(meta);
    duo_slot_stream_init(&s, slot, meta, size);
    for (uint32_t pos = 0; pos < size && status == DUO_OK;) {
        uint32_t len = size - pos < piece ? size - pos : piece, used;
        struct duo_slot_run run;
        status = duo_slot_stream_push(&s, file + pos, len, &used, &run);
        if (status == DUO_OK) {
            /* a header that is stored in front is handed out when it is complete */
            assert_true(used > 0 && used <= len && (run.len <= used || run.offset == 0));
            assert_true(run.offset + run.len <= slot->size - slot->meta_max);
            if (run.len > 0) {
                memcpy(flash->bytes + run.offset, run.data, run.len);
            }
            pos += used;
        }
    }
    uint32_t offset, len;
    if (status == DUO_OK) {
        status = duo_slot_stream_finish(&s, &offset, &len);
    }
    if (status == DUO_OK) {
        assert_true(offset % 32 == 0 && len % 32 == 0 && len <= slot->meta_max);
        memcpy(flash->bytes + offset, meta, len);
    }
    free(meta);
    return status;
}

enum duo_status verify(const struct fixture *f, struct flash *flash, const struct duo_slot *slot,
                       struct duo_image *image)
{
    const struct duo_reader r = {flash_read, flash};
    struct duo_locator loc;

    return duo_slot_verify(&r, slot, &f->trust, image, &loc);
}
