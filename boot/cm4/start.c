/* SPDX-License-Identifier: MIT */
/*
 * First instructions of the M4. They run from flash and touch no RAM until the M7 has set up the
 * supply: before that, writes to RAM are not guaranteed (RM0399, Run* mode). With BCM4 = 1 both
 * cores start at once, and this core may well be first.
 */
#include "boot/cm4/guard.h"
#include "boot/cm4/park.h"
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "core/image/boot_mark.h"
#include "core/image/m4_record.h"
#include "duo_build_version.h"
#include "port/stm32h7/board.h"

#include DUO_LAYOUT_HEADER

extern uint32_t __stack_top, __image_start, __image_end, __image_load, __bss_start, __bss_end;
extern const char __digest_offset[];

void reset_handler(void);
static void fault_handler(void);

/* Used by the reset only. A fault this early has nobody to tell: stay here, the M7 reports it. */
__attribute__((section(".boot"), naked)) static void early_fault(void)
{
    __asm volatile("1: wfe\n b 1b\n");
}

__attribute__((section(".boot_vectors"), used)) static const void *const boot_vectors[16] = {
    &__stack_top, reset_handler,
    early_fault,  early_fault,
    early_fault,  early_fault,
    early_fault,  [DUO_BOOT_MARK_VECTOR] = (const void *)DUO_BOOT_MARK_OF(4),
};

__attribute__((section(".boot_record"), used)) static const struct m4_record record = {
    M4_RECORD_MAGIC, (uint32_t)__digest_offset};

/* The table for the time in RAM: no exception may fetch from bank 2. */
__attribute__((section(".ram_vectors"), aligned(MEM_VECTOR_ALIGN),
               used)) static const void *const ram_vectors[16] = {
    &__stack_top,  reset_handler, fault_handler, fault_handler,
    fault_handler, fault_handler, fault_handler, [15] = guard_tick,
};

/*
 * GCR.WW2RSC is set when the M4's application starts, and cleared by nothing but a system reset. So
 * if it is set here, this core alone was reset or has jumped here, and the M7's application runs
 * on: the whole chip starts again, because the two applications belong together.
 *
 * With BCM7 = 0 the M7 is held, and nobody else sets up the supply (boot/cm7/start.c says how).
 *
 * Where the banks must not be swapped and are, this runs in the first bank and would copy a part of
 * the M7's bootloader: it waits until that has put the options right (boot/cm7/swapped.h).
 */
__attribute__((section(".boot_reset"), naked, noreturn)) void reset_handler(void)
{
    __asm volatile(".syntax unified\n"
#if !LAYOUT_TWIN
                   "mov r0, pc\n"
                   "lsls r0, r0, #11\n" /* MEM_BANK_SIZE, which bank 2's addresses have */
                   "bmi 7f\n"
                   "6: wfe\n"
                   "b 6b\n"
                   "7:\n"
#endif
                   "ldr r0, =%c[gcr]\n"
                   "ldr r1, [r0]\n"
                   "tst r1, #%c[started]\n"
                   "beq 5f\n"
                   "ldr r0, =%c[aircr]\n"
                   "ldr r1, =%c[request]\n"
                   "str r1, [r0]\n"
                   "dsb\n"
                   "b .\n"
                   "5:\n"
                   "ldr r0, =%c[pwr]\n"
                   "ldr r1, =%c[options]\n"
                   "ldr r1, [r1]\n"
                   "tst r1, #%c[bcm7]\n"
                   "bne 1f\n"
                   "ldr r1, [r0, %[cr3]]\n"
                   "and r2, r1, #7\n"
                   "cmp r2, %[supply]\n"
                   "beq 1f\n"
                   "bic r1, r1, #7\n"
                   "orr r1, r1, %[supply]\n"
                   "str r1, [r0, %[cr3]]\n"
                   "1: ldr r1, [r0, %[csr1]]\n"
                   "tst r1, #%c[ready]\n"
                   "beq 1b\n"
                   "ldr r0, =__image_load\n"
                   "ldr r1, =__image_start\n"
                   "ldr r2, =__image_end\n"
                   "2: ldr r3, [r0], #4\n"
                   "str r3, [r1], #4\n"
                   "cmp r1, r2\n"
                   "blo 2b\n"
                   "ldr r1, =__bss_start\n"
                   "ldr r2, =__bss_end\n"
                   "movs r3, #0\n"
                   "3: cmp r1, r2\n"
                   "bhs 4f\n"
                   "str r3, [r1], #4\n"
                   "b 3b\n"
                   "4: ldr r0, =%c[vtor]\n"
                   "ldr r1, =ram_vectors\n"
                   "str r1, [r0]\n"
                   "dsb\n"
                   "isb\n"
                   "ldr r0, =park\n"
                   "bx r0\n"
                   ".ltorg\n" ::[pwr] "i"(PWR_BASE),
                   [csr1] "i"(PWR_CSR1), [cr3] "i"(PWR_CR3), [supply] "i"(BOARD_SUPPLY),
                   [options] "i"(FLASH_BASE + FLASH_OPTSR_CUR), [bcm7] "i"(FLASH_OPTSR_CUR_BCM7),
                   [ready] "i"(PWR_CSR1_ACTVOSRDY), [vtor] "i"(SCS_BASE + SCS_VTOR),
                   [gcr] "i"(RCC_BASE + RCC_GCR), [started] "i"(RCC_GCR_WW2RSC),
                   [aircr] "i"(SCS_BASE + SCS_AIRCR),
                   [request] "i"(SCS_AIRCR_VECTKEY | SCS_AIRCR_SYSRESETREQ));
}

/* From here on nothing but a system reset helps; the M7 sees the answer and reports it. */
static void fault_handler(void)
{
    DUO_GATE->answer = DUO_GATE_FAULT;
    for (;;) {
        cpu_wfe();
    }
}
