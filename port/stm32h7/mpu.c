/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/mpu.h"

#include "port/stm32h7/cpu.h"

void mpu_region(uint32_t number, uint32_t base, uint32_t rasr)
{
    REG(SCS, MPU_RNR) = number;
    REG(SCS, MPU_RASR) = 0; /* never a moment with the new base and the old attributes */
    REG(SCS, MPU_RBAR) = base;
    REG(SCS, MPU_RASR) = rasr | SCS_MPU_RASR_ENABLE;
}

void mpu_enable(void)
{
    cpu_dsb();
    REG(SCS, MPU_CTRL) = SCS_MPU_CTRL_ENABLE | SCS_MPU_CTRL_PRIVDEFENA;
    cpu_dsb();
    cpu_isb();
}

void mpu_reset(void)
{
    uint32_t regions = (REG(SCS, MPU_TYPE) >> 8) & 0xFFu;

    cpu_dsb(); /* accesses under the old map end before it goes */
    REG(SCS, MPU_CTRL) = 0;
    for (uint32_t i = 0; i < regions; i++) {
        REG(SCS, MPU_RNR) = i;
        REG(SCS, MPU_RBAR) = 0;
        REG(SCS, MPU_RASR) = 0;
    }
    REG(SCS, MPU_RNR) = 0;
    cpu_dsb();
    cpu_isb();
}
