/*
 * What QEMU's boards cannot show: unreadable and busy flash under a core, events between the cores,
 * code that the other core rewrites, the debugger's hooks. The programs are a few instructions, put
 * together here.
 */
#include "cpu_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- a program in memory ---- */

struct code {
    uint32_t base;
    uint16_t op[128];
    unsigned n;
};

static uint32_t here(const struct code *p)
{
    return p->base + 2 * p->n;
}

static void op(struct code *p, uint16_t v)
{
    assert_true(p->n < 128);
    p->op[p->n++] = v;
}

/* MOVW and MOVT: the immediate is scattered over imm4, i, imm3, imm8. */
static void mov_half(struct code *p, uint16_t first, unsigned rd, uint32_t v)
{
    op(p, (uint16_t)(first | (v >> 12 & 0xf) | (v >> 11 & 1) << 10));
    op(p, (uint16_t)((v >> 8 & 7) << 12 | rd << 8 | (v & 0xff)));
}

static void mov(struct code *p, unsigned rd, uint32_t v)
{
    mov_half(p, 0xf240, rd, v & 0xffff);
    mov_half(p, 0xf2c0, rd, v >> 16);
}

static void ldr(struct code *p, unsigned rt, unsigned rn)
{
    op(p, (uint16_t)(0x6800 | rn << 3 | rt));
}

static void str(struct code *p, unsigned rt, unsigned rn)
{
    op(p, (uint16_t)(0x6000 | rn << 3 | rt));
}

static void branch_to(struct code *p, uint32_t target)
{
    op(p, (uint16_t)(0xe000 | ((target - (here(p) + 4)) >> 1 & 0x7ff)));
}

static void loop_here(struct code *p)
{
    branch_to(p, here(p));
}

enum {
    ADDS_R7_1 = 0x3701,
    WFE = 0xbf20,
    SEV = 0xbf40,
    BX_LR = 0x4770,
    BLX_R4 = 0x47a0,
    NOP = 0xbf00
};
#define BANK1 0x08000000u
#define BANK2 0x08100000u
#define WORD  0x08020000u /* a flash word of its own */
#define AXI   0x24000000u
#define NOTES 0x24001000u /* results of the programs */

static struct cpu_machine t;

/* Vectors: everything but reset ends in a loop at +0x100. */
static struct code begin(uint32_t base, uint32_t sp)
{
    uint32_t table[64];
    struct code stop = {.base = base + 0x100};
    table[0] = sp;
    table[1] = base + 0x201;
    for (unsigned i = 2; i < 64; i++)
        table[i] = base + 0x101;
    loop_here(&stop);
    cpu_machine_poke(&t, base, table, sizeof table);
    cpu_machine_poke(&t, stop.base, stop.op, 2);
    return (struct code){.base = base + 0x200};
}

static void finish(struct code *p)
{
    loop_here(p);
    cpu_machine_poke(&t, p->base, p->op, 2 * p->n);
}

static void idle_core(uint32_t base, uint32_t sp)
{
    struct code p = begin(base, sp);
    finish(&p);
}

static int setup(void **state)
{
    (void)state;
    cpu_machine_open(&t, 200);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cpu_machine_close(&t);
    return 0;
}

static void run_for(vtime_t dt)
{
    machine_run(t.m, t.m->now + dt);
}

static uint32_t ppb(enum core_id id, uint32_t addr)
{
    uint32_t v = 0;
    assert_true(core_ppb_peek(t.m->core[id], addr, &v));
    return v;
}

static uint32_t pc_of(enum core_id id)
{
    return core_reg(t.m->core[id], REG_PC);
}

/* A device register written as that core would. */
static void poke_dev(enum core_id as, uint32_t addr, uint32_t v)
{
    const struct bus_access a = {.master = as, .privileged = true};
    assert_int_equal(bus_write(&t.m->bus, &a, addr, 4, v), BUS_OK);
}

/* ---- unreadable flash ---- */

