/* SPDX-License-Identifier: MIT */
/* Shared by the CPU tests: result lines, system registers, faults that are survived. */
#ifndef TEST_H
#define TEST_H

#include "board.h"

#include <stdbool.h>
#include <stdint.h>

#define TABLE_ENTRIES 64
#define SCB(off)      (*(volatile uint32_t *)(0xe000e000u + (off)))
#define SCB8(off)     (*(volatile uint8_t *)(0xe000e000u + (off)))

typedef void (*handler_entry)(void);
/* frame: what was stacked; lr: EXC_RETURN; n: exception number. */
typedef void (*handler_fn)(uint32_t *frame, uint32_t lr, uint32_t n);

extern handler_entry const vectors[TABLE_ENTRIES];
/* NULL: the exception counts as a fault and ends try_call(). */
extern volatile handler_fn handlers[TABLE_ENTRIES];

extern struct fault_record {
    uint32_t number, cfsr, hfsr, mmfar, bfar, pc, xpsr, lr, count;
    uint32_t keep_pc; /* return to where the frame says */
} fault;

/* What happens to an exception without a handler: noted, and try_call() returns. */
void record_fault(uint32_t *frame, uint32_t lr, uint32_t n);

uint32_t try_call(void (*fn)(void));

/* One result line each. */
void say(const char *name, uint32_t value);
void say_text(const char *name, const char *value);
/* Calls fn and prints the fault it met: number, CFSR, HFSR. */
void say_fault(const char *name, void (*fn)(void));

/* A short log of what ran, in order. */
void log_reset(void);
void log_mark(char c);
const char *log_get(void);

static inline void irq_pend(unsigned n)
{
    SCB(0x200 + 4 * (n / 32)) = 1u << n % 32;
}
static inline void irq_enable(unsigned n)
{
    SCB(0x100 + 4 * (n / 32)) = 1u << n % 32;
}
static inline void irq_disable(unsigned n)
{
    SCB(0x180 + 4 * (n / 32)) = 1u << n % 32;
}
static inline void irq_priority(unsigned n, uint8_t p)
{
    SCB8(0x400 + n) = p;
}
static inline void exc_priority(unsigned n, uint8_t p)
{
    SCB8(0xd14 + n) = p; /* SHPR byte n - 4 at 0xd18 */
}
static inline void barrier(void)
{
    __asm__ volatile("dsb\n isb" : : : "memory");
}
static inline void pend_sv(void)
{
    SCB(0xd04) = 1u << 28;
    barrier();
}

#define MSR(reg, v)                                                                                \
    do {                                                                                           \
        uint32_t msr_value = (v);                                                                  \
        __asm__ volatile("msr " #reg ", %0\n isb" : : "r"(msr_value) : "memory");                  \
    } while (0)
#define MRS(reg)                                                                                   \
    __extension__({                                                                                \
        uint32_t mrs_value;                                                                        \
        __asm__ volatile("mrs %0, " #reg : "=r"(mrs_value) : : "memory");                          \
        mrs_value;                                                                                 \
    })

/* The groups of tests, one file each. */
void test_calls(void);
void test_priorities(void);
void test_faults(void);
void test_returns(void);
void test_fpu(void);
void test_registers(void);
void test_mpu(void);
void test_stack_faults(void);
void test_sleep(void);
void test_systick(void);

#endif
