/* SPDX-License-Identifier: MIT */
/*
 * The flash of a device that has never run, in memory: what core/ writes into it is what a
 * programmer has to write into a new device.
 */
#ifndef DUO_TOOL_FLASHIMAGE_H
#define DUO_TOOL_FLASHIMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/flash.h"
#include "tool/hex.h"

struct flash_image {
    struct duo_flash flash; /* for core/ */
    uint8_t *bytes;
    bool *programmed; /* by flash word */
};

/* Blank. False: out of memory. */
bool flash_image_init(struct flash_image *f);
void flash_image_free(struct flash_image *f);

/* Programs whole flash words, blank ones excepted, as a device does. `addr` and `len` are multiples
 * of 32. */
enum duo_status flash_image_put(struct flash_image *f, uint32_t addr, const uint8_t *data,
                                uint32_t len);

/* All words that have been programmed. */
void flash_image_hex(const struct flash_image *f, struct hex *h);

#endif
