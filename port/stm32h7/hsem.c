/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/hsem.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/ramfunc.h"

static RAMFUNC volatile uint32_t *semaphore(uint32_t number)
{
    return &REG_AT(HSEM_BASE, HSEM_R0 + 4u * number);
}

static RAMFUNC uint32_t owner(uint32_t core, uint32_t process)
{
    return FIELD(HSEM_R0_COREID, core) | FIELD(HSEM_R0_PROCID, process);
}

void hsem_clock(bool on)
{
    if (on) {
        REG(RCC, AHB4ENR) |= RCC_AHB4ENR_HSEMEN;
    } else {
        REG(RCC, AHB4ENR) &= ~RCC_AHB4ENR_HSEMEN;
    }
    (void)REG(RCC, AHB4ENR); /* the clock needs this long before the first access (RM0399 ch. 9) */
}

RAMFUNC bool hsem_take(uint32_t number, uint32_t core, uint32_t process)
{
    *semaphore(number) = HSEM_R0_LOCK | owner(core, process);
    return hsem_held_by(number, core, process);
}

RAMFUNC void hsem_release(uint32_t number, uint32_t core, uint32_t process)
{
    *semaphore(number) = owner(core, process);
}

RAMFUNC bool hsem_held_by(uint32_t number, uint32_t core, uint32_t process)
{
    return *semaphore(number) == (HSEM_R0_LOCK | owner(core, process));
}

bool hsem_is_free(uint32_t number)
{
    return (*semaphore(number) & HSEM_R0_LOCK) == 0;
}

void hsem_clear_flags(void)
{
    REG(HSEM, C1ICR) = 0xFFFFFFFFu;
    REG(HSEM, C2ICR) = 0xFFFFFFFFu;
}
