/* SPDX-License-Identifier: MIT */
/* ADCs: a rule of RM0399 each. */
#include "fixture.h"

#include "emu/chip/seam/adc.h"

#define RCC     0x58024400u
#define ADC1    0x40022000u
#define ADC2    0x40022100u
#define CCR     0x40022308u
#define ADC3    0x58026000u
#define ISR     0x00u
#define IER     0x04u
#define CR      0x08u
#define CFGR    0x0Cu
#define CFGR2   0x10u
#define SMPR1   0x14u
#define PCSEL   0x1Cu
#define LTR1    0x20u
#define HTR1    0x24u
#define SQR1    0x30u
#define DR      0x40u
#define JSQR    0x4Cu
#define OFR1    0x60u
#define JDR1    0x80u
#define ADEN    BIT(0)
#define ADDIS   BIT(1)
#define ADSTART BIT(2)
#define JSTART  BIT(3)
#define ADSTP   BIT(4)
#define REGEN   BIT(28)
#define ADCAL   BIT(31)
#define EOC     BIT(2)
#define EOS     BIT(3)
#define OVR     BIT(4)

static void ready(uint32_t adc)
{
    wr(CM7, adc + CR, 0);
    wr(CM7, adc + CR, REGEN);
    pass(11 * VT_US);
    wr(CM7, adc + CR, REGEN | ADEN);
    pass(10 * VT_US);
    assert_int_equal(rd(CM7, adc + ISR) & 1, 1);
    wr(CM7, adc + ISR, 1);
}

static int adc_setup(void **state)
{
    setup(state);
    wr(CM7, RCC + 0xD8, BIT(5));  /* ADC1 and 2 */
    wr(CM7, RCC + 0xE0, BIT(24)); /* ADC3 */
    wr(CM7, CCR, 3u << 16);       /* HCLK / 4, and half of it: 8 MHz */
    wr(CM7, ADC3 + 0x308, 3u << 16);
    assert_true(adc_drive(&fx.m, "ADC1", 5, 1650000));
    assert_true(adc_drive(&fx.m, "ADC1", 6, 3300000));
    clear_notes();
    return 0;
}

static void it_starts_as_drivers_wait_for_it(void **state)
{
    (void)state;
    assert_int_equal(rd(CM7, ADC1 + CR), BIT(29)); /* DEEPPWD */
    wr(CM7, ADC1 + CR, 0);
    wr(CM7, ADC1 + CR, REGEN);
    assert_int_equal(rd(CM7, ADC1 + ISR), 0);
    pass(11 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR), BIT(12)); /* LDORDY */
    wr(CM7, ADC1 + CR, REGEN | ADCAL | BIT(16));
    assert_int_equal(rd(CM7, ADC1 + CR) >> 31, 1);
    pass(20 * VT_MS);
    assert_int_equal(rd(CM7, ADC1 + CR) >> 31, 1);
    pass(VT_MS);
    assert_int_equal(rd(CM7, ADC1 + CR), REGEN | BIT(16) | 0x3Fu << 22); /* LINCALRDYW1 to 6 */
    wr(CM7, ADC1 + CR, rd(CM7, ADC1 + CR) | ADEN);
    assert_int_equal(rd(CM7, ADC1 + ISR) & 1, 0);
    pass(10 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR) & 1, 1);
    wr(CM7, ADC1 + CR, rd(CM7, ADC1 + CR) | ADDIS);
    assert_int_equal(rd(CM7, ADC1 + CR) & 3, 0);
    assert_no_note();
}

static void without_a_clock_calibration_never_ends(void **state)
{
    (void)state;
    wr(CM7, CCR, 0); /* PLL2, which is off */
    wr(CM7, ADC1 + CR, 0);
    wr(CM7, ADC1 + CR, REGEN);
    pass(11 * VT_US);
    wr(CM7, ADC1 + CR, REGEN | ADCAL);
    assert_note("adc.no-clock");
    pass(VT_S);
    assert_int_equal(rd(CM7, ADC1 + CR) >> 31, 1);
    wr(CM7, RCC + 0x58, 2u << 16); /* ADCSEL: per_ck, HSI */
    pass(VT_MS);
    assert_int_equal(rd(CM7, ADC1 + CR) >> 31, 0);
}

