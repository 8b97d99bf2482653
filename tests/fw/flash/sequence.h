/* SPDX-License-Identifier: MIT */
/* Flash operations in the order of registers and barriers that ST's HAL uses, and a clock. */
#ifndef FLASH_SEQUENCE_H
#define FLASH_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define REG(a) (*(volatile uint32_t *)(a))

/* Window of a bank: 0 or 1. */
#define FLASH_REG(bank, off) REG(0x52002000u + 0x100u * (bank) + (off))
enum {
    F_ACR = 0x00,
    F_KEYR = 0x04,
    F_OPTKEYR = 0x08,
    F_CR = 0x0C,
    F_SR = 0x10,
    F_CCR = 0x14,
    F_OPTCR = 0x18,
    F_OPTSR_CUR = 0x1C,
    F_WPSN_CUR = 0x38,
    F_WPSN_PRG = 0x3C,
    F_ECC_FA = 0x60
};
#define SR_QW        (1u << 2)
#define SR_EOP       (1u << 16)
#define SR_WRPERR    (1u << 17)
#define SR_PGSERR    (1u << 18)
#define SR_SNECCERR  (1u << 25)
#define SR_DBECCERR  (1u << 26)
#define SR_ERRORS    0x17EE0000u
#define SR_VERDICT   (SR_ERRORS & ~SR_SNECCERR) /* "corrected" is no failure */
#define SECTOR(b, n) (0x08000000u + 0x100000u * (b) + 0x20000u * (n))

/* Shared with the M4 in SRAM4. */
#define M4_COUNT REG(0x38000000u)
#define M4_ALIVE REG(0x38000004u)
#define M4_MAGIC 0x4D344D34u
#define M4_GO    REG(0x38000008u) /* 0: it sleeps instead of counting */

void clock_init(void);
uint32_t micros(void); /* TIM2: goes on while the core waits for flash */

void flash_unlock(unsigned bank);
void flash_lock(unsigned bank);
/* Each returns the error bits of SR, 0 when all is well. */
uint32_t flash_program_word(unsigned bank, uint32_t addr, const uint32_t data[8]);
uint32_t flash_erase_sector(unsigned bank, unsigned sector);
uint32_t flash_wait(unsigned bank);
void flash_start_erase(unsigned bank, unsigned sector);
/* The same with the end-of-operation interrupt, asleep meanwhile. */
uint32_t flash_erase_by_interrupt(unsigned bank, unsigned sector);
/* Protects or frees sectors of a bank; false on OPTCHANGEERR. */
bool option_write_protection(unsigned bank, uint32_t wpsn);

/* Reads a word that may be torn, without a fault whatever it holds; false on a double ECC error. */
bool fault_proof_read(unsigned bank, uint32_t addr, uint32_t *value);

void test_torn_words(void);
void check(const char *name, bool ok, uint32_t value);

#endif
