/* SPDX-License-Identifier: MIT */
/*
 * Memory protection unit (PMSAv7), the same on both cores but for the number of regions.
 * A higher region number wins where regions overlap.
 */
#ifndef DUO_MPU_H
#define DUO_MPU_H

#include <stdint.h>

#include "chip/stm32h7/regs.h"

/*
 * RASR values: access, type and size of 2^log2 bytes (at least 5). RAM and flash need MPU_UNCACHED
 * (normal memory): without a type a region is strongly ordered, and an unaligned access faults.
 */
#define MPU_SIZE(log2) FIELD(SCS_MPU_RASR_SIZE, (log2)-1u)
#define MPU_NO_ACCESS  (FIELD(SCS_MPU_RASR_AP, 0u) | SCS_MPU_RASR_XN)
#define MPU_READ_ONLY  FIELD(SCS_MPU_RASR_AP, 5u)
#define MPU_READ_WRITE FIELD(SCS_MPU_RASR_AP, 3u)
#define MPU_NO_EXECUTE SCS_MPU_RASR_XN
#define MPU_UNCACHED   FIELD(SCS_MPU_RASR_TEX, 1u)
/* Eighths of the region that it leaves out, as bits. */
#define MPU_SKIP_PARTS(m) FIELD(SCS_MPU_RASR_SRD, (m))
/* Of all 4 GiB: 0x40000000 to 0x5FFFFFFF, and the core's own from 0xE0000000 on. */
#define MPU_PERIPHERALS 0x84u

/* Defines one region; `base` must be a multiple of its size. Takes effect at once if the MPU is on.
 */
void mpu_region(uint32_t number, uint32_t base, uint32_t rasr);

/* Switches the MPU on; addresses in no region keep the core's default map. */
void mpu_enable(void);

/* Switches the MPU off and puts every register of it back to its reset value. */
void mpu_reset(void);

#endif
