/* SPDX-License-Identifier: MIT */
/*
 * The flash map of duoboot on a 2 MiB STM32H745/747/755/757: the one place that declares it.
 *
 * Two banks of eight 128 KiB sectors (RM0399 ch. 4). A sector is the unit of erase, a flash word of
 * 32 bytes the unit of programming; a flash word is programmed once per erase. The banks erase and
 * program independently, and a bank at work cannot be read, so everything that belongs to the M7 is
 * in bank 1 and everything that belongs to the M4 in bank 2.
 */
#ifndef DUO_FLASHMAP_H
#define DUO_FLASHMAP_H

#define DUO_FLASH_BASE       0x08000000u
#define DUO_FLASH_BANKS      2u
#define DUO_BANK_SIZE        0x00100000u
#define DUO_SECTOR_SIZE      0x00020000u
#define DUO_SECTORS_PER_BANK (DUO_BANK_SIZE / DUO_SECTOR_SIZE)
#define DUO_FLASH_WORD       32u

#define DUO_BANK_BASE(bank)           (DUO_FLASH_BASE + (bank)*DUO_BANK_SIZE)
#define DUO_SECTOR_BASE(bank, sector) (DUO_BANK_BASE(bank) + (sector)*DUO_SECTOR_SIZE)

/* Bank 1: the Cortex-M7. */
#define DUO_CM7_BOOT_BASE    0x08000000u
#define DUO_CM7_BOOT_MAX     (40u * 1024u)
#define DUO_CM7_APP_BASE     0x08020000u
#define DUO_CM7_APP_SECTORS  3u
#define DUO_CM7_STAGING_BASE 0x08080000u
#define DUO_CM7_SPARE_BASE   0x080E0000u

/* Bank 2: the Cortex-M4, and the journal in its last two sectors. */
#define DUO_CM4_BOOT_BASE    0x08100000u
#define DUO_CM4_BOOT_MAX     (4u * 1024u)
#define DUO_CM4_APP_BASE     0x08120000u
#define DUO_CM4_APP_SECTORS  2u
#define DUO_CM4_STAGING_BASE 0x08160000u
#define DUO_CM4_SPARE_BASE   0x081A0000u
#define DUO_JOURNAL_A_BASE   0x081C0000u
#define DUO_JOURNAL_B_BASE   0x081E0000u

#define DUO_CM7_SLOT_SIZE (DUO_CM7_APP_SECTORS * DUO_SECTOR_SIZE)
#define DUO_CM4_SLOT_SIZE (DUO_CM4_APP_SECTORS * DUO_SECTOR_SIZE)

/* The image header and TLVs are stored behind the payload; this much of each slot is kept for them.
 */
#define DUO_SLOT_META_SIZE  (8u * 1024u)
#define DUO_CM7_PAYLOAD_MAX (DUO_CM7_SLOT_SIZE - DUO_SLOT_META_SIZE)
#define DUO_CM4_PAYLOAD_MAX (DUO_CM4_SLOT_SIZE - DUO_SLOT_META_SIZE)

/* VTOR: 166 vectors round up to 256 words, so a table must be aligned to 0x400 (PM0253, PM0214). */
#define DUO_VECTOR_ALIGN 0x400u
#define DUO_VECTOR_COUNT 166u

_Static_assert(DUO_CM7_BOOT_BASE == DUO_SECTOR_BASE(0u, 0u),
               "M7 boots from the first sector of bank 1");
_Static_assert(DUO_CM7_APP_BASE == DUO_SECTOR_BASE(0u, 1u),
               "M7 application address is part of the contract");
_Static_assert(DUO_CM7_STAGING_BASE == DUO_CM7_APP_BASE + DUO_CM7_SLOT_SIZE,
               "M7 staging follows the slot");
_Static_assert(DUO_CM7_SPARE_BASE == DUO_CM7_STAGING_BASE + DUO_CM7_SLOT_SIZE,
               "M7 spare follows staging");
_Static_assert(DUO_CM7_SPARE_BASE + DUO_SECTOR_SIZE == DUO_BANK_BASE(1u), "bank 1 is full");
_Static_assert(DUO_CM4_BOOT_BASE == DUO_SECTOR_BASE(1u, 0u),
               "M4 boots from the first sector of bank 2");
_Static_assert(DUO_CM4_APP_BASE == DUO_SECTOR_BASE(1u, 1u),
               "M4 application address is part of the contract");
_Static_assert(DUO_CM4_STAGING_BASE == DUO_CM4_APP_BASE + DUO_CM4_SLOT_SIZE,
               "M4 staging follows the slot");
_Static_assert(DUO_CM4_SPARE_BASE == DUO_CM4_STAGING_BASE + DUO_CM4_SLOT_SIZE,
               "M4 spare follows staging");
_Static_assert(DUO_JOURNAL_A_BASE == DUO_CM4_SPARE_BASE + DUO_SECTOR_SIZE,
               "journal follows the M4 spare");
_Static_assert(DUO_JOURNAL_B_BASE + DUO_SECTOR_SIZE == DUO_BANK_BASE(2u), "bank 2 is full");
_Static_assert(DUO_CM7_APP_BASE % DUO_VECTOR_ALIGN == 0 && DUO_CM4_APP_BASE % DUO_VECTOR_ALIGN == 0,
               "an application begins with its vector table");

#endif
