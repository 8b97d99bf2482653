/* SPDX-License-Identifier: MIT */
/* Kinds of faults, their status registers, and what happens when they are not enabled. */
#include "test.h"

static uint32_t words[4];
static volatile uint32_t sink;

__attribute__((aligned(4))) static void undefined(void)
{
    __asm__ volatile("udf #1");
}

static void bad_load(void)
{
    sink = *(volatile uint32_t *)(BAD_ADDR + 4);
}

static void bad_fetch_xn(void)
{
    ((void (*)(void))(uintptr_t)0x40004001u)();
}

static void bad_fetch_reserved(void)
{
    ((void (*)(void))(uintptr_t)(BAD_ADDR + 0x101))();
}

static void even_branch(void)
{
    __asm__ volatile("bic r0, %0, #1\n bx r0" : : "r"(undefined) : "r0");
}

static void coprocessor(void)
{
    __asm__ volatile(".inst.w 0xee100710"); /* MRC p7, ... : no such coprocessor */
}

static void ldm_unaligned(void)
{
    __asm__ volatile("add r0, %0, #2\n ldm r0, {r1, r2}"
                     :
                     : "r"(words)
                     : "r0", "r1", "r2", "memory");
}

static void ldrd_unaligned(void)
{
    __asm__ volatile("add r0, %0, #1\n ldrd r1, r2, [r0]"
                     :
                     : "r"(words)
                     : "r0", "r1", "r2", "memory");
}

static void strd_unaligned(void)
{
    __asm__ volatile("add r0, %0, #2\n strd r1, r2, [r0]"
                     :
                     : "r"(words)
                     : "r0", "r1", "r2", "memory");
}

static void ldrex_unaligned(void)
{
    __asm__ volatile("add r0, %0, #2\n ldrex r1, [r0]" : : "r"(words) : "r0", "r1", "memory");
}

static void ldr_unaligned(void)
{
    sink = *(volatile uint32_t *)((uintptr_t)words + 1);
}

static void ldrh_unaligned(void)
{
    sink = *(volatile uint16_t *)((uintptr_t)words + 1);
}

static void divide(void)
{
    uint32_t r;

    __asm__ volatile("movs r1, #5\n movs r2, #0\n udiv %0, r1, r2" : "=r"(r) : : "r1", "r2");
    sink = r;
}

static void sdivide(void)
{
    int32_t r;

    __asm__ volatile("mov r1, #-5\n movs r2, #0\n sdiv %0, r1, r2" : "=r"(r) : : "r1", "r2");
    sink = (uint32_t)r;
}

static void fp_add(void)
{
    __asm__ volatile("vadd.f32 s0, s0, s0" : : : "s0");
}

static void svc(void)
{
    __asm__ volatile("svc #0");
}

static void kinds(const char *const names[])
{
    static void (*const fns[])(void) = {undefined,      bad_load,       bad_fetch_xn,
                                        even_branch,    coprocessor,    ldm_unaligned,
                                        ldrd_unaligned, strd_unaligned, ldrex_unaligned};
    for (unsigned i = 0; i < sizeof(fns) / sizeof(fns[0]); i++) {
        say_fault(names[i], fns[i]);
    }
}

static void traps(void)
{
    words[0] = 0x44332211;
    words[1] = 0x88776655;
    say_fault("ldr.unaligned-allowed", ldr_unaligned);
    say("ldr.unaligned-value", sink);
    SCB(0xd14) |= 1u << 3;
    barrier();
    say_fault("trap.ldr", ldr_unaligned);
    say_fault("trap.ldrh", ldrh_unaligned);
    SCB(0xd14) &= ~(1u << 3);
    barrier();
    sink = 77;
    say_fault("udiv.allowed", divide);
    say("udiv.zero", sink);
    SCB(0xd14) |= 1u << 4;
    barrier();
    say_fault("trap.udiv", divide);
    say_fault("trap.sdiv", sdivide);
    SCB(0xd14) &= ~(1u << 4);
    barrier();
}

static void fpu_off(void)
{
    uint32_t cpacr = SCB(0xd88);

    SCB(0xd88) = 0;
    barrier();
    say_fault("fpu-off", fp_add);
    SCB(0xd88) = cpacr;
    barrier();
    say_fault("fpu-on", fp_add);
}

/* The load of an IT block faults: the store behind it does not happen, nor does the increment. */
static void fault_in_it(void)
{
    __asm__ volatile(
        "movs r2, #0\n cmp r2, #0\n ittt eq\n ldreq r1, [%0]\n streq r0, [%1]\n addeq r2, #1"
        :
        : "r"(BAD_ADDR), "r"(&words[3])
        : "r1", "r2", "memory");
}

