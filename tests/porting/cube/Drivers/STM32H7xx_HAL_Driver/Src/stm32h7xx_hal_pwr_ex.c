/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

#if defined(HAL_PWR_MODULE_ENABLED)

#define SUPPLY (PWR_CR3_SMPSEN | PWR_CR3_LDOEN | PWR_CR3_BYPASS)

/* Written once after power-on: another supply later is an error. */
HAL_StatusTypeDef HAL_PWREx_ConfigSupply(uint32_t SupplySource)
{
    MODIFY_REG(PWR->CR3, SUPPLY, SupplySource);
    if ((PWR->CR3 & SUPPLY) != SupplySource) {
        return HAL_ERROR;
    }
    while ((PWR->CSR1 & PWR_CSR1_ACTVOSRDY) == 0U) {
    }
    return HAL_OK;
}

/* An event of its own, so that there is one to take. */
void HAL_PWREx_ClearPendingEvent(void)
{
    __SEV();
    __WFE();
}

/* The M4 puts its own domain to sleep; nothing else is asked for here. */
void HAL_PWREx_EnterSTOPMode(uint32_t Regulator, uint8_t STOPEntry, uint32_t Domain)
{
#if defined(CORE_CM4)
    if (Domain != PWR_D2_DOMAIN) {
        return;
    }
    MODIFY_REG(PWR->CR1, PWR_CR1_LPDS, Regulator);
    CLEAR_BIT(PWR->CPU2CR, PWR_CPU2CR_PDDS_D2);
    SET_BIT(SCB->SCR, SCB_SCR_SLEEPDEEP_Msk);
    __DSB();
    __ISB();
    if (STOPEntry == PWR_STOPENTRY_WFE) {
        __WFE();
    } else {
        __WFI();
    }
    CLEAR_BIT(SCB->SCR, SCB_SCR_SLEEPDEEP_Msk);
#else
    UNUSED(Regulator);
    UNUSED(STOPEntry);
    UNUSED(Domain);
#endif
}

#endif
