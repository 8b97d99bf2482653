/* SPDX-License-Identifier: MIT */
/*
 * Two cores on one chip: events, exclusives, Stop, the M4's instruction cache.
 */
#include "code.h"

#include <string.h>

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
    if (unmask) {
        poke_dev(CM4, EXTI_C2EMR3, 1u << 16);
    }
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

/* ---- exclusives: local monitors without addresses, no global one ---- */

#define LDREX_R1_R0    0xe8501f00u
#define STREX_R2_R1_R0 0xe8401200u

/* The M7 increments a word; between its LDREX and STREX the M4 stores 100. */
static void strex_overwrites_what_the_other_core_stored(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, NOTES, 1);
    op32(&p, LDREX_R1_R0);
    delay(&p, 2000);
    op(&p, 0x3101); /* adds r1, #1 */
    op32(&p, STREX_R2_R1_R0);
    finish(&p);
    struct code q = begin(BANK2, 0x30010000);
    delay(&q, 500);
    store(&q, NOTES, 100);
    finish(&q);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM7], 2), 0); /* it passed */
    assert_int_equal(cpu_machine_word(&t, CM7, NOTES), 2);
    assert_non_null(strstr(t.last_note, "cpu.exclusive-lost"));
}

static void strex_passes_at_another_address(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, NOTES, 1);
    store(&p, NOTES + 4, 5);
    mov(&p, 0, NOTES);
    op32(&p, LDREX_R1_R0);
    op(&p, 0x3004); /* adds r0, #4 */
    op32(&p, STREX_R2_R1_R0);
    op(&p, 0x0016); /* movs r6, r2 */
    op32(&p, STREX_R2_R1_R0);
    finish(&p);
    idle_core(BANK2, 0x30010000);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM7], 6), 0);
    assert_int_equal(core_reg(t.m->core[CM7], 2), 1); /* the monitor is used up */
    assert_int_equal(cpu_machine_word(&t, CM7, NOTES + 4), 1);
}

/* ---- CStop ---- */

#define SCR          0xe000ed10u
#define ISER0        0xe000e100u
#define RCC_CR       0x58024400u
#define RCC_APB1LENR 0x580244e8u
#define TIM7         0x40001400u

/* A pending interrupt that is only masked: WFI goes on, and no clock is lost. */
static void no_stop_with_an_interrupt_pending(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    op(&p, CPSID_I);
    store(&p, ISER0, 1u << 6);
    store(&p, 0xe000e200, 1u << 6); /* ISPR0: EXTI0 */
    store(&p, RCC_CR, 0x81);        /* CSI on: a Stop would switch it off */
    store(&p, SCR, 4);
    op(&p, WFI);
    op(&p, ADDS_R7_1);
    finish(&p);
    struct code q = begin(BANK2, 0x30010000);
    store(&q, SCR, 4);
    op(&q, WFI);
    finish(&q);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_DEEPSLEEP);
    assert_int_equal(core_reg(t.m->core[CM7], 7), 1);
    assert_true(peek_dev(CM7, RCC_CR) & 0x80);
}

/* A timer's interrupt has no line of the EXTI: it ends Sleep, not CStop, although its clock runs.
 */
static void timer_of_the_m4(uint32_t scr)
{
    struct code p = begin(BANK1, 0x20010000);

    store(&p, RCC_APB1LENR, 1u << 5); /* keeps D2 running */
    finish(&p);
    struct code q = begin(BANK2, 0x30010000);
    op(&q, CPSID_I);
    store(&q, RCC_APB1LENR, 1u << 5);
    store(&q, ISER0 + 4, 1u << 23);
    store(&q, TIM7 + 0x2c, 6400);
    store(&q, TIM7 + 0x0c, 1);
    store(&q, TIM7, 1);
    store(&q, SCR, scr);
    op(&q, WFI);
    op(&q, ADDS_R7_1);
    finish(&q);
    machine_power_on(t.m);
    run_for(10 * VT_MS);
    assert_int_equal(ppb(CM4, 0xe000e204), 1u << 23); /* pending in both cases */
}

static void a_timer_ends_sleep(void **state)
{
    (void)state;
    timer_of_the_m4(0);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
}

static void a_timer_does_not_end_stop(void **state)
{
    (void)state;
    timer_of_the_m4(4);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_DEEPSLEEP);
}

/* HSEM's line 78 ends it, while it is unmasked in C2IMR3. */
static void semaphore_ends_stop(uint32_t c2imr3)
{
    idle_core(BANK1, 0x20010000);
    struct code q = begin(BANK2, 0x30010000);
    op(&q, CPSID_I);
    store(&q, 0x580244e0, 1u << 25); /* HSEMEN */
    store(&q, 0x58026510, 1);        /* C2IER */
    store(&q, 0x580000e0, c2imr3);
    store(&q, ISER0 + 12, 1u << 30); /* 126 */
    store(&q, SCR, 4);
    op(&q, WFI);
    op(&q, ADDS_R7_1);
    finish(&q);
    machine_power_on(t.m);
    poke_dev(CM7, 0x580244e0, 1u << 25);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
    poke_dev(CM7, 0x58026400, 0x80000300);
    poke_dev(CM7, 0x58026400, 0x00000300);
    run_for(VT_MS);
}

