/* SPDX-License-Identifier: MIT */
/* Ways out of Stop and Standby, on the cores: a USART, a pin, the RTC; what is lost. */
#include "code.h"
#include "emu/chip/seam/gpio.h"
#include "emu/chip/seam/uart.h"

#define SCR     0xe000ed10u
#define ISER1   0xe000e104u
#define PWR     0x58024800u
#define CPU1CR  (PWR + 0x10)
#define CPU2CR  (PWR + 0x14)
#define WKUPFR  (PWR + 0x24)
#define WKUPEPR (PWR + 0x28)
#define SBF     (1u << 6)
#define MARK    0x5afe5afeu

/* The M4 stops, with interrupts masked; USART3 listens at PD9 on HSI. */
static void m4_stops_with_usart3(uint32_t uesm)
{
    idle_core(BANK1, 0x20010000);
    struct code q = begin(BANK2, 0x30010000);
    op(&q, CPSID_I);
    store(&q, 0x58024454, 3);        /* D2CCIP2R: HSI */
    store(&q, 0x580244e0, 1u << 3);  /* GPIOD */
    store(&q, 0x580244e8, 1u << 18); /* USART3 */
    store(&q, 0x58020c24, 0x70);     /* PD9: AF7 */
    store(&q, 0x58020c00, 0xfffbffff);
    store(&q, 0x4000480c, 556);      /* 115200 */
    store(&q, 0x40004808, 7u << 20); /* WUS: RXNE; WUFIE */
    store(&q, 0x40004800, 5u | uesm);
    store(&q, ISER1, 1u << 7);
    store(&q, SCR, 4);
    op(&q, WFI);
    op(&q, ADDS_R7_1);
    finish(&q);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_DEEPSLEEP);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
    uart_input(t.m->uart[3], 'w');
    run_for(VT_MS);
}

static void a_usart_ends_stop(void **state)
{
    (void)state;
    m4_stops_with_usart3(2);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
    assert_true(peek_dev(CM4, 0x4000481c) & 1u << 20); /* WUF */
    assert_int_equal(peek_dev(CM4, 0x40004824), 'w');
}

static void a_usart_without_uesm_does_not(void **state)
{
    (void)state;
    m4_stops_with_usart3(0);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
}

enum { PCLK1, LSI = 4 };

/* The M4 stops with LPTIM1, which has a match after 10 ms on LSI. */
static void m4_stops_with_lptim1(uint32_t clock, uint32_t imr2)
{
    idle_core(BANK1, 0x20010000);
    struct code q = begin(BANK2, 0x30010000);
    op(&q, CPSID_I);
    store(&q, 0x58024474, 1); /* LSION */
    store(&q, 0x58024454, clock << 28);
    store(&q, 0x580244e8, 1u << 9); /* LPTIM1 */
    store(&q, 0x40002408, 2);       /* ARRMIE */
    store(&q, 0x4000240c, clock ? 0 : 7u << 9);
    store(&q, 0x40002410, 1);
    store(&q, 0x40002418, clock ? 320 : 5000); /* on PCLK1 / 128, too */
    store(&q, 0x40002410, 5);
    store(&q, 0x580000d0, imr2);
    store(&q, 0xe000e108, 1u << 29); /* IRQ 93 */
    store(&q, SCR, 4);
    op(&q, WFI);
    op(&q, ADDS_R7_1);
    finish(&q);
    machine_power_on(t.m);
    run_for(5 * VT_MS);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_DEEPSLEEP);
    run_for(10 * VT_MS);
}

static void an_lptim_ends_stop(void **state)
{
    (void)state;
    m4_stops_with_lptim1(LSI, 1u << 15);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 1);
}

static void an_lptim_needs_its_line(void **state)
{
    (void)state;
    m4_stops_with_lptim1(LSI, ~(1u << 15));
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
}

static void an_lptim_on_the_bus_clock_stands_in_stop(void **state)
{
    (void)state;
    m4_stops_with_lptim1(PCLK1, 1u << 15);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
}

static void sleep_for_good(struct code *p, uint32_t cpucr)
{
    store(p, cpucr, 7); /* PDDS of all three domains */
    store(p, SCR, 4);
    op(p, WFI);
    op(p, ADDS_R7_1);
    finish(p);
}

/* Both cores ask for Standby of everything; PC13 may wake. */
static void chip_in_standby(void)
{
    struct code p = begin(BANK1, 0x20010000);

    store(&p, WKUPEPR, 1u << 3);
    store(&p, 0x20000100, MARK);
    sleep_for_good(&p, CPU1CR);
    struct code q = begin(BANK2, 0x30010000);
    store(&q, 0x38000100, MARK);
    sleep_for_good(&q, CPU2CR);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(peek_dev(CM7, CPU1CR) & SBF, 0);
}

