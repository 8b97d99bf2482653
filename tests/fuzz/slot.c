/* SPDX-License-Identifier: MIT */
/* A slot as it may lie in flash: locators, and the image that one of them names. */
#include <string.h>

#include "core/image/slot.h"
#include "tests/fuzz/fuzz.h"
#include "tests/txn/sets.h"

#define SLOT_MAX (3u * SMALL_SECTOR)

/* Reads stay within the slot; what is behind the input is blank. */
static enum duo_status read_slot(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    const struct duo_mem *mem = ctx;

    FUZZ_CHECK(offset <= SLOT_MAX && len <= SLOT_MAX - offset);
    memset(buf, 0xFF, len);
    if (offset < mem->size) {
        memcpy(buf, mem->data + offset, len < mem->size - offset ? len : mem->size - offset);
    }
    return DUO_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct duo_mem mem = {data, (uint32_t)size};
    const struct duo_reader reader = {read_slot, &mem};
    struct duo_image image;
    struct duo_locator loc;
    struct duo_pubkey key;
    struct duo_keyring ring;

    sign_make_key(&key);
    const struct duo_trust trust = duo_trust_one(&ring, &key);
    for (unsigned core = 0; core < DUO_CORES; core++) {
        const struct duo_slot *slot = &small_slots[core];
        if (duo_slot_verify(&reader, slot, &trust, &image, &loc) == DUO_OK) {
            FUZZ_CHECK(duo_slot_used(&loc) <= slot->size);
        }
    }
    return 0;
}
