/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into lrzsz (LD_PRELOAD): its clock becomes the test's virtual time. Wherever it would
 * wait, for a byte, for an alarm or for the line to drain, it asks on the socket DUO_PEER_FD
 * instead and gets the answer when virtual time is there; what it computes in between costs no
 * time. Output goes to stdout as always. tests/duotest/line.py is the other side.
 *
 * Asked, 9 bytes: what, u32 seconds until the alarm (0: none) or to sleep, u32 bytes wanted
 *   'R' read from the line -> u32 n and n bytes; n = 0: hung up; ALARM: the alarm went off
 *   'S' sleep, 'D' wait until all output has left, 'F' drop what has come in -> u32
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define ALARM UINT32_MAX

static unsigned pending_alarm;

static int control(void)
{
    const char *fd = getenv("DUO_PEER_FD");

    if (!fd) {
        abort();
    }
    return atoi(fd);
}

static void get(void *to, size_t n)
{
    for (size_t have = 0; have < n;) {
        ssize_t got = syscall(SYS_read, control(), (char *)to + have, n - have);

        if (got <= 0) {
            _exit(126); /* the test has gone */
        }
        have += (size_t)got;
    }
}

static uint32_t ask(char what, uint32_t seconds, uint32_t wanted)
{
    uint8_t question[9] = {(uint8_t)what};
    uint32_t answer;

    memcpy(question + 1, &seconds, 4);
    memcpy(question + 5, &wanted, 4);
    if (write(control(), question, sizeof(question)) != (ssize_t)sizeof(question)) {
        _exit(126);
    }
    get(&answer, sizeof(answer));
    return answer;
}

ssize_t read(int fd, void *to, size_t n)
{
    if (fd != STDIN_FILENO) {
        return syscall(SYS_read, fd, to, n);
    }
    uint32_t came = ask('R', pending_alarm, (uint32_t)n);
    if (came == ALARM) {
        pending_alarm = 0;
        raise(SIGALRM); /* its handler may jump */
        errno = EINTR;
        return -1;
    }
    get(to, came);
    return (ssize_t)came;
}

ssize_t __read_chk(int fd, void *to, size_t n, size_t room);
ssize_t __read_chk(int fd, void *to, size_t n, size_t room)
{
    return n <= room ? read(fd, to, n) : -1;
}

unsigned alarm(unsigned seconds)
{
    unsigned before = pending_alarm;

    pending_alarm = seconds;
    return before;
}

unsigned sleep(unsigned seconds)
{
    ask('S', seconds, 0);
    return 0;
}

int tcdrain(int fd)
{
    (void)fd;
    fflush(stdout);
    ask('D', 0, 0);
    return 0;
}

int tcflush(int fd, int which)
{
    (void)fd;
    if (which != TCOFLUSH) {
        ask('F', 0, 0);
    }
    return 0;
}

/* Used by ZMODEM only; a time-out here would be one in real time. */
int select(int n, fd_set *in, fd_set *out, fd_set *errors, struct timeval *limit)
{
    (void)n, (void)in, (void)out, (void)errors, (void)limit;
    abort();
}
