/* SPDX-License-Identifier: MIT */
/* What the flash controller does with words that are not whole, and its CRC unit: registers alone,
 * on words of sector 7 of bank 2 that nothing else uses. */
#include "selftest/ask.h"

#define HALF_WORD     (BANK2_SECTOR7 + 12u * 32u)
#define BROKEN_WORD   (BANK2_SECTOR7 + 13u * 32u)
#define CRC_RANGE     0x000E8000u /* in the bank: a burst of four words, erased */
#define CRC_CR        0x150u
#define CRC_START     0x154u
#define CRC_END       0x158u
#define CRC_DATA      0x05Cu
#define CRC_CLEAN     (1u << 17)
#define CRC_GO        (1u << 16)
#define CR_CRC_EN     (1u << 15)
#define ALL_FLAGS     0x1FEF0000u
#define PATIENCE      1000000u /* turns: longer than any of it takes */
#define ERASED        0xFFFFFFFFu
#define CRC_OF_ERASED 0x8B75A1E5u /* as the model guesses it */

static void open(uint32_t bits)
{
    if (REG(FLASH, CR2) & FLASH_CR1_LOCK) {
        REG(FLASH, KEYR2) = FLASH_KEY1;
        REG(FLASH, KEYR2) = FLASH_KEY2;
    }
    REG(FLASH, CCR2) = ALL_FLAGS;
    REG(FLASH, CR2) = FLASH_CR1_PSIZE | bits;
    __asm volatile("dsb\n isb" ::: "memory");
}

/* With nothing left in the write buffer, so that what follows is not disturbed. */
static void close(void)
{
    __asm volatile("dsb" ::: "memory");
    REG(FLASH, CCR2) = ALL_FLAGS;
    if (REG(FLASH, SR2) & FLASH_SR1_WBNE) {
        REG(FLASH, CR2) |= FLASH_CR1_PG | FLASH_CR1_FW;
    }
    const uint32_t busy = FLASH_SR1_QW | FLASH_SR1_BSY | FLASH_SR1_CRC_BUSY;
    for (uint32_t turns = 0; REG(FLASH, SR2) & busy && turns < PATIENCE; turns++) {
    }
    REG(FLASH, CCR2) = ALL_FLAGS;
    REG(FLASH, CR2) = FLASH_CR1_PSIZE;
    REG(FLASH, CR2) |= FLASH_CR1_LOCK;
}

static void store_half(uint32_t addr)
{
    for (uint32_t i = 0; i < 4u; i++) {
        REG_AT(addr, 4u * i) = 0x5A5A5A5Au;
    }
    __asm volatile("dsb" ::: "memory");
}

static uint32_t first_of(uint32_t addr)
{
    uint32_t value = 0;

    return probe(addr, &value) ? 0xDEADDEADu : value;
}

void ask_about_buffer(void)
{
    open(FLASH_CR1_PG);
    store_half(HALF_WORD);
    tell("flash.wbne when half of a word came", FLASH_SR1_WBNE, REG(FLASH, SR2) & FLASH_SR1_WBNE);
    REG(FLASH, CR2) &= ~FLASH_CR1_PG;
    __asm volatile("dsb" ::: "memory");
    tell("flash.wbne when PG is cleared then", 0, REG(FLASH, SR2) & FLASH_SR1_WBNE);
    close();
    tell("flash.word of which half came: erased", ERASED, first_of(HALF_WORD));

    open(FLASH_CR1_PG);
    store_half(BROKEN_WORD);
    REG_AT(BROKEN_WORD, 32u) = 0x5A5A5A5Au;
    __asm volatile("dsb" ::: "memory");
    tell("flash.incerr when another word begins before that", FLASH_SR1_INCERR,
         REG(FLASH, SR2) & FLASH_SR1_INCERR);
    close();
    tell("flash.word of an INCERR, the old one: erased", ERASED, first_of(BROKEN_WORD));
    tell("flash.word of an INCERR, the new one: erased", ERASED, first_of(BROKEN_WORD + 32u));
}

void ask_about_crc(void)
{
    open(CR_CRC_EN);
    REG_AT(FLASH_BASE, CRC_CR) = CRC_CLEAN;
    REG_AT(FLASH_BASE, CRC_START) = CRC_RANGE;
    REG_AT(FLASH_BASE, CRC_END) = CRC_RANGE + 4u * 32u - 4u;
    REG_AT(FLASH_BASE, CRC_CR) = CRC_GO;
    for (uint32_t turns = 0; !(REG(FLASH, SR2) & FLASH_SR1_CRCEND) && turns < PATIENCE; turns++) {
    }
    tell("flash.crc of four erased words", CRC_OF_ERASED, REG_AT(FLASH_BASE, CRC_DATA));
    close();
}
