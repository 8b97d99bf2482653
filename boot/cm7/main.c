/* SPDX-License-Identifier: MIT */
/*
 * The M7 bootloader: decide, then launch or work. A launch touches nothing an application could
 * notice; work (install, recovery) may touch anything and ends in a system reset into a launch.
 */
#include "boot/cm7/main.h"

#include "boot/cm7/clearance.h"
#include "boot/cm7/device.h"
#include "boot/cm7/fault.h"
#include "boot/cm7/halt.h"
#include "boot/cm7/launch.h"
#include "boot/cm7/m4.h"
#include "boot/cm7/m4_program.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/protect.h"
#include "boot/cm7/rom.h"
#include "boot/cm7/window.h"
#include "boot/cm7/work.h"
#include "chip/stm32h7/memory.h"
#include "core/txn/newboot.h"
#include "duo/duo.h"
#include "layouts/layout.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/button.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"

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
    /* What follows, and peripherals, is all there is: no window through which RAM could be executed
     * at another address, no system memory, and no external memory, where a speculative access may
     * stall as long as it is not set up. */
    mpu_region(0, 0, MPU_SIZE(32) | MPU_NO_ACCESS | MPU_SKIP_PARTS(MPU_PERIPHERALS));
    mpu_region(1, 0, MPU_SIZE(16) | MPU_READ_ONLY | MPU_UNCACHED); /* ITCM: code */
    mpu_region(2, 0, MPU_SIZE(10) | MPU_NO_ACCESS);                /* null pointers */
    mpu_region(3, MEM_DTCM_BASE,
               MPU_SIZE(29) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED); /* all other RAM */
    mpu_region(4, MEM_FLASH_BASE, MPU_SIZE(21) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED);
    mpu_enable();
}

static void gather(struct duo_boot_request *request, uint32_t reset_flags)
{
    const uint32_t asked = backup_read(DUO_REQUEST_REGISTER);

    /* The window uses the register, too: what an application has asked for comes first. */
    request->recovery = button_pressed() || asked == DUO_REQUEST_RECOVERY ||
                        (asked != DUO_REQUEST_ROLLBACK && window_key());
    request->watchdog = (reset_flags & WATCHDOG_FLAGS) != 0;
    request->stuck = work_stops() > STOPS_MAX;
    request->taken_back = DUO_GUARD->taken_back == DUO_GUARD_TAKEN_BACK;
    DUO_GUARD->taken_back = 0;
    (void)DUO_GUARD->taken_back; /* one more access writes out the ECC buffer */
}

/*
 * GCR.WW1RSC is set when the M7's application starts, and cleared by nothing but a system reset. So
 * if it is set here, this core alone was reset or has jumped here, and the M4's application runs
 * on: the whole chip starts again, because the two applications belong together.
 */
static void join_cores(void)
{
    if (REG(RCC, GCR) & RCC_GCR_WW1RSC) {
        usart_panic(DUO_UART_BAUD,
                    "\r\nduoboot: the m7 was started alone, resetting both cores\r\n");
        system_reset();
    }
    cpu_irq_enable(); /* off since the reset code */
}

static _Noreturn void wrong_options(void)
{
    struct work_cause cause = {.options = true};

    /* A swap whose option change was cut may have lost them: the device finds back by itself. */
    if (DUO_REPAIR_OPTIONS || DUO_SWAPS) {
        work_repair_options();
    }
    work_recovery(&txn, &cause);
}

/* An application has asked for it and left the verifying to us. A request counts once. With a
 * sector protected the exchange could not be carried out, so it is not begun: the present set runs
 * on. */
static void roll_back_if_asked(bool stuck)
{
    if (backup_read(DUO_REQUEST_REGISTER) != DUO_REQUEST_ROLLBACK) {
        return;
    }
    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_NONE);
    if (stuck) {
        return; /* nothing is to be written, not even why */
    }
    const enum duo_status status =
        options_block_updates() ? DUO_E_PROTECTED : duo_txn_rollback(&txn);
    if (status != DUO_OK) {
        (void)duo_txn_note(&txn, DUO_REASON_NO_ROLLBACK, status);
    }
}

