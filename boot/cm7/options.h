/* SPDX-License-Identifier: MIT */
/*
 * The option bytes that the flash map and the bootloaders rely on. An application, or a person with
 * a debug probe, can change them; then another program would run after the next reset than the one
 * that was verified.
 */
#ifndef DUO_BOOT_OPTIONS_H
#define DUO_BOOT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

/* Says what the device is about: while a new bootloader is on trial, other options are good. */
void options_expect(unsigned whose); /* DUO_BOOT_* */

/* Does each one have the value that this bootloader needs? Reads registers only. */
bool options_good(void);

/* Is a sector that updates need write-protected? They need slots, staging, spare sectors and
 * journal: all but the first sector of each bank. */
bool options_block_updates(void);

/* One line with what the options say, and one for each that is wrong: name, value seen, value
 * wanted. */
void options_report(void);

/* Calls `put` for each option that is reported: its name in ST's documents, its value, and the
 * value it must have; NULL when it may have any. */
void options_list(void (*put)(void *ctx, const char *name, uint32_t value, const uint32_t *wanted),
                  void *ctx);

/* Programs the wrong ones, feeding the watchdogs; they act at the next system reset. Errors as
 * option_change(). */
enum duo_status options_repair(void);

#endif
