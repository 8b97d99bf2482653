/* SPDX-License-Identifier: MIT */
/* The questions of the self-test, in groups, and how an answer is told. */
#ifndef SELFTEST_ASK_H
#define SELFTEST_ASK_H

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
/* Has the M4 do it, and waits; M4_SLEEP and M4_COUNT go on until the task changes. */
uint32_t ask_m4(enum m4_task task);

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3);
void ask_about_reset(const struct at_reset *at);
void ask_about_cores(void);
void ask_about_time(void);
void ask_about_flash(void);
__attribute__((noreturn)) void tear_a_word(void);
void ask_about_torn_word(void);

#endif
