/* SPDX-License-Identifier: MIT */
/*
 * Where slots, spares and journal lie, as data: firmware and tools take it from the build's layout
 * (layouts/layout.h); tests scale the geometry down.
 */
#ifndef DUO_CORE_MAP_H
#define DUO_CORE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/image.h"

#define DUO_SLOT_SECTORS_MAX 7u

struct duo_map {
    uint32_t base; /* first address of bank 1; bank 2 follows at once */
    uint32_t bank_size;
    uint32_t sector_size;
    /* By enum duo_core. Everything of one core lies in one bank, the M7's in bank 1; but see twin.
     */
    uint32_t app[DUO_CORES];
    uint32_t staging[DUO_CORES];
    uint32_t spare[DUO_CORES];
    uint8_t sectors[DUO_CORES]; /* of a slot, at most DUO_SLOT_SECTORS_MAX */
    /* The two halves of the journal, one sector each, both in bank 2. */
    uint32_t journal[2];
    /* A set is installed by a swap of the banks (core/txn/swap.h). All of the current set lies in
     * the bank that comes first, with the bootloaders in its first sector; staging is the same
     * place in the bank that comes second; there are no spares (0), and each bank has one half of
     * the journal. */
    bool twin;
    /* With twin: the M4's bootloader in the first sector, from this offset on. All else in it is
     * the M7's. Multiples of a flash word. */
    uint32_t m4_boot, m4_boot_size;
};

#endif
