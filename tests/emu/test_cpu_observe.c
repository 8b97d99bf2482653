/* SPDX-License-Identifier: MIT */
/* Observers of a machine: who is told of what, also when one is added or removed in mid-telling. */
#include "emu/observe.h"

#include "code.h"

#include <stdio.h>
#include <string.h>

static char told[64];

struct listener {
    char name;
    const struct listener *removes;
    const struct listener *adds;
};

static void on_reset(void *arg, enum reset_cause cause);

static void listen(struct machine *m, const struct listener *l)
{
    machine_observe(m, &(struct observer){.arg = (void *)(uintptr_t)l, .on_reset = on_reset});
}

static void on_reset(void *arg, enum reset_cause cause)
{
    const struct listener *l = arg;
    size_t len = strlen(told);

    assert_int_equal(cause, RESET_POWER_ON);
    told[len] = l->name;
    told[len + 1] = '\0';
    if (l->removes) {
        machine_unobserve(t.m, l->removes);
    }
    if (l->adds) {
        listen(t.m, l->adds);
    }
}

static int fresh(void **state)
{
    told[0] = '\0';
    return setup(state);
}

static void all_are_told_in_one_order(void **state)
{
    (void)state;
    struct machine *m = t.m;
    const struct listener a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};

    listen(m, &a), listen(m, &b), listen(m, &c);
    machine_power_on(m);
    assert_string_equal(told, "abc");
    machine_unobserve(m, &b);
    machine_power_on(m);
    assert_string_equal(told, "abcac");
}

static void a_removal_in_mid_telling_loses_nobody(void **state)
{
    (void)state;
    struct machine *m = t.m;
    const struct listener d = {.name = 'd'};
    struct listener a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};

    b.removes = &a;
    b.adds = &d; /* takes the place of a, whose turn is over */
    listen(m, &a), listen(m, &b), listen(m, &c);
    machine_power_on(m);
    assert_string_equal(told, "abc");
    b.removes = &b;
    b.adds = NULL;
    machine_power_on(m);
    machine_power_on(m);
    assert_string_equal(told, "abcdbcdc");
}

static uint32_t looped; /* where the M4's loop is */
static unsigned all[CORES], loops[CORES];

static void on_any(void *arg, struct core *c, uint32_t pc)
{
    (void)arg;
    (void)pc;
    all[core_ident(c)]++;
}

static void on_loop(void *arg, struct core *c, uint32_t pc)
{
    (void)arg;
    assert_int_equal(pc, looped);
    loops[core_ident(c)]++;
}

static void instructions_are_those_asked_for(void **state)
{
    (void)state;
    struct code m7 = begin(BANK1, AXI + 0x1000), m4 = begin(BANK2, AXI + 0x2000);
    op(&m7, NOP);
    finish(&m7);
    looped = here(&m4);
    finish(&m4);
    const struct observer whole_m7 = {
        .arg = &m7, .cores = 1u << CM7, .on_insn = on_any, .insn_hi = UINT32_MAX};
    const struct observer one_place = {
        .arg = &m4, .on_insn = on_loop, .insn_lo = looped, .insn_hi = looped + 2};

    machine_observe(t.m, &whole_m7);
    machine_observe(t.m, &one_place);
    machine_power_on(t.m);
    run_for(10 * VT_US);
    assert_true(all[CM7] > 100 && loops[CM4] > 100);
    assert_int_equal(all[CM4], 0);
    assert_int_equal(loops[CM7], 0);
    const unsigned before = all[CM7];
    machine_unobserve(t.m, &m7);
    run_for(10 * VT_US);
    assert_int_equal(all[CM7], before);
}

static void on_event(void *arg, const char *name)
{
    bool *came = arg;

    *came = *came || strcmp(name, "one") == 0;
}

static void nothing(void *arg)
{
    (void)arg;
}

static void events_have_names(void **state)
{
    (void)state;
    struct machine *m = t.m;
    struct sched_event e;
    bool came = false;

    machine_power_on(m);
    machine_observe(m, &(struct observer){.arg = &came, .on_event = on_event});
    sched_event_init(&e, "one", nothing, NULL);
    sched_at(&m->sched, &e, m->now);
    sched_fire(&m->sched, m->now);
    assert_true(came);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_are_told_in_one_order, fresh, teardown),
        cmocka_unit_test_setup_teardown(a_removal_in_mid_telling_loses_nobody, fresh, teardown),
        cmocka_unit_test_setup_teardown(instructions_are_those_asked_for, fresh, teardown),
        cmocka_unit_test_setup_teardown(events_have_names, fresh, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
