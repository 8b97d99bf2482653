/* SPDX-License-Identifier: MIT */
/* Exception returns, good and bad; IT blocks across exceptions; the exclusive monitor. */
#include "test.h"

static volatile uint32_t next_lr; /* EXC_RETURN the handler will use, 0: its own */
static uint32_t seen[4];

/* Returns with another EXC_RETURN value than it was given. */
__attribute__((naked)) static void bad_return(uint32_t *f __attribute__((unused)),
                                              uint32_t lr __attribute__((unused)),
                                              uint32_t n __attribute__((unused)))
{
    /* dispatch() pushed nothing that matters: unwind to the entry's own frame by hand. */
    __asm__ volatile("ldr r2, =next_sp\n"
                     "ldr r3, [r2]\n"
                     "mov sp, r3\n"
                     "ldr r2, =next_lr\n"
                     "ldr r2, [r2]\n"
                     "bx r2\n");
}

__attribute__((used)) static uint32_t next_sp;

static void note_sp(uint32_t *f, uint32_t lr, uint32_t n)
{
    next_sp = (uint32_t)(uintptr_t)f; /* SP at entry: the frame is on MSP */
    bad_return(f, lr, n);
}

/* A handler reached by a bad return has that bad value in LR: it has to know a better one. */
static void recover(uint32_t *f, uint32_t lr, uint32_t n)
{
    record_fault(f, lr, n);
    next_lr = 0xfffffff9;
    note_sp(f, lr, n);
}

static void pend_a(void)
{
    irq_pend(LINE_A);
    barrier();
}

static void with_return(const char *name, uint32_t value)
{
    next_lr = value;
    handlers[16 + LINE_A] = note_sp;
    handlers[6] = recover;
    say_fault(name, pend_a);
    handlers[6] = 0;
    say("  lr", fault.lr);
    say("  still-active", SCB(0x300));
}

static void spoil_frame(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)lr, (void)n;
    f[7] |= 0x0b; /* IPSR of a handler in a frame for Thread mode */
}

static void clear_t(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)lr, (void)n;
    f[7] &= ~(1u << 24);
}

static void illegal(void)
{
    with_return("return.illegal-3", 0xfffffff3);
    with_return("return.to-handler-from-base", 0xfffffff1);
    handlers[16 + LINE_A] = spoil_frame;
    say_fault("return.frame-ipsr", pend_a);
    handlers[16 + LINE_A] = clear_t;
    say_fault("return.frame-t", pend_a);
}

/* Two levels active, the inner one returns to Thread: only with NONBASETHRDENA. */
static void inner(uint32_t *f, uint32_t lr, uint32_t n)
{
    note_sp(f, lr, n);
}

static void outer(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    fault.keep_pc = 1;
    irq_pend(LINE_B);
    barrier();
    fault.keep_pc = 0;
}

static void usage_in_nest(uint32_t *f, uint32_t lr, uint32_t n)
{
    seen[0] = n;
    seen[1] = SCB(0xd28);
    seen[2] = lr;
    SCB(0xd28) = seen[1];
    next_lr = 0xfffffff1;
    note_sp(f, lr, n);
}

static void nested_to_thread(void)
{
    irq_priority(LINE_A, 0x80);
    irq_priority(LINE_B, 0x40);
    handlers[16 + LINE_A] = outer;
    handlers[16 + LINE_B] = inner;
    next_lr = 0xfffffff9;
    handlers[6] = usage_in_nest;
    pend_a();
    handlers[6] = 0;
    say("nested.fault", seen[0]);
    say("nested.cfsr", seen[1]);
    say("nested.lr", seen[2]);
}

/* ---- IT blocks ---- */

static uint32_t it_value;

static void fix_divide(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)lr, (void)n;
    seen[3] = f[7] & 0x0600fc00u;
    SCB(0xd28) = SCB(0xd28);
    f[6] += 4; /* skip the load */
    f[0] = 5;
    /* ITSTATE has to advance too */
    uint32_t it = (f[7] >> 25 & 3) | (f[7] >> 10 & 0x3f) << 2;
    it = (it & 0xe0) | (it << 1 & 0x1f);
    f[7] = (f[7] & ~0x0600fc00u) | (it & 3) << 25 | (it >> 2) << 10;
}

static void it_with_fault(bool equal)
{
    uint32_t r;

    __asm__ volatile("movs r0, #1\n"
                     "ldr r1, =%c2\n"
                     "movs r2, #0\n"
                     "cmp %1, #1\n"
                     "ittee eq\n"
                     "ldreq.w r0, [r1]\n" /* bus error when executed */
                     "addeq r2, r0, #16\n"
                     "movne r2, #32\n"
                     "addne r2, r2, #3\n"
                     "mov %0, r2\n"
                     : "=r"(r)
                     : "r"((uint32_t)equal), "i"(BAD_ADDR)
                     : "r0", "r1", "r2", "cc");
    it_value = r;
}

static void it_blocks(void)
{
    handlers[5] = fix_divide;
    it_with_fault(true);
    say("it.resumed", it_value);
    say("it.state", seen[3]);
    it_with_fault(false);
    say("it.skipped", it_value);
    handlers[5] = 0;
}

/* SVC inside an IT block goes on in the block. */
static void it_svc(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)lr, (void)n;
    f[0] = 9;
}

static void it_supervisor(void)
{
    uint32_t r;

    handlers[11] = it_svc;
    __asm__ volatile("movs r0, #1\n movs r2, #0\n cmp r0, #1\n"
                     "itet eq\n"
                     "svceq #0\n"
                     "movne r2, #7\n"
                     "addeq r2, r0, #1\n"
                     "mov %0, r2\n"
                     : "=r"(r)
                     :
                     : "r0", "r2", "cc", "memory");
    say("it.svc", r);
    handlers[11] = 0;
}

/* ---- exclusives ---- */

static uint32_t cell;

static void nothing(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
}

static uint32_t exclusive(unsigned between)
{
    uint32_t status;

    __asm__ volatile("ldrex r1, [%1]\n"
                     "cmp %2, #1\n"
                     "bne 1f\n"
                     "clrex\n"
                     "1: cmp %2, #2\n"
                     "bne 2f\n"
                     "svc #0\n"
                     "2: adds r1, #1\n"
                     "strex %0, r1, [%1]\n"
                     : "=&r"(status)
                     : "r"(&cell), "r"(between)
                     : "r1", "cc", "memory");
    return status;
}

static void exclusives(void)
{
    handlers[11] = nothing;
    say("strex.plain", exclusive(0));
    say("strex.after-clrex", exclusive(1));
    say("strex.after-exception", exclusive(2));
    say("strex.cell", cell);
    handlers[11] = 0;
}

void test_returns(void)
{
    irq_priority(LINE_A, 0x80);
    irq_enable(LINE_A);
    irq_enable(LINE_B);
    illegal();
    nested_to_thread();
    it_blocks();
    it_supervisor();
    exclusives();
}
