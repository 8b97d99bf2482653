/* SPDX-License-Identifier: MIT */
#include "emu/cli/children.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* False: there is none to wait for, and counting on would never end. */
static bool reap(struct children *c)
{
    int status;
    pid_t pid;

    do {
        pid = wait(&status);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0) {
        c->running = 0;
        return false;
    }
    c->running--;
    c->finished++;
    c->ended(c->arg);
    return true;
}

pid_t children_fork(struct children *c)
{
    while (c->running >= c->jobs && reap(c)) {
    }
    fflush(NULL);
    const pid_t pid = fork();
    if (pid > 0) {
        c->running++;
    }
    return pid;
}

void children_join(struct children *c)
{
    while (c->running && reap(c)) {
    }
}
