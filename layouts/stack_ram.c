/* SPDX-License-Identifier: MIT */
/* Where a stack may begin: the same in all layouts. */
#include "chip/stm32h7/memory.h"
#include "layouts/layout.h"

/* A stack may begin one past the end of these (RM0399, memory organization). The M4 reaches neither
 * ITCM nor DTCM. */
#define COMMON_RAM                                                                                 \
    {MEM_AXI_BASE, MEM_AXI_SIZE}, {MEM_SRAM123_BASE, MEM_SRAM123_SIZE},                            \
        {MEM_SRAM123_ALIAS, MEM_SRAM123_SIZE}, {MEM_SRAM4_BASE, MEM_SRAM4_SIZE},                   \
    {                                                                                              \
        0, 0                                                                                       \
    }

const struct duo_range duo_stack_ram_cm7[] = {{MEM_DTCM_BASE, MEM_DTCM_SIZE}, COMMON_RAM};
const struct duo_range duo_stack_ram_cm4[] = {COMMON_RAM};
