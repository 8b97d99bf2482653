/* SPDX-License-Identifier: MIT */
/* An image file that arrives in pieces, on its way to a slot. */
#include "core/image/slot.h"
#include "tests/fuzz/fuzz.h"
#include "tests/txn/sets.h"

#define META_MAX 256u /* of small_slots */

static enum duo_status push(struct duo_slot_stream *s, const uint8_t *data, uint32_t len)
{
    enum duo_status status = DUO_OK;

    while (len > 0 && status == DUO_OK && !duo_slot_stream_complete(s)) {
        struct duo_slot_run run = {0};
        uint32_t used = 0;

        status = duo_slot_stream_push(s, data, len, &used, &run);
        if (status == DUO_E_CORE && s->slot->core == DUO_CM7) {
            status = duo_slot_stream_retarget(s, &small_slots[DUO_CM4]);
            continue;
        }
        if (status == DUO_OK) {
            FUZZ_CHECK(used > 0 && used <= len);
            FUZZ_CHECK(run.offset <= s->slot->size && run.len <= s->slot->size - run.offset);
        }
        data += used;
        len -= used;
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    const uint32_t piece = 1u + fuzz_number(&in, 300);
    const bool open = fuzz_byte(&in) & 1u;
    static uint8_t meta[META_MAX];
    struct duo_slot_stream s;
    enum duo_status status = DUO_OK;
    uint32_t offset, len;

    duo_slot_stream_init(&s, &small_slots[DUO_CM7], meta, open ? DUO_SIZE_OPEN : (uint32_t)in.left);
    while (in.left > 0 && status == DUO_OK) {
        const uint32_t n = in.left < piece ? (uint32_t)in.left : piece;
        status = push(&s, in.data, n);
        in.data += n;
        in.left -= n;
    }
    if (status == DUO_OK && duo_slot_stream_finish(&s, &offset, &len) == DUO_OK) {
        FUZZ_CHECK(len <= META_MAX && offset + len <= s.slot->size);
    }
    return 0;
}
