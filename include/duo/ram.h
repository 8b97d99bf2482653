/* SPDX-License-Identifier: MIT */
/*
 * Interrupts that go on while flash is erased. A core that fetches from a bank at work stands still
 * until the operation ends (an erase: 1 to 2 s), so such an interrupt lies in RAM: its handler, all
 * that the handler calls, and the vector table. docs/iap.md has it by task.
 *
 *     DUO_IN_RAM void SysTick_Handler(void) { ... }
 *
 *     duo_ram_start();                   first in main(), with the linker fragment duo_ram.ld
 *     static struct duo_vectors table;
 *     duo_vectors_to_ram(&table);
 */
#ifndef DUO_RAM_H
#define DUO_RAM_H

#include <stdint.h>

#include "duo/language.h"

DUO_BEGIN_C

/* A function that runs from RAM. What it calls is not moved with it: mark that, too. Not for calls
 * of the compiler's own library (memcpy, division of 64 bits), which lies in flash. */
#define DUO_IN_RAM __attribute__((section(".RamFunc"), noinline))

/* The chip has 150 interrupts, the core 16 entries of its own (RM0399, NVIC). */
#define DUO_VECTORS 166u

/* VTOR needs the next power of two above 4 * 166 bytes (PM0253, PM0214). */
struct duo_vectors {
    uint32_t entry[DUO_VECTORS];
} __attribute__((aligned(1024)));

#define DUO_VTOR (*(volatile uint32_t *)0xE000ED08u)

/* Copies the vector table in use to RAM and has the core use the copy. Interrupts may be on. */
static inline void duo_vectors_to_ram(struct duo_vectors *table)
{
    const volatile uint32_t *from = (const volatile uint32_t *)(uintptr_t)DUO_VTOR;

    for (uint32_t i = 0; i < DUO_VECTORS; i++) {
        table->entry[i] = from[i];
    }
    __asm volatile("dsb" ::: "memory");
    DUO_VTOR = (uint32_t)(uintptr_t)table->entry;
    __asm volatile("dsb\n isb" ::: "memory");
}

/* From duo_ram.ld. */
extern volatile uint64_t duo_ram_begin[], duo_ram_end[];
extern const uint64_t duo_ram_load[];

/*
 * Copies what duo_ram.ld has gathered from flash to its RAM. By 64 bits: after power-on an ITCM
 * word has a random ECC, and a narrower store would read it first (RM0399, RAMECC).
 */
static inline void duo_ram_start(void)
{
    const uint64_t *from = duo_ram_load;

    for (volatile uint64_t *to = duo_ram_begin; to != duo_ram_end; to++) {
        *to = *from++;
    }
    __asm volatile("dsb\n isb" ::: "memory");
}

DUO_END_C

#endif
