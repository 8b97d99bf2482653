/* SPDX-License-Identifier: MIT */
/*
 * The flash as core/ sees it: a few functions that a port (or a simulator) provides.
 *
 * Two banks work independently: each has at most one operation under way, and both may be busy at
 * the same time. A busy bank must not be read: on the STM32H745 such a read stalls the core until
 * the operation ends. All addresses are absolute, as the cores see them.
 *
 * What callers may and may not conclude (RM0399, embedded flash, ECC):
 *  - A flash word (32 bytes) is programmed once per erase.
 *  - A word whose programming was cut by a reset may read erased, new, with a corrected error or
 *    unreadable, and may read differently at the next power cycle or read. A cut erase leaves such
 *    words all over the sector. So "reads blank" never proves "is erased"; only a completed erase
 *    does.
 */
#ifndef DUO_CORE_FLASH_H
#define DUO_CORE_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

#define DUO_WORD_SIZE 32u

/* What reading showed, best first. */
enum duo_word_state {
    DUO_WORD_GOOD,      /* no ECC error */
    DUO_WORD_CORRECTED, /* a single error was corrected: the data is right, the word is weak */
    DUO_WORD_UNREADABLE /* double error: the data is unknown */
};

struct duo_flash {
    /*
     * Starts to erase the sector that begins at `addr` and returns without waiting.
     * DUO_OK: the bank is busy now; poll() tells the end. Otherwise nothing has been started:
     * BUSY (this bank still works), ARG (not the start of a sector), PROTECTED, ERASE.
     */
    enum duo_status (*begin_erase)(void *ctx, uint32_t addr);

    /*
     * Starts to program the word at `addr` (multiple of 32) with 32 bytes and returns without
     * waiting; `data` may change after the return. The word must not have been programmed since
     * its last erase, except with 32 zero bytes: programming zeros over anything is allowed and
     * leaves a word that does not read blank (see core/txn/journal.h for its only use).
     * Errors as begin_erase(), with PROGRAM in place of ERASE.
     */
    enum duo_status (*begin_program)(void *ctx, uint32_t addr, const uint8_t data[DUO_WORD_SIZE]);

    /*
     * The bank in which `addr` lies: BUSY while its operation runs; then, once, the operation's
     * result: OK, ERASE, PROGRAM or PROTECTED; OK when nothing was started. Never waits. OK says
     * that the controller reported no error, not that the data is right: read it back.
     */
    enum duo_status (*poll)(void *ctx, uint32_t addr);

    /*
     * Copies `len` bytes from `addr` on; any alignment, within one bank. Never faults: bytes of an
     * unreadable word come as 0. Returns the worst state of the words touched. Reads the array
     * itself, not a cache that is older than the last operation. The bank must be idle.
     */
    enum duo_word_state (*read)(void *ctx, uint32_t addr, void *buf, uint32_t len);

    /*
     * Called again and again while core/ waits for an operation (up to 4 s for an erase): feeds
     * watchdogs, keeps a line alive. Must not start a flash operation. May be NULL.
     */
    void (*idle)(void *ctx);

    void *ctx;

    /* ---- Swap of the banks: for a map with `twin`, else NULL ---- */

    /* The physical bank (1 or 2) that comes first now. It changes at a reset only. */
    unsigned (*first_bank)(void *ctx);

    /*
     * Starts to change the option bytes so that this physical bank (1 or 2) comes first after the
     * next reset, and returns without waiting. No flash operation may be under way, and none may be
     * begun until poll_swap() has told the end. A power cut leaves the old options, the new ones,
     * or those of a new chip (which has bank 1 first). Errors: PROTECTED, TIMEOUT.
     * `fresh`, a DUO_BOOT_* or 0: the core whose bootloader is new there is held at each reset
     * until the other one's lets it go (core/txn/newboot.h).
     */
    enum duo_status (*begin_swap)(void *ctx, unsigned bank, unsigned fresh);
    /* BUSY while the change runs; then its result: OK, PROTECTED (refused), TIMEOUT. */
    enum duo_status (*poll_swap)(void *ctx);
    /* The M4's bootloader watches over the M7's: that is held at each reset until then. */
    bool (*guarded)(void *ctx);
    /* Can begin_swap() hold a core? Not where only the swap itself can still be changed. */
    bool (*can_hold)(void *ctx);
};

/* ---- Waiting helpers; the engine (core/txn/install.h) uses the functions above directly ---- */

/* What a begin function has said, for a caller to whom BUSY means "not finished, ask again":
 * a bank that hangs refuses with BUSY, and that becomes TIMEOUT. */
static inline enum duo_status duo_flash_refusal(enum duo_status status)
{
    return status == DUO_E_BUSY ? DUO_E_TIMEOUT : status;
}

/* Waits for the end of the operation in the bank of `addr`, calling idle(). Result as poll(), never
 * BUSY. */
enum duo_status duo_flash_wait(const struct duo_flash *flash, uint32_t addr);

/* Erases the sector at `addr` and waits. OK, ERASE, PROTECTED, ARG, TIMEOUT (the bank
 * hangs). */
enum duo_status duo_flash_erase(const struct duo_flash *flash, uint32_t addr);

/* Programs one word, waits and compares. OK means: it reads back right, without any ECC error.
 * PROGRAM when it does not; the word is then used up until the next erase. */
enum duo_status duo_flash_program(const struct duo_flash *flash, uint32_t addr,
                                  const uint8_t data[DUO_WORD_SIZE]);

/* All ones and no error. Not a proof that the word is erased (see above). */
bool duo_flash_reads_blank(const struct duo_flash *flash, uint32_t addr);
/* The same of `size` bytes from `addr` on, a multiple of DUO_BLANK_RUN; many words in one read. */
#define DUO_BLANK_RUN (16u * DUO_WORD_SIZE)
bool duo_flash_area_blank(const struct duo_flash *flash, uint32_t addr, uint32_t size);
bool duo_word_is_blank(const uint8_t data[DUO_WORD_SIZE]);
bool duo_word_equal(const uint8_t a[DUO_WORD_SIZE], const uint8_t b[DUO_WORD_SIZE]);

#endif