static void a_pin_ends_standby(void **state)
{
    (void)state;
    chip_in_standby();
    struct code p = begin(BANK1, 0x20010000); /* what starts then only loops */
    finish(&p);
    gpio_drive(t.m->gpio, "PC13", 1);
    run_for(VT_MS);
    assert_true(peek_dev(CM7, CPU1CR) & SBF);
    assert_true(peek_dev(CM4, CPU2CR) & SBF);
    assert_int_equal(peek_dev(CM7, WKUPFR), 1u << 3);
    assert_int_equal(core_power(t.m->core[CM7]), POWER_RUN);
    assert_int_not_equal(cpu_machine_word(&t, CM7, 0x20000100), MARK); /* as at power-on */
}

static void nothing_else_does(void **state)
{
    (void)state;
    chip_in_standby();
    gpio_drive(t.m->gpio, "PC1", 1);
    run_for(VT_S);
    assert_int_equal(core_power(t.m->core[CM7]), POWER_DEEPSLEEP);
    assert_int_equal(cpu_machine_word(&t, CM7, 0x20000100),
                     MARK); /* nobody can look, so it may be there still */
}

/* The M4 asks for Standby of D2 and is woken by the semaphore 0: it starts again, SRAM1 is noise.
 */
static void a_domain_comes_back_from_standby(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, CPU1CR, 2);
    store(&p, 0x38000200, 1); /* alive */
    delay(&p, 20000);
    store(&p, 0x580244e0, 1u << 25); /* HSEM: taken and released */
    store(&p, 0x58026400, 0x80000300);
    store(&p, 0x58026400, 0x00000300);
    finish(&p);
    struct code q = begin(BANK2, 0x30010000);
    store(&q, 0x580244e0, 1u << 25);
    store(&q, 0x58026510, 1); /* C2IER */
    store(&q, 0xe000e10c, 1u << 30);
    store(&q, CPU2CR, 2);
    store(&q, 0x30000100, MARK);
    op(&q, CPSID_I);
    store(&q, SCR, 4);
    op(&q, WFI);
    op(&q, ADDS_R7_1); /* never: it begins again */
    finish(&q);
    machine_power_on(t.m);
    run_for(100 * VT_US);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_DEEPSLEEP);
    assert_int_equal(cpu_machine_word(&t, CM4, 0x30000100), MARK);
    idle_core(BANK2, 0x30010000);
    run_for(10 * VT_MS);
    assert_int_equal(core_power(t.m->core[CM4]), POWER_RUN);
    assert_int_equal(core_reg(t.m->core[CM4], 7), 0);
    assert_int_not_equal(cpu_machine_word(&t, CM4, 0x30000100), MARK);
    assert_int_equal(peek_dev(CM7, CPU1CR) >> 5 & 15, 8); /* SBF_D2 alone */
}

/* HOLD2: the M4 is woken out of system Stop, and goes on when the M7 lets it. */
static void hold_keeps_the_other_core(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    op(&p, CPSID_I);
    store(&p, CPU1CR, 1u << 10);
    store(&p, 0xe000e110, 1u << 20); /* IRQ 148 */
    store(&p, SCR, 4);
    op(&p, WFI);
    mov(&p, 7, 1);
    delay(&p, 2000);
    store(&p, 0x38000100, MARK);
    store(&p, CPU1CR, 0);
    finish(&p);
    struct code q = begin(BANK2, 0x30010000);
    op(&q, CPSID_I);
    store(&q, WKUPEPR, 1u << 3);
    store(&q, 0xe000e110, 1u << 21); /* IRQ 149 */
    store(&q, SCR, 4);
    op(&q, WFI);
    mov(&q, 0, 0x38000100);
    ldr(&q, 7, 0);
    finish(&q);
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(core_power(t.m->core[CM7]), POWER_DEEPSLEEP);
    gpio_drive(t.m->gpio, "PC13", 1);
    run_for(10 * VT_MS);
    assert_int_equal(core_reg(t.m->core[CM7], 7), 1);
    assert_int_equal(core_reg(t.m->core[CM4], 7), MARK);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_usart_ends_stop),
        TEST(a_usart_without_uesm_does_not),
        TEST(an_lptim_ends_stop),
        TEST(an_lptim_needs_its_line),
        TEST(an_lptim_on_the_bus_clock_stands_in_stop),
        TEST(a_pin_ends_standby),
        TEST(nothing_else_does),
        TEST(a_domain_comes_back_from_standby),
        TEST(hold_keeps_the_other_core),
    };

    return cmocka_run_group_tests_name("ways out of Stop and Standby", tests, NULL, NULL);
}
