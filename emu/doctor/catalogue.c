/* SPDX-License-Identifier: MIT */
#include "emu/doctor/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts speak to the owner of the firmware, in his words; the evidence (values, places) is added
 * where it is found. */
const struct complaint catalogue[] = {
    /* ---- the machine as the application gets it ---- */
    {"jump.primask", SEV_ERROR, PHASE_HANDOVER,
     "interrupts are still masked: PRIMASK = 1 at the application's first instruction",
     "After a reset PRIMASK is 0, and hardly any application clears it itself. __disable_irq() "
     "before the jump therefore "
     "disables interrupts for the whole life of the application: no SysTick, so HAL_Delay() never "
     "returns.",
     "PM0253 2.1.3 (PRIMASK)",
     "Switch off and clear every interrupt source, then execute CPSIE i (__enable_irq()) as the "
     "last but one instruction "
     "before the branch. Nothing can fire then, because every source is off."},
    {"jump.faultmask", SEV_ERROR, PHASE_HANDOVER,
     "FAULTMASK = 1 at the application's first instruction",
     "FAULTMASK raises the execution priority to -1: no interrupt is taken and any fault becomes a "
     "lockup.",
     "PM0253 2.1.3 (FAULTMASK)", "Clear FAULTMASK (CPSIE f) before the branch."},
    {"jump.basepri", SEV_ERROR, PHASE_HANDOVER,
     "BASEPRI is not 0 at the application's first instruction",
     "BASEPRI masks every interrupt of the same or lower priority. An RTOS leaves it set inside a "
     "critical section; the "
     "application knows nothing of it and never clears it.",
     "PM0253 2.1.3 (BASEPRI)",
     "Write 0 to BASEPRI before the branch; do not jump from inside a critical section."},
    {"jump.from-handler", SEV_ERROR, PHASE_HANDOVER,
     "the jump was made from inside an exception handler",
     "The core stays in Handler mode with that exception active for ever: interrupts of the same "
     "or lower priority are "
     "never taken again, and CONTROL.SPSEL cannot be written. Only an exception return leaves "
     "Handler mode, a branch does "
     "not.",
     "PM0253 2.1.2, 2.4.7",
     "Only record the request in the handler and jump from the main loop, or write the request to "
     "a backup register and "
     "reset the system (NVIC_SystemReset()): the bootloader then jumps from a clean machine."},
    {"jump.psp", SEV_WARNING, PHASE_HANDOVER,
     "the application starts on the process stack (CONTROL.SPSEL = 1)",
     "The start-up code expects MSP. It runs on whatever PSP points to, and its own MSP value is "
     "used only by interrupts.",
     "PM0253 2.1.3 (CONTROL)",
     "Set CONTROL = 0 and execute ISB before MSP is loaded and the branch is taken."},
    {"jump.unprivileged", SEV_ERROR, PHASE_HANDOVER,
     "the application starts unprivileged (CONTROL.nPRIV = 1)",
     "An unprivileged thread cannot write the system registers: VTOR, NVIC and SysTick writes "
     "fault, and CPSIE is ignored.",
     "PM0253 2.1.1",
     "Jump from privileged code: go through an SVC to the idle context, or reset the system."},
    {"jump.fpca", SEV_NOTE, PHASE_HANDOVER,
     "CONTROL.FPCA is 1: the bootloader's floating-point context is still active",
     "The first interrupt stacks 104 bytes instead of 32, with the bootloader's FPU registers in "
     "them.",
     "PM0253 2.3.7 (exception entry)", "Write CONTROL = 0 and execute ISB before the branch."},
    {"jump.sp-not-ram", SEV_ERROR, PHASE_HANDOVER,
     "the stack pointer is in no RAM that this core has",
     "The first push or the first interrupt writes to an address without memory: a bus fault, and "
     "because its own "
     "stacking fails as well, a lockup. DTCM (0x20000000) exists only for the Cortex-M7.",
     "RM0399 memory map (Table 7); bus matrix: TCM is connected to CPU1 only",
     "Link the application's stack to a RAM of its own core. M7: DTCM, AXI SRAM, SRAM1-4. M4: "
     "SRAM1-3 (0x10000000 or "
     "0x30000000), AXI SRAM, SRAM4. Check word 0 of the vector table before the jump."},
    {"jump.sp-misaligned", SEV_WARNING, PHASE_HANDOVER, "the stack pointer is not a multiple of 8",
     "The procedure call standard demands 8-byte alignment at a public interface; LDRD/STRD, VPUSH "
     "and varargs doubles break.",
     "AAPCS 6.2.1.2",
     "Make the initial stack pointer (word 0 of the vector table) a multiple of 8."},
    {"jump.sp-not-vector", SEV_WARNING, PHASE_HANDOVER,
     "the stack pointer is not the one in the application's vector table",
     "The application was linked to a stack that it does not get: it grows into the bootloader's "
     "RAM, or into its own data.",
     "PM0253 2.1.2 (stacks)",
     "Load MSP with word 0 of the application's vector table, in assembly, right before the "
     "branch."},
    {"jump.entry-even", SEV_ERROR, PHASE_HANDOVER, "branch to an address with bit 0 clear",
     "Bit 0 of a branch target selects the instruction set. Cortex-M has Thumb only: an even "
     "address raises INVSTATE on "
     "the first instruction.",
     "PM0253 2.3.4, UFSR.INVSTATE",
     "Branch to word 1 of the vector table as it is (it is odd). Do not mask it and do not branch "
     "to the image's base."},
    {"jump.entry-wild", SEV_ERROR, PHASE_HANDOVER, "the branch goes to no application",
     "What was taken for the reset vector is none: the slot is blank (0xFFFFFFFF), the offset is "
     "wrong, or the value was read "
     "from a wrong place.",
     "PM0253 2.3.4 (vector table: word 0 stack pointer, word 1 reset vector)",
     "Check word 0 and word 1 before the jump: stack pointer inside a RAM of this core, entry odd "
     "and inside the slot."},
    {"jump.msp-in-c", SEV_ERROR, PHASE_HANDOVER,
     "a local variable is read from the stack after MSP was changed",
     "__set_MSP() moves the stack under the running C function. The compiler still finds its "
     "locals relative to SP, which "
     "now points into the application's stack: the entry address it then loads is garbage.",
     "AAPCS 6.2 (SP); a compiler may address locals by SP at any optimisation level",
     "Load MSP and branch in one assembly routine with both values in registers (naked function or "
     "inline asm that ends with "
     "BX), or keep the entry address in a static variable."},
    {"jump.vtor-bootloader", SEV_WARNING, PHASE_HANDOVER,
     "VTOR still points to the bootloader's vector table",
     "Until the application sets VTOR itself, every fault and interrupt runs the bootloader's "
     "handlers, with the "
     "bootloader's variables overwritten.",
     "PM0253 4.4.4 (VTOR)",
     "Set SCB->VTOR to the application's base before the branch, then DSB and ISB."},
    {"jump.vtor-misaligned", SEV_WARNING, PHASE_HANDOVER, "VTOR is not aligned for 166 vectors",
     "The alignment must be the table's size, rounded up to a power of two: 1 KiB. With a lesser "
     "one "
     "the vectors of high interrupt numbers may be fetched from other places. An error when the "
     "application has enabled such an interrupt.",
     "PM0253 4.4.4 (VTOR alignment); 16 + 150 vectors",
     "Align the application's vector table to 0x400."},
    {"jump.systick", SEV_ERROR, PHASE_HANDOVER, "SysTick is running and will interrupt",
     "The tick fires into the application before its data are initialised, at the bootloader's "
     "rate.",
     "PM0253 4.5 (SysTick)",
     "SysTick->CTRL = 0, LOAD = 0, VAL = 0, then clear PENDSTSET through ICSR.PENDSTCLR."},
    {"jump.early-handler", SEV_ERROR, PHASE_HANDOVER,
     "an interrupt runs a handler of the application before the application has started",
     "VTOR points to the application's table while the bootloader's interrupts are still on. The "
     "handler works with variables that no start-up code has initialised, and they are cleared "
     "under it later.",
     "PM0253 4.4.4 (VTOR)",
     "Switch off and clear every interrupt source first, then set VTOR, then jump."},
    {"jump.nvic-enabled", SEV_ERROR, PHASE_HANDOVER, "interrupts are enabled in the NVIC",
     "As soon as its peripheral raises a request, the application's table entry for an interrupt "
     "it never enabled is "
     "called: usually the endless loop of Default_Handler.",
     "PM0253 4.3 (NVIC_ICER)", "Write 0xFFFFFFFF to NVIC->ICER[0..4], then DSB and ISB."},
    {"jump.nvic-pending", SEV_WARNING, PHASE_HANDOVER,
     "interrupts or system exceptions are pending",
     "They fire the moment the application enables them (or at once, for SysTick and PendSV), for "
     "an event that was the "
     "bootloader's.",
     "PM0253 4.3 (NVIC_ICPR), 4.4.3 (ICSR)",
     "Stop the sources first, then write 0xFFFFFFFF to NVIC->ICPR[0..4] and PENDSTCLR | PENDSVCLR "
     "to ICSR."},
    {"jump.dcache-dirty", SEV_ERROR, PHASE_HANDOVER,
     "the data cache holds lines that are not in memory yet",
     "The application's SCB_EnableDCache() invalidates without cleaning: what the bootloader left "
     "for it in RAM is lost; or a "
     "late eviction overwrites what the application or the M4 has written meanwhile.",
     "PM0253 4.8 (cache maintenance)",
     "Before the jump: clear CCR.DC, then clean and invalidate all sets and ways "
     "(SCB_DisableDCache() does both)."},
    {"jump.caches-on", SEV_NOTE, PHASE_HANDOVER, "the caches are on at the hand-over",
     "After reset they are off. An application that enables them again is fine; one that never "
     "heard of caches has stale "
     "data with every DMA.",
     "PM0253 4.8", "SCB_DisableDCache() and SCB_DisableICache() before the jump."},
    {"jump.system-control", SEV_WARNING, PHASE_HANDOVER,
     "system control registers are not as after reset",
     "They stay until somebody writes them: with SLEEPONEXIT the application's main program never "
     "runs again after its first interrupt, with SLEEPDEEP its WFI stops the clocks, with "
     "UNALIGN_TRP its unaligned accesses fault. Enabled fault handlers and a priority grouping "
     "alone do no harm.",
     "PM0253 4.4 (SCR, CCR, SHCSR, AIRCR)",
     "Write 0 to SCR and SHCSR, clear the trap bits of CCR and AIRCR.PRIGROUP before the jump."},
    {"jump.mpu", SEV_WARNING, PHASE_HANDOVER, "the MPU is on with the bootloader's regions",
     "The application's accesses are judged by rules it does not know: read-only flash, no-execute "
     "RAM, a guard under the "
     "bootloader's stack.",
     "PM0253 4.6 (MPU)",
     "DMB; MPU->CTRL = 0; clear all regions; DSB; ISB. After the caches are off."},
    {"jump.clock", SEV_WARNING, PHASE_HANDOVER,
     "the clock tree is not in its reset state: the system runs on a PLL or on HSE",
     "HAL_RCC_OscConfig() refuses to change the PLL that is the system clock and returns "
     "HAL_ERROR: the application ends in "
     "Error_Handler(). Start-up code that assumes 64 MHz computes wrong baud rates.",
     "RM0399 8.5 (clocks), RCC_PLLCKSELR: writable only with the PLL off",
     "Switch SYSCLK back to HSI, wait for SWS, switch the PLLs and HSE off, reset the prescalers "
     "(HAL_RCC_DeInit()), or jump "
     "right after a system reset."},
    {"jump.peripherals", SEV_WARNING, PHASE_HANDOVER,
     "peripherals are clocked or configured that the application did not ask for",
     "A half-configured peripheral confuses the driver that initialises it again, and any "
     "peripheral of domain D2 that CPU1 "
     "has enabled keeps D2CKRDY at 1: ST's dual-core start-up code then waits for it in vain.",
     "RM0399 8.7 (RCC enable and reset registers), 8.5.11 (domain clocks)",
     "Reset each peripheral used (RCC xxxRSTR bit on, off) and clear its enable bit, or jump right "
     "after a system reset."},
    {"jump.dma", SEV_ERROR, PHASE_HANDOVER, "a DMA stream is still enabled",
     "It goes on writing into RAM that is the application's now.", "RM0399 15 (DMA)",
     "Disable every stream, wait until EN reads 0, and reset the controller by RCC."},
    {"jump.usart-busy", SEV_WARNING, PHASE_HANDOVER, "a USART is in the middle of a frame",
     "The frame is cut or garbled when the application configures the USART or the clocks change.",
     "RM0399 48 (USART): TC", "Wait for ISR.TC = 1 before the jump."},
    {"jump.flash-unlocked", SEV_ERROR, PHASE_HANDOVER, "the flash control register is unlocked",
     "An application that unlocks what is already unlocked locks the register until the next "
     "reset, with a bus error.",
     "RM0399 4.5.1 (FLASH key registers)",
     "Set LOCK in FLASH_CR1, FLASH_CR2 and OPTLOCK before the jump."},
    {"jump.flash-busy", SEV_ERROR, PHASE_HANDOVER, "a flash operation is still running",
     "Code in the busy bank stalls until the operation ends, up to seconds for an erase.",
     "RM0399 4.3.8", "Wait for QW = 0 in FLASH_SR1 and FLASH_SR2 before the jump."},
    {"jump.hsem-held", SEV_WARNING, PHASE_HANDOVER,
     "a hardware semaphore is still held by this core",
     "The application (or the other core) that wants it waits for ever; HAL_HSEM_FastTake() fails "
     "silently.",
     "RM0399 10 (HSEM)", "Release every semaphore before the jump."},
    {"jump.watchdog", SEV_NOTE, PHASE_HANDOVER, "a watchdog is running",
     "It cannot be stopped. An application that does not feed it is reset.", "RM0399 46 (IWDG)",
     "Feed it right before the jump and let the application know; start it with a time that its "
     "start-up keeps."},

    {"jump.never", SEV_ERROR, PHASE_HANDOVER,
     "the bootloader never jumps: no instruction of an application was fetched",
     "The core did not leave the bootloader within the time watched.", "",
     "See the evidence: where it is. Give --app-m7 and --app-m4 when the applications are "
     "elsewhere, --load when they were "
     "not loaded, --for when it needs more time."},

    /* ---- what happens then ---- */
    {"after.irq-never", SEV_ERROR, PHASE_AFTER,
     "the application waits for an interrupt that is masked",
     "An enabled interrupt or SysTick is pending, but PRIMASK (or BASEPRI, or an active handler) "
     "never lets it in: a delay loop "
     "that waits for the tick never ends.",
     "PM0253 2.1.3, 2.3.6",
     "Clear the mask before the jump, or call __enable_irq() at the start of the application."},
    {"after.vtor-moved", SEV_ERROR, PHASE_AFTER,
     "start-up code sets VTOR to a table that is not the application's",
     "ST's SystemInit() writes the bank's base plus VECT_TAB_OFFSET. Without that define the table "
     "of the bootloader is used "
     "again.",
     "PM0253 4.4.4 (VTOR)",
     "Define VECT_TAB_OFFSET (0x20000) or USER_VECT_TAB_ADDRESS in system_stm32h7xx.c, or remove "
     "the line."},
    {"after.wrong-table", SEV_ERROR, PHASE_AFTER,
     "an interrupt was taken through a vector table that is not the application's",
     "The handler that ran belongs to the bootloader (or is no code at all).",
     "PM0253 2.3.4, 4.4.4", "Set VTOR to the application's base before any interrupt can fire."},
    {"after.fault", SEV_ERROR, PHASE_AFTER, "a fault",
     "The fault registers tell what the core did; the stacked PC tells where.",
     "PM0253 2.4 (fault handling)",
     "See the evidence: the place, and the address that was accessed."},
    {"after.lockup", SEV_ERROR, PHASE_AFTER, "the core is locked up",
     "A fault occurred inside the HardFault handler, or the stack for it could not be written. The "
     "chip does not reset by "
     "itself.",
     "PM0253 2.4.4 (lockup)", "Cure the first fault; see the evidence."},
    {"after.nocp", SEV_ERROR, PHASE_AFTER, "a floating-point instruction with the FPU off",
     "CPACR is 0 after reset. Start-up code must enable CP10 and CP11 before the first such "
     "instruction; a compiler may use "
     "FPU registers in memcpy() and printf().",
     "PM0253 4.7 (CPACR)",
     "SCB->CPACR |= 0xF << 20; DSB; ISB; at the start of the reset handler (SystemInit() does "
     "it)."},
    {"after.breakpoint", SEV_ERROR, PHASE_AFTER, "a BKPT instruction without a debugger",
     "Without a debugger BKPT is a HardFault. Semihosting (printf over the debugger) is made of "
     "BKPT 0xAB, so such a program runs on the desk only.",
     "PM0253 2.4 (HFSR.DEBUGEVT)",
     "Link without semihosting (--specs=nosys.specs instead of rdimon, own _write()), and remove "
     "breakpoints from assertions."},
    {"after.reset-loop", SEV_ERROR, PHASE_AFTER, "the program resets the system again and again",
     "Each time it comes as far as NVIC_SystemReset(): in a fault or error handler, or because "
     "what it waits for across the reset never changes.",
     "PM0253 4.4.5 (AIRCR.SYSRESETREQ)",
     "See the evidence: who asks for the reset. Stop there instead, and look at what failed."},
    {"after.poll-forever", SEV_ERROR, PHASE_AFTER, "a loop waits for a flag that does not come",
     "The loop reads one register again and again and its value never becomes what is waited for.",
     "see the register's chapter in RM0399",
     "See the evidence: the register, its value, and what would change it."},
    {"after.clock-timeout", SEV_ERROR, PHASE_AFTER,
     "clock set-up fails because the clock tree was not in its reset state",
     "A PLL cannot be reprogrammed while it is on, and not be switched off while it is the system "
     "clock.",
     "RM0399 8.5.5 (PLL)",
     "Return the clocks to the reset state before the jump (see jump.clock)."},
    {"after.supply", SEV_ERROR, PHASE_AFTER, "the supply is configured differently a second time",
     "The supply configuration in PWR_CR3 can be written once per power-on. "
     "HAL_PWREx_ConfigSupply() of an application that "
     "wants another supply than the bootloader chose returns HAL_ERROR.",
     "RM0399 6.8.4 (PWR_CR3)",
     "Use the same supply configuration (the board's) in bootloader and application."},
    {"after.d2ckrdy", SEV_ERROR, PHASE_AFTER,
     "the application waits for D2CKRDY = 0, which never comes",
     "ST's dual-core start-up waits until the M4 has gone to Stop. After a jump the M4 is past "
     "that point, or CPU1 has a D2 "
     "peripheral (USART, SRAM1-3...) enabled that keeps the domain awake.",
     "RM0399 8.5.11, AN5617",
     "Let the bootloader leave no D2 peripheral enabled and the M4 in its reset state: reset the "
     "system and jump before "
     "anything is touched; or use BCM4 = 0 and release the M4 from the application."},
    {"after.error-handler", SEV_ERROR, PHASE_AFTER,
     "the application ended in an endless loop with interrupts off",
     "That is what Error_Handler() does after a HAL function has failed.",
     "generated code of STM32CubeMX",
     "See the evidence: where it loops and which register was polled last."},
    {"after.default-handler", SEV_ERROR, PHASE_AFTER, "an interrupt ended in an endless loop",
     "An interrupt without a handler of its own goes to Default_Handler, which loops for ever.",
     "CMSIS start-up code", "Disable the interrupt before the jump, or give it a handler."},
    {"after.erase-under-core", SEV_ERROR, PHASE_AFTER,
     "the flash bank from which a core runs is erased or programmed",
     "A bank at work cannot be read: every fetch from it stalls until the operation ends, up to "
     "seconds for an erase.",
     "RM0399 4.3.8 (read while write)",
     "Run the flash routine (and everything that may interrupt it) from RAM or the other bank, and "
     "park the other core in "
     "RAM."},
    {"after.double-unlock", SEV_ERROR, PHASE_AFTER,
     "the flash is unlocked although it is unlocked already",
     "Writing the keys to an unlocked register is a wrong sequence: it stays locked until the next "
     "reset and the write ends "
     "in a bus error.",
     "RM0399 4.5.1",
     "Test LOCK before writing the keys, and lock again after each use and before the jump."},
    {"after.torn-word", SEV_ERROR, PHASE_AFTER, "a flash word with a double ECC error was read",
     "The word was being programmed or erased when power was lost. Reading it is a bus fault at "
     "every boot until its sector is "
     "erased.",
     "RM0399 4.3.12 (ECC)",
     "Read what may be torn with BFHFNMIGN set and look at DBECCERR, or copy it by DMA; erase "
     "before each update, even what looks "
     "blank."},
    {"after.watchdog-reset", SEV_ERROR, PHASE_AFTER, "a watchdog reset the system",
     "It was started before the jump (or by option byte) and nobody fed it.", "RM0399 46 (IWDG)",
     "Feed it in the application, or do not start it in the bootloader."},
    {"after.stale-line", SEV_ERROR, PHASE_AFTER, "the M7 reads memory through a stale cache line",
     "The memory was changed behind the cache, by the M4 or by flash programming, and the M7 still "
     "sees the old content.",
     "PM0253 4.8",
     "Make shared memory non-cacheable by an MPU region, or invalidate the lines before reading."},
    {"after.dirty-shared", SEV_ERROR, PHASE_AFTER,
     "the M4 reads memory of which the M7's data cache holds newer content",
     "The M7's store is still in its cache.", "PM0253 4.8",
     "Make shared memory non-cacheable by an MPU region, or clean the lines after writing."},

    /* ---- between the cores ---- */
    {"cores.m4-never-released", SEV_ERROR, PHASE_BETWEEN,
     "the M4 was never started: BCM4 = 0 and nobody sets BOOT_C2",
     "With option bit BCM4 = 0 the M4 is held after reset until CPU1 sets RCC_GCR.BOOT_C2.",
     "RM0399 8.7.41 (RCC_GCR)",
     "Set BOOT_C2 from the M7 (HAL_RCCEx_EnableBootCore()), or set BCM4 = 1."},
    {"cores.m4-boot-address", SEV_ERROR, PHASE_BETWEEN,
     "the M4's boot address does not point to a program",
     "BOOT_CM4_ADD0 chooses where the M4 fetches its stack pointer and entry; there is no vector "
     "table.",
     "RM0399 4.4.8 (boot option bytes)",
     "Program the M4's bootloader at its boot address, or set BOOT_CM4_ADD0."},
    {"cores.bank-swap", SEV_ERROR, PHASE_BETWEEN,
     "SWAP_BANK is set: the M4 boots what was linked for the other bank",
     "The swap exchanges the banks for both cores, the M4's boot address included.",
     "RM0399 4.3.11", "Keep SWAP_BANK = 0, or keep both images of both cores in both banks."},
    {"cores.hsem-missed", SEV_ERROR, PHASE_BETWEEN,
     "the M4 sleeps for a semaphore release that came before it slept",
     "The release notified an M4 that was not asleep yet; its wait then clears the event and "
     "nothing else ever comes.",
     "RM0399 10.3.8 (HSEM interrupts), AN5617",
     "Let the M7 wait until the M4 sleeps (D2CKRDY = 0) before it releases, or let the M4 look at "
     "the semaphore itself before "
     "and after arming the notification."},
    {"cores.hsem-wait", SEV_ERROR, PHASE_BETWEEN,
     "a core waits for a hardware semaphore that the other one never releases",
     "A semaphore belongs to a core until that core releases it or the system is reset: not even "
     "the jump to an application or the end of a task gives it back.",
     "RM0399 10.3 (HSEM)",
     "Release it where it was taken (write its number of core and process with LOCK = 0), and give "
     "the wait a time-out."},
    {"cores.rlr-taken", SEV_ERROR, PHASE_BETWEEN,
     "reading HSEM_RLR to look at a semaphore has taken it",
     "A read of RLRn locks a free semaphore for the core that reads. Polling it keeps the other "
     "core out.",
     "RM0399 10.3.4 (1-step lock)", "Read HSEM_Rn to look; read RLRn only to take."},
    {"cores.clock-both", SEV_ERROR, PHASE_BETWEEN, "both cores configure the clock tree",
     "There is one clock tree. The second core changes the clock under the first: its baud rates "
     "and tick change.",
     "RM0399 8.5",
     "Let one core (usually the M7) own the clocks; the other only enables its peripherals."},
    {"cores.clock-under-m4", SEV_WARNING, PHASE_BETWEEN,
     "the M7 changes the system clock while the M4 application runs",
     "The M4's clock is HCLK: its tick and baud rates change at that moment.", "RM0399 8.5",
     "Set up the clocks before the M4 is released, or hold it at a semaphore until they are "
     "stable."},
    {"cores.peripheral-both", SEV_WARNING, PHASE_BETWEEN,
     "both cores configure the same peripheral",
     "Peripherals have no owner: each core overwrites the other's set-up.",
     "RM0399 8.5.11 (allocation)",
     "Give each peripheral one owner, or guard it with a hardware semaphore."},
    {"cores.peripheral-reset", SEV_ERROR, PHASE_BETWEEN,
     "one core resets a peripheral that the other one has set up and enabled",
     "The reset bits of RCC know no owner. HAL_DeInit() sets all of them: whatever the other core "
     "has configured meanwhile, its hardware semaphores and pins included, is as after reset.",
     "RM0399 8.7 (RCC reset registers)",
     "Reset only what this core has used itself, one peripheral at a time."},
    {"cores.ram-overlap", SEV_ERROR, PHASE_BETWEEN,
     "both cores use the same RAM for their stack or variables",
     "SRAM1-3 at 0x10000000 and at 0x30000000 are the same memory: the default linker scripts of "
     "the two cores collide there.",
     "RM0399 memory map",
     "Give each core RAM of its own in its linker script, and one agreed area for what they "
     "share."},
    {"cores.m4-unreachable", SEV_ERROR, PHASE_BETWEEN,
     "the M4 uses an address that only the M7 can reach",
     "ITCM and DTCM are connected to the Cortex-M7 alone.", "RM0399 2.1 (bus matrix)",
     "Link the M4's data and stack to SRAM1-3 (0x10000000), SRAM4 or AXI SRAM."},
};

const size_t catalogue_size = sizeof(catalogue) / sizeof(catalogue[0]);

const struct complaint *complaint_of(const char *id)
{
    for (size_t i = 0; i < catalogue_size; i++) {
        if (strcmp(catalogue[i].id, id) == 0) {
            return &catalogue[i];
        }
    }
    fprintf(stderr,
            "duoemu: internal error: finding '%s' is not in the catalogue; please report it\n", id);
    abort();
}

const char *severity_name(enum severity s)
{
    static const char *const names[] = {"note", "warning", "error"};

    return names[s];
}

const char *phase_name(enum phase p)
{
    static const char *const names[] = {"at the hand-over", "after it", "between the cores"};

    return names[p];
}