static void load_of_torn_word(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    mov(&p, 0, WORD + 8);
    uint32_t at = here(&p);
    ldr(&p, 1, 0);
    op(&p, ADDS_R7_1);
    finish(&p);
    idle_core(BANK2, 0x30010000);
    flash_damage(t.m->flash, WORD, CUT_DOUBLE);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(pc_of(CM7), BANK1 + 0x100); /* HardFault: BusFault is not enabled */
    assert_int_equal(ppb(CM7, 0xe000ed28), 0x8200);
    assert_int_equal(ppb(CM7, 0xe000ed2c), 0x40000000);
    assert_int_equal(ppb(CM7, 0xe000ed38), WORD + 8);
    uint32_t frame = core_reg(t.m->core[CM7], REG_SP);
    assert_int_equal(cpu_machine_word(&t, CM7, frame + 24), at);
    assert_int_equal(core_reg(t.m->core[CM7], 7), 0);
}

static void load_beside_torn_word(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    const uint32_t value = 0x12345678;
    mov(&p, 0, WORD + 32);
    ldr(&p, 1, 0);
    op(&p, ADDS_R7_1);
    finish(&p);
    idle_core(BANK2, 0x30010000);
    flash_damage(t.m->flash, WORD, CUT_DOUBLE);
    cpu_machine_poke(&t, WORD + 32, &value, 4);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM7], 1), value);
    assert_int_equal(core_reg(t.m->core[CM7], 7), 1);
}

static void single_error_is_corrected(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    const uint32_t value = 0x12345678;
    mov(&p, 0, WORD);
    ldr(&p, 1, 0);
    finish(&p);
    idle_core(BANK2, 0x30010000);
    cpu_machine_poke(&t, WORD, &value, 4);
    flash_damage(t.m->flash, WORD, CUT_SINGLE);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM7], 1), value);
    assert_int_equal(ppb(CM7, 0xe000ed28), 0);
}

static void fetch_of_torn_word(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    mov(&p, 0, WORD + 1);
    op(&p, 0x4700); /* bx r0 */
    finish(&p);
    idle_core(BANK2, 0x30010000);
    flash_damage(t.m->flash, WORD, CUT_DOUBLE);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(pc_of(CM7), BANK1 + 0x100);
    assert_int_equal(ppb(CM7, 0xe000ed28), 0x100); /* IBUSERR */
    assert_int_equal(cpu_machine_word(&t, CM7, core_reg(t.m->core[CM7], REG_SP) + 24), WORD);
}

/* Blank flash: SP = PC = 0xFFFFFFFF, so the first fault has no vector to go to but itself. */
static void blank_flash_locks_up(void **state)
{
    (void)state;
    idle_core(BANK1, 0x20010000);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_true(core_locked_up(t.m->core[CM4]));
    assert_false(core_locked_up(t.m->core[CM7]));
}

/* ---- busy flash ---- */

enum { KEYR1 = 0x52002004, CR1 = 0x5200200c, SR1 = 0x52002010 };

static void erase_bank1_sector(unsigned n)
{
    poke_dev(CM7, KEYR1, 0x45670123);
    poke_dev(CM7, KEYR1, 0xcdef89ab);
    poke_dev(CM7, CR1, 0x30 | 4 | n << 8);
    poke_dev(CM7, CR1, 0x30 | 4 | n << 8 | 0x80);
}

static void wait_idle(void)
{
    for (unsigned i = 0; i < 50 && flash_bank_busy(t.m->flash, 0); i++)
        run_for(100 * VT_MS);
    assert_false(flash_bank_busy(t.m->flash, 0));
    run_for(VT_MS);
}

/* Both cores count; the one whose code is in the erased bank stands still meanwhile and loses
 * nothing. */
static void fetch_from_busy_bank_waits(void **state)
{
    (void)state;
    const uint32_t bases[CORES] = {BANK1, BANK2}, sps[CORES] = {0x20010000, 0x30010000};
    for (unsigned i = 0; i < CORES; i++) {
        struct code p = begin(bases[i], sps[i]);
        uint32_t top = here(&p);
        op(&p, ADDS_R7_1);
        branch_to(&p, top);
        finish(&p);
    }
    machine_power_on(t.m);
    run_for(VT_MS);
    erase_bank1_sector(7);
    uint64_t m7 = core_insns(t.m->core[CM7]), m4 = core_insns(t.m->core[CM4]);
    run_for(10 * VT_MS);
    assert_true(flash_bank_busy(t.m->flash, 0));
    assert_int_equal(core_insns(t.m->core[CM7]), m7);
    assert_true(core_insns(t.m->core[CM4]) - m4 > 600000); /* 64 MHz */
    wait_idle();
    assert_true(core_insns(t.m->core[CM7]) - m7 > 50000);
    uint32_t count = core_reg(t.m->core[CM7], 7);
    assert_int_equal((core_insns(t.m->core[CM7]) + 1) / 2, count); /* every instruction ran once */
}