static void one_conversion_takes_its_time(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + PCSEL, BIT(5));
    wr(CM7, ADC1 + SQR1, 5u << 6);
    wr(CM7, ADC1 + SMPR1, 3u << 15); /* 16.5 and 8.5 cycles at 8 MHz: 3.125 us */
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(3 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR) & EOC, 0);
    assert_int_equal(rd(CM7, ADC1 + CR) & ADSTART, ADSTART);
    pass(200 * VT_NS);
    assert_int_equal(rd(CM7, ADC1 + ISR) & 0x1F, 0xE);
    assert_int_equal(rd(CM7, ADC1 + CR) & ADSTART, 0);
    assert_int_equal(rd(CM7, ADC1 + DR), 0x8000);
    assert_int_equal(rd(CM7, ADC1 + ISR) & EOC, 0); /* by reading DR */
    assert_no_note();
}

static void a_sequence_in_fewer_bits(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + IER, EOS);
    wr(CM7, ADC1 + CFGR, 2u << 2 | BIT(12)); /* 12 bits, OVRMOD */
    wr(CM7, ADC1 + PCSEL, BIT(5) | BIT(6));
    wr(CM7, ADC1 + SQR1, 1 | 5u << 6 | 6u << 12);
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(VT_US + VT_US / 2);
    assert_int_equal(rd(CM7, ADC1 + DR), 0x800);
    assert_false(fx.core[CM7].irq[18]);
    pass(VT_US);
    assert_true(fx.core[CM7].irq[18]);
    assert_int_equal(rd(CM7, ADC1 + DR), 0xFFF);
    wr(CM7, ADC1 + ISR, EOS);
    assert_false(fx.core[CM7].irq[18]);
}

static void continuous_conversions_overrun(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + CFGR, BIT(13));
    wr(CM7, ADC1 + PCSEL, BIT(5));
    wr(CM7, ADC1 + SQR1, 5u << 6);
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(10 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR) & OVR, OVR);
    assert_int_equal(rd(CM7, ADC1 + CR) & ADSTART, ADSTART);
    wr(CM7, ADC1 + CR, REGEN | ADSTP);
    assert_int_equal(rd(CM7, ADC1 + CR) & (ADSTART | ADSTP), 0);
    wr(CM7, ADC1 + ISR, 0x1F);
    pass(10 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR) & 0x1F, 0);
}

static void delay_waits_for_the_reader(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + CFGR, BIT(13) | BIT(14)); /* CONT, AUTDLY */
    wr(CM7, ADC1 + PCSEL, BIT(5));
    wr(CM7, ADC1 + SQR1, 5u << 6);
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(VT_MS);
    assert_int_equal(rd(CM7, ADC1 + ISR) & (EOC | OVR), EOC);
    rd(CM7, ADC1 + DR);
    assert_int_equal(rd(CM7, ADC1 + ISR) & EOC, 0);
    pass(2 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR) & (EOC | OVR), EOC);
}

static void injected_ones_have_their_own_results(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + PCSEL, BIT(5) | BIT(6));
    wr(CM7, ADC1 + JSQR, 1 | 6u << 9 | 5u << 15);
    wr(CM7, ADC1 + CR, REGEN | JSTART);
    pass(5 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR) & 0x60, 0x60);
    assert_int_equal(rd(CM7, ADC1 + JDR1), 0xFFFF);
    assert_int_equal(rd(CM7, ADC1 + JDR1 + 4), 0x8000);
    assert_int_equal(rd(CM7, ADC1 + CR) & JSTART, 0);
}

static void oversampling_and_offset(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + PCSEL, BIT(5));
    wr(CM7, ADC1 + SQR1, 5u << 6);
    wr(CM7, ADC1 + CFGR2, 1 | 15u << 16 | 2u << 5); /* 16 samples, shifted by 2 */
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(25 * VT_US); /* 16 * 1.25 us */
    assert_int_equal(rd(CM7, ADC1 + DR), 0x8000 * 4);
    wr(CM7, ADC1 + CFGR2, 0);
    wr(CM7, ADC1 + OFR1, 5u << 26 | 0x8001);
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(5 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + DR), 0xFFFFFFFF);
}

