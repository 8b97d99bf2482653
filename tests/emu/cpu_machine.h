/* SPDX-License-Identifier: MIT */
/* A whole machine for the CPU tests: firmware files in, UART text and notes out. */
#ifndef TEST_CPU_MACHINE_H
#define TEST_CPU_MACHINE_H

#include "emu/chip/chip.h"
#include "emu/machine.h"

#define TEXT_MAX 65536

struct cpu_machine {
    struct machine *m;
    char text[TEXT_MAX]; /* what USART3 sent, with a NUL */
    size_t len;
    const char *until; /* stop when the text ends with a line that starts so; NULL: never */
    unsigned features; /* notes of kind NOTE_FEATURE */
    char last_note[512];
};

/* A machine with blank flash; fails the test when it cannot be made. */
void cpu_machine_open(struct cpu_machine *t, uint64_t quantum);
void cpu_machine_close(struct cpu_machine *t);
/* Loads an ELF of build/fw; exits with code 77 (skipped) and a message when it was not built. */
void cpu_machine_load(struct cpu_machine *t, const char *name);
void cpu_machine_poke(struct cpu_machine *t, uint32_t addr, const void *data, uint32_t len);
uint32_t cpu_machine_word(struct cpu_machine *t, enum core_id view, uint32_t addr);

#endif
