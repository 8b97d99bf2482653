/* SPDX-License-Identifier: MIT */
#include "lib/keys.h"

#include "core/base/bytes.h"
#include "duo/sram4.h"

#define KEYS_MAGIC 0x314B5244u /* "DRK1": the digit is the format */

struct block {
    uint32_t magic;
    struct duo_keys keys;
    uint32_t check; /* CRC-32 of the keys */
};

_Static_assert(sizeof(struct block) <= DUO_KEYS_SIZE, "the block has its place in SRAM4");

#define BLOCK ((volatile struct block *)(uintptr_t)DUO_KEYS_BASE)
#define WORDS (sizeof(struct duo_keys) / 4u)

static void copy_words(volatile uint32_t *to, const volatile uint32_t *from)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        to[i] = from[i];
    }
}

void duo_keys_put(const struct duo_keys *keys)
{
    copy_words((volatile uint32_t *)&BLOCK->keys, (const uint32_t *)keys);
    BLOCK->check = duo_crc32(keys, sizeof(*keys));
    BLOCK->magic = KEYS_MAGIC;
    (void)BLOCK->magic; /* the RAM's ECC buffer is written out by one more access */
}

bool duo_keys_get(struct duo_keys *keys)
{
    copy_words((uint32_t *)keys, (volatile uint32_t *)&BLOCK->keys);
    return BLOCK->magic == KEYS_MAGIC && BLOCK->check == duo_crc32(keys, sizeof(*keys)) &&
           keys->ring.count > 0 && keys->ring.count <= DUO_KEYS_MAX;
}
