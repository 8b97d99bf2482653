/* SPDX-License-Identifier: MIT */
/*
 * The M7 bootloader: decide, then launch or work. A launch touches nothing an application could
 * notice; work (install, recovery) may touch anything and ends in a system reset into a launch.
 */
#include "boot/cm7/main.h"

#include "boot/cm7/device.h"
#include "boot/cm7/fault.h"
#include "boot/cm7/launch.h"
#include "boot/cm7/m4.h"
#include "boot/cm7/recovery.h"
#include "boot/cm7/rom.h"
#include "boot/cm7/window.h"
#include "boot/cm7/work.h"
#include "chip/stm32h7/memory.h"
#include "duo/duo.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/button.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/mpu.h"

#define WATCHDOG_FLAGS                                                                             \
    (RCC_RSR_IWDG1RSTF | RCC_RSR_IWDG2RSTF | RCC_RSR_WWDG1RSTF | RCC_RSR_WWDG2RSTF)

static struct duo_txn txn;
static struct duo_boot boot;

/*
 * A wild branch or a null pointer ends in a fault, not in an unverified image: flash is not
 * executable at all while the bootloader runs, and its own code cannot be written.
 */
static void protect_memory(void)
{
    /* 0x60000000 to 0xDFFFFFFF: an unconfigured external memory may stall a speculative access. */
    mpu_region(0, 0, MPU_SIZE(32) | MPU_NO_ACCESS | MPU_SKIP_PARTS(0x87u));
    mpu_region(1, 0, MPU_SIZE(16) | MPU_READ_ONLY | MPU_UNCACHED); /* ITCM: code */
    mpu_region(2, 0, MPU_SIZE(10) | MPU_NO_ACCESS);                /* null pointers */
    mpu_region(3, 0x20000000u,
               MPU_SIZE(29) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED); /* all other RAM */
    mpu_region(4, MEM_FLASH_BASE, MPU_SIZE(21) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED);
    mpu_enable();
}

static void gather(struct duo_boot_request *request, uint32_t reset_flags)
{
    request->recovery = button_pressed() ||
                        backup_read(DUO_REQUEST_REGISTER) == DUO_REQUEST_RECOVERY || window_key();
    request->watchdog = (reset_flags & WATCHDOG_FLAGS) != 0;
}

static _Noreturn void start_applications(uint32_t reset_flags)
{
    enum duo_gate_answer answer = launch(&txn, &boot, reset_flags);
    struct work_cause cause = {.m4 = answer, .m4_refused = true};

    work_recovery(&txn, &cause);
}

static _Noreturn void recover(void)
{
    struct work_cause cause = {
        .reason = boot.reason, .code = boot.reason_code, .core = boot.reason_core};

    work_recovery(&txn, &cause);
}

/* With a sector protected an exchange would get as far as that sector. Before it begins, nothing is
 * lost; in recovery the protection can be taken off. */
static _Noreturn void install(void)
{
    struct work_cause cause = {.reason = DUO_REASON_FLASH_FAILED, .code = DUO_E_PROTECTED};

    if (protect_blocks_updates()) {
        work_recovery(&txn, &cause);
    }
    work_install(&txn);
}

_Noreturn void boot_main(void)
{
    uint32_t reset_flags = REG(RCC, RSR);
    struct duo_boot_request request;

    rom_enter_if_asked();
    (void)clock_fast(); /* at 64 MHz everything works as well, only slower */
    protect_memory();
    gather(&request, reset_flags);

    const struct fault_record *fault = fault_last();
    if (fault) {
        struct work_cause cause = {.fault = fault};
        work_recovery(&txn, &cause);
    }
    duo_txn_open(&txn, device_open(work_idle));
    duo_txn_boot(&txn, &request, &boot);
    switch (boot.action) {
    case DUO_BOOT_RUN:
        start_applications(reset_flags);
    case DUO_BOOT_EXCHANGE:
        install();
    case DUO_BOOT_RECOVERY:
        break;
    }
    recover();
}
