/* SPDX-License-Identifier: MIT */
/* A slot in a flash of its own, to be filled from a stream. */
#ifndef DUO_TESTS_CORE_SLOT_FLASH_H
#define DUO_TESTS_CORE_SLOT_FLASH_H

#include "core/image/slot.h"
#include "tests/core/fixture.h"

/* Small slots make exhaustive tests cheap; only the sizes differ from the real ones. */
#define META_MAX 1024u
#define SIZE     8192u

extern const struct duo_slot small[DUO_CORES];

struct flash {
    uint8_t bytes[SIZE];
    uint32_t bad; /* offset of a flash word that cannot be read, or SIZE */
    unsigned reads;
};

/* For struct duo_reader; ctx is a struct flash. */
enum duo_status flash_read(void *ctx, uint32_t offset, void *buf, uint32_t len);

void blank(struct flash *flash);
/* Streams a file in pieces of `piece` bytes into the slot; META last. */
enum duo_status install(struct flash *flash, const struct duo_slot *slot, const uint8_t *file,
                        uint32_t size, uint32_t piece);
enum duo_status verify(const struct fixture *f, struct flash *flash, const struct duo_slot *slot,
                       struct duo_image *image);

#endif
