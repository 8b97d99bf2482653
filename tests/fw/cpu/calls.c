/* SPDX-License-Identifier: MIT */
/* SVC, PendSV, stacks and privilege. */
#include "test.h"

static uint32_t seen[8];

static void on_svc(uint32_t *frame, uint32_t lr, uint32_t n)
{
    seen[0] = n;
    seen[1] = lr;
    seen[2] = frame[0];
    seen[3] = frame[7] & 0xf9000000u;
    seen[4] = *(uint16_t *)(uintptr_t)(frame[6] - 2);
    seen[5] = MRS(control);
    frame[0] = frame[0] + frame[1];
}

static uint32_t svc_add(uint32_t a, uint32_t b)
{
    register uint32_t r0 __asm__("r0") = a;
    register uint32_t r1 __asm__("r1") = b;
    __asm__ volatile("svc #0x2a" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void svc_from_thread(const char *prefix)
{
    say_text("svc.stack", prefix);
    say("svc.sum", svc_add(3, 4));
    say("svc.number", seen[0]);
    say("svc.lr", seen[1]);
    say("svc.argument", seen[2]);
    say("svc.xpsr", seen[3] & 1u << 24);
    say("svc.opcode", seen[4]);
    say("svc.control", seen[5]);
}

static uint64_t psp_stack[64];

/* Calls fn(arg) in thread mode on PSP. */
__attribute__((naked)) static void call_on_psp(void (*fn)(const char *) __attribute__((unused)),
                                               const char *arg __attribute__((unused)))
{
    __asm__ volatile("push {r4, r5, r6, lr}\n mov r4, r0\n mov r0, r1\n"
                     "mrs r5, control\n orr r6, r5, #2\n msr control, r6\n isb\n"
                     "blx r4\n"
                     "msr control, r5\n isb\n"
                     "pop {r4, r5, r6, pc}\n");
}

static void on_psp(void (*fn)(const char *), const char *arg)
{
    uint32_t control = MRS(control), msp = MRS(msp);

    MSR(psp, (uint32_t)(uintptr_t)(psp_stack + 64));
    say("psp.reads", MRS(psp) == (uint32_t)(uintptr_t)(psp_stack + 64));
    call_on_psp(fn, arg);
    say("psp.msp-kept", MRS(msp) == msp);
    say("psp.control-back", (MRS(control) & 3) == (control & 3));
}

/* An odd stack pointer (4 mod 8) is aligned and put back. */
static void on_align(uint32_t *frame, uint32_t lr, uint32_t n)
{
    (void)lr, (void)n;
    seen[6] = (uint32_t)(uintptr_t)frame & 7;
    seen[7] = frame[7] & 0x200;
}

static void stack_alignment(void)
{
    handlers[11] = on_align;
    uint32_t before, after;
    __asm__ volatile("sub sp, #4\n mov %0, sp\n svc #0\n mov %1, sp\n add sp, #4\n"
                     : "=&r"(before), "=&r"(after)
                     :
                     : "memory");
    say("align.frame", seen[6]);
    say("align.bit9", seen[7]);
    say("align.sp-back", before == after);
    handlers[11] = on_svc;
}

/* ---- unprivileged threads ---- */

static void back_to_privileged(uint32_t *frame, uint32_t lr, uint32_t n)
{
    (void)lr, (void)n;
    seen[2] = frame[0];
    MSR(control, MRS(control) & ~1u);
}

static void try_mask(void)
{
    MSR(primask, 1);
    MSR(basepri, 0x40);
    __asm__ volatile("cpsid i");
}

static void read_scb(void)
{
    (void)SCB(0xd00);
}

static void write_scb(void)
{
    SCB(0x100) = 1;
}

static void unprivileged(void)
{
    handlers[11] = back_to_privileged;
    MSR(control, MRS(control) | 1);
    say("user.control", MRS(control));
    try_mask();
    say("user.primask-reads", MRS(primask));
    say("user.msp-reads", MRS(msp));
    __asm__ volatile("svc #1" : : : "memory");
    say("user.control-after", MRS(control));
    say("user.primask-kept", MRS(primask));
    say("user.basepri-kept", MRS(basepri));
}

static void user_reads(void)
{
    MSR(control, MRS(control) | 1);
    read_scb();
}

static void user_writes(void)
{
    MSR(control, MRS(control) | 1);
    write_scb();
}

static void become_privileged(void)
{
    __asm__ volatile("svc #1" : : : "memory");
}

static void user_ppb(void)
{
    say_fault("user.ppb-read", user_reads);
    become_privileged();
    say("user.ppb-bfar", fault.bfar);
    say_fault("user.ppb-write", user_writes);
    become_privileged();
}

void test_calls(void)
{
    handlers[11] = on_svc;
    svc_from_thread("msp");
    on_psp(svc_from_thread, "psp");
    stack_alignment();
    unprivileged();
    user_ppb();
    handlers[11] = 0;
}