static void the_watchdog_sees_a_voltage_outside(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + IER, BIT(7));
    wr(CM7, ADC1 + PCSEL, BIT(5));
    wr(CM7, ADC1 + SQR1, 5u << 6);
    wr(CM7, ADC1 + LTR1, 0x4000);
    wr(CM7, ADC1 + HTR1, 0x9000);
    wr(CM7, ADC1 + CFGR, BIT(12) | BIT(13) | BIT(23)); /* OVRMOD, CONT, AWD1EN */
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(VT_MS);
    assert_false(fx.core[CM7].irq[18]);
    adc_drive(&fx.m, "ADC1", 5, 2500000);
    pass(3 * VT_US);
    assert_true(fx.core[CM7].irq[18]);
}

static void a_timer_begins_each_conversion(void **state)
{
    (void)state;
    ready(ADC1);
    wr(CM7, ADC1 + PCSEL, BIT(5));
    wr(CM7, ADC1 + SQR1, 5u << 6);
    wr(CM7, ADC1 + CFGR, 1u << 10 | 13u << 5); /* rising edge of TIM6_TRGO */
    wr(CM7, ADC1 + CR, REGEN | ADSTART);
    pass(VT_MS);
    assert_int_equal(rd(CM7, ADC1 + ISR) & EOC, 0);
    adc_trgo(&fx.m, 3); /* another one */
    pass(5 * VT_US);
    assert_int_equal(rd(CM7, ADC1 + ISR) & EOC, 0);
    for (unsigned i = 0; i < 2; i++) {
        adc_trgo(&fx.m, 6);
        pass(5 * VT_US);
        assert_int_equal(rd(CM7, ADC1 + ISR) & (EOC | OVR), EOC);
        rd(CM7, ADC1 + DR);
    }
    assert_int_equal(rd(CM7, ADC1 + CR) & ADSTART, ADSTART);
    assert_no_note();
}

static void the_third_measures_the_chip(void **state)
{
    (void)state;
    ready(ADC3);
    wr(CM7, ADC3 + SQR1, 19u << 6);
    wr(CM7, ADC3 + CR, REGEN | ADSTART);
    pass(5 * VT_US);
    assert_int_equal(rd(CM7, ADC3 + DR), 0);
    assert_note("adc.input");
    wr(CM7, ADC3 + 0x308, 3u << 16 | BIT(22));
    wr(CM7, ADC3 + CR, REGEN | ADSTART);
    pass(5 * VT_US);
    assert_int_equal(rd(CM7, ADC3 + DR), 24149); /* 1.216 V of 3.3 V */
}

static void what_cannot_be_meant_is_reported(void **state)
{
    (void)state;
    wr(CM7, ADC2 + CR, ADEN); /* no regulator */
    assert_note("adc.order");
    assert_int_equal(rd(CM7, ADC2 + CR) & ADEN, 0);
    clear_notes();
    ready(ADC2);
    wr(CM7, ADC2 + SQR1, 4u << 6);
    wr(CM7, ADC2 + CR, REGEN | ADSTART); /* PCSEL is 0 */
    pass(5 * VT_US);
    assert_note("adc.input");
    wr(CM7, ADC2 + PCSEL, BIT(4));
    wr(CM7, ADC2 + CR, REGEN | ADSTART);
    pass(5 * VT_US);
    assert_note("adc.open");
    assert_false(adc_drive(&fx.m, "ADC4", 1, 0));
    assert_false(adc_drive(&fx.m, "ADC1", 20, 0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, adc_setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_starts_as_drivers_wait_for_it),     TEST(without_a_clock_calibration_never_ends),
        TEST(one_conversion_takes_its_time),        TEST(a_sequence_in_fewer_bits),
        TEST(continuous_conversions_overrun),       TEST(delay_waits_for_the_reader),
        TEST(injected_ones_have_their_own_results), TEST(oversampling_and_offset),
        TEST(the_watchdog_sees_a_voltage_outside),  TEST(a_timer_begins_each_conversion),
        TEST(the_third_measures_the_chip),          TEST(what_cannot_be_meant_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
