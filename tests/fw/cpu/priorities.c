/* SPDX-License-Identifier: MIT */
/* Who runs when: priorities, groups, masks, tail-chaining, pending bits. */
#include "test.h"

static void on_a(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    log_mark('a');
    log_mark('A');
}

static void on_b(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    log_mark('b');
    irq_pend(LINE_A);
    barrier();
    log_mark('B');
}

static void on_c(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    log_mark('c');
    irq_pend(LINE_B);
    barrier();
    log_mark('C');
}

static uint32_t icsr, iabr;

static void on_d(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    icsr = SCB(0xd04);
    iabr = SCB(0x300);
    log_mark('d');
    irq_pend(LINE_D); /* active and pending again: runs once more */
    handlers[16 + LINE_D] = on_a;
}

static void on_pendsv(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)f, (void)lr, (void)n;
    log_mark('p');
}

static void set(uint8_t a, uint8_t b, uint8_t c)
{
    irq_priority(LINE_A, a);
    irq_priority(LINE_B, b);
    irq_priority(LINE_C, c);
    log_reset();
}

static void run(const char *name)
{
    irq_pend(LINE_C);
    barrier();
    say_text(name, log_get());
}

static void nesting(void)
{
    set(0x40, 0x80, 0xc0);
    run("nest.each-preempts");
    set(0x80, 0x80, 0x80);
    run("nest.equal-does-not");
    set(0xc0, 0x80, 0x40);
    run("nest.lower-waits");
    SCB(0xd0c) = 0x05fa0000u | 5u << 8; /* groups in bits 7:6 */
    set(0x80, 0x90, 0xa0);
    run("nest.same-group");
    set(0x40, 0x90, 0xa0);
    run("nest.other-group");
    say("aircr", SCB(0xd0c));
    SCB(0xd0c) = 0x05fa0000u;
    SCB(0xd0c) = 7u << 8; /* without the key: ignored */
    say("aircr.nokey", SCB(0xd0c));
}

static void order(void)
{
    set(0x80, 0x80, 0x80);
    handlers[16 + LINE_B] = on_a;
    handlers[16 + LINE_C] = on_pendsv;
    __asm__ volatile("cpsid i");
    irq_pend(LINE_C);
    irq_pend(LINE_B);
    irq_pend(LINE_A);
    say("pend.vectpending", SCB(0xd04) >> 12 & 0x1ff);
    say("pend.isrpending", SCB(0xd04) >> 22 & 1);
    say("pend.ispr", SCB(0x200));
    __asm__ volatile("cpsie i\n isb");
    say_text("order.lower-number-first", log_get());
    set(0x80, 0x40, 0x20);
    __asm__ volatile("cpsid i");
    irq_pend(LINE_A);
    irq_pend(LINE_B);
    irq_pend(LINE_C);
    SCB(0x280) = 1u << LINE_B; /* taken back */
    __asm__ volatile("cpsie i\n isb");
    say_text("order.priority-first", log_get());
    handlers[16 + LINE_B] = on_b;
    handlers[16 + LINE_C] = on_c;
}

static void masks(void)
{
    set(0x40, 0x80, 0xc0);
    MSR(basepri, 0x80);
    run("basepri.blocks");
    MSR(basepri, 0);
    barrier();
    say_text("basepri.released", log_get());
    log_reset();
    MSR(basepri, 0x80);
    irq_pend(LINE_A);
    barrier();
    say_text("basepri.higher-passes", log_get());
    MSR(basepri_max, 0xc0);
    say("basepri_max.cannot-lower", MRS(basepri));
    MSR(basepri_max, 0x40);
    say("basepri_max.raises", MRS(basepri));
    MSR(basepri, 0);
    log_reset();
    MSR(faultmask, 1);
    say("faultmask", MRS(faultmask));
    irq_pend(LINE_A);
    barrier();
    say_text("faultmask.blocks", log_get());
    MSR(faultmask, 0);
    barrier();
    say_text("faultmask.released", log_get());
    log_reset();
    irq_disable(LINE_A);
    irq_pend(LINE_A);
    barrier();
    say_text("disabled.waits", log_get());
    irq_enable(LINE_A);
    barrier();
    say_text("enabled.runs", log_get());
}

/* An IRQ handler that pends PendSV (lowest): it runs by tail-chaining, with the same EXC_RETURN. */
static uint32_t chain_lr, chain_frame;

static void chain_irq(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)n;
    chain_lr = lr;
    chain_frame = (uint32_t)(uintptr_t)f;
    log_mark('i');
    pend_sv();
    log_mark('I');
}

static void chain_sv(uint32_t *f, uint32_t lr, uint32_t n)
{
    (void)n;
    log_mark('s');
    chain_lr = chain_lr == lr;
    chain_frame = chain_frame == (uint32_t)(uintptr_t)f;
}

static void chaining(void)
{
    log_reset();
    exc_priority(14, 0xf0);
    handlers[14] = chain_sv;
    handlers[16 + LINE_A] = chain_irq;
    irq_pend(LINE_A);
    barrier();
    say_text("chain.order", log_get());
    say("chain.same-lr", chain_lr);
    say("chain.same-frame", chain_frame);
    handlers[14] = on_pendsv;
    handlers[16 + LINE_A] = on_a;
    log_reset();
    __asm__ volatile("cpsid i");
    SCB(0xd04) = 1u << 28;
    SCB(0xd04) = 1u << 27; /* and cleared */
    __asm__ volatile("cpsie i\n isb");
    say_text("pendsv.cleared", log_get());
}

static void state(void)
{
    log_reset();
    handlers[16 + LINE_D] = on_d;
    irq_priority(LINE_D, 0x80);
    irq_enable(LINE_D);
    SCB(0xf00) = LINE_D; /* STIR */
    barrier();
    say_text("stir", log_get());
    say("icsr.vectactive", icsr & 0x1ff);
    say("icsr.rettobase", icsr >> 11 & 1);
    say("iabr", iabr);
    say("iabr.after", SCB(0x300));
    say("ipr", SCB(0x400 + (LINE_A & ~3u)) & 0xf0f0f0f0u);
    irq_disable(LINE_D);
    say("iser", SCB(0x100));
    say("icer", SCB(0x180));
}

void test_priorities(void)
{
    handlers[16 + LINE_A] = on_a;
    handlers[16 + LINE_B] = on_b;
    handlers[16 + LINE_C] = on_c;
    handlers[14] = on_pendsv;
    irq_enable(LINE_A);
    irq_enable(LINE_B);
    irq_enable(LINE_C);
    nesting();
    order();
    masks();
    chaining();
    state();
}
