/* SPDX-License-Identifier: MIT */
/*
 * First instructions after reset. They set the supply up before anything is written to RAM
 * (RM0399, Run* mode), copy the unpacker to the ITCM, and let it unpack the bootloader to there.
 */
#include "boot/cm7/fault.h"
#include "boot/cm7/main.h"
#include "duo/flashmap.h"
#include "pack/unpack.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"

extern uint32_t __stack_top, __early_start, __early_end, __early_load;
extern uint32_t __data_start, __data_end, __data_load, __bss_start, __bss_end;
extern const uint8_t __packed[];

void reset_handler(void);
bool unpack_bootloader(uint64_t *from, uint64_t *to);

#define WAIT_LIMIT 100000u

/*
 * Before the bootloader is unpacked it has no words and no serial line. Here ends a boot whose chip
 * or whose flash content is broken: neither core runs an application, and a debugger finds the M7
 * here.
 */
__attribute__((section(".boot"), naked, used)) static void early_fault(void)
{
    __asm volatile("1: wfe\n b 1b\n");
}

__attribute__((section(".boot_vectors"), used)) static const void *const boot_vectors[16] = {
    &__stack_top, reset_handler, early_fault, early_fault, early_fault, early_fault, early_fault,
};

/* Up to the only interrupt that is ever enabled here. */
__attribute__((section(".ram_vectors"), aligned(DUO_VECTOR_ALIGN),
               used)) static const void *const ram_vectors[16 + BOARD_UART_IRQ + 1] = {
    [0] = &__stack_top,
    [1] = reset_handler,
    [2 ... 14] = fault_entry,
    [15] = tick_isr,
    [16 ... 16 + BOARD_UART_IRQ - 1] = fault_entry,
    [16 + BOARD_UART_IRQ] = usart_isr,
};

/*
 * Runs in the ITCM, alone: nothing else of the bootloader is there yet (checked by the linker
 * script).
 *
 * After power-on an ITCM word has a random ECC, and each of its words has 64 bits: a narrower store
 * would read it first. So whole words are written before the unpacker writes bytes.
 *
 * At 64 MHz unpacking would take some 10 ms; the clock has to be raised anyway.
 */
__attribute__((section(".early"), used)) bool unpack_bootloader(uint64_t *from, uint64_t *to)
{
    size_t available = DUO_FLASH_BASE + DUO_SECTOR_SIZE - (size_t)__packed;

    (void)clock_fast(); /* at 64 MHz everything works as well, only slower */
    for (volatile uint64_t *word = from; word < to; word++) {
        *word = 0;
    }
    return unpack(__packed, available, (uint8_t *)from, (size_t)(to - from) * sizeof(*from));
}

/*
 * The supply can be written once per power-on and must be what the board is wired for; after a
 * warm reset it is as it should be already. The wait is bounded: some chips run on regardless, and
 * a bootloader that says nothing helps nobody.
 */
__attribute__((section(".boot"), naked, noreturn)) void reset_handler(void)
{
    __asm volatile(
        ".syntax unified\n"
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
        "ldr r0, =__early_load\n"
        "ldr r1, =__early_start\n"
        "ldr r2, =__early_end\n"
        "4: ldmia r0!, {r4, r5}\n"
        "strd r4, r5, [r1], #8\n" /* whole ECC words of the ITCM: 64 bits */
        "cmp r1, r2\n"
        "blo 4b\n"
        "dsb\n"
        "isb\n" /* the copied code is fetched from now on */
        "ldr r0, =__unpacked_start\n"
        "ldr r1, =__unpacked_end\n"
        "ldr r3, =unpack_bootloader\n"
        "blx r3\n"
        "cbnz r0, 5f\n"
        "b early_fault\n"
        "5: ldr r0, =__data_load\n"
        "ldr r1, =__data_start\n"
        "ldr r2, =__data_end\n"
        "6: cmp r1, r2\n"
        "bhs 7f\n"
        "ldr r3, [r0], #4\n"
        "str r3, [r1], #4\n"
        "b 6b\n"
        "7: ldr r1, =__bss_start\n"
        "ldr r2, =__bss_end\n"
        "movs r3, #0\n"
        "8: cmp r1, r2\n"
        "bhs 9f\n"
        "str r3, [r1], #4\n"
        "b 8b\n"
        "9: ldr r0, =%c[vtor]\n"
        "ldr r1, =ram_vectors\n"
        "str r1, [r0]\n"
        "dsb\n"
        "isb\n" /* the unpacked code is fetched from now on */
        "ldr r0, =boot_main\n"
        "bx r0\n"
        ".ltorg\n" ::[pwr] "i"(PWR_BASE),
        [cr3] "i"(PWR_CR3), [csr1] "i"(PWR_CSR1), [supply] "i"(BOARD_SUPPLY),
        [ready] "i"(PWR_CSR1_ACTVOSRDY), [limit] "i"(WAIT_LIMIT), [vtor] "i"(SCS_BASE + SCS_VTOR));
}
