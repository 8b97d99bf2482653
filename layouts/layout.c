/* SPDX-License-Identifier: MIT */
/*
 * A layout as a value. DUO_LAYOUT_HEADER is its file, DUO_LAYOUT_VALUE the name of the value.
 */
#include "layouts/layout.h"

#ifndef DUO_LAYOUT_VALUE
#define DUO_LAYOUT_VALUE duo_layout
#endif
#include DUO_LAYOUT_HEADER
#include "core/image/manifest.h"
#include "layouts/sizes.h"

const struct duo_layout DUO_LAYOUT_VALUE = {
    .name = LAYOUT_NAME,
    .boot = {{LAYOUT_CM7_BOOT_BASE, LAYOUT_CM7_BOOT_SIZE},
             {LAYOUT_CM4_BOOT_BASE, LAYOUT_CM4_BOOT_SIZE}},
    .map =
        {
            .base = MEM_FLASH_BASE,
            .bank_size = MEM_BANK_SIZE,
            .sector_size = MEM_SECTOR_SIZE,
            .app = {LAYOUT_CM7_APP_BASE, LAYOUT_CM4_APP_BASE},
            .staging = {LAYOUT_CM7_STAGING_BASE, LAYOUT_CM4_STAGING_BASE},
            .spare = {LAYOUT_CM7_SPARE_BASE, LAYOUT_CM4_SPARE_BASE},
            .sectors = {LAYOUT_CM7_SECTORS, LAYOUT_CM4_SECTORS},
            .journal = {LAYOUT_JOURNAL_A_BASE, LAYOUT_JOURNAL_B_BASE},
            .twin = LAYOUT_TWIN,
            .m4_boot = LAYOUT_TWIN ? LAYOUT_CM4_BOOT_BASE - MEM_BANK1_BASE : 0,
            .m4_boot_size = LAYOUT_TWIN ? LAYOUT_CM4_BOOT_SIZE : 0,
        },
    .slot = {{DUO_CM7, LAYOUT_CM7_APP_BASE, LAYOUT_CM7_SLOT_SIZE, LAYOUT_META_SIZE,
              LAYOUT_CM4_APP_BASE, LAYOUT_CM4_SLOT_SIZE, duo_stack_ram_cm7, LAYOUT_NUMBER},
             {DUO_CM4, LAYOUT_CM4_APP_BASE, LAYOUT_CM4_SLOT_SIZE, LAYOUT_META_SIZE,
              LAYOUT_CM7_APP_BASE, LAYOUT_CM7_SLOT_SIZE, duo_stack_ram_cm4, LAYOUT_NUMBER}},
};

/* ---- What every layout has to keep ---- */

#define IS_SECTOR(addr)          (((addr)-MEM_FLASH_BASE) % MEM_SECTOR_SIZE == 0)
#define SECTOR_OF(addr)          ((addr) - (addr) % MEM_SECTOR_SIZE)
#define BANK_OF(addr)            (((addr)-MEM_FLASH_BASE) / MEM_BANK_SIZE + 1)
#define IN_ONE_BANK(first, size) (BANK_OF(first) == BANK_OF((first) + (size)-1))
#define APART(a, a_size, b, b_size)                                                                \
    ((a) + (a_size) <= (b) || (b) + (b_size) <= (a)) /* two ranges share nothing */

_Static_assert(LAYOUT_NUMBER <= DUO_LAYOUT_MAX, "a manifest has room for the number");
_Static_assert(DUO_SLOT_META_SIZE == LAYOUT_META_SIZE, "one size for what follows a payload");
_Static_assert(DUO_SLOT_META_SIZE % DUO_SLOT_ALIGN == 0, "META ends with a flash word");
_Static_assert(DUO_SLOT_ALIGN == MEM_FLASH_WORD, "one alignment for files and flash");
_Static_assert(LAYOUT_CM7_SECTORS <= DUO_SLOT_SECTORS_MAX &&
                   LAYOUT_CM4_SECTORS <= DUO_SLOT_SECTORS_MAX,
               "a slot's sectors fit the state's fields");
_Static_assert(IS_SECTOR(LAYOUT_CM7_APP_BASE) && IS_SECTOR(LAYOUT_CM4_APP_BASE) &&
                   IS_SECTOR(LAYOUT_CM7_STAGING_BASE) && IS_SECTOR(LAYOUT_CM4_STAGING_BASE) &&
                   IS_SECTOR(LAYOUT_JOURNAL_A_BASE) && IS_SECTOR(LAYOUT_JOURNAL_B_BASE),
               "everything that is erased by itself begins with a sector");
_Static_assert(IS_SECTOR(LAYOUT_CM7_SPARE_BASE), "and so does a spare");
_Static_assert(IS_SECTOR(LAYOUT_CM4_SPARE_BASE), "and so does a spare");
_Static_assert(LAYOUT_CM7_APP_BASE % MEM_VECTOR_ALIGN == 0 &&
                   LAYOUT_CM4_APP_BASE % MEM_VECTOR_ALIGN == 0,
               "an application begins with its vector table");
