/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/tick.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/ramfunc.h"

static volatile uint32_t now;

void tick_start(uint32_t core_hz)
{
    REG(SCS, SYST_CSR) = 0;
    REG(SCS, SYST_RVR) = core_hz / 1000u - 1u;
    REG(SCS, SYST_CVR) = 0;
    REG(SCS, SYST_CSR) = SCS_SYST_CSR_CLKSOURCE | SCS_SYST_CSR_TICKINT | SCS_SYST_CSR_ENABLE;
}

void tick_stop(void)
{
    REG(SCS, SYST_CSR) = 0;
    REG(SCS, ICSR) = SCS_ICSR_PENDSTCLR;
}

RAMFUNC uint32_t tick_ms(void)
{
    return now;
}

RAMFUNC void tick_isr(void)
{
    now++;
}
