/* SPDX-License-Identifier: MIT */
#include "sequence.h"

#include "test.h"

#define RCC_APB1LENR REG(0x580244E8u)
#define TIM2(off)    REG(0x40000000u + (off))

void clock_init(void)
{
    RCC_APB1LENR |= 1;
    (void)RCC_APB1LENR;
    TIM2(0x28) = 63; /* 64 MHz / 64 */
    TIM2(0x2C) = 0xFFFFFFFF;
    TIM2(0x14) = 1; /* UG: takes the prescaler over */
    TIM2(0x00) = 1;
}

uint32_t micros(void)
{
    return TIM2(0x24);
}

void flash_unlock(unsigned bank)
{
    if (FLASH_REG(bank, F_CR) & 1) {
        FLASH_REG(bank, F_KEYR) = 0x45670123;
        FLASH_REG(bank, F_KEYR) = 0xCDEF89AB;
    }
}

void flash_lock(unsigned bank)
{
    FLASH_REG(bank, F_CR) |= 1;
}

uint32_t flash_wait(unsigned bank)
{
    while (FLASH_REG(bank, F_SR) & SR_QW) {
    }
    uint32_t errors = FLASH_REG(bank, F_SR) & SR_VERDICT;
    FLASH_REG(bank, F_CCR) = errors | SR_EOP;
    return errors;
}

uint32_t flash_program_word(unsigned bank, uint32_t addr, const uint32_t data[8])
{
    flash_wait(bank);
    FLASH_REG(bank, F_CCR) = SR_ERRORS;
    flash_unlock(bank);
    FLASH_REG(bank, F_CR) |= 2;
    __asm__ volatile("isb\n dsb" : : : "memory"); /* CR is on the AHB, the data on the AXI */
    for (unsigned i = 0; i < 8; i++) {
        REG(addr + 4 * i) = data[i];
    }
    __asm__ volatile("isb\n dsb" : : : "memory");
    uint32_t errors = flash_wait(bank);
    FLASH_REG(bank, F_CR) &= ~2u;
    flash_lock(bank);
    return errors;
}

void flash_start_erase(unsigned bank, unsigned sector)
{
    flash_wait(bank);
    FLASH_REG(bank, F_CCR) = SR_ERRORS;
    flash_unlock(bank);
    FLASH_REG(bank, F_CR) &= ~(0x30u | 0x700u);
    FLASH_REG(bank, F_CR) |= 4u | 0x30u | sector << 8 | 0x80u;
}

uint32_t flash_erase_sector(unsigned bank, unsigned sector)
{
    flash_start_erase(bank, sector);
    uint32_t errors = flash_wait(bank);
    FLASH_REG(bank, F_CR) &= ~(4u | 0x700u);
    flash_lock(bank);
    return errors;
}

#define FLASH_IRQ 4
#define CR_EOPIE  (1u << 16)

uint32_t flash_erase_by_interrupt(unsigned bank, unsigned sector)
{
    __asm__ volatile("cpsid i" : : : "memory"); /* WFI wakes for it all the same */
    flash_unlock(bank);
    FLASH_REG(bank, F_CR) |= CR_EOPIE;
    irq_enable(FLASH_IRQ);
    flash_start_erase(bank, sector);
    while (!(SCB(0x200) & 1u << FLASH_IRQ)) {
        __asm__ volatile("dsb\n wfi" : : : "memory");
    }
    uint32_t errors = flash_wait(bank); /* clears EOP, and with it the line */
    SCB(0x280) = 1u << FLASH_IRQ;
    irq_disable(FLASH_IRQ);
    FLASH_REG(bank, F_CR) &= ~(CR_EOPIE | 4u | 0x700u);
    flash_lock(bank);
    __asm__ volatile("cpsie i" : : : "memory");
    return errors;
}

bool option_write_protection(unsigned bank, uint32_t wpsn)
{
    flash_wait(0);
    flash_wait(1);
    if (FLASH_REG(0, F_OPTCR) & 1) {
        FLASH_REG(0, F_OPTKEYR) = 0x08192A3B;
        FLASH_REG(0, F_OPTKEYR) = 0x4C5D6E7F;
    }
    FLASH_REG(bank, F_WPSN_PRG) = wpsn;
    FLASH_REG(0, F_OPTCR) |= 2;
    while (FLASH_REG(0, F_OPTSR_CUR) & 1) {
    }
    bool ok = !(FLASH_REG(0, F_OPTSR_CUR) & 1u << 30);
    FLASH_REG(0, F_OPTCR) |= 1;
    return ok;
}
