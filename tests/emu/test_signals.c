/* SPDX-License-Identifier: MIT */
/* A signal that comes right before the process waits ends the wait; a second one ends the process.
 */
#include "emu/host/signals.h"

#include "emu/machine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int waits(void)
{
    struct pollfd fd;

    assert_int_equal(signals_fds(&fd), 1);
    return poll(&fd, 1, 0);
}

static void test_a_signal_before_the_wait(void **state)
{
    static struct machine first, second;
    struct sigaction next;

    (void)state;
    signals_stop(&first);
    assert_int_equal(waits(), 0);
    raise(SIGTERM);
    assert_true(first.stop_requested);
    assert_int_equal(waits(), 1);
    sigaction(SIGTERM, NULL, &next);
    assert_true(next.sa_handler == SIG_DFL);
    signals_stop(&second); /* another run knows nothing of it */
    assert_int_equal(waits(), 0);
    raise(SIGINT);
    assert_true(second.stop_requested);
    assert_int_equal(waits(), 1);
    signals_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_signal_before_the_wait)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
