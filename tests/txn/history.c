/* SPDX-License-Identifier: MIT */
/* The log of events, as it is read from the journal of a device that has been through something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/history.h"
#include "tests/txn/rules_fixture.h"

static struct duo_event events[DUO_LOG_EVENTS];

static unsigned read_log(unsigned max)
{
    struct duo_txn txn;

    memset(events, 0xEE, sizeof(events));
    duo_txn_open(&txn, &w.dev);
    return duo_history(&txn.journal, events, max);
}

static void assert_event(unsigned at, enum duo_event_kind kind, enum duo_reason reason,
                         uint32_t number)
{
    assert_int_equal(events[at].kind, kind);
    assert_int_equal(events[at].reason, reason);
    assert_int_equal(events[at].set, 1u << 24 | number); /* as tests/txn/sets.c makes them */
}

static void a_new_device_has_no_log(void **state)
{
    (void)state;
    assert_int_equal(read_log(DUO_LOG_EVENTS), 0);
}

static void an_update_is_told(void **state)
{
    (void)state;
    w.confirms = true;
    assert_true(world_update(&w, SET_B, false));
    const unsigned n = read_log(DUO_LOG_EVENTS);

    assert_true(n >= 4);
    assert_event(n - 4u, DUO_EVENT_STAGED, DUO_REASON_NONE, 2);
    assert_event(n - 3u, DUO_EVENT_INSTALL, DUO_REASON_NONE, 2);
    assert_event(n - 2u, DUO_EVENT_TRIAL, DUO_REASON_NONE, 2);
    assert_event(n - 1u, DUO_EVENT_CONFIRMED, DUO_REASON_NONE, 2);
}

static void a_set_that_nobody_confirms_is_told_with_the_reason(void **state)
{
    (void)state;
    w.confirms = false;
    assert_int_equal(download(SET_B), DUO_OK);
    assert_int_equal(world_settle(&w), SET_A);
    const unsigned n = read_log(DUO_LOG_EVENTS);

    assert_true(n >= 3);
    assert_event(n - 3u, DUO_EVENT_TRIAL, DUO_REASON_NONE, 2);
    assert_int_equal(events[n - 2u].kind, DUO_EVENT_BACK);
    assert_int_equal(events[n - 2u].reason, DUO_REASON_TRIAL_EXPIRED);
    assert_int_equal(events[n - 1u].kind, DUO_EVENT_RUNS);
}

/* Many updates, so that the journal has changed halves between any two of the last ones: the log is
 * whole at each moment, and asking for fewer events gives the last ones. */
static void it_reaches_over_the_change_of_halves(void **state)
{
    struct duo_event last;

    (void)state;
    w.confirms = true;
    for (unsigned i = 0; i < 60; i++) {
        assert_true(world_update(&w, i % 2u == 0 ? SET_B : SET_TWICE, false));
        const unsigned n = read_log(DUO_LOG_EVENTS);

        assert_true(n >= 4 && n <= DUO_LOG_EVENTS);
        assert_event(n - 1u, DUO_EVENT_CONFIRMED, DUO_REASON_NONE, i % 2u == 0 ? 2 : 5);
        assert_int_equal(events[n - 3u].kind, DUO_EVENT_INSTALL);
        last = events[n - 1u];
        assert_int_equal(read_log(1), 1);
        assert_memory_equal(&last, &events[0], sizeof(last));
    }
    assert_int_equal(read_log(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_new_device_has_no_log),
        RULE(an_update_is_told),
        RULE(a_set_that_nobody_confirms_is_told_with_the_reason),
        RULE(it_reaches_over_the_change_of_halves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
