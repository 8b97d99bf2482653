/* SPDX-License-Identifier: MIT */
/*
 * The FLASH model on a bench: real event queue and bus tables, fake clocks, interrupts and notes,
 * no cores. Time passes only by fb_wait().
 */
#ifndef TESTS_EMU_FLASH_FIXTURE_H
#define TESTS_EMU_FLASH_FIXTURE_H

#include "emu/chip/chip.h"
#include "emu/chip/flash_offsets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

struct flash_bench {
    struct machine m;
    void *blocks[4]; /* machine_alloc() */
    unsigned nblocks;
    struct flash *f;
    uint64_t hclk;
    unsigned vos;
    bool irq, power_cut;
    char notes[4096]; /* ids, each followed by a space */
    unsigned ops_begun, ops_done;
    struct flash_op last_op;
    unsigned changed, content_changed; /* calls of machine_flash_changed() */
    char file[64];
};
extern struct flash_bench fb;

enum {
    BANK2 = 0x100,
};
#define B1 0x08000000u
#define B2 0x08100000u

#define BIT(n) (1u << (n))
enum {
    BSY = 1u << 0,
    WBNE = 1u << 1,
    QW = 1u << 2,
    CRC_BUSY = 1u << 3,
    EOP = 1u << 16,
    WRPERR = 1u << 17,
    PGSERR = 1u << 18,
    STRBERR = 1u << 19,
    INCERR = 1u << 21,
    OPERR = 1u << 22,
    RDPERR = 1u << 23,
    RDSERR = 1u << 24,
    SNECCERR = 1u << 25,
    DBECCERR = 1u << 26,
    CRCEND = 1u << 27,
    CRCRDERR = 1u << 28,
    ERRORS = 0x17EE0000,
};
enum { LOCK = 1, PG = 2, SER = 4, BER = 8, PSIZE64 = 0x30, FW = 0x40, START = 0x80 };

int fb_setup(void **state);    /* private memory, powered on */
int fb_teardown(void **state); /* also removes fb.file */
/* Makes the machine again on this file (NULL: memory), not powered on. False with the error in err.
 */
bool fb_open(const char *file, char *err, size_t errlen);
void fb_close(void);
void fb_reset(bool power_on);
void fb_wait(vtime_t span);
void fb_clock(uint64_t hclk, unsigned vos);
bool fb_noted(const char *id);

enum bus_status reg_write_as(enum core_id core, uint32_t off, unsigned size, uint32_t value);
enum bus_status reg_write(uint32_t off, uint32_t value);
uint32_t reg_read(uint32_t off);
enum bus_status store_as(enum core_id core, uint32_t addr, unsigned size, uint32_t value);
enum bus_status store32(uint32_t addr, uint32_t value);
enum bus_status load_as(enum core_id core, bool fetch, uint32_t addr, uint32_t *value);
enum bus_status load32(uint32_t addr, uint32_t *value);
uint32_t value_at(uint32_t addr); /* expects that it can be read */

void unlock(unsigned bank);
void ready(unsigned bank, uint32_t bits); /* unlocks, and sets these bits of CR */
void unlock_options(void);
/* Eight stores; the operation then runs. Expects each to be accepted. */
void store_word(uint32_t addr, uint32_t pattern);
/* Unlock if locked, PG, stores, wait until done, PG off. */
void program(uint32_t addr, uint32_t pattern);
void erase(unsigned bank, unsigned sector);
/* The whole option sequence: value into the _PRG register, start, wait. */
void change_option(uint32_t reg, uint32_t value);
/* OPTSR with its RDP byte replaced. */
uint32_t optsr_rdp(uint32_t rdp);
void power_cycle(void);

#endif
