/* SPDX-License-Identifier: MIT */
/* What both cores ask in the same way. */
#include "selftest/shared.h"

uint32_t probe(uint32_t addr, uint32_t *value)
{
    uint32_t fault;

    /* With FAULTMASK and CCR.BFHFNMIGN a failed load is recorded in CFSR and the program goes on
     * (ARMv7-M B3.2.8). */
    __asm volatile("cpsid f" ::: "memory");
    SCS(0xD14u) |= 0x100u;
    SCS(0xD28u) = SCS(0xD28u);
    __asm volatile("dsb\n isb" ::: "memory");
    *value = REG_AT(addr, 0);
    __asm volatile("dsb\n isb" ::: "memory");
    fault = SCS(0xD28u) & 0xFF00u;
    SCS(0xD28u) = fault;
    SCS(0xD14u) &= ~0x100u;
    __asm volatile("cpsie f" ::: "memory");
    return fault != 0;
}

uint32_t cycles_asleep(void)
{
    cycles_start();
    SCS(SCS_SYST_RVR) = 640000u - 1; /* 10 ms at 64 MHz */
    SCS(SCS_SYST_CVR) = 0;
    const uint32_t before = CYCLES;
    SCS(SCS_SYST_CSR) = 7;
    while (SCS(SCS_SYST_CSR) & 1u) {
        __asm volatile("wfi" ::: "memory");
    }
    return (CYCLES - before) / 1000u;
}

void reset_to(uint32_t stage)
{
    SHARED->stage = stage;
    (void)SHARED->stage; /* the word is in the RAM, not in its buffer */
    __asm volatile("dsb" ::: "memory");
    SCS(0xD0Cu) = 0x05FA0004u; /* AIRCR.SYSRESETREQ */
    for (;;) {
    }
}
