/* SPDX-License-Identifier: MIT */
/* Start-up, vector table, and a way to survive faults: try_call(). */
#include "test.h"

#include <stddef.h>

extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];
int main(void);
void reset_handler(void);

struct fault_record fault;
volatile handler_fn handlers[TABLE_ENTRIES];

void reset_handler(void)
{
    uint32_t *from = data_load;

    for (uint32_t *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    SCB(0xd08) = (uint32_t)(uintptr_t)vectors;
    board_init();
    main();
    for (;;) {
    }
}

/* All exceptions come here: r0 = frame, r1 = EXC_RETURN. */
__attribute__((naked)) static void any_exception(void)
{
    __asm__ volatile("tst lr, #4\n"
                     "ite eq\n"
                     "mrseq r0, msp\n"
                     "mrsne r0, psp\n"
                     "mov r1, lr\n"
                     "push {r4, lr}\n"
                     "bl dispatch\n"
                     "pop {r4, pc}\n");
}

__attribute__((used)) static struct {
    uint32_t regs[8], sp, lr; /* r4..r11 */
} saved;

__attribute__((used)) static uint32_t caught;

__attribute__((naked)) static void resume_try(void)
{
    __asm__ volatile("mrs r1, control\n"
                     "bic r1, #2\n"
                     "msr control, r1\n"
                     "isb\n"
                     "ldr r0, =saved\n"
                     "ldm r0!, {r4-r11}\n"
                     "ldr r1, [r0]\n"
                     "mov sp, r1\n"
                     "ldr lr, [r0, #4]\n"
                     "ldr r0, =caught\n"
                     "ldr r0, [r0]\n"
                     "bx lr\n");
}

/* Runs fn; 1 if a fault ended it, 0 if it returned. Thread mode only. */
__attribute__((naked)) uint32_t try_call(void (*fn)(void) __attribute__((unused)))
{
    __asm__ volatile("ldr r1, =saved\n"
                     "stm r1!, {r4-r11}\n"
                     "mov r2, sp\n"
                     "str r2, [r1]\n"
                     "str lr, [r1, #4]\n"
                     "blx r0\n"
                     "ldr r1, =saved\n"
                     "ldr lr, [r1, #36]\n"
                     "movs r0, #0\n"
                     "bx lr\n");
}

void record_fault(uint32_t *frame, uint32_t lr, uint32_t n)
{
    fault.number = n;
    fault.cfsr = SCB(0xd28);
    fault.hfsr = SCB(0xd2c);
    fault.mmfar = SCB(0xd34);
    fault.bfar = SCB(0xd38);
    fault.pc = frame[6];
    fault.xpsr = frame[7];
    fault.lr = lr;
    fault.count++;
    SCB(0xd28) = fault.cfsr;
    SCB(0xd2c) = fault.hfsr;
    caught = 1;
    if (fault.keep_pc) {
        return;
    }
    frame[6] = (uint32_t)(uintptr_t)resume_try & ~1u;
    frame[7] = (frame[7] & 0xf8000200u) | 1u << 24;
}

void dispatch(uint32_t *frame, uint32_t lr);
__attribute__((used)) void dispatch(uint32_t *frame, uint32_t lr)
{
    uint32_t n;

    __asm__ volatile("mrs %0, ipsr" : "=r"(n));
    if (handlers[n]) {
        handlers[n](frame, lr, n);
    } else {
        record_fault(frame, lr, n);
    }
}

#define X4(h)  h, h, h, h
#define X16(h) X4(h), X4(h), X4(h), X4(h)
__attribute__((section(".vectors"), used, aligned(1024)))
handler_entry const vectors[TABLE_ENTRIES] = {(handler_entry)(uintptr_t)stack_top,
                                              reset_handler,
                                              X4(any_exception),
                                              X4(any_exception),
                                              X4(any_exception),
                                              any_exception,
                                              any_exception,
                                              X16(any_exception),
                                              X16(any_exception),
                                              X16(any_exception)};
