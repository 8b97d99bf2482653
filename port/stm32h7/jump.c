/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/jump.h"

#include "chip/stm32h7/regs.h"

/* CCR after reset: STKALIGN on both, and branch prediction (BP) reads 1 on the M7 (PM0253). */
#ifdef CORE_CM7
#define CCR_RESET 0x00040200u
#else
#define CCR_RESET 0x00000200u
#endif

/* The M7 says go at the last moment, the M4 waits for it: they branch within some dozen cycles, so
 * neither application finds traces of the other one's start. */
#ifdef CORE_CM7
#define RENDEZVOUS                                                                                 \
    "str r2, [r1]\n"                                                                               \
    "dsb\n"
#else
#define RENDEZVOUS                                                                                 \
    "1: ldr r0, [r1]\n"                                                                            \
    "cmp r0, r2\n"                                                                                 \
    "bne 1b\n"
#endif

/*
 * Naked, because a C function may keep its locals on the stack that is being replaced: everything
 * stays in registers. Each line undoes one thing that an application would notice.
 */
__attribute__((naked)) _Noreturn void jump_to_application(uint32_t vectors __attribute__((unused)),
                                                          volatile uint32_t *go
                                                          __attribute__((unused)),
                                                          uint32_t go_value __attribute__((unused)))
{
    __asm volatile(
        ".syntax unified\n"
        "cpsid i\n" /* nothing may run between here and the branch */
        "mov r4, r0\n"
        "movs r6, #0\n"
        "mvns r7, r6\n"
        "movw r5, #0xE000\n"
        "movt r5, #0xE000\n"
        /* SysTick first: what is still counting would pend again. */
        "str r6, [r5, %[syst_csr]]\n"
        "str r6, [r5, %[syst_rvr]]\n"
        "str r6, [r5, %[syst_cvr]]\n"
        /* System handlers: no enables, no priorities, no traps, no sleep options. */
        "str r6, [r5, %[scr]]\n"
        "str r6, [r5, %[shpr1]]\n"
        "str r6, [r5, %[shpr2]]\n"
        "str r6, [r5, %[shpr3]]\n"
        "str r6, [r5, %[shcsr]]\n"
        "ldr r0, =%c[aircr]\n"
        "str r0, [r5, %[o_aircr]]\n"
        "ldr r0, =%c[ccr]\n"
        "str r0, [r5, %[o_ccr]]\n"
        /* Old fault records would mislead the application's crash handler; ones clear. */
        "str r7, [r5, %[cfsr]]\n"
        "str r7, [r5, %[hfsr]]\n"
        /* FPU: off, no lazy frame pending, so that the first interrupt stacks a basic frame. */
        "str r6, [r5, %[cpacr]]\n"
        "ldr r0, =0xC0000000\n"
        "str r0, [r5, %[fpccr]]\n"
        /* No priorities, nothing pending of the system's own. */
        "ldr r0, =%c[pend]\n"
        "str r0, [r5, %[icsr]]\n"
        "add r0, r5, %[ipr]\n"
        "movs r3, #%c[ipr_words]\n"
        "4: str r6, [r0], #4\n"
        "subs r3, #1\n"
        "bne 4b\n"
        "dsb\n"
        "isb\n"
        /* The starting shot for both cores. */
        RENDEZVOUS
        /* Interrupts: disable, then forget. Not earlier: the other core's SEV pends one. */
        "add r0, r5, %[icer]\n"
        "add r1, r5, %[icpr]\n"
        "movs r2, #5\n"
        "3: str r7, [r0], #4\n"
        "dsb\n"
        "str r7, [r1], #4\n"
        "subs r2, #1\n"
        "bne 3b\n"
        /* From here on exceptions would go to the application. */
        "str r4, [r5, %[vtor]]\n"
        "dsb\n"
        "isb\n"
        "msr basepri, r6\n"
        "msr faultmask, r6\n"
        "msr control, r6\n"
        "isb\n"
        "msr psp, r6\n"
        "ldr r0, [r4]\n"
        "msr msp, r0\n"
        "ldr r0, [r4, #4]\n"
        "mov r1, r6\n"
        "mov r2, r6\n"
        "mov r3, r6\n"
        "mov r4, r6\n"
        "mov r5, r6\n"
        "mov r7, r6\n"
        "mov r8, r6\n"
        "mov r9, r6\n"
        "mov r10, r6\n"
        "mov r11, r6\n"
        "mov r12, r6\n"
        "mov lr, #0xFFFFFFFF\n"
        "msr apsr_nzcvqg, r6\n"
        "cpsie i\n" /* PRIMASK is 0 after reset, and most applications rely on it */
        "isb\n"
        "bx r0\n"
        ".ltorg\n" ::[syst_csr] "i"(SCS_SYST_CSR),
        [syst_rvr] "i"(SCS_SYST_RVR), [syst_cvr] "i"(SCS_SYST_CVR), [scr] "i"(SCS_SCR),
        [shpr1] "i"(SCS_SHPR1), [shpr2] "i"(SCS_SHPR2), [shpr3] "i"(SCS_SHPR3),
        [shcsr] "i"(SCS_SHCSR), [aircr] "i"(SCS_AIRCR_VECTKEY), [o_aircr] "i"(SCS_AIRCR),
        [ccr] "i"(CCR_RESET), [o_ccr] "i"(SCS_CCR), [cfsr] "i"(SCS_CFSR), [hfsr] "i"(SCS_HFSR),
        [cpacr] "i"(SCS_CPACR), [fpccr] "i"(SCS_FPCCR), [icer] "i"(SCS_ICER0),
        [icpr] "i"(SCS_ICPR0), [pend] "i"(SCS_ICSR_PENDSTCLR | SCS_ICSR_PENDSVCLR),
        [icsr] "i"(SCS_ICSR), [ipr] "i"(SCS_IPR0), [ipr_words] "i"((IRQ_COUNT + 3u) / 4u),
        [vtor] "i"(SCS_VTOR));
}