_Static_assert(LAYOUT_CM7_BOOT_SIZE <= MEM_SECTOR_SIZE && LAYOUT_CM4_BOOT_SIZE <= MEM_SECTOR_SIZE &&
                   APART(SECTOR_OF(LAYOUT_CM7_BOOT_BASE), MEM_SECTOR_SIZE, LAYOUT_CM7_APP_BASE,
                         LAYOUT_CM7_SLOT_SIZE) &&
                   APART(SECTOR_OF(LAYOUT_CM4_BOOT_BASE), MEM_SECTOR_SIZE, LAYOUT_CM4_APP_BASE,
                         LAYOUT_CM4_SLOT_SIZE) &&
                   APART(LAYOUT_CM7_BOOT_BASE, LAYOUT_CM7_BOOT_SIZE, LAYOUT_CM4_BOOT_BASE,
                         LAYOUT_CM4_BOOT_SIZE),
               "bootloaders lie apart, and no application lies in a sector of theirs");
_Static_assert(LAYOUT_CM7_BOOT_BASE % MEM_BOOT_ALIGN == 0 &&
                   LAYOUT_CM4_BOOT_BASE % MEM_BOOT_ALIGN == 0,
               "a boot address can be put into the option bytes");
_Static_assert(APART(LAYOUT_CM7_APP_BASE, LAYOUT_CM7_SLOT_SIZE, LAYOUT_CM7_STAGING_BASE,
                     LAYOUT_CM7_SLOT_SIZE) &&
                   APART(LAYOUT_CM4_APP_BASE, LAYOUT_CM4_SLOT_SIZE, LAYOUT_CM4_STAGING_BASE,
                         LAYOUT_CM4_SLOT_SIZE) &&
                   APART(LAYOUT_CM7_APP_BASE, LAYOUT_CM7_SLOT_SIZE, LAYOUT_CM4_APP_BASE,
                         LAYOUT_CM4_SLOT_SIZE) &&
                   APART(LAYOUT_CM7_STAGING_BASE, LAYOUT_CM7_SLOT_SIZE, LAYOUT_CM7_SPARE_BASE,
                         MEM_SECTOR_SIZE) &&
                   APART(LAYOUT_CM4_STAGING_BASE, LAYOUT_CM4_SLOT_SIZE, LAYOUT_CM4_SPARE_BASE,
                         MEM_SECTOR_SIZE) &&
                   APART(LAYOUT_CM4_SPARE_BASE, MEM_SECTOR_SIZE, LAYOUT_JOURNAL_A_BASE,
                         MEM_SECTOR_SIZE) &&
                   LAYOUT_JOURNAL_A_BASE != LAYOUT_JOURNAL_B_BASE,
               "slots, staging, spares and journal lie apart");
_Static_assert(IN_ONE_BANK(LAYOUT_CM7_APP_BASE, LAYOUT_CM7_SLOT_SIZE) &&
                   IN_ONE_BANK(LAYOUT_CM7_STAGING_BASE, LAYOUT_CM7_SLOT_SIZE) &&
                   IN_ONE_BANK(LAYOUT_CM4_APP_BASE, LAYOUT_CM4_SLOT_SIZE) &&
                   IN_ONE_BANK(LAYOUT_CM4_STAGING_BASE, LAYOUT_CM4_SLOT_SIZE),
               "a slot lies in one bank");

#if LAYOUT_TWIN
#define IS_TWIN(first, second) ((second) == (first) + MEM_BANK_SIZE)
_Static_assert(APART(LAYOUT_CM7_LATE_BASE, LAYOUT_CM7_LATE_SIZE, LAYOUT_CM4_BOOT_BASE,
                     LAYOUT_CM4_BOOT_SIZE) &&
                   SECTOR_OF(LAYOUT_CM7_LATE_BASE + LAYOUT_CM7_LATE_SIZE - 1) == MEM_BANK1_BASE,
               "what recovery loads lies in the first sector, after the M4's bootloader");
_Static_assert(IS_TWIN(LAYOUT_CM7_APP_BASE, LAYOUT_CM7_STAGING_BASE) &&
                   IS_TWIN(LAYOUT_CM4_APP_BASE, LAYOUT_CM4_STAGING_BASE) &&
                   IS_TWIN(LAYOUT_JOURNAL_A_BASE, LAYOUT_JOURNAL_B_BASE),
               "each bank holds the same at the same place");
_Static_assert(SECTOR_OF(LAYOUT_CM7_BOOT_BASE) == MEM_BANK1_BASE &&
                   SECTOR_OF(LAYOUT_CM4_BOOT_BASE) == MEM_BANK1_BASE,
               "both bootloaders lie in the first sector of their bank");
#endif