static void it_blocks(void)
{
    say_fault("fetch.reserved", bad_fetch_reserved);
    words[3] = 0x1234;
    say_fault("it.load", fault_in_it);
    say("it.store-behind", words[3]);
}

static void details(void)
{
    fault.number = 0;
    try_call(bad_load);
    say("bad-load.bfar", fault.bfar - BAD_ADDR);
    try_call(undefined);
    say("udf.pc", fault.pc - ((uint32_t)(uintptr_t)undefined & ~1u));
    say("udf.lr", fault.lr);
    try_call(even_branch);
    say("even.pc", fault.pc == ((uint32_t)(uintptr_t)undefined & ~1u));
    say("even.t-bit", fault.xpsr >> 24 & 1);
}

/* ---- stores, ignored faults, vectors ---- */

static void bad_store(void)
{
    *(volatile uint32_t *)(BAD_ADDR + 8) = 1;
    barrier();
}

static void buffered_stores(void)
{
    say_fault("store.bus-error", bad_store);
    SCB(0x008) |= 1u << 1; /* ACTLR.DISDEFWBUF: Cortex-M4 only */
    barrier();
    say_fault("store.disdefwbuf", bad_store);
    SCB(0x008) &= ~(1u << 1);
    barrier();
}

/* QEMU 7.2 has no BFHFNMIGN (it locks up) and leaves an exception active whose vector cannot be
 * read. */
#ifndef BOARD_MPS2
/* The way to read flash that may be torn: FAULTMASK and BFHFNMIGN. */
static void ignored_load(void)
{
    SCB(0xd14) |= 1u << 8;
    MSR(faultmask, 1);
    bad_load();
    MSR(faultmask, 0);
    SCB(0xd14) &= ~(1u << 8);
}

static void ignored(void)
{
    say_fault("emu.ignored-load", ignored_load);
    say("emu.ignored-cfsr", SCB(0xd28));
    SCB(0xd28) = SCB(0xd28);
}
static void nothing(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
}

static void pend_beyond_table(void)
{
    irq_pend(LINE_A);
    barrier();
}

static void to_fault(uint32_t *f, uint32_t lr, uint32_t n)
{
    SCB(0xd08) = (uint32_t)(uintptr_t)vectors;
    barrier();
    record_fault(f, lr, n);
}

/* The last 32 entries of RAM as a table: HardFault's vector is there, LINE_A's is behind the end.
 */
static void no_vector(void)
{
    uint32_t *table = (uint32_t *)(BOARD_RAM_END - 128);

    for (unsigned i = 0; i < 32; i++) {
        table[i] = (uint32_t)(uintptr_t)vectors[i];
    }
    handlers[3] = to_fault;
    handlers[16 + LINE_A] = nothing;
    irq_enable(LINE_A);
    SCB(0xd08) = (uint32_t)(uintptr_t)table;
    barrier();
    say_fault("emu.vector-bus-error", pend_beyond_table);
    handlers[3] = 0;
}

#else
static void ignored(void)
{
}

static void no_vector(void)
{
}
#endif

/* SVC from a handler of the same priority cannot be taken: HardFault. */
static void svc_in_handler(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    fault.keep_pc = 1;
    svc();
    fault.keep_pc = 0;
}

static void escalation(void)
{
    handlers[16 + LINE_A] = svc_in_handler;
    irq_priority(LINE_A, 0);
    fault.number = 0;
    irq_pend(LINE_A);
    barrier();
    say("svc.escalates", fault.number);
    say("svc.hfsr", fault.hfsr);
    __asm__ volatile("cpsid i");
    say_fault("masked.udf", undefined);
    say_fault("masked.load", bad_load);
    __asm__ volatile("cpsie i");
    MSR(basepri, 0x10);
    exc_priority(6, 0x20);
    say_fault("basepri.udf", undefined);
    MSR(basepri, 0);
    exc_priority(6, 0);
}

void test_faults(void)
{
    static const char *const disabled[] = {"off.udf",  "off.load",   "off.xn",
                                           "off.even", "off.coproc", "off.ldm",
                                           "off.ldrd", "off.strd",   "off.ldrex"};
    static const char *const enabled[] = {"on.udf", "on.load", "on.xn",   "on.even", "on.coproc",
                                          "on.ldm", "on.ldrd", "on.strd", "on.ldrex"};

    kinds(disabled);
    SCB(0xd24) = 7u << 16;
    barrier();
    kinds(enabled);
    say("shcsr", SCB(0xd24));
    details();
    it_blocks();
    traps();
    fpu_off();
    escalation();
    buffered_stores();
    ignored();
    no_vector();
}
