/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/option.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/cpu.h"

#define RDP_LEVEL_0 0xAAu
#define SECTORS     0xFFu
#define BUSY_LIMIT  200000000u /* polls: some 10 s, longer than erasing the option area takes */

bool option_readable(void)
{
    return FIELD_GET(FLASH_OPTSR_CUR_RDP, REG(FLASH, OPTSR_CUR)) == RDP_LEVEL_0;
}

uint32_t option_protected(unsigned bank)
{
    /* a sector's bit is 0 while it is protected */
    return ~(bank == 0 ? REG(FLASH, WPSN_CUR1R) : REG(FLASH, WPSN_CUR2R)) & SECTORS;
}

/* Never when it is open: that would lock it until reset (RM0399 ch. 4). */
static void unlock(void)
{
    uint32_t mask = cpu_irq_save();

    if (REG(FLASH, OPTCR) & FLASH_OPTCR_OPTLOCK) {
        REG(FLASH, OPTKEYR) = FLASH_OPTKEY1;
        REG(FLASH, OPTKEYR) = FLASH_OPTKEY2;
    }
    cpu_irq_restore(mask);
}

static bool wait_done(void (*idle)(void))
{
    for (uint32_t i = 0; i < BUSY_LIMIT; i++) {
        if ((REG(FLASH, OPTSR_CUR) & FLASH_OPTSR_CUR_OPT_BUSY) == 0) {
            return true;
        }
        idle();
    }
    return false;
}

enum duo_status option_protect(uint32_t bank1, uint32_t bank2, void (*idle)(void))
{
    enum duo_status status = DUO_OK;

    REG(FLASH, OPTCCR) = FLASH_OPTCCR_CLR_OPTCHANGEERR;
    unlock();
    REG(FLASH, WPSN_PRG1R) = ~bank1 & SECTORS;
    REG(FLASH, WPSN_PRG2R) = ~bank2 & SECTORS;
    REG(FLASH, OPTCR) |= FLASH_OPTCR_OPTSTART;
    cpu_dsb();
    if (!wait_done(idle)) {
        status = DUO_E_TIMEOUT;
    } else if (option_protected(0) != bank1 || option_protected(1) != bank2) {
        status = DUO_E_PROTECTED;
    }
    REG(FLASH, OPTCCR) = FLASH_OPTCCR_CLR_OPTCHANGEERR;
    REG(FLASH, OPTCR) |= FLASH_OPTCR_OPTLOCK;
    return status;
}
