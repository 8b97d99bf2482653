/* SPDX-License-Identifier: MIT */
/* MPU: permissions, subregions, background, execute-never, priorities of regions. */
#include "test.h"

static uint8_t area[8192] __attribute__((aligned(4096)));
static volatile uint32_t sink;
static uint32_t target;

static void region(unsigned n, uint32_t base, unsigned log2, uint32_t attr)
{
    SCB(0xd98) = n;
    SCB(0xd9c) = base;
    SCB(0xda0) = attr | (log2 - 1) << 1 | 1;
}

static void off(unsigned n)
{
    SCB(0xd98) = n;
    SCB(0xda0) = 0;
}

enum {
    AP_NONE = 0u << 24,
    AP_PRIV = 1u << 24,
    AP_USER_RO = 2u << 24,
    AP_RW = 3u << 24,
    AP_PRIV_RO = 5u << 24,
    AP_RO = 6u << 24,
    XN = 1u << 28,
    NORMAL = 3u << 16
};

static void load(void)
{
    sink = *(volatile uint32_t *)(uintptr_t)target;
}

static void store(void)
{
    *(volatile uint32_t *)(uintptr_t)target = 0x12345678;
}

static void store_writeback(void)
{
    __asm__ volatile("mov r1, %0\n str %0, [r1], #4\n" : : "r"(target) : "r1", "memory");
}

static void at(const char *name, uint32_t offset, void (*fn)(void))
{
    target = (uint32_t)(uintptr_t)area + offset;
    fault.mmfar = 0;
    say_fault(name, fn);
    if (fault.cfsr & 0x80) {
        say("  mmfar", fault.mmfar - (uint32_t)(uintptr_t)area);
    }
}

static void permissions(void)
{
    uint32_t base = (uint32_t)(uintptr_t)area;

    region(0, base, 12, AP_RO | NORMAL);
    SCB(0xd94) = 5;
    barrier();
    say("mpu.ctrl", SCB(0xd94));
    at("ro.load", 0x10, load);
    at("ro.store", 0x14, store);
    at("ro.store-wb", 0x18, store_writeback);
    at("background.store", 0x1010, store);
    region(0, base, 12, AP_NONE | NORMAL);
    at("none.load", 0x20, load);
    at("none.other-page", 0x1020, load);
    region(1, base + 0x100, 8, AP_RW | NORMAL);
    at("higher-region.store", 0x140, store);
    at("below-it.store", 0xfc, store);
    at("behind-it.load", 0x200, load);
    region(1, base, 12, AP_RW | NORMAL | 0xf0u << 8); /* upper half disabled: region 0 shows */
    at("subregion.low", 0x7fc, store);
    at("subregion.high", 0x800, load);
    region(2, base + 0x800, 5, AP_RW | NORMAL);
    at("small.in", 0x81c, store);
    at("small.behind", 0x820, store);
    off(1);
    off(2);
}

static void user_load(void)
{
    MSR(control, MRS(control) | 1);
    load();
}

static void user_store(void)
{
    MSR(control, MRS(control) | 1);
    store();
}

static void svc_up(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    MSR(control, MRS(control) & ~1u);
}

static void as_user(const char *name, uint32_t offset, void (*fn)(void))
{
    target = (uint32_t)(uintptr_t)area + offset;
    fault.number = fault.cfsr = 0;
    try_call(fn);
    uint32_t number = fault.number, cfsr = fault.cfsr;
    __asm__ volatile("svc #0" : : : "memory");
    say(name, number << 16 | (cfsr & 0xffff));
}

/* Unprivileged code needs regions for itself: all code and data, read and write. */
static void privileges(void)
{
    uint32_t base = (uint32_t)(uintptr_t)area;

    handlers[11] = svc_up;
    region(0, 0, 32, AP_RW | NORMAL);
    region(1, base, 12, AP_PRIV | NORMAL);
    region(2, base + 0x1000, 12, AP_USER_RO | NORMAL);
    barrier();
    as_user("user.priv-load", 0x10, user_load);
    as_user("user.ro-load", 0x1010, user_load);
    as_user("user.ro-store", 0x1010, user_store);
    at("priv.store", 0x1010, store);
    at("priv.load", 0x10, load);
    region(2, base + 0x1000, 12, AP_PRIV_RO | NORMAL);
    at("priv-ro.load", 0x1010, load);
    at("priv-ro.store", 0x1010, store);
    handlers[11] = 0;
    off(0);
    off(1);
    off(2);
}

static void run_area(void)
{
    area[0] = 0x70; /* bx lr */
    area[1] = 0x47;
    barrier();
    ((void (*)(void))((uintptr_t)area | 1))();
}

static void execute_never(void)
{
    uint32_t base = (uint32_t)(uintptr_t)area;

    say_fault("xn.ram-runs", run_area);
    region(0, base, 12, AP_RW | NORMAL | XN);
    barrier();
    say_fault("xn.region", run_area);
    say("xn.pc", fault.pc - base);
    off(0);
}

