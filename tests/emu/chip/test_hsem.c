/* SPDX-License-Identifier: MIT */
/* HSEM (RM0399, hardware semaphore). */
#include "fixture.h"

#define HSEM   0x58026400u
#define R(n)   (HSEM + 4 * (n))
#define RLR(n) (HSEM + 0x80 + 4 * (n))
enum { C1IER = 0x100, C1ICR = 0x104, C1ISR = 0x108, C1MISR = 0x10C };
enum { C2IER = 0x110, C2ICR = 0x114, C2ISR = 0x118, C2MISR = 0x11C, CR = 0x140, KEYR = 0x144 };
#define LOCK 0x80000000u
#define M7   0x300u
#define M4   0x100u

static int setup_on(void **state)
{
    setup(state);
    wr(CM7, 0x58024400 + 0xE0, BIT(25));
    return 0;
}

static void test_two_step(void **state)
{
    (void)state;
    wr(CM7, R(3), LOCK | M7 | 0x42);
    assert_int_equal(rd(CM7, R(3)), LOCK | M7 | 0x42);
    assert_int_equal(hsem_owner(fx.m.hsem, 3), CM7);
    wr(CM4, R(3), LOCK | M4 | 0x42); /* taken */
    assert_int_equal(rd(CM4, R(3)), LOCK | M7 | 0x42);
    wr(CM4, R(3), M4 | 0x42); /* somebody else's */
    wr(CM4, R(3), M7 | 0x42); /* with a false core id */
    wr(CM7, R(3), M7 | 0x41); /* another process */
    assert_int_equal(rd(CM7, R(3)), LOCK | M7 | 0x42);
    wr(CM7, R(3), M7 | 0x42);
    assert_int_equal(rd(CM7, R(3)), 0);
    assert_int_equal(hsem_owner(fx.m.hsem, 3), -1);
}

static void test_false_core_id_takes_nothing(void **state)
{
    (void)state;
    wr(CM7, R(0), LOCK | M4);
    assert_int_equal(rd(CM7, R(0)), 0);
}

static void test_one_step(void **state)
{
    (void)state;
    assert_int_equal(rd(CM4, RLR(0)), LOCK | M4);
    assert_int_equal(rd(CM7, RLR(0)), LOCK | M4);
    assert_int_equal(rd(CM7, RLR(1)), LOCK | M7);
    assert_int_equal(rd(CM7, RLR(1)), LOCK | M7);
}

static void test_debugger_takes_nothing(void **state)
{
    (void)state;
    uint32_t v;
    assert_true(bus_peek(&fx.m.bus, CM7, RLR(5), &v, 4));
    assert_int_equal(v, 0);
    assert_int_equal(rd(CM7, R(5)), 0);
}

static void test_notification(void **state)
{
    (void)state;
    wr(CM4, HSEM + C2IER, BIT(0));
    rd(CM7, RLR(0));
    assert_false(fx.core[CM4].irq[126]);
    wr(CM7, R(0), M7);
    assert_true(fx.core[CM4].irq[126]);
    assert_false(fx.core[CM4].irq[125]);
    assert_false(fx.core[CM7].irq[125]); /* not enabled there, but noted: */
    assert_int_equal(rd(CM7, HSEM + C1ISR), BIT(0));
    assert_int_equal(rd(CM7, HSEM + C1MISR), 0);
    assert_int_equal(rd(CM4, HSEM + C2MISR), BIT(0));
    wr(CM7, HSEM + C1IER, BIT(0)); /* late, and still told */
    assert_true(fx.core[CM7].irq[125]);
    wr(CM4, HSEM + C2ICR, BIT(0));
    assert_false(fx.core[CM4].irq[126]);
    assert_true(fx.core[CM7].irq[125]);
    wr(CM7, HSEM + C1IER, 0);
    assert_false(fx.core[CM7].irq[125]);
}

static void test_release_wakes_by_exti(void **state)
{
    (void)state;
    wr(CM7, 0x580000E4, BIT(14)); /* C2EMR3: line 78 */
    wr(CM4, HSEM + C2IER, BIT(0));
    rd(CM7, RLR(0));
    wr(CM7, R(0), M7);
    assert_int_equal(fx.core[CM4].events, 1);
    assert_int_equal(fx.core[CM7].events, 0);
}

static void test_clear_all_of_a_core(void **state)
{
    (void)state;
    rd(CM7, RLR(0));
    rd(CM7, RLR(31));
    rd(CM4, RLR(7));
    wr(CM7, HSEM + KEYR, 0xABCD0000);
    wr(CM7, HSEM + CR, 0x11110000 | M7);
    assert_int_equal(hsem_owner(fx.m.hsem, 0), CM7);
    wr(CM7, HSEM + CR, 0xABCD0000 | M7);
    assert_int_equal(hsem_owner(fx.m.hsem, 0), -1);
    assert_int_equal(hsem_owner(fx.m.hsem, 31), -1);
    assert_int_equal(hsem_owner(fx.m.hsem, 7), CM4);
    assert_int_equal(rd(CM4, HSEM + C2ISR), 0x80000001);
}

static void test_words_only(void **state)
{
    (void)state;
    wr_fails(CM7, R(0), 2);
    wr_fails(CM7, R(0), 1);
    rd_fails(CM7, RLR(0), 2);
    assert_int_equal(rd(CM7, R(0)), 0);
}

static void test_resets(void **state)
{
    (void)state;
    rd(CM7, RLR(0));
    wr(CM7, HSEM + C1IER, 1);
    wr(CM7, 0x58024400 + 0x88, BIT(25)); /* AHB4RSTR */
    wr(CM7, 0x58024400 + 0x88, 0);
    assert_int_equal(rd(CM7, R(0)), 0);
    assert_int_equal(rd(CM7, HSEM + C1IER), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_on, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_two_step),
        T(test_false_core_id_takes_nothing),
        T(test_one_step),
        T(test_debugger_takes_nothing),
        T(test_notification),
        T(test_release_wakes_by_exti),
        T(test_clear_all_of_a_core),
        T(test_words_only),
        T(test_resets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