/* A load from the busy bank by code of the other bank: repeated when the bank is free. */
static void load_from_busy_bank_waits(void **state)
{
    (void)state;
    idle_core(BANK1, 0x20010000);
    struct code p = begin(BANK2, 0x30010000);
    mov(&p, 0, BANK1);
    mov(&p, 2, NOTES);
    mov(&p, 3, 1);
    ldr(&p, 1, 2);  /* until the test has started the erase */
    op(&p, 0x2900); /* cmp r1, #0 */
    op(&p, 0xd0fc); /* beq back to the load */
    op(&p, 0xbf08); /* it eq: the load inside an IT block, not executed */
    op(&p, 0x6801); /* ldreq r1, [r0] */
    op(&p, 0xbf1c); /* itt ne */
    op(&p, 0x6801); /* ldrne r1, [r0] */
    op(&p, ADDS_R7_1);
    finish(&p);
    const uint32_t zero = 0, one = 1;
    machine_power_on(t.m);
    cpu_machine_poke(&t, NOTES, &zero, 4);
    run_for(VT_MS);
    erase_bank1_sector(7);
    cpu_machine_poke(&t, NOTES, &one, 4);
    run_for(10 * VT_MS);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
    assert_true(flash_bank_busy(t.m->flash, 0));
    wait_idle();
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
    assert_int_equal(core_reg(t.m->core[CM4], 1), 0x20010000);
}

/* ---- events between the cores ---- */

enum { EXTI_C2EMR3 = 0x580000e4 };

static void sev_program(bool unmask)
{
    struct code p = begin(BANK1, 0x20010000);
    mov(&p, 1, 2000);
    uint32_t top = here(&p);
    op(&p, 0x3901);                                                    /* subs r1, #1 */
    op(&p, (uint16_t)(0xd100 | ((top - (here(&p) + 4)) >> 1 & 0xff))); /* bne */
    op(&p, SEV);
    finish(&p);
    struct code q = begin(BANK2, 0x30010000);
    op(&q, SEV);
    op(&q, WFE); /* the event register is clear now */
    op(&q, WFE);
    op(&q, ADDS_R7_1);
    finish(&q);
    machine_power_on(t.m);
    if (unmask)
        poke_dev(CM4, EXTI_C2EMR3, 1u << 16);
    run_for(VT_MS);
}

static void sev_reaches_the_other_core(void **state)
{
    (void)state;
    sev_program(true);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
    assert_int_equal(ppb(CM4, 0xe000e208) & 1, 1); /* and pends IRQ 64 */
}

static void sev_needs_its_line(void **state)
{
    (void)state;
    sev_program(false);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_SLEEP);
}

/* ---- code that changes ---- */

/* The M7 calls a function in AXI SRAM and stores what it returns; the other core patches it. */
static void patched_by_other_core(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    mov(&p, 4, AXI);
    mov(&p, 5, NOTES);
    mov(&p, 0, 0x47702001); /* movs r0, #1; bx lr */
    str(&p, 0, 4);
    op(&p, 0x3401); /* adds r4, #1: Thumb */
    uint32_t top = here(&p);
    op(&p, BLX_R4);
    str(&p, 0, 5);
    branch_to(&p, top);
    finish(&p);
    struct code q = begin(BANK2, 0x30010000);
    mov(&q, 0, AXI);
    mov(&q, 1, 0x47702002); /* movs r0, #2; bx lr */
    mov(&q, 2, 3000);
    uint32_t wait = here(&q);
    op(&q, 0x3a01); /* subs r2, #1 */
    op(&q, (uint16_t)(0xd100 | ((wait - (here(&q) + 4)) >> 1 & 0xff)));
    str(&q, 1, 0);
    finish(&q);
    machine_power_on(t.m);
    run_for(20 * VT_US);
    assert_int_equal(cpu_machine_word(&t, CM7, NOTES), 1);
    run_for(VT_MS);
    assert_int_equal(cpu_machine_word(&t, CM7, NOTES), 2);
}

