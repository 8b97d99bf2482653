/* SPDX-License-Identifier: MIT */
/*
 * What is not without danger: the ROM loader, entered by a jump and left by the watchdog, and
 * changes of option bytes. Should the power fail while the banks are swapped, swapped.c runs at the
 * next power-on and puts them back.
 */
#include "port/stm32h7/flash.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/watchdog.h"
#include "selftest/ask.h"

#include <stddef.h>

#define ROM_SIZE   0x00020000u
#define PER_US     64u
#define PROBE_WORD 24u
#define M4_TURNS   1000000u

static uint32_t last, longest;

/* Runs from flash of bank 1 while the option bytes change. */
static void measure(void)
{
    const uint32_t now = CYCLES;

    longest = now - last > longest ? now - last : longest;
    last = now;
}

static bool options_are_new(void)
{
    return option_get(OPTION_BOOT_CM7_ADD0) == BOOT_NORMAL &&
           option_get(OPTION_BOOT_CM4_ADD0) == 0x0810u && option_get(OPTION_SWAP_BANK) == 0 &&
           option_get(OPTION_BCM4) == 1u && option_get(OPTION_BCM7) == 1u && option_readable() &&
           option_protected(1) == 0 && option_protected(2) == 0;
}

/* The field's address of the table may be another one than this chip's: then nothing is entered. */
static bool in_rom(uint32_t entry)
{
    return (entry & 1u) && entry - MEM_SYSTEM1_BASE < ROM_SIZE;
}

void ask_about_rom(void)
{
    uint32_t sp = 0, entry = 0;

    if (!options_are_new()) {
        print(
            "selftest: option bytes are not those of a new chip: nothing is asked about them\r\n");
        return;
    }
    const uint32_t fault = probe(MEM_LOADER_VECTORS, &sp) | probe(MEM_LOADER_VECTORS + 4u, &entry);
    tell_range("rom.table at 0x1FF09800 is there (either is possible)", 0, 1,
               !fault && in_rom(entry));
    line_flush();
    SHARED->watched = 0;
    wait_for_m4();
    watchdog_start(1000);
    SHARED->task = M4_WATCH_ROM;
    if (fault || !in_rom(entry)) {
        entry = MEM_SYSTEM1_BASE |
                1u; /* what the M7 finds there is all the same: the watchdog ends it */
    }
    SHARED->stage = STAGE_ROM;
    (void)SHARED->stage;
    __asm volatile("msr msp, %0\n dsb\n isb\n bx %1" ::"r"(sp ? sp : 0x20000400u), "r"(entry)
                   : "memory");
}

void ask_after_rom(void)
{
    tell("rom.left by the watchdog", RCC_RSR_IWDG1RSTF, REG(RCC, RSR) & RCC_RSR_IWDG1RSTF);
    tell_range("rom.listens after a jump: USART1 on (either is possible)", 0, 1, SHARED->watched);
}

/* The change is one that acts at once: sector 7 of bank 2 is protected. */
static void ask_about_change(void)
{
    (void)ask_m4(M4_COUNT);
    const uint32_t counted = SHARED->counter;
    const uint32_t begin = last = CYCLES;
    tell("option.change accepted", DUO_OK, option_protect(0, SECTOR7_MASK, measure));
    const uint32_t took = CYCLES - begin;
    measure();
    const uint32_t turns = SHARED->counter - counted;
    (void)ask_m4(M4_NOTHING);
    tell_range("option.change takes, us", 1000, 5000000, took / PER_US);
    tell("option.change: the M7 waits for it when it reads bank 1", 1, longest > took / 2u);
    tell_range("option.change: the M4 runs on from bank 2, turns of a loop", took / 1000u,
               M4_TURNS * 100u, turns);
}

static void ask_about_protection(void)
{
    struct duo_flash flash;
    uint32_t sr2;

    flash_driver(&flash, NULL, NULL);
    tell("option.WPSN2 is in force without a reset", SECTOR7_MASK, option_protected(2));
    tell("flash.program into a protected sector", DUO_E_PROTECTED,
         program_word(&flash, BANK2_SECTOR7 + DUO_WORD_SIZE * PROBE_WORD, &sr2));
    tell("flash.program into the same sector of the other bank", DUO_OK,
         program_word(&flash, BANK1_SECTOR7 + DUO_WORD_SIZE * PROBE_WORD, &sr2));
}

void ask_about_changes(void)
{
    /* The M4 is held: what it would find at its boot address is the M7's program. */
    static const struct option_value swapped[] = {
        {OPTION_SWAP_BANK, 1}, {OPTION_BCM4, 0}, {OPTION_BOOT_CM7_ADD0, BOOT_SWAPPED}};

    wait_for_m4();
    ask_about_change();
    ask_about_protection();
    tell("option.change of SWAP_BANK, BCM4, BOOT_CM7_ADD0 accepted", DUO_OK,
         option_change(swapped, sizeof(swapped) / sizeof(swapped[0]), measure));
    tell("option.SWAP_BANK is not in force before a reset", 0,
         REG(FLASH, OPTCR) & FLASH_OPTCR_SWAP_BANK);
    line_flush();
    SHARED->magic = 0;
    reset_to(STAGE_SWAPPED);
}

void ask_after_swap(void)
{
    const uint32_t word = BANK1_SECTOR7 + DUO_WORD_SIZE * SWAP_WORD;

    tell("back.optcr SWAP_BANK", 0, REG(FLASH, OPTCR) & FLASH_OPTCR_SWAP_BANK);
    tell("back.options are those of a new chip", 1, options_are_new());
    tell("back.word that was programmed in the second bank is in bank 1", 0x5Au,
         REG_AT(word, 0) & 0xFFu);
    wait_for_m4();
    tell("back.rcc.d2ckrdy, the M4 runs", RCC_CR_D2CKRDY, REG(RCC, CR) & RCC_CR_D2CKRDY);
}
