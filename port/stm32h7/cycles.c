/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/cycles.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/ramfunc.h"

/* Without a debugger the M7's DWT is locked (ARM DDI 0489, DWT_LAR). */
#define LAR_KEY 0xC5ACCE55u

#define PER_MS (CYCLES_HIGHEST_HZ / 1000u)

static uint32_t last, rest, ms;

void cycles_start(void)
{
    REG(SCS, DEMCR) |= SCS_DEMCR_TRCENA;
    REG(DWT, LAR) = LAR_KEY;
    REG(DWT, CTRL) |= DWT_CTRL_CYCCNTENA;
    last = REG(DWT, CYCCNT);
}

RAMFUNC uint32_t cycles_ms(void)
{
    const uint32_t now = REG(DWT, CYCCNT);
    const uint32_t passed = now - last;

    last = now;
    rest += passed < PER_MS ? passed : PER_MS;
    if (rest >= PER_MS) {
        rest -= PER_MS;
        ms++;
    }
    return ms;
}
