/* SPDX-License-Identifier: MIT */
#include "selftest/jump.h"

#define OF_CORE(offset) (SCS_BASE + (offset))
#define ISER            0x100u
#define ISPR            0x200u

#ifdef CORE_CM7
#define CCR_AT_RESET 0x00040200u
#else
#define CCR_AT_RESET 0x00000200u
#endif

const struct entry of_the_core[] = {
    {"core.syst_csr", OF_CORE(0x010u), 7u, 0},
    {"core.iser0", OF_CORE(ISER), ~0u, 0},
    {"core.iser1", OF_CORE(ISER + 4u), ~0u, 0},
    {"core.iser2", OF_CORE(ISER + 8u), ~0u, 0},
    {"core.iser3", OF_CORE(ISER + 12u), ~0u, 0},
    {"core.iser4", OF_CORE(ISER + 16u), ~0u, 0},
    {"core.ispr0", OF_CORE(ISPR), ~0u, 0},
    {"core.ispr1", OF_CORE(ISPR + 4u), ~0u, 0},
    {"core.ispr2", OF_CORE(ISPR + 8u), ~0u, 0},
    {"core.ispr3", OF_CORE(ISPR + 12u), ~0u, 0},
    {"core.ispr4", OF_CORE(ISPR + 16u), ~0u, 0},
    {"core.scr", OF_CORE(0xD10u), ~0u, 0},
    {"core.ccr", OF_CORE(0xD14u), ~0u, CCR_AT_RESET},
    {"core.shpr3", OF_CORE(0xD20u), ~0u, 0},
    {"core.shcsr", OF_CORE(0xD24u), ~0u, 0},
    {"core.cfsr", OF_CORE(0xD28u), ~0u, 0},
    {"core.hfsr", OF_CORE(0xD2Cu), ~0u, 0},
    {"core.cpacr", OF_CORE(0xD88u), 0xFu << 20, 0},
    {"core.mpu_ctrl", OF_CORE(0xD94u), ~0u, 0},
    {"core.fpccr ASPEN, LSPEN", OF_CORE(0xF34u), 3u << 30, 3u << 30},
};
const unsigned core_entries = sizeof(of_the_core) / sizeof(of_the_core[0]);

uint32_t masks_and_control(void)
{
    uint32_t primask, faultmask, basepri, control;

    __asm volatile("mrs %0, primask\n mrs %1, faultmask\n mrs %2, basepri\n mrs %3, control"
                   : "=r"(primask), "=r"(faultmask), "=r"(basepri), "=r"(control));
    return primask | faultmask << 8 | basepri << 16 | control << 24;
}
