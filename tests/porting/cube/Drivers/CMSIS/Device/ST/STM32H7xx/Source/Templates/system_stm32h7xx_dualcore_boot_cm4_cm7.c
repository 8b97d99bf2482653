/* SPDX-License-Identifier: MIT */
/* Stand-in for ST's file of this name: what runs before main(), both cores having booted. VTOR is
 * left as it is unless USER_VECT_TAB_ADDRESS is defined. */
#include "stm32h7xx.h"

#if defined(USER_VECT_TAB_ADDRESS)
#if defined(CORE_CM4)
#define VECT_TAB_BASE_ADDRESS FLASH_BANK2_BASE
#else
#define VECT_TAB_BASE_ADDRESS FLASH_BANK1_BASE
#endif
#define VECT_TAB_OFFSET 0x00000000U
#endif

#define EXTI_LINE_HSEM_CPU2 (1UL << (78U - 64U))
#define FPU_ACCESS          (0xFUL << 20)

uint32_t SystemCoreClock = 64000000;
uint32_t SystemD2Clock = 64000000;

/* The supply can be written once after power-on; RAM counts from then on. */
void ExitRun0Mode(void)
{
#if defined(USE_PWR_DIRECT_SMPS_SUPPLY) && defined(CORE_CM7)
    PWR->CR3 = (PWR->CR3 & ~PWR_CR3_LDOEN) | PWR_CR3_SMPSEN;
    while ((PWR->CSR1 & PWR_CSR1_ACTVOSRDY) == 0U) {
    }
#endif
}

void SystemInit(void)
{
    SCB->CPACR |= FPU_ACCESS;
    SCB->SCR |= SCB_SCR_SEVONPEND_Msk;
#if defined(CORE_CM7)
    RCC->CR |= RCC_CR_HSION;
    RCC->CFGR = 0;
    RCC->D1CFGR = 0;
    RCC->D2CFGR = 0;
    RCC->D3CFGR = 0;
    EXTI_D2->EMR3 |= EXTI_LINE_HSEM_CPU2; /* a semaphore that is released wakes the M4 */
#endif
#if defined(USER_VECT_TAB_ADDRESS)
    SCB->VTOR = VECT_TAB_BASE_ADDRESS | VECT_TAB_OFFSET;
#endif
}
