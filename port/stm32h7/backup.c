/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/backup.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/ramfunc.h"

static uint32_t clock_on(void)
{
    uint32_t before = REG(RCC, APB4ENR);

    REG(RCC, APB4ENR) = before | RCC_APB4ENR_RTCAPBEN;
    (void)REG(RCC, APB4ENR);
    return before;
}

static volatile uint32_t *backup_register(uint32_t number)
{
    return &REG_AT(RTC_BASE, RTC_BKP0R + 4u * number);
}

uint32_t backup_read(uint32_t number)
{
    uint32_t before = clock_on();
    uint32_t value = *backup_register(number);

    REG(RCC, APB4ENR) = before;
    return value;
}

void backup_write(uint32_t number, uint32_t value)
{
    uint32_t before = clock_on();
    uint32_t cr1 = REG(PWR, CR1);

    REG(PWR, CR1) = cr1 | PWR_CR1_DBP;
    (void)REG(PWR, CR1); /* the write protection takes effect after this (RM0399 ch. 7) */
    *backup_register(number) = value;
    (void)*backup_register(number);
    REG(PWR, CR1) = cr1;
    REG(RCC, APB4ENR) = before;
}

_Noreturn RAMFUNC void system_reset(void)
{
    cpu_dsb(); /* what was written before must be in memory */
    REG(SCS, AIRCR) = SCS_AIRCR_VECTKEY | SCS_AIRCR_SYSRESETREQ;
    cpu_dsb();
    for (;;)
        ; /* a few instructions may still run before the reset acts */
}
