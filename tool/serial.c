/* SPDX-License-Identifier: MIT */
#include "tool/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static bool fail(struct serial *s, const char *path, const char *what)
{
    snprintf(s->error, sizeof(s->error), "%s: %s: %s", path, what, strerror(errno));
    return false;
}

static bool speed_of(uint32_t baud, speed_t *speed)
{
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = {
        {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
        {115200, B115200},   {230400, B230400},   {460800, B460800},   {500000, B500000},
        {921600, B921600},   {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000},
        {3000000, B3000000}, {4000000, B4000000},
    };

    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        if (speeds[i].baud == baud) {
            *speed = speeds[i].speed;
            return true;
        }
    }
    return false;
}

bool serial_knows(uint32_t baud)
{
    speed_t speed;

    return speed_of(baud, &speed);
}

static bool configure(struct serial *s, const char *path, speed_t speed)
{
    struct termios raw;

    if (tcgetattr(s->fd, &s->before) != 0) {
        return fail(s, path, "not a serial port or terminal");
    }
    s->restore = true;
    raw = s->before;
    cfmakeraw(&raw);
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSTOPB | CRTSCTS | HUPCL)) | CLOCAL | CREAD;
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    if (cfsetispeed(&raw, speed) != 0 || cfsetospeed(&raw, speed) != 0 ||
        tcsetattr(s->fd, TCSANOW, &raw) != 0) {
        return fail(s, path, "cannot be set up");
    }
    (void)tcflush(s->fd, TCIFLUSH);
    return true;
}

bool serial_open(struct serial *s, const char *path, uint32_t baud)
{
    speed_t speed;

    s->restore = false;
    s->fd = -1;
    if (!speed_of(baud, &speed)) {
        snprintf(s->error, sizeof(s->error), "%u baud is no usual rate", baud);
        return false;
    }
    s->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (s->fd < 0) {
        return fail(s, path, "cannot be opened");
    }
    /* Two programs on one port steal each other's bytes. TIOCEXCL keeps others out, but not root;
     * the lock is for those who look at it, as this program and picocom do. It comes first: who
     * does not get it must leave the port as it is. */
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(s->error, sizeof(s->error), "%s: another program uses this port", path);
        close(s->fd);
        s->fd = -1;
        return false;
    }
    if (ioctl(s->fd, TIOCEXCL) != 0) {
        return fail(s, path, "not a serial port or terminal");
    }
    return configure(s, path, speed);
}

void serial_close(struct serial *s)
{
    if (s->fd < 0) {
        return;
    }
    if (s->restore) {
        (void)tcsetattr(s->fd, TCSANOW, &s->before);
    }
    (void)ioctl(s->fd, TIOCNXCL);
    (void)close(s->fd);
    s->fd = -1;
}

static int gone(struct serial *s)
{
    snprintf(s->error, sizeof(s->error), "the port has gone: %s",
             errno != 0 ? strerror(errno) : "hung up");
    return -1;
}

int serial_read(struct serial *s, uint8_t *bytes, size_t max, bool want_write, int ms)
{
    struct pollfd p = {s->fd, (short)(POLLIN | (want_write ? POLLOUT : 0)), 0};
    ssize_t n;

    if (poll(&p, 1, ms) < 0 && errno != EINTR) {
        return gone(s);
    }
    errno = 0;
    n = read(s->fd, bytes, max);
    if (n > 0) {
        return (int)n;
    }
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || (p.revents & (POLLHUP | POLLERR)) != 0) {
        return gone(s);
    }
    return 0;
}

int serial_write(struct serial *s, const uint8_t *bytes, size_t n)
{
    ssize_t done = write(s->fd, bytes, n);

    if (done >= 0) {
        return (int)done;
    }
    return errno == EAGAIN || errno == EINTR ? 0 : gone(s);
}

uint32_t serial_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)((uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u);
}