static void a_semaphore_ends_stop(void **state)
{
    (void)state;
    semaphore_ends_stop(1u << 14);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
}

static void a_masked_line_does_not(void **state)
{
    (void)state;
    semaphore_ends_stop(0);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
}

/* The RTC runs from LSI; its wake-up timer of two seconds gets the M4 out of Stop, by EXTI line 19.
 */
static void the_rtc_ends_stop(void **state)
{
    (void)state;
    idle_core(BANK1, 0x20010000);
    struct code q = begin(BANK2, 0x30010000);
    store(&q, 0x580000c0, 1u << 19); /* EXTI C2IMR1, RTSR1 */
    store(&q, 0x58000000, 1u << 19);
    store(&q, 0xe000ed10, 4); /* SLEEPDEEP */
    store(&q, 0xe000e100, 1u << 3);
    op(&q, CPSID_I);
    op(&q, WFI);
    op(&q, ADDS_R7_1);
    finish(&q);
    machine_power_on(t.m);
    poke_dev(CM7, 0x58024800, 0xf000c100); /* DBP */
    poke_dev(CM7, 0x58024474, 1);          /* LSION */
    poke_dev(CM7, 0x58024470, 0x8200);     /* RTCSEL: LSI, RTCEN */
    poke_dev(CM7, 0x58004024, 0xca);
    poke_dev(CM7, 0x58004024, 0x53);
    run_for(VT_MS);
    poke_dev(CM7, 0x58004014, 1);
    poke_dev(CM7, 0x58004008, 4);
    poke_dev(CM7, 0x58004008, 0x4404); /* WUTIE, WUTE, seconds */
    run_for(2 * VT_S - 100 * VT_MS);   /* LSI has 32000 Hz, the prescalers divide by 32768 */
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_DEEPSLEEP);
    run_for(200 * VT_MS);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
}

/* ---- the M4's instruction cache ---- */

/* The M4 calls a function in flash again and again; the M7's side then programs another one there.
 */
static void art_program(bool off_and_on)
{
    idle_core(BANK1, 0x20010000);
    struct code q = begin(BANK2, 0x30010000);
    store(&q, 0x580244d8, 1u << 14);
    store(&q, 0x40024400, 0x81u << 8 | 1);
    mov(&q, 4, BANK2 + 0x20001);
    mov(&q, 5, NOTES);
    op(&q, BLX_R4);
    uint32_t wait = here(&q);
    ldr(&q, 1, 5);
    op(&q, 0x2900);                                                     /* cmp r1, #0 */
    op(&q, (uint16_t)(0xd000 | ((wait - (here(&q) + 4)) >> 1 & 0xff))); /* beq */
    if (off_and_on) {
        store(&q, 0x40024400, 0x81u << 8);
        store(&q, 0x40024400, 0x81u << 8 | 1);
    }
    op(&q, BLX_R4);
    op(&q, ADDS_R7_1);
    finish(&q);
    const uint16_t first[] = {0x2001, BX_LR}, second[] = {0x2002, BX_LR};
    const uint32_t zero = 0, one = 1;
    cpu_machine_poke(&t, BANK2 + 0x20000, first, sizeof(first));
    machine_power_on(t.m);
    cpu_machine_poke(&t, NOTES, &zero, 4);
    run_for(VT_MS);
    assert_null(strstr(t.last_note, "art.stale"));
    cpu_machine_poke(&t, BANK2 + 0x20000, second, sizeof(second));
    cpu_machine_poke(&t, NOTES, &one, 4);
    run_for(VT_MS);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
    assert_int_equal(core_reg(t.m->core[CM4], 0), 2);
}

static void stale_code_in_the_art_is_reported(void **state)
{
    (void)state;
    art_program(false);
    assert_non_null(strstr(t.last_note, "art.stale"));
}

static void an_emptied_art_is_not(void **state)
{
    (void)state;
    art_program(true);
    assert_null(strstr(t.last_note, "art.stale"));
}

/* ---- the last store before a reset ---- */

enum { SRAM4 = 0x38000200, AIRCR = 0xe000ed0c };
enum { STRB_R0_R1 = 0x7008, LDRB_R2_R1 = 0x780a, STR_R0_R1 = 0x6008 };

/* Stores 0x5a to `where` by `store`, perhaps `after` it, and asks for a reset. */
static uint32_t kept_over_a_reset(uint32_t where, uint16_t store_op, uint16_t after)
{
    struct code p = begin(BANK1, 0x20010000);

    mov(&p, 0, 0x5a);
    mov(&p, 1, where);
    op(&p, store_op);
    op(&p, after);
    mov(&p, 3, AIRCR);
    mov(&p, 4, 0x05fa0004);
    str(&p, 4, 3);
    finish(&p);
    idle_core(BANK2, 0x30010000);
    machine_power_on(t.m);
    const uint32_t zero = 0;
    cpu_machine_poke(&t, where, &zero, 4);
    run_for(15 * VT_US); /* before the second start */
    return cpu_machine_word(&t, CM7, where);
}

