/* SPDX-License-Identifier: MIT */
/*
 * A bench for the models of single peripherals: real event queue, fake clocks, gates, interrupts
 * and notes, no cores.
 */
#ifndef TESTS_EMU_PERIPH_FIXTURE_H
#define TESTS_EMU_PERIPH_FIXTURE_H

#include "emu/chip/chip.h"

struct bench {
    struct machine m;
    uint64_t hz[CLK_COUNT];
    uint64_t kernel_hz; /* of whatever block */
    bool kernel_wakes;  /* it is HSI, CSI or LSE */
    bool gate_off;      /* every gate */
    bool irq[150];
    bool dma[256]; /* request lines */
    bool dbp;      /* PWR_CR1.DBP */
    unsigned exti_port[16];
    unsigned exti_rising[32], exti_falling[32];
    char last_note[64]; /* id */
    unsigned notes, features, bugs;
    uint8_t backup[BACKUP_BYTES];
    bool block_reset;
};
extern struct bench bench;

void bench_setup(void);
int bench_teardown(void **state); /* for cmocka */
/* Lets virtual time pass and fires what is due. */
void bench_advance(vtime_t span);
uint32_t bench_read(uint32_t addr);
enum bus_status bench_read_size(uint32_t addr, unsigned size, uint32_t *value);
void bench_write(uint32_t addr, uint32_t value);
enum bus_status bench_write_size(uint32_t addr, unsigned size, uint32_t value);
/* System reset of every device. */
void bench_reset(bool power_on);
/* The RCC's listeners are told that a clock or gate changed. */
void bench_clocks_changed(void);
void bench_backup_reset(void);
/* True when the last note since the previous call had this id. */
bool bench_noted(const char *id);

#endif
