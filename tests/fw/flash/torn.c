/* SPDX-License-Identifier: MIT */
/* A word programmed twice has an ECC that fits neither value: the same as a torn one. */
#include "sequence.h"
#include "test.h"

#define TORN SECTOR(1, 6)
#define CCR  SCB(0xd14)

bool fault_proof_read(unsigned bank, uint32_t addr, uint32_t *value)
{
    FLASH_REG(bank, F_CCR) = SR_DBECCERR | SR_SNECCERR;
    CCR |= 1u << 8; /* BFHFNMIGN: with FAULTMASK a failing load returns junk and goes on */
    __asm__ volatile("dsb\n isb\n cpsid f" : : : "memory");
    *value = REG(addr);
    __asm__ volatile("dsb" : : : "memory");
    bool good = !(FLASH_REG(bank, F_SR) & SR_DBECCERR);
    FLASH_REG(bank, F_CCR) = SR_DBECCERR;
    SCB(0xd28) = SCB(0xd28);
    __asm__ volatile("cpsie f\n isb" : : : "memory");
    CCR &= ~(1u << 8);
    return good;
}

static volatile uint32_t sink;

static void plain_read(void)
{
    sink = REG(TORN);
    __asm__ volatile("dsb" : : : "memory");
}

static void make_torn(void)
{
    uint32_t a[8] = {0xFFFF0000, 1, 2, 3, 4, 5, 6, 7}, b[8] = {0x0000FFFE, 9, 8, 7, 6, 5, 4, 2};

    check("program once", flash_program_word(1, TORN, a) == 0, 0);
    check("program twice", flash_program_word(1, TORN, b) == 0, 0);
}

void test_torn_words(void)
{
    uint32_t v;

    make_torn();
    uint32_t before = fault.count;
    check("plain read faults", try_call(plain_read) == 1 && fault.count == before + 1, fault.count);
    check("precise, with address", (fault.cfsr & 0x8200) == 0x8200 && fault.bfar == TORN,
          fault.cfsr);
    check("DBECCERR of bank 2", FLASH_REG(1, F_SR) & SR_DBECCERR, FLASH_REG(1, F_SR));
    check("bank 1 has no flag", !(FLASH_REG(0, F_SR) & SR_DBECCERR), FLASH_REG(0, F_SR));
    check("ECC_FA", FLASH_REG(1, F_ECC_FA) == (TORN - SECTOR(1, 0)) / 32, FLASH_REG(1, F_ECC_FA));
    before = fault.count;
    check("fault-proof read tells", !fault_proof_read(1, TORN, &v), v);
    check("fault-proof read reads", fault_proof_read(1, TORN + 32, &v) && v == 0xFFFFFFFF, v);
    check("without a fault", fault.count == before, fault.count);
    check("erase heals", flash_erase_by_interrupt(1, 6) == 0 && fault_proof_read(1, TORN, &v), v);
}
