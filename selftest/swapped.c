/* SPDX-License-Identifier: MIT */
/*
 * Runs on the M7 while the banks are swapped, from sector 1 of bank 2, which then is at 0x08020000
 * (BOOT_CM7_ADD0). The M4 is held. Whatever it is started by, it ends by putting the options back
 * as a new chip has them.
 */
#include "port/stm32h7/flash.h"
#include "port/stm32h7/option.h"
#include "selftest/ask.h"

#include <stddef.h>

#define FIRST_SECTOR7  BANK1_SECTOR7 /* of the bank that comes first: bank 2's, protected */
#define SECOND_SECTOR7 BANK2_SECTOR7

static void nothing(void)
{
}

static void ask_about_registers(void)
{
    struct duo_flash flash;
    uint32_t sr2;

    flash_driver(&flash, NULL, NULL);
    tell("swap.optcr SWAP_BANK", FLASH_OPTCR_SWAP_BANK, REG(FLASH, OPTCR) & FLASH_OPTCR_SWAP_BANK);
    REG(RCC, APB4ENR) |= RCC_APB4ENR_SYSCFGEN;
    (void)REG(RCC, APB4ENR);
    tell("swap.syscfg.ur0 BKS", 1, REG_AT(SYSCFG_BASE, 0x300u) & 1u);
    tell("swap.the M4's program is at 0x08000000: page of its entry", 0x0810u,
         REG_AT(MEM_BANK1_BASE, 4) >> 16);
    tell("swap.wpsn_cur1 protects bank 2's sector 7", SECTOR7_MASK, option_protected(1));
    tell("swap.wpsn_cur2 protects nothing", 0, option_protected(2));
    tell("swap.program into the protected sector, at the first bank's address", DUO_E_PROTECTED,
         program_word(&flash, FIRST_SECTOR7 + DUO_WORD_SIZE * SWAP_WORD, &sr2));
    tell("swap.program at the second bank's address", DUO_OK,
         program_word(&flash, SECOND_SECTOR7 + DUO_WORD_SIZE * SWAP_WORD, &sr2));
    tell("swap.sr2 QW meanwhile", FLASH_SR1_QW, sr2 & FLASH_SR1_QW);
}

static void put_back(void)
{
    static const struct option_value new_chip[] = {
        {OPTION_SWAP_BANK, 0}, {OPTION_BCM4, 1}, {OPTION_BOOT_CM7_ADD0, BOOT_NORMAL}};

    /* The protection first: as long as the banks are swapped, this program runs again. */
    (void)option_protect(0, 0, nothing);
    (void)option_change(new_chip, sizeof(new_chip) / sizeof(new_chip[0]), nothing);
}

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3)
{
    const bool asked = SHARED->stage == STAGE_SWAPPED;
    const uint32_t d2ckrdy = REG(RCC, CR) & RCC_CR_D2CKRDY; /* before the line's USART, in D2 */

    (void)csr1, (void)cr3;
    cycles_start();
    if (asked) {
        line_start();
        tell("swap.m7.vtor: BOOT_CM7_ADD0", BOOT_SWAPPED << 16, vtor);
        tell("swap.rcc.d2ckrdy while the M4 is held", 0, d2ckrdy);
        ask_about_registers();
        line_flush();
    }
    put_back();
    reset_to(asked ? STAGE_BACK : STAGE_FIRST);
}
