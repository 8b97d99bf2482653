/* SPDX-License-Identifier: MIT */
/*
 * Recovery's own code (the menu and the servers of the line) does not fit into the ITCM with the
 * rest, and a boot that launches has no use for it. It is copied to AXI SRAM, and checked, when
 * recovery begins. The linker script refuses any reference into it but __recovery_entry.
 */
#include "boot/cm7/damaged.h"
#include "boot/cm7/sums.h"
#include "boot/cm7/work.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/mpu.h"

extern uint64_t __recovery_start, __recovery_end;
extern const uint64_t __recovery_load;

/* The first word of recovery's code (recovery.c). */
extern void (*const __recovery_entry)(struct duo_txn *txn, const struct work_cause *cause);

#define RECOVERY_REGION 5u
#define RECOVERY_LOG2   15u /* RECOVERY in boot_cm7.ld: 32 KiB */

_Noreturn void work_recovery(struct duo_txn *txn, const struct work_cause *cause)
{
    struct sums sums = {0, 0};

    sums_copy(&__recovery_start, &__recovery_end, &__recovery_load, &sums);
    if (sums.first != __recovery_sums.first || sums.second != __recovery_sums.second) {
        mpu_reset(); /* flash is not executable with it, and that code runs from there */
        damaged();
    }
    mpu_region(RECOVERY_REGION, (uint32_t)(uintptr_t)&__recovery_start,
               MPU_SIZE(RECOVERY_LOG2) | MPU_READ_ONLY | MPU_UNCACHED);
    cpu_dsb();
    cpu_isb(); /* the copied code is fetched from now on */
    __recovery_entry(txn, cause);
    system_reset(); /* it never returns */
}