/*
 * The boot was decided, and what it rests on says otherwise: the processor has made an error, or
 * was made to. After a reset it will not make it again; if it does, or something is damaged,
 * recovery is there.
 */
static _Noreturn void contradiction(uint32_t reset_flags)
{
    struct work_cause cause = {.doubt = true};

    if (!(reset_flags & RCC_RSR_SFT1RSTF)) {
        system_reset();
    }
    work_recovery(&txn, &cause);
}

/* A new M4 bootloader that does not take its image: the set before has the one that did. */
static void take_back_bootloader(void)
{
    if (DUO_SWAPS && duo_newboot_take_back(&txn) == DUO_OK) {
        system_reset();
    }
}

static _Noreturn void start_applications(uint32_t reset_flags)
{
    /* Before a held M4 is let go, and before the word of a parked one is taken. */
    if (m4_program_check() != M4_PROGRAM_WHOLE) {
        take_back_bootloader();
        struct work_cause damaged = {.m4 = DUO_GATE_SILENT, .m4_refused = true};
        work_recovery(&txn, &damaged);
    }
    clearance_passed(CLEARANCE_M4_PROGRAM);
    clearance_ask(&txn, &boot);
    if (clearance_doubt() != 0) {
        contradiction(reset_flags);
    }
    work_try_again();
    enum duo_gate_answer answer = launch(&txn, &boot, reset_flags);
    take_back_bootloader();
    struct work_cause cause = {.m4 = answer, .m4_refused = true};

    work_recovery(&txn, &cause);
}

static _Noreturn void recover(void)
{
    struct work_cause cause = {
        .reason = boot.reason, .code = boot.reason_code, .core = boot.reason_core};

    work_recovery(&txn, &cause);
}

/* A bank whose operation does not end cannot be read, so nothing that was decided is worth
 * anything. Only a reset frees it. */
static void reset_if_stuck(void)
{
    if (flash_is_stuck(MEM_FLASH_BASE) || flash_is_stuck(MEM_BANK2_BASE)) {
        usart_panic(DUO_UART_BAUD, "\r\nduoboot: a flash operation does not end, resetting\r\n");
        work_stopped();
        system_reset();
    }
}

/* With a sector protected an exchange would get as far as that sector. Before it begins, nothing is
 * lost; in recovery the protection can be taken off. */
static _Noreturn void install(void)
{
    struct work_cause cause = {.reason = DUO_REASON_FLASH_FAILED, .code = DUO_E_PROTECTED};

    if (options_block_updates()) {
        work_recovery(&txn, &cause);
    }
    if (work_stops() > STOPS_MAX) { /* a swap: it needs no record */
        cause.code = DUO_E_STUCK;
        work_recovery(&txn, &cause);
    }
    if (work_stops() == STOPS_MAX) {
        work_stop_exchange(&txn);
    }
    work_install(&txn);
}

_Noreturn void boot_main(void)
{
    uint32_t reset_flags = REG(RCC, RSR);
    struct duo_boot_request request;

    join_cores();
    m4_close(); /* what an earlier boot has left in the gate block opens nothing */
    halt_if_hopeless(reset_flags);
    rom_enter_if_asked();
    /* At 64 MHz everything works as well, only slower. */
    tick_start(clock_fast() ? CLOCK_FAST_HZ : CLOCK_RESET_HZ);
    flash_clock(tick_ms);
    protect_memory();
    gather(&request, reset_flags);

    const struct fault_record *fault = fault_last();
    if (fault) {
        struct work_cause cause = {.fault = fault};
        work_recovery(&txn, &cause);
    }
    duo_txn_open(&txn, device_open(work_idle));
    options_expect(duo_newboot_on_trial(&txn));
    if (!options_good()) {
        wrong_options();
    }
    clearance_passed(CLEARANCE_OPTIONS);
    roll_back_if_asked(request.stuck);
    duo_txn_boot(&txn, &request, &boot);
    reset_if_stuck();
    switch (boot.action) {
    case DUO_BOOT_RUN:
        clearance_passed(CLEARANCE_DECISION);
        start_applications(reset_flags);
    case DUO_BOOT_EXCHANGE:
        install();
    case DUO_BOOT_RECOVERY:
        break;
    }
    recover();
}
