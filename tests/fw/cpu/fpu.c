/* SPDX-License-Identifier: MIT */
/* FP context: lazy and eager stacking, EXC_RETURN, threads switched by PendSV. */
#include "test.h"

static uint32_t seen[8];

static uint32_t bits(float f)
{
    uint32_t v;

    __builtin_memcpy(&v, &f, 4);
    return v;
}

static float set_s0(float v)
{
    register float s0 __asm__("s0") = v;
    __asm__ volatile("" : "+t"(s0));
    return s0;
}

/* Handlers are entered through C code built with the FPU on, but use it only where it says so. */
static void quiet(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)n;
    seen[0] = lr;
    seen[1] = SCB(0xf34) & 1;
    seen[2] = SCB(0xf38) - (uint32_t)(uintptr_t)f;
    seen[3] = MRS(control) & 4;
}

static void uses_fpu(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)lr, (void)n;
    for (unsigned i = 8; i < 26; i++) {
        f[i] = 0xdead0000u + i;
    }
    __asm__ volatile("vmov.f32 s0, #2.0\n vmov.f32 s15, #3.0" : : : "s0", "s15");
    seen[4] = SCB(0xf34) & 1;
    seen[5] = f[8];
    seen[6] = f[8 + 15];
    seen[7] = MRS(control) & 4;
}

static uint32_t frame_words(void (*handler)(uint32_t *, uint32_t, uint32_t))
{
    handlers[16 + LINE_A] = handler;
    register uint32_t s0 __asm__("r4");
    __asm__ volatile("vmov.f32 s0, #1.0\n vmov.f32 s15, #5.0\n"
                     "ldr r0, =0xe000e200\n ldr r1, =%c1\n str r1, [r0]\n dsb\n isb\n"
                     "vmov %0, s0\n"
                     : "=r"(s0)
                     : "i"(1u << LINE_A)
                     : "r0", "r1", "s0", "s15", "memory");
    return s0;
}

static void stacking(const char *kind)
{
    say_text("fp.kind", kind);
    say("fp.s0-kept", frame_words(quiet));
    say("fp.lr", seen[0]);
    say("fp.lspact", seen[1]);
    say("fp.fpcar-offset", SCB(0xf34) >> 30 & 1 ? seen[2] : 0x20);
    say("fp.handler-fpca", seen[3]);
    say("fp.thread-fpca", MRS(control) & 4);
    say("fp.used", frame_words(uses_fpu));
    say("fp.used-lspact", seen[4]);
    say("fp.used-fpca", seen[7]);
}

static void lazy(void)
{
    SCB(0xf34) = 3u << 30;
    barrier();
    stacking("lazy");
    say("fp.stored-s0", seen[5]);
    say("fp.stored-s15", seen[6]);
    say("fp.lspact-after", SCB(0xf34) & 1);
}

static void eager(void)
{
    SCB(0xf34) = 1u << 31;
    barrier();
    handlers[16 + LINE_A] = quiet;
    stacking("eager");
    SCB(0xf34) = 3u << 30;
    barrier();
}

static void basic(void)
{
    handlers[16 + LINE_A] = quiet;
    MSR(control, MRS(control) & ~4u); /* forget the FP context */
    irq_pend(LINE_A);
    barrier();
    say("fp.none-lr", seen[0]);
    say("fp.none-lspact", seen[1]);
    (void)set_s0(1.0f);
}

/* FPU switched off by the handler's user, lazy state open: the first FP instruction faults. */
static void fpu_goes_off(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    uint32_t cpacr = SCB(0xd88);
    SCB(0xd88) = 0;
    barrier();
    fault.number = fault.cfsr = 0;
    fault.keep_pc = 2;
    __asm__ volatile("vmov.f32 s1, #4.0" : : : "s1");
    fault.keep_pc = 0;
    SCB(0xd88) = cpacr;
    barrier();
}

static void skip_fp(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)lr;
    fault.number = n;
    fault.cfsr = SCB(0xd28);
    SCB(0xd28) = fault.cfsr;
    f[6] += 4;
}

static void off_in_handler(void)
{
    handlers[6] = skip_fp;
    say("fp.off-s0-kept", frame_words(fpu_goes_off));
    say("fp.off-fault", fault.number);
    say("fp.off-cfsr", fault.cfsr);
    handlers[6] = 0;
}

/* ---- threads ---- */

enum { THREADS = 2, ROUNDS = 40 };

__attribute__((used)) static struct thread {
    uint32_t psp, lr;
    uint64_t stack[128];
} threads[THREADS];
__attribute__((used)) static uint32_t current;
static volatile uint32_t done;
static float sums[THREADS];

