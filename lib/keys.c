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

#define BLOCK       ((volatile struct block *)(uintptr_t)DUO_KEYS_BASE)
#define WORDS(what) (sizeof(what) / 4u)

static void copy_words(volatile uint32_t *to, const volatile uint32_t *from, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++) {
        to[i] = from[i];
    }
}

void duo_keys_put(const struct duo_keys *keys)
{
    copy_words((volatile uint32_t *)&BLOCK->keys, (const uint32_t *)keys, WORDS(*keys));
    BLOCK->check = duo_crc32(keys, sizeof(*keys));
    BLOCK->magic = KEYS_MAGIC;
    (void)BLOCK->magic; /* the RAM's ECC buffer is written out by one more access */
}

bool duo_keys_get(struct duo_keys *keys)
{
    copy_words((uint32_t *)keys, (volatile uint32_t *)&BLOCK->keys, WORDS(*keys));
    return BLOCK->magic == KEYS_MAGIC && BLOCK->check == duo_crc32(keys, sizeof(*keys)) &&
           keys->ring.count > 0 && keys->ring.count <= DUO_KEYS_MAX;
}

#define LMS_MAGIC 0x314C5244u /* "DRL1" */

/* Belongs to the other block by its check: what an earlier bootloader has left does not. */
struct lms_block {
    uint32_t magic;
    uint32_t keys_check;
    struct duo_lms_ring lms;
    uint32_t check; /* CRC-32 of the keys */
};

_Static_assert(sizeof(struct lms_block) <= DUO_LMS_KEYS_SIZE, "the block has its place in SRAM4");

#define LMS_BLOCK ((volatile struct lms_block *)(uintptr_t)DUO_LMS_KEYS_BASE)

void duo_lms_keys_put(const struct duo_lms_ring *lms)
{
    copy_words((volatile uint32_t *)&LMS_BLOCK->lms, (const uint32_t *)lms, WORDS(*lms));
    LMS_BLOCK->check = duo_crc32(lms, sizeof(*lms));
    LMS_BLOCK->keys_check = BLOCK->check;
    LMS_BLOCK->magic = LMS_MAGIC;
    (void)LMS_BLOCK->magic;
}

bool duo_lms_keys_get(struct duo_lms_ring *lms)
{
    copy_words((uint32_t *)lms, (volatile uint32_t *)&LMS_BLOCK->lms, WORDS(*lms));
    return LMS_BLOCK->magic == LMS_MAGIC && LMS_BLOCK->keys_check == BLOCK->check &&
           LMS_BLOCK->check == duo_crc32(lms, sizeof(*lms));
}
