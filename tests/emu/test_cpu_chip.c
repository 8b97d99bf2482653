/* SPDX-License-Identifier: MIT */
/*
 * What QEMU's boards cannot show of one core: unreadable and busy flash under it, its memory map,
 * the debugger's hooks.
 */
#include "code.h"

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
    for (unsigned i = 0; i < 50 && flash_bank_busy(t.m->flash, 0); i++) {
        run_for(100 * VT_MS);
    }
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

/* ---- a frame that names an exception that the core does not have ---- */

#define SHPR2  0xe000ed1cu
#define SHPR3  0xe000ed20u
#define ICSR   0xe000ed04u
#define SVC    0xdf00u
#define STR_R0 0x9007u /* str r0, [sp, #28]: xPSR of the frame */
#define BX_R0  0x4700u

/* PendSV interrupts SVC and returns to a handler of exception 511, which is not active. */
static void a_return_from_no_exception_is_refused(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    uint32_t pendsv = here(&p);
    mov(&p, 0, 0x010001ff);
    op(&p, STR_R0);
    op(&p, BX_LR);
    uint32_t svc = here(&p);
    store(&p, ICSR, 1u << 28);
    op(&p, NOP);
    mov(&p, 0, 0xfffffff9);
    op(&p, BX_R0);
    uint32_t entry = here(&p);
    store(&p, SHPR2, 0xf0000000);
    store(&p, SHPR3, 0x80000000); /* SysTick */
    op(&p, SVC);
    finish(&p);
    cpu_machine_poke(&t, BANK1 + 4, &(uint32_t){entry | 1}, 4);
    cpu_machine_poke(&t, BANK1 + 4 * 11, &(uint32_t){svc | 1}, 4);
    cpu_machine_poke(&t, BANK1 + 4 * 14, &(uint32_t){pendsv | 1}, 4);
    idle_core(BANK2, 0x30010000);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(ppb(CM7, 0xe000ed28), 1u << 18); /* INVPC */
    assert_int_equal(ppb(CM7, SHPR3), 0x80000000);    /* and nothing else happened */
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
        TEST(m4_has_no_tcm),
        TEST(m4_boot_memory_at_zero),
        TEST(debugger),
        TEST(a_return_from_no_exception_is_refused),
    };

    return cmocka_run_group_tests_name("cpu on the chip", tests, NULL, NULL);
}
