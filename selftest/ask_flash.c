/* SPDX-License-Identifier: MIT */
/* The flash: ECC of words that were programmed twice or torn, and who waits for a bank at work. */
#include "port/stm32h7/flash.h"
#include "selftest/ask.h"

#include <stddef.h>

#define PER_MS   64000u
#define AXI_WORD MEM_AXI_BASE

static struct duo_flash flash;

/* State of a word in sector 7 of bank 2: 0 good, 1 corrected, 2 unreadable (enum duo_word_state).
 */
static uint32_t state_of(uint32_t word)
{
    uint8_t bytes[DUO_WORD_SIZE];

    return flash.read(flash.ctx, BANK2_SECTOR7 + DUO_WORD_SIZE * word, bytes, sizeof(bytes));
}

static void program(uint32_t word, uint8_t value)
{
    uint8_t bytes[DUO_WORD_SIZE];

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = value;
    }
    (void)flash.begin_program(flash.ctx, BANK2_SECTOR7 + DUO_WORD_SIZE * word, bytes);
    while (flash.poll(flash.ctx, BANK2_SECTOR7) == DUO_E_BUSY) {
    }
}

/* From flash of bank 1: the longest time between two instructions, in cycles, from `last` on until
 * the bank's controller is idle. */
static uint32_t longest_wait(uint32_t sr_offset, uint32_t last)
{
    uint32_t longest = 0;
    bool busy = true;

    while (busy) {
        busy = REG_AT(FLASH_BASE, sr_offset) & (FLASH_SR1_BSY | FLASH_SR1_QW);
        const uint32_t now = CYCLES;
        longest = now - last > longest ? now - last : longest;
        last = now;
    }
    return longest;
}

static void ask_about_waits(void)
{
    uint32_t counted;

    /* The M7 runs in bank 1, the M4 in bank 2. */
    SHARED->counter = 0;
    (void)ask_m4(M4_COUNT);
    for (uint32_t begin = CYCLES; CYCLES - begin < PER_MS;) {
    }
    tell_range("flash.m4 counts in 1 ms, before the erase", 100, PER_MS, SHARED->counter);
    uint32_t start = CYCLES;
    (void)flash.begin_erase(flash.ctx, BANK2_SECTOR7);
    counted = SHARED->counter;
    const uint32_t other = longest_wait(FLASH_SR2, start);
    const uint32_t erase_ms = (CYCLES - start) / PER_MS;
    counted = SHARED->counter - counted;
    (void)ask_m4(M4_NOTHING);
    tell_range("flash.erase of a sector, ms", 500, 4000, erase_ms);
    tell_range("flash.m7 waits for the other bank's erase, us", 0, 50, other / 64u);
    tell_range("flash.m4 waits for its own bank's erase, turns of a loop meanwhile", 0, 1000,
               counted);
    (void)flash.poll(flash.ctx, BANK2_SECTOR7);
    start = CYCLES;
    (void)flash.begin_erase(flash.ctx, BANK1_SECTOR7);
    tell_range("flash.m7 waits for its own bank's erase, ms", 500, 4000,
               longest_wait(FLASH_SR1, start) / PER_MS);
    (void)flash.poll(flash.ctx, BANK1_SECTOR7);
}

static void ask_about_words(void)
{
    tell("flash.word erased", DUO_WORD_GOOD, state_of(0));
    program(1, 0x5A);
    tell("flash.word programmed", DUO_WORD_GOOD, state_of(1));
    program(1, 0x3C);
    tell("flash.word programmed twice, other data", DUO_WORD_UNREADABLE, state_of(1));
    program(2, 0x5A);
    program(2, 0x00);
    tell("flash.word overwritten with zeros", DUO_WORD_GOOD, state_of(2));
    program(3, 0xFF);
    tell("flash.word programmed with ones", DUO_WORD_GOOD, state_of(3));
    program(3, 0x5A);
    tell("flash.word programmed after ones", DUO_WORD_UNREADABLE, state_of(3));
}

void ask_about_flash(void)
{
    flash_driver(&flash, NULL, NULL);
    ask_about_waits();
    ask_about_words();
    ask_about_buffer();
    ask_about_crc();
}

/* AXI SRAM has its ECC over 8 bytes: a store of one waits for the next access to that RAM (RM0399,
 * memory ECC). It is the last one before the reset. */
__attribute__((noreturn)) static void lose_a_byte(void)
{
    *(volatile uint8_t *)AXI_WORD = 0xA5u;
    SCS(0xD0Cu) = 0x05FA0004u; /* AIRCR.SYSRESETREQ */
    for (;;) {
    }
}

void tear_a_word(void)
{
    static const uint8_t data[DUO_WORD_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};

    REG_AT(AXI_WORD, 0) = 0;
    REG_AT(AXI_WORD, 4) = 0;
    (void)REG_AT(AXI_WORD, 0);

    (void)flash.begin_program(flash.ctx, BANK2_SECTOR7 + DUO_WORD_SIZE * 8u, data);
    SHARED->stage = STAGE_TORN;
    (void)SHARED->stage;
    __asm volatile("dsb" ::: "memory");
    lose_a_byte();
}

/* Of the operation that comes first after the reset. */
static uint32_t first_flags(void)
{
    static const uint8_t bytes[DUO_WORD_SIZE] = {PROBE_BYTE};
    const uint32_t addr = BANK2_SECTOR7 + DUO_WORD_SIZE * 9u;
    uint32_t sr;

    (void)flash.begin_program(flash.ctx, addr, bytes);
    while ((sr = REG(FLASH, SR2)) & (FLASH_SR1_QW | FLASH_SR1_BSY)) {
    }
    while (flash.poll(flash.ctx, addr) == DUO_E_BUSY) {
    }
    return sr;
}

void ask_about_torn_word(void)
{
    tell("ram.byte before a reset is lost", 0, REG_AT(AXI_WORD, 0) & 0xFFu);
    flash_driver(&flash, NULL, NULL);
    print("(any state of a torn word is possible: 0 good, 1 corrected, 2 unreadable)\r\n");
    tell_range("flash.word torn by a reset", DUO_WORD_GOOD, DUO_WORD_UNREADABLE, state_of(8));
    tell("flash.operr after the torn word", FLASH_SR1_OPERR, first_flags() & FLASH_SR1_OPERR);
    tell("flash.word beside it, programmed after the reset", DUO_WORD_GOOD, state_of(9));
}
