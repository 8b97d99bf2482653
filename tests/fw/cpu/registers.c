/* SPDX-License-Identifier: MIT */
/* Special registers: bits that are not there, the FP context without automatic saving, its
 * defaults; LDRT and STRT, which are judged as if the program were unprivileged. */
#include "test.h"

enum { ASPEN = 1u << 31, FPCA = 1u << 2, ROUND_TO_ZERO = 3u << 22, FLUSH = 1u << 24 };

static uint8_t guarded[64] __attribute__((aligned(64)));

static void low_bits(void)
{
    uint32_t psp = MRS(psp);

    MSR(basepri, 0x5f);
    say("basepri.low-bits", MRS(basepri));
    MSR(basepri, 0);
    MSR(psp, 0x20001003u);
    say("psp.low-bits", MRS(psp));
    MSR(psp, psp);
    MSR(control, MRS(control) | 0x80);
    say("control.reserved", MRS(control) & ~FPCA);
}

static uint32_t read_fpscr(void)
{
    uint32_t v;

    __asm__ volatile("vmrs %0, fpscr" : "=r"(v));
    return v;
}

static void fp_instruction(void)
{
    __asm__ volatile("vmov.f32 s0, #1.0" : : : "s0");
}

static void no_context(void)
{
    MSR(control, MRS(control) & ~FPCA);
}

static void defaults(void)
{
    uint32_t old = SCB(0xf3c);

    SCB(0xf3c) = ROUND_TO_ZERO | FLUSH | 0xff;
    barrier();
    say("fpdscr", SCB(0xf3c));
    no_context();
    fp_instruction();
    say("fpdscr.new-context", read_fpscr());
    say("fpdscr.fpca", MRS(control) & FPCA);
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0));
    fp_instruction();
    say("fpdscr.same-context", read_fpscr());
    SCB(0xf3c) = old;
    barrier();
    no_context();
    fp_instruction();
    say("fpdscr.default", read_fpscr());
}

static void without_aspen(void)
{
    uint32_t fpccr = SCB(0xf34), fpdscr = SCB(0xf3c);

    fp_instruction();
    __asm__ volatile("vmsr fpscr, %0" : : "r"(ROUND_TO_ZERO));
    SCB(0xf34) = fpccr & ~ASPEN;
    barrier();
    no_context();
    fp_instruction();
    say("aspen-0.fpca", MRS(control) & FPCA);
    say("aspen-0.fpscr", read_fpscr());
    __asm__ volatile("svc #0");
    say("aspen-0.after-svc", MRS(control) & FPCA);
    MSR(control, MRS(control) | FPCA);
    say("aspen-0.set", MRS(control) & FPCA);
    no_context();
    SCB(0xf3c) = FLUSH;
    barrier();
    fp_instruction(); /* no context is made, so FPDSCR stays where it is */
    say("aspen-0.fpdscr", read_fpscr());
    SCB(0xf3c) = fpdscr;
    SCB(0xf34) = fpccr;
    barrier();
    say("aspen-1.fpca", MRS(control) & FPCA);
    fp_instruction();
    say("aspen-1.after", MRS(control) & FPCA);
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0));
}

static uint32_t frame_kind;

static void in_svc(uint32_t *frame, uint32_t lr, uint32_t n)
{
    (void)frame, (void)n;
    frame_kind = lr & 0x10;
    fp_instruction();
}

/* ---- LDRT, STRT ---- */

static void ldrt(void)
{
    __asm__ volatile("ldrt r1, [%0, #4]" : : "r"(guarded) : "r1");
}

static void ldrsbt(void)
{
    __asm__ volatile("ldrsbt r1, [%0, #7]" : : "r"(guarded) : "r1");
}

static void strt(void)
{
    __asm__ volatile("movs r1, #9\n strt r1, [%0, #8]" : : "r"(guarded) : "r1", "memory");
}

static void strht(void)
{
    __asm__ volatile("movs r1, #9\n strht r1, [%0, #12]" : : "r"(guarded) : "r1", "memory");
}

static void plain(void)
{
    __asm__ volatile("ldr r1, [%0, #4]\n str.w r1, [%0, #8]" : : "r"(guarded) : "r1", "memory");
}

static void guard(uint32_t access)
{
    SCB(0xd98) = 0;
    SCB(0xd9c) = (uint32_t)(uintptr_t)guarded;
    SCB(0xda0) = access << 24 | 3u << 16 | 5u << 1 | 1;
    SCB(0xd94) = 5;
    barrier();
}

static void unprivileged_accesses(void)
{
    guard(1); /* privileged only */
    say_fault("priv.plain", plain);
    say_fault("priv.ldrt", ldrt);
    say("priv.ldrt-mmfar", fault.mmfar - (uint32_t)(uintptr_t)guarded);
    say_fault("priv.ldrsbt", ldrsbt);
    say_fault("priv.strt", strt);
    say_fault("priv.strht", strht);
    say("priv.unchanged", guarded[12]);
    guard(2); /* read-only for unprivileged */
    say_fault("ro.ldrt", ldrt);
    say_fault("ro.strt", strt);
    guard(3);
    say_fault("rw.strt", strt);
    say("rw.value", guarded[8]);
    SCB(0xd94) = 0;
    barrier();
}

void test_registers(void)
{
    low_bits();
    defaults();
    handlers[11] = in_svc;
    without_aspen();
    say("aspen-0.frame", frame_kind);
    handlers[11] = 0;
    unprivileged_accesses();
}
