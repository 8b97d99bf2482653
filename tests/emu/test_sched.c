/* SPDX-License-Identifier: MIT */
/* The event queue: order, ties, moving, cancelling, events that schedule events. */
#include "emu/sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char fired[256];

struct named {
    struct sched_event e;
    char name;
};

static void note(void *arg)
{
    const struct named *n = arg;
    size_t len = strlen(fired);

    fired[len] = n->name;
    fired[len + 1] = '\0';
}

static int setup(void **state)
{
    static struct sched s;

    sched_init(&s);
    fired[0] = '\0';
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    sched_free(*state);
    return 0;
}

static void make(struct named *n, char name)
{
    n->name = name;
    sched_event_init(&n->e, "test", note, n);
}

static void events_fire_in_order_of_time(void **state)
{
    struct named a, b, c;

    make(&a, 'a'), make(&b, 'b'), make(&c, 'c');
    sched_at(*state, &a.e, 30);
    sched_at(*state, &b.e, 10);
    sched_at(*state, &c.e, 20);
    assert_int_equal(sched_next(*state), 10);
    sched_fire(*state, 20);
    assert_string_equal(fired, "bc");
    assert_true(sched_pending(&a.e));
    assert_false(sched_pending(&b.e));
    sched_fire(*state, 100);
    assert_string_equal(fired, "bca");
    assert_int_equal(sched_next(*state), VT_NEVER);
}

static void ties_fire_in_order_of_scheduling(void **state)
{
    struct named n[20];
    char want[21] = "";

    for (int i = 0; i < 20; i++) {
        make(&n[i], (char)('a' + i));
        sched_at(*state, &n[i].e, 5);
        want[i] = (char)('a' + i);
        want[i + 1] = '\0';
    }
    sched_fire(*state, 5);
    assert_string_equal(fired, want);
}

static void scheduling_again_moves_an_event(void **state)
{
    struct named a, b;

    make(&a, 'a'), make(&b, 'b');
    sched_at(*state, &a.e, 10);
    sched_at(*state, &b.e, 20);
    sched_at(*state, &a.e, 30);
    sched_fire(*state, 100);
    assert_string_equal(fired, "ba");
}

static void a_cancelled_event_never_fires(void **state)
{
    struct named n[64];

    for (int i = 0; i < 64; i++) {
        make(&n[i], 'x');
        sched_at(*state, &n[i].e, (vtime_t)(i * 37 % 64));
    }
    for (int i = 0; i < 64; i += 2) {
        sched_cancel(*state, &n[i].e);
    }
    sched_fire(*state, 1000);
    assert_int_equal(strlen(fired), 32);
}

static struct sched *chain_sched;
static void chain(void *arg)
{
    struct named *n = arg;

    note(n);
    if (strlen(fired) < 5) {
        sched_at(chain_sched, &n->e, 7);
    }
}

static void an_event_may_schedule_itself_for_now(void **state)
{
    struct named a = {.name = 'a'};

    chain_sched = *state;
    sched_event_init(&a.e, "test", chain, &a);
    sched_at(*state, &a.e, 7);
    sched_fire(*state, 7);
    assert_string_equal(fired, "aaaaa");
}

static void ignore(void *arg)
{
    (void)arg;
}

static void random_order_comes_out_sorted(void **state)
{
    enum { N = 1000 };
    static struct named n[N];
    uint32_t r = 1;
    vtime_t last = 0;
    for (int i = 0; i < N; i++) {
        r = r * 1664525u + 1013904223u;
        sched_event_init(&n[i].e, "test", ignore, NULL);
        sched_at(*state, &n[i].e, r >> 8);
    }
    while (sched_next(*state) != VT_NEVER) {
        vtime_t next = sched_next(*state);
        assert_true(next >= last);
        last = next;
        sched_fire(*state, next);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_fire_in_order_of_time, setup, teardown),
        cmocka_unit_test_setup_teardown(ties_fire_in_order_of_scheduling, setup, teardown),
        cmocka_unit_test_setup_teardown(scheduling_again_moves_an_event, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_event_never_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(an_event_may_schedule_itself_for_now, setup, teardown),
        cmocka_unit_test_setup_teardown(random_order_comes_out_sorted, setup, teardown),
    };

    return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
