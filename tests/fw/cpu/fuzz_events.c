/* SPDX-License-Identifier: MIT */
/*
 * What may happen in the middle of a block: interrupts of changing priorities, SVC, PendSV, masks,
 * the other stack, a stack that is not aligned, faults inside and outside of IT blocks.
 */
#include "fuzz.h"
#include "test.h"

enum { ISB_HIGH = 0xf3bf, ISB_LOW = 0x8f6f, DSB_LOW = 0x8f4f };

static void settle(void)
{
    emit32((uint32_t)ISB_HIGH << 16 | DSB_LOW);
    emit32((uint32_t)ISB_HIGH << 16 | ISB_LOW);
}

/* r11 is 0xE000E000. */
static void system_register(uint32_t offset, uint32_t value)
{
    emit_constant(10, value);
    emit32(0xf8c0a000 | 11u << 16 | offset);
}

static void interrupt(void)
{
    uint32_t lines = 1u << (LINE_A + fuzz_below(4));

    if (fuzz_below(2)) {
        lines |= 1u << (LINE_A + fuzz_below(4));
    }
    system_register(0x200, lines);
    settle();
}

static void pendsv_or_nmi(void)
{
    system_register(0xd04, fuzz_below(3) ? 1u << 28 : 1u << 31);
    settle();
}

/* 32 bytes of the scratch memory with other rights, or none of it. */
static void protection(void)
{
    static const uint32_t rights[] = {0, 1, 2, 3, 5, 6};
    uint32_t at = (uint32_t)(uintptr_t)fuzz_scratch + 32 * (2 + fuzz_below(4));

    system_register(0xd9c, at | 0x10 | fuzz_below(2));
    system_register(0xda0, rights[fuzz_below(6)] << 24 | 0x000b0000 | 4u << 1 | fuzz_below(2));
    system_register(0xd94, 4 | fuzz_below(4));
    settle();
    emit_constant(10, 0);
}

static void call(void)
{
    emit16(0xdf00 | fuzz_below(256));
}

static void mask(void)
{
    static const uint32_t ops[] = {0xb672, 0xb662, 0xb671, 0xb661}; /* CPSID, CPSIE; i, f */
    unsigned which = fuzz_below(2);

    if (fuzz_below(2)) {
        emit_constant(10, fuzz_below(8) << 5);
        emit32(fuzz_below(2) ? 0xf38a8811 : 0xf38a8812); /* BASEPRI, BASEPRI_MAX */
    } else if (which) {
        emit16(ops[2]); /* a fault in here would lock up */
        emit_constant(10, fuzz_random());
        emit16(ops[3]);
    } else {
        emit16(ops[fuzz_below(2)]);
    }
    emit32((uint32_t)ISB_HIGH << 16 | ISB_LOW);
}

static void other_stack(void)
{
    emit32(0xf3ef8a14); /* MRS r10, CONTROL */
    emit32(0xf08a0a02); /* EOR r10, r10, #2 */
    emit32(0xf38a8814); /* MSR CONTROL, r10 */
    emit32((uint32_t)ISB_HIGH << 16 | ISB_LOW);
    emit_constant(10, 0);
}

static void uneven_stack(void)
{
    static void (*const inner[])(void) = {call, interrupt, pendsv_or_nmi};
    emit16(0xb081); /* SUB SP, #4 */
    inner[fuzz_below(3)]();
    emit16(0xb001);
}

/* One instruction that faults, followed by nothing it could have harmed. */
static void faulting(void)
{
    switch (fuzz_below(7)) {
    case 0:
        emit16(0xde00 | fuzz_below(256)); /* UDF */
        break;
    case 1:
        emit32(0xf7f0a000); /* UDF.W */
        break;
    case 2:
        emit32(0xee000510 | fuzz_reg() << 12); /* MCR p5 */
        break;
    case 3:
        emit32(0xf8da0000 | fuzz_reg() << 12); /* LDR from where nothing is */
        break;
    case 4:
        emit32(0xe8900003 | 12u << 16); /* LDM of an uneven r12 */
        break;
    case 5:
        emit32(0xe9d00100 | 12u << 16 | 0x0400); /* LDRD */
        break;
    default:
        emit32(0xeeb00b40 | fuzz_below(8) << 12 | fuzz_below(8)); /* VMOV.F64: not on the M4 */
        break;
    }
}

static void fault_somewhere(void)
{
    emit_constant(10, BAD_ADDR);
    emit_constant(12, (uint32_t)(uintptr_t)fuzz_scratch + 1);
    if (fuzz_below(2)) {
        uint32_t cond = fuzz_below(14);
        emit16(0xbf08 | cond << 4); /* one instruction under a condition */
    }
    faulting();
    emit_constant(10, 0);
    emit_constant(12, 0);
}

/* DIV_0_TRP stays off: QEMU 7.2 stacks flags that are too old when a division traps. */
static void trap_settings(void)
{
    system_register(0xd14, 0x200 | fuzz_below(2) << 3); /* UNALIGN_TRP */
    settle();
    emit_constant(10, 0);
}

void emit_event(void)
{
    static void (*const kinds[])(void) = {
        interrupt,    interrupt,       pendsv_or_nmi,   call,          mask,      other_stack,
        uneven_stack, fault_somewhere, fault_somewhere, trap_settings, protection};
    kinds[fuzz_below(sizeof(kinds) / sizeof(kinds[0]))]();
}
