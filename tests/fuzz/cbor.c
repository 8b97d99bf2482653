/* SPDX-License-Identifier: MIT */
/* CBOR: whatever is a map is walked through to its last item; and what is written can be read. */
#include "proto/cbor.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static volatile uint8_t sum;

static void walk(const struct duo_cbor_item *item, const uint8_t *end, unsigned depth)
{
    struct duo_cbor_item rest = *item, inner;

    FUZZ_CHECK(depth <= DUO_CBOR_DEPTH);
    if (item->type == DUO_CBOR_BYTES || item->type == DUO_CBOR_TEXT ||
        item->type == DUO_CBOR_ARRAY || item->type == DUO_CBOR_MAP) {
        FUZZ_CHECK(item->size <= (size_t)(end - item->bytes));
        for (uint32_t i = 0; i < item->size; i++) {
            sum ^= item->bytes[i];
        }
    }
    if (item->type != DUO_CBOR_ARRAY && item->type != DUO_CBOR_MAP) {
        return;
    }
    while (duo_cbor_next(&rest, &inner)) {
        walk(&inner, end, depth + 1u);
    }
}

static void ask(const struct duo_cbor_item *map, const uint8_t *end)
{
    static const char *const keys[] = {"", "off", "data", "len", "image", "err"};
    struct duo_cbor_item value;

    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (duo_cbor_find(map, keys[i], &value)) {
            walk(&value, end, 1);
        }
        for (unsigned type = 0; type <= DUO_CBOR_OTHER; type++) {
            if (duo_cbor_get(map, keys[i], (enum duo_cbor_type)type, &value)) {
                FUZZ_CHECK(value.type == type);
            }
        }
    }
}

/* The input says what is written, and into how little room. */
static void write_some(struct fuzz_input *in)
{
    uint8_t bytes[256];
    const size_t room = fuzz_byte(in);
    struct duo_cbor_out out;
    struct duo_cbor_item map;
    unsigned open = 1, items = 0;

    duo_cbor_begin(&out, bytes, room);
    duo_cbor_map(&out);
    while (in->left > 0 && items++ < DUO_CBOR_ITEMS) {
        switch (fuzz_number(in, 6)) {
        case 0:
            duo_cbor_put_number(&out, "number", fuzz_number(in, 0x1000000u));
            break;
        case 1:
            duo_cbor_put_bytes(&out, "bytes", in->data, (uint32_t)(in->left % 40u));
            break;
        case 2:
            duo_cbor_put_text(&out, "text", "text");
            break;
        case 3:
            duo_cbor_put_bool(&out, "truth", fuzz_byte(in) & 1u);
            break;
        case 4:
            if (open < DUO_CBOR_OPEN) {
                duo_cbor_text(&out, "map");
                duo_cbor_map(&out);
                open++;
            }
            break;
        default:
            if (open > 1) {
                duo_cbor_end(&out);
                open--;
            }
            break;
        }
    }
    while (open-- > 0) {
        duo_cbor_end(&out);
    }
    FUZZ_CHECK(out.at >= bytes && (size_t)(out.at - bytes) <= room);
    if (!out.full) {
        FUZZ_CHECK(duo_cbor_read_map(bytes, (size_t)(out.at - bytes), &map));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct duo_cbor_item map;

    if (duo_cbor_read_map(data, size, &map)) {
        walk(&map, data + size, 0);
        ask(&map, data + size);
    }
    write_some(&in);
    return 0;
}
