/* SPDX-License-Identifier: MIT */
/*
 * Option bytes (RM0399 FLASH, "option bytes"): read protection, write protection of sectors, boot
 * addresses, and how the cores and the watchdogs start.
 */
#ifndef DUO_OPTION_H
#define DUO_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

enum option {
    OPTION_BOOT_CM7_ADD0, /* bits 31:16 of the address at which the M7 boots */
    OPTION_BOOT_CM4_ADD0,
    OPTION_SWAP_BANK, /* 1: bank 2 comes first */
    OPTION_BCM7,      /* 1: the M7 starts with the chip */
    OPTION_BCM4,
    OPTION_IWDG1_SW, /* 0: the watchdog starts with the chip */
    OPTION_IWDG2_SW,
    OPTION_RDP, /* OPTION_RDP_0: level 0, OPTION_RDP_2: level 2, any other value: level 1 */
    OPTION_COUNT
};

#define OPTION_RDP_0 0xAAu
#define OPTION_RDP_2 0xCCu

/* Its name in ST's documents and tools. */
const char *option_name(enum option option);

/* Its value now. Those that say how the chip starts act at the next system reset. */
uint32_t option_get(enum option option);

/* Is the chip's read protection off (level 0)? */
bool option_readable(void);

/* Bit n: sector n of the bank (1 or 2) is write-protected now. */
uint32_t option_protected(unsigned bank);

struct option_value {
    enum option option;
    uint32_t value;
};

/*
 * Starts to change `n` options and returns at once. No flash operation may be under way. A change
 * that something else has prepared and not started is dropped. option_poll() tells the end: BUSY;
 * then, once, OK, PROTECTED (the chip refuses), or TIMEOUT after some 200 million calls.
 * option_check(): PROTECTED when one of them has another value. A reset in the middle leaves the
 * old options; after a power cut they are the old ones, the new ones or those of a new chip.
 */
void option_begin(const struct option_value *values, unsigned n);
enum duo_status option_poll(void);
enum duo_status option_check(const struct option_value *values, unsigned n);

/*
 * Changes `n` options and waits, calling idle(), until the change has ended: some 100 ms, at most
 * 10 s. No flash operation may be under way. A change that something else has prepared and not
 * started is dropped. PROTECTED: the chip refuses (read protection level 2); TIMEOUT: the change
 * does not end. Reset in the middle: the old options stay.
 */
enum duo_status option_change(const struct option_value *values, unsigned n, void (*idle)(void));

/* The same for the write protection of both banks; in force at once. */
enum duo_status option_protect(uint32_t bank1, uint32_t bank2, void (*idle)(void));

#endif
