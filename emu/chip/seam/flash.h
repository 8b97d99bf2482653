/* SPDX-License-Identifier: MIT */
/* FLASH: array, option bytes, power cuts. */
#ifndef EMU_CHIP_SEAM_FLASH_H
#define EMU_CHIP_SEAM_FLASH_H

#include "emu/machine.h"

enum { FLASH_BANKS = 2 };
/* A core's or master's access to the flash array (0x08000000-0x081FFFFF as mapped). */
enum bus_status flash_array_read(struct flash *f, const struct bus_access *a, uint32_t addr,
                                 unsigned size, uint32_t *value);
enum bus_status flash_array_write(struct flash *f, const struct bus_access *a, uint32_t addr,
                                  unsigned size, uint32_t value);
/* May [addr, addr+len) be read and fetched straight from the host pointer: bank idle, no ECC error,
 * no protection. */
bool flash_direct(const struct flash *f, uint32_t addr, uint32_t len);
/* When the present operation of the bank at addr ends; VT_NEVER when idle. */
vtime_t flash_busy_until(const struct flash *f, uint32_t addr);
bool flash_bank_busy(const struct flash *f, unsigned bank);
/* An erase runs: *bank becomes the start address of the bank it works on. */
bool flash_erasing(const struct flash *f, uint32_t *bank);
bool flash_unlocked(const struct flash *f, unsigned bank);
/* Debug probe / loader: stores bytes, words touched become valid. No events. */
void flash_poke(struct flash *f, uint32_t addr, const void *buf, uint32_t len);
/* The same for an erase: every flash word touched is erased. */
void flash_poke_erase(struct flash *f, uint32_t addr, uint32_t len);
void flash_peek(const struct flash *f, uint32_t addr, void *buf, uint32_t len);
/* fn is called once, before the first of these bytes is read, programmed or erased, by whichever
 * master; then all are forgotten. False: there are too many. */
#define FLASH_AWAIT_MAX 32
bool flash_await(struct flash *f, uint32_t addr, void (*fn)(void *arg), void *arg);
/* State of one flash word, for reports, the doctor and the torture run. */
enum flash_word_state {
    FW_ERASED,
    FW_VALID,
    FW_SINGLE,
    FW_DOUBLE,
    FW_BLANK_LOOKING /* reads FF, is not erased */
};
enum flash_word_state flash_word(const struct flash *f, uint32_t addr);

/* Option bytes in force and to be loaded. */
struct options {
    uint32_t optsr, boot7, boot4, wpsn[2], prar[2], scar[2];
};
/* As a part comes from the factory (RM0399 table of option bytes; reserved bits as real parts show
 * them). */
#define OPTIONS_OF_FACTORY                                                                         \
    {                                                                                              \
        .optsr = 0x1BC6AAF0, .boot7 = 0x1FF00800, .boot4 = 0x10000810, .wpsn = {0xFF, 0xFF},       \
        .prar = {0xFF, 0xFF}, .scar = {                                                            \
            0xFF,                                                                                  \
            0xFF                                                                                   \
        }                                                                                          \
    }
const struct options *flash_options(const struct flash *f);
/* As a debug probe would set them (run --option NAME=VALUE): BCM4, BCM7, SWAP_BANK, RDP,
 * BOOT_CM7_ADD0, IWDG1_SW, ... Takes effect at the next power-on. False: unknown name or bad value.
 */
bool flash_set_option(struct flash *f, const char *name, uint32_t value);
bool flash_swapped(const struct flash *f); /* OPTCR.SWAP_BANK: the swap in force */

/* Power cuts. Outcome of the operation running at the cut, and of queued ones (never begun). */
enum cut_outcome {
    CUT_RANDOM,     /* drawn from the machine's seed */
    CUT_UNTOUCHED,  /* as before the operation */
    CUT_COMPLETE,   /* as after it, but no EOP */
    CUT_DOUBLE,     /* word: double ECC error; erase: every word unreadable */
    CUT_SINGLE,     /* word: single ECC error, corrected data is the new data */
    CUT_BLANK,      /* word or sector reads as erased but is not */
    CUT_TORN_ERASE, /* erase: seeded mix of old, blank-looking, erased and unreadable words */
    CUT_MARGINAL,   /* word: reads old, new, single or double error, another one at each power cycle
                     */
    CUT_FACTORY,    /* option bytes: those of a new part */
};
/* Of an option change: UNTOUCHED the old ones, COMPLETE the new ones, all others as FACTORY. Of a
 * program or an erase FACTORY is as COMPLETE. */
/* Cut the power during flash operation number n (programs and erases of both banks and changes of
 * option bytes, counted from 1 since the machine was made, in the order in which they start). The
 * machine stops with M_POWER_CUT, RAM lost. */
void flash_cut_at_op(struct flash *f, uint64_t n, enum cut_outcome outcome);
/* Where in that operation, in thousandths of its time: 0 as it starts, 1000 just before it counts
 * as done. Default 500. */
void flash_cut_point(struct flash *f, unsigned permille);
uint64_t flash_ops(const struct flash *f); /* operations begun so far */
/* Power goes off now: running operations get their outcome, locks, queues and buffers are lost. */
void flash_power_cut(struct flash *f, enum cut_outcome outcome);
/* Lets operations never end: "erase@ADDRESS" or "program@ADDRESS", on that sector, ",times=N".
 * False: it is none of these. */
bool flash_fault_set(struct flash *f, const char *text);

/* How many of them are still to come. */
uint64_t flash_fault_left(const struct flash *f);
struct flash_counts {
    uint64_t programs[FLASH_BANKS], erases[FLASH_BANKS];
    vtime_t work[FLASH_BANKS]; /* time that all of them take, had none been cut short */
    vtime_t options;           /* the same of changes of option bytes */
};
struct flash_counts flash_counts(const struct flash *f);
/* Hash of all persistent state: content, ECC state, options. */
uint64_t flash_state_hash(const struct flash *f);
/* An operation, as observers are told of it when it begins and when it ends. */
struct flash_op {
    unsigned bank;
    bool erase, options; /* neither: a program */
    uint32_t addr, len;
    uint64_t number;
    int core; /* who started it */
};
/* Operations take the data sheet's maximum instead of its typical time. */
void flash_set_max_times(struct flash *f, bool max);
/* For tests: the word's content as a program cut with this outcome would have left it. */
void flash_damage(struct flash *f, uint32_t addr, enum cut_outcome outcome);
/* The word may read differently after the next power cycle. */
bool flash_word_marginal(const struct flash *f, uint32_t addr);
/* A debugger is attached: an intrusion at RDP level 1, also after it went, until the next reset. */
void flash_set_debugger(struct flash *f, bool attached);
/* The state file has everything up to now, also if the host loses power. */
void flash_sync(struct flash *f);
/* Backup domain bytes (BKPxR, backup SRAM) kept in the same file; size as agreed in backup.c. Never
 * NULL. */
#define BACKUP_BYTES (32 * 4 + 4096)
uint8_t *flash_backup_area(struct flash *f);

#endif