static void a_byte_before_a_reset_is_lost(void **state)
{
    (void)state;
    assert_int_equal(kept_over_a_reset(SRAM4, STRB_R0_R1, NOP), 0);
    assert_non_null(strstr(t.last_note, "ram.pending-lost"));
}

static void a_byte_that_is_read_back_is_kept(void **state)
{
    (void)state;
    assert_int_equal(kept_over_a_reset(SRAM4, STRB_R0_R1, LDRB_R2_R1), 0x5a);
}

static void a_second_store_saves_the_first(void **state)
{
    (void)state;
    assert_int_equal(kept_over_a_reset(SRAM4, STRB_R0_R1, 0x6048), 0x5a); /* str r0, [r1, #4] */
}

static void a_word_is_whole_where_ecc_has_four_bytes(void **state)
{
    (void)state;
    assert_int_equal(kept_over_a_reset(SRAM4, STR_R0_R1, NOP), 0x5a);
}

static void a_word_in_axi_sram_is_lost(void **state)
{
    (void)state;
    assert_int_equal(kept_over_a_reset(AXI + 0x200, STR_R0_R1, NOP), 0);
    assert_non_null(strstr(t.last_note, "ram.pending-word"));
}

/* ---- the M7 and a bank that it does not use ---- */

/* The M7 runs in bank 1, erases a sector of bank 2, counts to 1 in r7, does `then`, and counts on.
 */
static void count_while_bank_2_erases(bool mpu, void (*then)(struct code *p))
{
    struct code p = begin(BANK1, 0x20010000);

    if (mpu) { /* bank 2: no access */
        store(&p, 0xe000ed98, 0);
        store(&p, 0xe000ed9c, BANK2);
        store(&p, 0xe000eda0, 0x10000027);
        store(&p, 0xe000ed94, 5);
    }
    store(&p, 0x52002104, 0x45670123);
    store(&p, 0x52002104, 0xcdef89ab);
    store(&p, 0x5200210c, 0x534);
    store(&p, 0x5200210c, 0x5b4); /* SER, sector 5, START */
    mov(&p, 7, 0);
    op(&p, ADDS_R7_1);
    then(&p);
    uint32_t top = here(&p);
    op(&p, ADDS_R7_1);
    branch_to(&p, top);
    finish(&p);
    idle_core(BANK2, 0x30010000);
    machine_power_on(t.m);
    run_for(10 * VT_MS);
}

static void go_on(struct code *p)
{
    (void)p;
}

static uint32_t counted_while_bank_2_erases(bool mpu)
{
    count_while_bank_2_erases(mpu, go_on);
    return core_reg(t.m->core[CM7], 7);
}

static void an_erase_of_the_other_bank_stalls_nobody(void **state)
{
    (void)state;
    assert_true(counted_while_bank_2_erases(false) > 100000);
}

static void speculation_stalls_the_m7_until_the_erase_ends(void **state)
{
    (void)state;
    t.m->m7_speculates = true;
    assert_int_equal(counted_while_bank_2_erases(false), 0); /* from the next instruction on */
    run_for(2 * VT_S);
    assert_true(core_reg(t.m->core[CM7], 7) > 100000);
}

static void an_mpu_region_keeps_speculation_out(void **state)
{
    (void)state;
    t.m->m7_speculates = true;
    assert_true(counted_while_bank_2_erases(true) > 100000);
}

static void mpu_off(struct code *p)
{
    store(p, 0xe000ed94, 0);
}

static void speculation_begins_where_the_mpu_ends(void **state)
{
    (void)state;
    t.m->m7_speculates = true;
    count_while_bank_2_erases(true, mpu_off);
    assert_int_equal(core_reg(t.m->core[CM7], 7), 1); /* not one instruction more */
    run_for(2 * VT_S);
    assert_true(core_reg(t.m->core[CM7], 7) > 100000);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sev_reaches_the_other_core),
        TEST(sev_needs_its_line),
        TEST(strex_overwrites_what_the_other_core_stored),
        TEST(strex_passes_at_another_address),
        TEST(no_stop_with_an_interrupt_pending),
        TEST(a_timer_ends_sleep),
        TEST(a_timer_does_not_end_stop),
        TEST(a_semaphore_ends_stop),
        TEST(a_masked_line_does_not),
        TEST(the_rtc_ends_stop),
        TEST(stale_code_in_the_art_is_reported),
        TEST(an_emptied_art_is_not),
        TEST(a_byte_before_a_reset_is_lost),
        TEST(a_byte_that_is_read_back_is_kept),
        TEST(a_second_store_saves_the_first),
        TEST(a_word_is_whole_where_ecc_has_four_bytes),
        TEST(a_word_in_axi_sram_is_lost),
        TEST(an_erase_of_the_other_bank_stalls_nobody),
        TEST(speculation_stalls_the_m7_until_the_erase_ends),
        TEST(an_mpu_region_keeps_speculation_out),
        TEST(speculation_begins_where_the_mpu_ends),
    };

    return cmocka_run_group_tests_name("two cores", tests, NULL, NULL);
}
