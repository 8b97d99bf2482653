/* SPDX-License-Identifier: MIT */
/* The questions of the self-test, in groups, and how an answer is told. */
#ifndef SELFTEST_ASK_H
#define SELFTEST_ASK_H

#include "core/txn/flash.h"
#include "selftest/shared.h"

/* What the reset code has seen before it wrote anything. */
struct at_reset {
    uint32_t vtor, csr1, cr3;
};

void line_start(void);
void line_flush(void);
void print(const char *text);
void tell(const char *name, uint32_t expected, uint32_t seen);
void tell_range(const char *name, uint32_t low, uint32_t high, uint32_t seen);
void print_sum(void);
/* Has the M4 do it, and waits; M4_SLEEP and M4_COUNT go on until the task changes. */
uint32_t ask_m4(enum m4_task task);
void wait_for_m4(void);

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3);
void ask_about_reset(const struct at_reset *at);
void ask_about_cores(void);
void ask_about_time(void);
void ask_about_flash(void);
void ask_about_buffer(void);
void ask_about_crc(void);
__attribute__((noreturn)) void tear_a_word(void);
void ask_about_torn_word(void);

/* The whole of a programming; the word then begins with PROBE_BYTE. *sr2: FLASH_SR2 when it had
 * begun. */
#define PROBE_BYTE 0x5Au
enum duo_status program_word(struct duo_flash *flash, uint32_t addr, uint32_t *sr2);

/* Not without danger, and in this order. The first does nothing when the options are not those of a
 * new chip: what is put back in the end would not be what was there. */
void ask_about_rom(void);
void ask_after_rom(void);
__attribute__((noreturn)) void ask_about_changes(void);
void ask_after_swap(void);

#endif
