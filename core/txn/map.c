/* SPDX-License-Identifier: MIT */
#include "core/txn/map.h"

#include "duo/flashmap.h"

const struct duo_map duo_map_default = {
    .base = DUO_FLASH_BASE,
    .bank_size = DUO_BANK_SIZE,
    .sector_size = DUO_SECTOR_SIZE,
    .app = {DUO_CM7_APP_BASE, DUO_CM4_APP_BASE},
    .staging = {DUO_CM7_STAGING_BASE, DUO_CM4_STAGING_BASE},
    .spare = {DUO_CM7_SPARE_BASE, DUO_CM4_SPARE_BASE},
    .sectors = {DUO_CM7_APP_SECTORS, DUO_CM4_APP_SECTORS},
    .journal = {DUO_JOURNAL_A_BASE, DUO_JOURNAL_B_BASE},
};
