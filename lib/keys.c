/* SPDX-License-Identifier: MIT */
#include "lib/keys.h"

#include "core/base/bytes.h"
#include "duo/sram4.h"

#define KEYS_MAGIC 0x314B5244u /* "DRK1": the digit is the format */

/* Words only, so that every write is one full ECC word of the RAM. */
struct block {
    uint32_t magic;
    struct duo_keyring ring;
    uint32_t check; /* CRC-32 of the ring */
};

_Static_assert(sizeof(struct block) <= DUO_KEYS_SIZE, "the block has its place in SRAM4");

#define BLOCK      ((volatile struct block *)(uintptr_t)DUO_KEYS_BASE)
#define RING_WORDS (sizeof(struct duo_keyring) / 4u)

static void copy_words(volatile uint32_t *to, const volatile uint32_t *from)
{
    for (uint32_t i = 0; i < RING_WORDS; i++) {
        to[i] = from[i];
    }
}

void duo_keys_put(const struct duo_keyring *ring)
{
    copy_words((volatile uint32_t *)&BLOCK->ring, (const uint32_t *)ring);
    BLOCK->check = duo_crc32(ring, sizeof(*ring));
    BLOCK->magic = KEYS_MAGIC;
    (void)BLOCK->magic; /* the RAM's ECC buffer is written out by one more access */
}

bool duo_keys_get(struct duo_keyring *ring)
{
    copy_words((uint32_t *)ring, (volatile uint32_t *)&BLOCK->ring);
    return BLOCK->magic == KEYS_MAGIC && BLOCK->check == duo_crc32(ring, sizeof(*ring)) &&
           ring->count > 0 && ring->count <= DUO_KEYS_MAX;
}
