/* SPDX-License-Identifier: MIT */
#include "boot/cm4/park.h"

#include <stdbool.h>

#include "boot/cm4/guard.h"
#include "chip/stm32h7/memory.h"
#include "core/image/slot.h"
#include "layouts/layout.h"
#include "port/stm32h7/hsem.h"
#include "port/stm32h7/jump.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/option.h"

extern const char __code[], __data[]; /* 4 KiB each, see boot_cm4.ld */

/* EXTI line 80, the M7's SEV, is bit 16 of the third event mask of this core (RM0399 ch. 20). */
#define EMR3_CM7_SEV (1u << 16)

/*
 * An M4 image that nobody has verified must not run, whatever a wild branch does: nothing but this
 * code can be executed, and it cannot be written. Peripherals keep the core's default map.
 */
static void protect_memory(void)
{
    mpu_region(0, 0, MPU_SIZE(32) | MPU_NO_ACCESS | MPU_SKIP_PARTS(MPU_PERIPHERALS));
    mpu_region(1, MEM_FLASH_BASE, MPU_SIZE(21) | MPU_READ_ONLY | MPU_NO_EXECUTE | MPU_UNCACHED);
    mpu_region(2, (uint32_t)__code, MPU_SIZE(12) | MPU_READ_ONLY | MPU_UNCACHED);
    mpu_region(3, (uint32_t)__data, MPU_SIZE(12) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED);
    mpu_region(4, DUO_SRAM4_BASE, MPU_SIZE(16) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED);
    mpu_enable();
}

/* 0 where a vector table may lie (core/image/slot.h): at the slot's first byte, or after a header.
 */
static uint32_t misplaced(uint32_t vectors)
{
    return (vectors - duo_layout.slot[DUO_CM4].run_base) & ~DUO_PAYLOAD_OFFSETS;
}

/* The M7 bootloader has looked at them, too; but it may be a new one, or one of another layout. */
static bool options_fit(void)
{
    return option_get(OPTION_BOOT_CM4_ADD0) == duo_layout.boot[DUO_CM4].base >> 16 &&
           (duo_layout.map.twin || option_get(OPTION_SWAP_BANK) == 0);
}

static enum duo_gate_answer check_gate(const struct duo_gate *gate)
{
    uint32_t vectors = gate->vectors;
    uint32_t stack = gate->stack;
    uint32_t entry = gate->entry;

    if (gate->magic != DUO_GATE_MAGIC ||
        gate->check != duo_gate_check(vectors, stack, entry, gate->start)) {
        return DUO_GATE_BAD_BLOCK;
    }
    if (!options_fit()) {
        return DUO_GATE_BAD_OPTIONS;
    }
    if (misplaced(vectors) != 0) {
        return DUO_GATE_BAD_BASE;
    }
    /* The M7 verified the image, so these two words are readable; they must be the same ones. */
    const volatile uint32_t *table = (const volatile uint32_t *)(uintptr_t)vectors;
    if (table[0] != stack || table[1] != entry) {
        return DUO_GATE_BAD_IMAGE;
    }
    const struct duo_slot *slot = &duo_layout.slot[DUO_CM4];
    switch (duo_slot_check_vectors(slot, 0, slot->size - slot->meta_max, stack, entry)) {
    case DUO_OK:
        return DUO_GATE_ACCEPTED;
    case DUO_E_STACK:
        return DUO_GATE_BAD_STACK;
    default:
        return DUO_GATE_BAD_ENTRY;
    }
}

static bool gate_is_open(void)
{
    return hsem_held_by(DUO_SEM_GATE, HSEM_CORE_CM7, DUO_GATE_PROCID);
}

/*
 * RAM keeps its content over a reset, the block and its `go` included. Only a gate that is open
 * already was filled in this boot: by an M7 whose application lets this core go later.
 */
static void forget_earlier_boot(struct duo_gate *gate)
{
    if (gate_is_open()) {
        return;
    }
    gate->go = 0;
    gate->magic = 0;
    gate->check = 0;
    gate->vectors = 0;
    gate->entry = 0;
    (void)gate->entry; /* one more access writes out the ECC buffer */
}

/*
 * The same question as check_gate() and the wait before it, asked once more in another way: one
 * fault can turn one of them. 0 when all is as it must be; else what is made with it is wrong, too.
 */
static uint32_t doubt(const struct duo_gate *gate)
{
    const uint32_t vectors =
        duo_layout.slot[DUO_CM4].run_base + (gate->vectors & DUO_PAYLOAD_OFFSETS);
    const volatile uint32_t *table = (const volatile uint32_t *)(uintptr_t)vectors;
    uint32_t sum = gate->magic ^ DUO_GATE_MAGIC;

    sum |= gate->check ^ duo_gate_check(vectors, table[0], table[1], gate->start);
    sum |= gate->vectors ^ vectors;
    return gate_is_open() ? sum : ~0u;
}

/* The event register remembers an SEV that comes before the WFE, so none is lost in between. */
static void wait_gate(bool open)
{
    while (gate_is_open() != open) {
        cpu_wfe();
    }
}

/* A release raises the flag of both cores; the M7's application must not find it. */
static void free_parked(void)
{
    hsem_release(DUO_SEM_PARKED, HSEM_CORE_CM4, DUO_GATE_PROCID);
    REG(HSEM, C1ICR) = 1u << DUO_SEM_PARKED;
    REG(HSEM, C2ICR) = 1u << DUO_SEM_PARKED;
}

/* For a set whose M7 application says when: by BOOT_C2, which with BCM4 = 0 has let this core go.
 */
static void wait_for_m7(const struct duo_gate *gate)
{
    while (gate->start == DUO_GATE_BY_M7 && (REG(RCC, GCR) & RCC_GCR_BOOT_C2) == 0) {
    }
}

/*
 * Puts back what parking changed; from here on the M4 uses neither HSEM nor EXTI. WW2RSC: a window
 * watchdog of this core then resets the chip and not this core alone, which would leave the two
 * applications out of step (and which the manual wants set before that watchdog is started).
 */
static void leave_no_trace(void)
{
    free_parked();
    hsem_clock(false);
    REG(EXTI, C2EMR3) &= ~EMR3_CM7_SEV;
    wait_for_m7(DUO_GATE); /* with the MPU on */
    mpu_reset();
    REG(RCC, GCR) = RCC_GCR_WW2RSC; /* the other bits are set only */
}

_Noreturn void park(void)
{
    protect_memory();
    hsem_clock(true);
    REG(EXTI, C2EMR3) |= EMR3_CM7_SEV;
    forget_earlier_boot(DUO_GATE);
    hsem_take(DUO_SEM_PARKED, HSEM_CORE_CM4, DUO_GATE_PROCID);

    guard_begin();

    volatile uint32_t
        wrong; /* looked at twice: the compiler must not conclude one from the other */
    for (;;) {
        wait_gate(true);
        enum duo_gate_answer answer = check_gate(DUO_GATE);
        wrong = doubt(DUO_GATE);
        if (answer == DUO_GATE_ACCEPTED && wrong == 0) {
            break;
        }
        DUO_GATE->answer = answer == DUO_GATE_ACCEPTED ? DUO_GATE_BAD_BLOCK : answer;
        wait_gate(false);
    }
    guard_end();
    DUO_GATE->answer = DUO_GATE_ACCEPTED;
    leave_no_trace();
    jump_to_application(DUO_GATE->vectors | wrong | misplaced(DUO_GATE->vectors), &DUO_GATE->go,
                        DUO_GATE_GO);
}
