/* SPDX-License-Identifier: MIT */
/* An image file: header, TLVs, vectors, and whether a slot takes it. */
#include "core/image/image.h"

#include "core/image/slot.h"
#include "tests/fuzz/fuzz.h"
#include "tests/txn/sets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct duo_mem mem = {data, (uint32_t)size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;
    struct duo_pubkey key;
    struct duo_keyring ring;

    sign_make_key(&key);
    const struct duo_trust trust = duo_trust_one(&ring, &key);
    if (duo_image_verify(&reader, (uint32_t)size, &trust, &image) == DUO_OK) {
        FUZZ_CHECK(image.file_size <= size && image.sig_len <= sizeof(image.sig));
        for (unsigned core = 0; core < DUO_CORES; core++) {
            (void)duo_slot_admits(&small_slots[core], &image);
        }
    }
    return 0;
}
