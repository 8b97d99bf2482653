/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2 */
#include "emu/host/signals.h"

#include "emu/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static struct machine *volatile stopped;
static int ends[2] = {-1, -1}; /* of a pipe that has a byte as soon as a signal has come */

static void on_signal(int sig)
{
    const int saved = errno;

    (void)sig;
    if (stopped) {
        stopped->stop_requested = true;
        (void)!write(ends[1], "", 1);
    }
    errno = saved;
}

void signals_stop(struct machine *m)
{
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    stopped = NULL;
    if (ends[0] >= 0) { /* it may have a byte, or belong to another process as well */
        close(ends[0]);
        close(ends[1]);
    }
    if (!m || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        ends[0] = ends[1] = -1; /* then poll() ends by itself, a second later at most */
    }
    stopped = m;
    if (!m) {
        return;
    }
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

unsigned signals_fds(struct pollfd *fds)
{
    if (ends[0] < 0) {
        return 0;
    }
    *fds = (struct pollfd){.fd = ends[0], .events = POLLIN};
    return 1;
}
