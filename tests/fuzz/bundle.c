/* SPDX-License-Identifier: MIT */
/* A bundle that arrives in pieces: manifest and images. */
#include "core/image/bundle.h"

#include "tests/fuzz/fuzz.h"
#include "tests/txn/sets.h"

static enum duo_status take(struct duo_bundle *b, const uint8_t *data, uint32_t len)
{
    enum duo_bundle_event event = DUO_BUNDLE_DATA;
    enum duo_status status = DUO_OK;

    while (status == DUO_OK && event != DUO_BUNDLE_MORE && event != DUO_BUNDLE_END) {
        uint32_t used = 0;
        status = duo_bundle_next(b, data, len, &used, &event);
        FUZZ_CHECK(used <= len);
        if (status == DUO_OK && event == DUO_BUNDLE_MANIFEST) {
            status = duo_bundle_accept(b);
        } else if (status == DUO_OK && event == DUO_BUNDLE_DATA) {
            FUZZ_CHECK(b->data >= data && b->data + b->len <= data + used);
            FUZZ_CHECK(b->offset + b->len <= b->manifest.image[b->core].file_size);
        }
        data += used;
        len -= used;
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct duo_lms_ring second = {.keys = {{.id = {1}, .root = {2}}}};
    const struct duo_slot *const slots[DUO_CORES] = {&small_slots[DUO_CM7], &small_slots[DUO_CM4]};
    struct fuzz_input in = {data, size};
    const uint32_t piece = 1u + fuzz_number(&in, 1000);
    struct duo_bundle b;
    struct duo_pubkey key;
    struct duo_keyring ring;
    enum duo_status status = DUO_OK;

    sign_make_key(&key);
    struct duo_trust trust = duo_trust_one(&ring, &key);
    trust.lms = piece % 3u == 1u ? &second : NULL;
    trust.passes_second = piece % 3u == 2u;
    duo_bundle_init(&b, &trust, TEST_HARDWARE, slots);
    while (in.left > 0 && status == DUO_OK) {
        const uint32_t n = in.left < piece ? (uint32_t)in.left : piece;
        status = take(&b, in.data, n);
        in.data += n;
        in.left -= n;
    }
    FUZZ_CHECK(status == DUO_OK || duo_bundle_finish(&b) != DUO_OK);
    return 0;
}
