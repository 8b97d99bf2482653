/* SPDX-License-Identifier: MIT */
/*
 * The flash controller behind core/txn/flash.h.
 *
 * Both banks work at the same time. A bank at work cannot be read, not even for code: the driver
 * runs from RAM (ramfunc.h), and so must whatever calls it while the bank it was linked into is
 * busy. The controller is one for both cores; an
 * application must hold semaphore DUO_SEM_FLASH.
 */
#ifndef DUO_PORT_FLASH_H
#define DUO_PORT_FLASH_H

#include "core/txn/flash.h"

/*
 * Fills in the driver's functions but those for a swap; `idle` (may be NULL) and `ctx` as in
 * core/txn/flash.h. Both bootloader sectors are refused as DUO_E_PROTECTED.
 */
void flash_driver(struct duo_flash *flash, void (*idle)(void *ctx), void *ctx);

/* For layouts that swap the banks: what comes second at this address has no bootloader that runs,
 * and its first sector may be written. */
void flash_copies_boot(void);

/*
 * Gives the driver a clock in ms, such as tick_ms(). Then poll() ends an operation that takes
 * longer than any can (erase 12 s, word 50 ms) with STUCK. The controller stays busy with it until
 * a reset: until then the bank refuses operations with STUCK, and flash_read() of it gives
 * unreadable words and does not wait. Without a clock an operation is waited for as long as it
 * takes.
 */
void flash_clock(uint32_t (*now_ms)(void));

/* Is the bank of `addr` busy with an operation that does not end? */
bool flash_is_stuck(uint32_t addr);

/*
 * Sleeps until an operation under way ends or an interrupt comes; returns at once when none is
 * under way or one has ended that nobody has polled yet. Good as (part of) an `idle` function.
 */
void flash_sleep(void);

/*
 * How long the operations under way take from now on, in ms, as the data sheet says for a sector
 * that is not worn; 0: none is under way. Needs flash_clock().
 */
uint32_t flash_wait_ms(void);

/*
 * Leaves the controller as after reset: waits for the end of what runs, some seconds at most,
 * closes every lock, clears every flag, of both banks.
 */
void flash_quiet(void);

/*
 * The fault-proof reader, as duo_flash.read. A double ECC error is a bus fault (RM0399 ch. 4), so
 * the words are loaded with faults masked and ignored, and the controller is asked afterwards.
 */
enum duo_word_state flash_read(uint32_t addr, void *buf, uint32_t len);

#endif