/* The M4 runs code at 0x10000000 and patches it through 0x30000000. */
static void patched_through_other_window(void **state)
{
    (void)state;
    idle_core(BANK1, 0x20010000);
    struct code p = begin(BANK2, 0x30010000);
    mov(&p, 4, 0x10000001);
    mov(&p, 6, 0x30000000);
    mov(&p, 0, 0x47702001);
    str(&p, 0, 6);
    op(&p, BLX_R4);
    op(&p, 0x0005); /* movs r5, r0 */
    mov(&p, 0, 0x47702002);
    str(&p, 0, 6);
    op(&p, BLX_R4);
    finish(&p);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM4], 5), 1);
    assert_int_equal(core_reg(t.m->core[CM4], 0), 2);
}

/* ---- memory map ---- */

static void m4_has_no_tcm(void **state)
{
    (void)state;
    idle_core(BANK1, 0x20010000);
    struct code p = begin(BANK2, 0x30010000);
    mov(&p, 0, 0x20000000);
    ldr(&p, 1, 0);
    finish(&p);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(pc_of(CM4), BANK2 + 0x100);
    assert_int_equal(ppb(CM4, 0xe000ed38), 0x20000000);
}

static void m4_boot_memory_at_zero(void **state)
{
    (void)state;
    idle_core(BANK1, 0x20010000);
    struct code p = begin(BANK2, 0x30010000);
    mov(&p, 0, 4);
    ldr(&p, 1, 0);
    mov(&p, 0, 0x101); /* the loop at +0x100 */
    op(&p, 0x4700);
    finish(&p);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM4], 1), BANK2 + 0x201);
    assert_int_equal(pc_of(CM4), 0x100);
}

/* ---- debugger ---- */

static void debugger(void **state)
{
    (void)state;
    idle_core(BANK2, 0x30010000);
    struct code p = begin(BANK1, 0x20010000);
    mov(&p, 0, NOTES);
    uint32_t first = here(&p);
    op(&p, ADDS_R7_1);
    uint32_t store = here(&p);
    str(&p, 7, 0);
    branch_to(&p, first);
    finish(&p);
    machine_power_on(t.m);
    struct core *c = t.m->core[CM7];
    core_add_breakpoint(c, store);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(machine_run(t.m, VT_S), M_DEBUG);
        assert_int_equal(pc_of(CM7), store);
        assert_int_equal(core_reg(c, 7), i);
    }
    core_del_breakpoint(c, store);
    core_set_single_step(c, true);
    uint64_t before = core_insns(c);
    assert_int_equal(machine_run(t.m, VT_S), M_DEBUG);
    assert_int_equal(core_insns(c), before + 1);
    assert_int_equal(pc_of(CM7), store + 2);
    core_set_single_step(c, false);
    core_add_watchpoint(c, NOTES, 4, 1);
    assert_int_equal(machine_run(t.m, VT_S), M_DEBUG);
    assert_int_equal(core_watch_hit(c), NOTES);
    assert_int_equal(pc_of(CM7), store);
    assert_int_equal(cpu_machine_word(&t, CM7, NOTES), 3); /* not stored yet */
    core_del_watchpoint(c, NOTES, 4, 1);
    core_set_reg(c, 7, 100);
    run_for(VT_US);
    assert_true(cpu_machine_word(&t, CM7, NOTES) >= 100);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(load_of_torn_word),
        TEST(load_beside_torn_word),
        TEST(single_error_is_corrected),
        TEST(fetch_of_torn_word),
        TEST(blank_flash_locks_up),
        TEST(fetch_from_busy_bank_waits),
        TEST(load_from_busy_bank_waits),
        TEST(sev_reaches_the_other_core),
        TEST(sev_needs_its_line),
        TEST(patched_by_other_core),
        TEST(patched_through_other_window),
        TEST(m4_has_no_tcm),
        TEST(m4_boot_memory_at_zero),
        TEST(debugger),
    };
    return cmocka_run_group_tests_name("cpu on the chip", tests, NULL, NULL);
}
