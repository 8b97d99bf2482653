/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

#if defined(HAL_HSEM_MODULE_ENABLED)

HAL_StatusTypeDef HAL_HSEM_FastTake(uint32_t SemID)
{
    return HSEM->RLR[SemID] == (HSEM_CR_COREID_CURRENT | HSEM_RLR_LOCK) ? HAL_OK : HAL_ERROR;
}

void HAL_HSEM_Release(uint32_t SemID, uint32_t ProcessID)
{
    HSEM->R[SemID] = ProcessID | HSEM_CR_COREID_CURRENT;
}

void HAL_HSEM_ActivateNotification(uint32_t SemMask)
{
    HSEM_COMMON->IER |= SemMask;
}

#endif
