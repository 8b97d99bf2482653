/* SPDX-License-Identifier: MIT */
/* What one core sees of the other. */
#include "selftest/ask.h"

#define TEST_SEMAPHORE (HSEM_R0 + 4u * 5u)

static void hsem_clock(int on)
{
    REG(RCC, AHB4ENR) =
        on ? REG(RCC, AHB4ENR) | RCC_AHB4ENR_HSEMEN : REG(RCC, AHB4ENR) & ~RCC_AHB4ENR_HSEMEN;
    (void)REG(RCC, AHB4ENR);
}

/* The HSEM has no LPEN bit: is it clocked while only a sleeping core has enabled it? */
static void ask_about_semaphores(void)
{
    hsem_clock(1);
    REG_AT(HSEM_BASE, TEST_SEMAPHORE) = HSEM_R0_LOCK | 3u << 8; /* core id of the CM7 */
    const uint32_t taken = REG_AT(HSEM_BASE, TEST_SEMAPHORE);
    tell("hsem.r5 taken by the M7", HSEM_R0_LOCK | 3u << 8, taken);
    tell("hsem.clock of the M4", 1, ask_m4(M4_HSEM_CLOCK));
    hsem_clock(0);
    tell("hsem.read with the M4's clock alone", taken, REG_AT(HSEM_BASE, TEST_SEMAPHORE));
    (void)ask_m4(M4_SLEEP);
    for (uint32_t start = CYCLES; CYCLES - start < 64000u;) { /* 1 ms: it sleeps now */
    }
    tell("hsem.read while the only core that enabled it sleeps", 0,
         REG_AT(HSEM_BASE, TEST_SEMAPHORE));
    __asm volatile("dsb\n sev" ::: "memory");
    tell("m4.wakes by SEV of the M7, EXTI lines 79 and 80 unmasked as events", 0,
         ask_m4(M4_NOTHING));
    hsem_clock(1);
    REG_AT(HSEM_BASE, TEST_SEMAPHORE) = 3u << 8;
    tell("hsem.r5 free again", 0, REG_AT(HSEM_BASE, TEST_SEMAPHORE) & HSEM_R0_LOCK);
}

void ask_about_cores(void)
{
    tell("m4.vtor at reset", 0, ask_m4(M4_VTOR));
    tell("m4.unique id is a bus fault", 1, ask_m4(M4_READ_ID));
    (void)ask_m4(M4_SEV_PENDS);
    __asm volatile("dsb\n sev" ::: "memory");
    tell("m4.irq 64 pends by SEV of the M7", 1, ask_m4(M4_SEV_PENDS));
    SCS(SCS_ICPR0 + 8u) = 2u;
    (void)ask_m4(M4_SEND_SEV);
    tell("m7.irq 65 pends by SEV of the M4", 2, SCS(SCS_ISPR0 + 8u) & 2u);
    SCS(SCS_ICPR0 + 8u) = 2u;
    ask_about_semaphores();
}
