/* SPDX-License-Identifier: MIT */
/*
 * What follows from any layout: sizes of slots and of what fits into them. For C and linker
 * scripts, after the layout's own file.
 */
#ifndef LAYOUTS_SIZES_H
#define LAYOUTS_SIZES_H

/* Kept in each slot for locator, header and TLVs (core/image/slot.h, DUO_SLOT_META_SIZE). */
#define LAYOUT_META_SIZE 0x2000

#define LAYOUT_CM7_SLOT_SIZE   (LAYOUT_CM7_SECTORS * MEM_SECTOR_SIZE)
#define LAYOUT_CM4_SLOT_SIZE   (LAYOUT_CM4_SECTORS * MEM_SECTOR_SIZE)
#define LAYOUT_CM7_PAYLOAD_MAX (LAYOUT_CM7_SLOT_SIZE - LAYOUT_META_SIZE)
#define LAYOUT_CM4_PAYLOAD_MAX (LAYOUT_CM4_SLOT_SIZE - LAYOUT_META_SIZE)

#endif
