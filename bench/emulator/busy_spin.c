/* SPDX-License-Identifier: MIT */
/* What spins: a delay that counts down, as every first program has it, and a wait for a tick. */
#include "busy.h"

#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define SPINS    20000u

void busy_round(uint32_t round)
{
    (void)round;
    for (volatile uint32_t n = SPINS; n; n--) {
    }
    SYST_RVR = 64000 - 1; /* 1 ms */
    SYST_CVR = 0;
    SYST_CSR = 5;
    while (!(SYST_CSR & 1u << 16)) {
    }
}