__attribute__((naked)) static void switch_threads(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "tst lr, #16\n"
                     "it eq\n"
                     "vstmdbeq r0!, {s16-s31}\n"
                     "stmdb r0!, {r4-r11}\n"
                     "ldr r1, =current\n"
                     "ldr r2, [r1]\n"
                     "ldr r3, =threads\n"
                     "movw r12, #1032\n"
                     "mla r12, r2, r12, r3\n"
                     "str r0, [r12]\n"
                     "str lr, [r12, #4]\n"
                     "eor r2, #1\n"
                     "str r2, [r1]\n"
                     "movw r12, #1032\n"
                     "mla r12, r2, r12, r3\n"
                     "ldr r0, [r12]\n"
                     "ldr lr, [r12, #4]\n"
                     "ldmia r0!, {r4-r11}\n"
                     "tst lr, #16\n"
                     "it eq\n"
                     "vldmiaeq r0!, {s16-s31}\n"
                     "msr psp, r0\n"
                     "bx lr\n");
}

_Static_assert(sizeof(struct thread) == 1032, "size known to switch_threads()");

static void thread_body(uint32_t id)
{
    float sum = 0, step = id ? 0.5f : 0.25f;
    uint32_t check = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        sum += step * (float)(i + 1);
        check = check * 31 + i;
        __asm__ volatile("svc #1" : : : "memory"); /* ask for a switch */
    }
    sums[id] = sum + (float)(check & 7);
    done |= 1u << id;
    for (;;) {
        __asm__ volatile("svc #1" : : : "memory");
    }
}

static void start_thread(unsigned id)
{
    uint32_t *sp = (uint32_t *)(void *)(threads[id].stack + 128) - 16;

    sp[8] = id;
    sp[8 + 6] = (uint32_t)(uintptr_t)thread_body & ~1u;
    sp[8 + 7] = 1u << 24;
    threads[id].psp = (uint32_t)(uintptr_t)sp;
    threads[id].lr = 0xfffffffd;
}

static void on_yield(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    SCB(0xd04) = 1u << 28;
}

/* The dispatcher's frame hides the registers PendSV has to save: a table of its own. */
static handler_entry own_table[TABLE_ENTRIES] __attribute__((aligned(1024)));

__attribute__((naked)) static void leave_threads(void)
{
    __asm__ volatile("mrs r0, control\n bic r0, #2\n msr control, r0\n isb\n"
                     "ldr r0, =threads_back\n ldr r0, [r0]\n bx r0\n");
}

__attribute__((used)) static uint32_t threads_back;

static void watch_done(uint32_t *f, uint32_t lr, uint32_t n)
{
    on_yield(f, lr, n);
    if (done == 3) {
        f[6] = (uint32_t)(uintptr_t)leave_threads & ~1u;
        SCB(0xd04) = 1u << 27;
    }
}

__attribute__((naked)) static void run_threads(void)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "vpush {s16-s31}\n"
                     "ldr r0, =threads_back\n"
                     "ldr r1, =1f + 1\n"
                     "str r1, [r0]\n"
                     "ldr r0, =threads\n"
                     "ldr r1, [r0]\n"
                     "add r1, #32\n" /* thread 0 starts by hand: drop r4-r11, then its frame */
                     "msr psp, r1\n"
                     "mrs r2, control\n orr r2, #2\n bic r2, #4\n msr control, r2\n isb\n"
                     "pop {r0, r1, r2, r3, r12, lr}\n"
                     "ldr r1, [sp]\n"
                     "add sp, #8\n"
                     "orr r1, #1\n"
                     "bx r1\n"
                     ".align 2\n"
                     "1: vpop {s16-s31}\n"
                     "pop {r4-r11, pc}\n");
}

static void switching(void)
{
    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        own_table[i] = vectors[i];
    }
    own_table[14] = switch_threads;
    exc_priority(14, 0xf0);
    exc_priority(11, 0x10);
    SCB(0xd08) = (uint32_t)(uintptr_t)own_table;
    handlers[11] = watch_done;
    barrier();
    start_thread(0);
    start_thread(1);
    current = 0;
    run_threads();
    SCB(0xd08) = (uint32_t)(uintptr_t)vectors;
    handlers[11] = 0;
    exc_priority(11, 0);
    barrier();
    say("threads.done", done);
    say("threads.sum0", bits(sums[0]));
    say("threads.sum1", bits(sums[1]));
}

static void arithmetic(void)
{
    volatile float a = 1.5f, b = 3.25f, z = 0.0f;

    say("fp.mul", bits(a * b));
    say("fp.div", bits(a / b));
    say("fp.inf", bits(a / z));
    uint32_t fpscr;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
    say("fp.dzc", fpscr >> 1 & 1);
    say("fp.mvfr0", SCB(0xf40));
    say("fp.mvfr1", SCB(0xf44));
    say("fp.fpdscr", SCB(0xf3c));
}

void test_fpu(void)
{
    irq_priority(LINE_A, 0x80);
    irq_enable(LINE_A);
    arithmetic();
    lazy();
    eager();
    basic();
    off_in_handler();
    switching();
}
