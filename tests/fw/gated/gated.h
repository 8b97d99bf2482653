/* SPDX-License-Identifier: MIT */
#ifndef TEST_GATED_H
#define TEST_GATED_H

#include "chip/stm32h7/regs.h"
#include "duo/sram4.h"

#define SHARED  REG_AT(DUO_SRAM4_BASE, 0) /* READY when the M7 has set up what both use */
#define STARTED REG_AT(DUO_SRAM4_BASE, 4) /* what the M4 found there first */
#define READY   0x52454459u

#endif
