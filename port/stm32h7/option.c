/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/option.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/cpu.h"

#define SECTORS    0xFFu
#define BUSY_LIMIT 200000000u /* polls: some 10 s, longer than erasing the option area takes */

/* Each option as it is (a _CUR register), and as a change would make it (_PRG). */
static const struct field {
    const char *name;
    uint16_t current, prepared;
    uint32_t mask;
} fields[OPTION_COUNT] = {
    [OPTION_BOOT_CM7_ADD0] = {"BOOT_CM7_ADD0", FLASH_BOOT7_CUR, FLASH_BOOT7_PRG,
                              FLASH_BOOT7_CUR_ADD0},
    [OPTION_BOOT_CM4_ADD0] = {"BOOT_CM4_ADD0", FLASH_BOOT4_CUR, FLASH_BOOT4_PRG,
                              FLASH_BOOT4_CUR_ADD0},
    [OPTION_SWAP_BANK] = {"SWAP_BANK", FLASH_OPTSR_CUR, FLASH_OPTSR_PRG,
                          FLASH_OPTSR_CUR_SWAP_BANK_OPT},
    [OPTION_BCM7] = {"BCM7", FLASH_OPTSR_CUR, FLASH_OPTSR_PRG, FLASH_OPTSR_CUR_BCM7},
    [OPTION_BCM4] = {"BCM4", FLASH_OPTSR_CUR, FLASH_OPTSR_PRG, FLASH_OPTSR_CUR_BCM4},
    [OPTION_IWDG1_SW] = {"IWDG1_SW", FLASH_OPTSR_CUR, FLASH_OPTSR_PRG, FLASH_OPTSR_CUR_IWDG1_SW},
    [OPTION_IWDG2_SW] = {"IWDG2_SW", FLASH_OPTSR_CUR, FLASH_OPTSR_PRG, FLASH_OPTSR_CUR_IWDG2_SW},
    [OPTION_RDP] = {"RDP", FLASH_OPTSR_CUR, FLASH_OPTSR_PRG, FLASH_OPTSR_CUR_RDP},
};

/* All registers that a change programs together. */
static const struct {
    uint16_t current, prepared;
} registers[] = {
    {FLASH_OPTSR_CUR, FLASH_OPTSR_PRG},   {FLASH_PRAR_CUR1, FLASH_PRAR_PRG1},
    {FLASH_SCAR_CUR1, FLASH_SCAR_PRG1},   {FLASH_WPSN_CUR1R, FLASH_WPSN_PRG1R},
    {FLASH_PRAR_CUR2, FLASH_PRAR_PRG2},   {FLASH_SCAR_CUR2, FLASH_SCAR_PRG2},
    {FLASH_WPSN_CUR2R, FLASH_WPSN_PRG2R}, {FLASH_BOOT7_CUR, FLASH_BOOT7_PRG},
    {FLASH_BOOT4_CUR, FLASH_BOOT4_PRG},
};

const char *option_name(enum option option)
{
    return fields[option].name;
}

uint32_t option_get(enum option option)
{
    return FIELD_GET(fields[option].mask, REG_AT(FLASH_BASE, fields[option].current));
}

bool option_readable(void)
{
    return option_get(OPTION_RDP) == OPTION_RDP_0;
}

uint32_t option_protected(unsigned bank)
{
    /* a sector's bit is 0 while it is protected */
    return ~(bank == 1 ? REG(FLASH, WPSN_CUR1R) : REG(FLASH, WPSN_CUR2R)) & SECTORS;
}

/* Never when it is open: that would lock it until reset (RM0399 FLASH, "OPTCR"). */
static void unlock(void)
{
    uint32_t mask = cpu_irq_save();

    if (REG(FLASH, OPTCR) & FLASH_OPTCR_OPTLOCK) {
        REG(FLASH, OPTKEYR) = FLASH_OPTKEY1;
        REG(FLASH, OPTKEYR) = FLASH_OPTKEY2;
    }
    cpu_irq_restore(mask);
}

/* What an application has prepared survives a system reset, and would be programmed with ours. */
static void begin_change(void)
{
    REG(FLASH, OPTCCR) = FLASH_OPTCCR_CLR_OPTCHANGEERR;
    unlock();
    for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        REG_AT(FLASH_BASE, registers[i].prepared) = REG_AT(FLASH_BASE, registers[i].current);
    }
}

static uint32_t polls; /* of the change that runs */

static void start_change(void)
{
    polls = 0;
    REG(FLASH, OPTCR) |= FLASH_OPTCR_OPTSTART;
    cpu_dsb();
}

enum duo_status option_poll(void)
{
    enum duo_status status = DUO_OK;

    if (REG(FLASH, OPTSR_CUR) & FLASH_OPTSR_CUR_OPT_BUSY) {
        if (++polls < BUSY_LIMIT) {
            return DUO_E_BUSY;
        }
        status = DUO_E_TIMEOUT;
    } else if (REG(FLASH, OPTSR_CUR) & FLASH_OPTSR_CUR_OPTCHANGEERR) {
        status = DUO_E_PROTECTED;
    }
    REG(FLASH, OPTCCR) = FLASH_OPTCCR_CLR_OPTCHANGEERR;
    REG(FLASH, OPTCR) |= FLASH_OPTCR_OPTLOCK;
    return status;
}

static enum duo_status end_change(void (*idle)(void))
{
    enum duo_status status;

    while ((status = option_poll()) == DUO_E_BUSY) {
        idle();
    }
    return status;
}

void option_begin(const struct option_value *values, unsigned n)
{
    begin_change();
    for (unsigned i = 0; i < n; i++) {
        const struct field *field = &fields[values[i].option];
        uint32_t others = REG_AT(FLASH_BASE, field->prepared) & ~field->mask;

        REG_AT(FLASH_BASE, field->prepared) = others | FIELD(field->mask, values[i].value);
    }
    start_change();
}

enum duo_status option_check(const struct option_value *values, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (option_get(values[i].option) != values[i].value) {
            return DUO_E_PROTECTED;
        }
    }
    return DUO_OK;
}

enum duo_status option_change(const struct option_value *values, unsigned n, void (*idle)(void))
{
    option_begin(values, n);
    const enum duo_status status = end_change(idle);

    return status == DUO_OK ? option_check(values, n) : status;
}

enum duo_status option_protect(uint32_t bank1, uint32_t bank2, void (*idle)(void))
{
    begin_change();
    REG(FLASH, WPSN_PRG1R) = ~bank1 & SECTORS;
    REG(FLASH, WPSN_PRG2R) = ~bank2 & SECTORS;
    start_change();
    enum duo_status status = end_change(idle);
    if (status == DUO_OK && (option_protected(1) != bank1 || option_protected(2) != bank2)) {
        status = DUO_E_PROTECTED;
    }
    return status;
}
