/* SPDX-License-Identifier: MIT */
/*
 * First instructions after reset, from flash. They set the supply up before anything is written to
 * RAM (RM0399, Run* mode), copy the bootloader to the tightly coupled memories, and start it if the
 * copy is whole.
 */
#include "boot/cm7/bare_line.h"
#include "boot/cm7/damaged.h"
#include "boot/cm7/fault.h"
#include "boot/cm7/main.h"
#include "boot/cm7/sums.h"
#include "boot/cm7/swapped.h"
#include "chip/stm32h7/memory.h"
#include "core/image/boot_mark.h"
#include "duo_build_version.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"

#include DUO_LAYOUT_HEADER

extern uint32_t __stack_top, __bss_start, __bss_end;
extern uint64_t __text_start, __text_end, __data_start, __data_end;
extern const uint64_t __text_load, __data_load;
extern const char __about_load;

void reset_handler(void);
void copy_and_start(void);

#define WAIT_LIMIT 100000u
#define PART_M4    0xC24 /* CPUID.PARTNO (PM0214, "CPUID base register") */

/* A fault this early: flash that cannot be read, or a chip out of order. */
__attribute__((section(".boot"), naked, used)) static void early_fault(void)
{
    __asm volatile("b damaged\n");
}

__attribute__((section(".boot_vectors"), used)) static const void *const boot_vectors[16] = {
    &__stack_top,
    reset_handler,
    early_fault,
    early_fault,
    early_fault,
    early_fault,
    early_fault,
    [DUO_BOOT_MARK_VECTOR] = (const void *)DUO_BOOT_MARK_OF(7),
    [DUO_BOOT_ABOUT_VECTOR] = &__about_load,
};

/* Up to the only interrupt that is ever enabled here. */
__attribute__((section(".ram_vectors"), aligned(MEM_VECTOR_ALIGN),
               used)) static const void *const ram_vectors[16 + BOARD_UART_IRQ + 1] = {
    [0] = &__stack_top,
    [1] = reset_handler,
    [2 ... 14] = fault_entry,
    [15] = tick_isr,
    [16 ... 16 + BOARD_UART_IRQ - 1] = fault_entry,
    [16 + BOARD_UART_IRQ] = usart_isr,
};

IN_FLASH static void clear(volatile uint32_t *from, const uint32_t *end)
{
    for (; from < end; from++) {
        *from = 0;
    }
}

/* From the reset handler, with a stack. */
IN_FLASH void copy_and_start(void)
{
    struct sums sums = {0, 0};

    sums_copy(&__text_start, &__text_end, &__text_load, &sums);
    sums_copy(&__data_start, &__data_end, &__data_load, &sums);
    if (sums.first != __sums.first || sums.second != __sums.second) {
        damaged();
    }
    clear(&__bss_start, &__bss_end);
    REG(SCS, VTOR) = (uint32_t)ram_vectors;
    cpu_dsb();
    cpu_isb(); /* the copied code is fetched from now on */
    boot_main();
}

/*
 * The supply can be written once per power-on and must be what the board is wired for; after a
 * warm reset it is as it should be already. The wait is bounded: some chips run on regardless, and
 * a bootloader that says nothing helps nobody.
 */
__attribute__((section(".boot_reset"), naked, noreturn)) void reset_handler(void)
{
    /* Option bytes of a new chip let the M4 boot at bank 2. In a layout that swaps the banks this
     * program lies there, too: the M4 must not run it, and waits until the M7 has put the options
     * right (core/txn/swap.h). It touches no RAM. A device takes no M7 bootloader that begins in
     * another way (core/txn/newboot.c): up to label 5 the bytes are the same wherever it is linked
     * to, and must not change.
     *
     * An application may have jumped here with its interrupts on: their handlers may lie in the RAM
     * that is about to be written. boot_main() lets interrupts come again. */
    __asm volatile(
        ".syntax unified\n"
        "movw r0, %[cpuid_low]\n"
        "movt r0, %[cpuid_high]\n"
        "ldr r0, [r0]\n"
        "ubfx r0, r0, #4, #12\n"
        "movw r1, %[m4]\n"
        "cmp r0, r1\n"
        "bne 5f\n"
        "4: wfe\n"
        "b 4b\n"
        "5: cpsid i\n"
        "ldr r0, =%c[pwr]\n"
        "ldr r1, [r0, %[cr3]]\n"
        "and r2, r1, #7\n"
        "cmp r2, %[supply]\n"
        "beq 1f\n"
        "bic r1, r1, #7\n"
        "orr r1, r1, %[supply]\n"
        "str r1, [r0, %[cr3]]\n"
        "1: ldr r2, =%c[limit]\n"
        "2: ldr r1, [r0, %[csr1]]\n"
        "tst r1, #%c[ready]\n"
        "bne 3f\n"
        "subs r2, #1\n"
        "bne 2b\n"
        "3:\n"
#if !LAYOUT_TWIN
        "mov r0, pc\n"
        "lsls r0, r0, #11\n" /* MEM_BANK_SIZE, which bank 2's addresses have */
        "bpl 6f\n"
        "ldr r0, =__stack_top\n" /* what the reset has loaded is the M4's */
        "mov sp, r0\n"
        "b swapped\n"
        "6:\n"
#endif
        "ldr r0, =copy_and_start\n"
        "bx r0\n"
        ".ltorg\n" ::[cpuid_low] "i"((SCS_BASE + SCS_CPUID) & 0xFFFFu),
        [cpuid_high] "i"((SCS_BASE + SCS_CPUID) >> 16), [m4] "i"(PART_M4), [pwr] "i"(PWR_BASE),
        [cr3] "i"(PWR_CR3), [csr1] "i"(PWR_CSR1), [supply] "i"(BOARD_SUPPLY),
        [ready] "i"(PWR_CSR1_ACTVOSRDY), [limit] "i"(WAIT_LIMIT));
}