static void registers(void)
{
    SCB(0xd9c) = 0x20000000u | 1u << 4 | 3;
    say("rbar.sets-rnr", SCB(0xd98));
    say("rbar.reads", SCB(0xd9c));
    SCB(0xda4) = 0x24000000u | 1u << 4 | 4;
    SCB(0xda8) = AP_RW | 9u << 1;
    say("alias.rnr", SCB(0xd98));
    say("alias.rasr", SCB(0xda0));
    SCB(0xda0) = 0;
}

/* HFNMIENA: in HardFault the MPU is off without it. */
static uint32_t in_hardfault;

static void hard(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)lr;
    f[6] += 2;
    if (n == 3) {
        in_hardfault = *(volatile uint32_t *)(uintptr_t)target;
    }
    SCB(0xd2c) = SCB(0xd2c);
    SCB(0xd28) = SCB(0xd28);
}

static void hardfault(void)
{
    uint32_t base = (uint32_t)(uintptr_t)area;

    target = base + 0x40;
    *(volatile uint32_t *)(uintptr_t)target = 0xabcd;
    region(0, base, 12, AP_NONE | NORMAL);
    barrier();
    handlers[3] = hard;
    __asm__ volatile("cpsid i\n udf #0\n cpsie i" : : : "memory");
    say("hardfault.mpu-off", in_hardfault);
    handlers[3] = 0;
    off(0);
}

/* A stack the MPU refuses: MSTKERR, the derived fault runs instead. */
static void on_stack_fault(uint32_t *f, uint32_t lr, uint32_t n)
{
    off(0);
    barrier();
    record_fault(f, lr, n); /* writes the frame that could not be stored */
}

static uint32_t bad_psp;

static void pend_on_bad_psp(void)
{
    MSR(psp, bad_psp);
    MSR(control, MRS(control) | 2);
    SCB(0xd04) = 1u << 28;
    barrier();
}

static void ran(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    log_mark('p');
}

static void stacking(void)
{
    uint32_t base = (uint32_t)(uintptr_t)area;

    region(0, base, 12, AP_RO | NORMAL);
    barrier();
    handlers[4] = on_stack_fault;
    handlers[14] = ran;
    exc_priority(14, 0xf0);
    log_reset();
    bad_psp = base + 0x400;
    say_fault("mstkerr", pend_on_bad_psp);
    barrier();
    say_text("mstkerr.pendsv-too", log_get());
    handlers[4] = 0;
    handlers[14] = 0;
}

/* The handler takes the frame away from the thread it interrupted: MUNSTKERR on its return. */
static void take_frame_away(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    region(0, (uint32_t)(uintptr_t)area, 12, AP_NONE | NORMAL);
    barrier();
    log_mark('p');
}

static void unstacking(void)
{
    handlers[4] = on_stack_fault;
    handlers[14] = take_frame_away;
    exc_priority(14, 0xf0);
    log_reset();
    bad_psp = (uint32_t)(uintptr_t)area + 0x400;
    say_fault("munstkerr", pend_on_bad_psp);
    say("munstkerr.lr", fault.lr);
    say_text("munstkerr.pendsv", log_get());
    handlers[4] = 0;
    handlers[14] = 0;
}

/* The thread has floating-point state, the handler takes its frame away and then uses the FPU:
 * MLSPERR. Once the memory is back, the instruction stores the state and goes on. */
static uint32_t lazy_fault[3];

static void on_lazy_fault(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr;
    lazy_fault[0] = n;
    lazy_fault[1] = SCB(0xd28);
    lazy_fault[2] = SCB(0xf34) & 1; /* LSPACT */
    SCB(0xd28) = lazy_fault[1];
    off(0);
    barrier();
    log_mark('m');
}

static void use_fpu_without_frame(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    region(0, (uint32_t)(uintptr_t)area, 12, AP_RO | NORMAL);
    barrier();
    log_mark('p');
    __asm__ volatile("vmov.f32 s0, #2.0" : : : "s0", "memory");
    log_mark('q');
}

static void thread_with_fpu(void)
{
    uint32_t kept;

    __asm__ volatile("vmov.f32 s0, #1.0" : : : "s0");
    MSR(psp, bad_psp);
    MSR(control, MRS(control) | 2);
    SCB(0xd04) = 1u << 28;
    barrier();
    __asm__ volatile("vmov %0, s0" : "=r"(kept));
    MSR(control, MRS(control) & ~2u);
    say("mlsperr.s0", kept);
}

static void lazy_stacking(void)
{
    handlers[4] = on_lazy_fault;
    handlers[14] = use_fpu_without_frame;
    exc_priority(14, 0xf0);
    log_reset();
    bad_psp = (uint32_t)(uintptr_t)area + 0x400;
    try_call(thread_with_fpu);
    say("mlsperr.number", lazy_fault[0]);
    say("mlsperr.cfsr", lazy_fault[1]);
    say("mlsperr.lspact", lazy_fault[2]);
    say_text("mlsperr.order", log_get());
    handlers[4] = 0;
    handlers[14] = 0;
    off(0);
}

void test_mpu(void)
{
    registers();
    permissions();
    privileges();
    execute_never();
    hardfault();
    SCB(0xd94) = 5;
    SCB(0xd94) = 0;
    barrier();
}

void test_stack_faults(void)
{
    SCB(0xd94) = 5;
    barrier();
    stacking();
    unstacking();
    lazy_stacking();
    SCB(0xd94) = 0;
    barrier();
}
