/* SPDX-License-Identifier: MIT */
#include "emu/host/back.h"

#include "emu/chip/chip.h"
#include "emu/host/gdb_stub.h"
#include "emu/host/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many operations back; each costs a process, and the pages that changed since. */
#define SNAPSHOTS 32

struct back {
    struct machine *m;
    struct gdb *g;
    pid_t front;
    int to_front;         /* whose process runs the machine now */
    int order[SNAPSHOTS]; /* sockets of the snapshots, the oldest first */
    unsigned count;
};

/* ---- the process that the user has started ---- */

static volatile pid_t present; /* the one that runs the machine; for the signal handler, too */

static void pass_on(int sig)
{
    if (present > 0) {
        kill(present, sig);
    }
}

static void learn_present(int from)
{
    pid_t pid;

    while (read(from, &pid, sizeof(pid)) == sizeof(pid)) {
        present = pid;
    }
}

static int exit_code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int wait_for_the_last(int from)
{
    int status;
    pid_t pid;

    for (;;) {
        pid = wait(&status);
        if (pid < 0 && errno == EINTR) {
            continue;
        }
        learn_present(from); /* a snapshot says that it goes on before its predecessor ends */
        if (pid < 0 || pid == present) {
            return pid < 0 ? 1 : exit_code_of(status);
        }
    }
}

static int front(pid_t first, int from)
{
    struct sigaction sa = {.sa_handler = pass_on};

    present = first;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    return wait_for_the_last(from);
}

struct back *back_new(int *rc)
{
    struct back *b = calloc(1, sizeof(*b));
    int ends[2];

    *rc = 1;
    if (!b || pipe(ends) < 0) {
        perror("duoemu: snapshots");
        free(b);
        return NULL;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1L); /* snapshots outlive the process that made them */
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, (long)SIGTERM);
        close(ends[0]);
        b->front = getppid();
        b->to_front = ends[1];
        return b;
    }
    close(ends[1]);
    if (pid < 0) {
        perror("duoemu: snapshots");
    } else {
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        *rc = front(pid, ends[0]);
    }
    close(ends[0]);
    free(b);
    return NULL;
}

void back_free(struct back *b)
{
    if (!b) {
        return;
    }
    for (unsigned i = 0; i < b->count; i++) {
        close(b->order[i]); /* that snapshot ends */
    }
    close(b->to_front);
    free(b);
}

/* ---- handing over the debuggers ---- */

static bool send_all(int fd, const void *data, size_t len)
{
    const char *p = data;

    while (len) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool receive_all(int fd, void *data, size_t len)
{
    char *p = data;

    while (len) {
        ssize_t n = recv(fd, p, len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        p += n;
        len -= (size_t)n;
    }
    return true;
}

union fd_message {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static bool send_fd(int socket, int fd)
{
    union fd_message control;
    char byte = 0;
    struct iovec io = {&byte, 1};
    struct msghdr msg = {.msg_iov = &io, .msg_iovlen = 1};

    memset(&control, 0, sizeof(control));
    msg.msg_control = &control;
    msg.msg_controllen = sizeof(control);
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    return sendmsg(socket, &msg, MSG_NOSIGNAL) == 1;
}

static bool receive_fd(int socket, int *fd)
{
    union fd_message control;
    char byte;
    struct iovec io = {&byte, 1};
    struct msghdr msg = {.msg_iov = &io, .msg_iovlen = 1};
    ssize_t n;

    msg.msg_control = &control;
    msg.msg_controllen = sizeof(control);
    do {
        n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n == 1 ? CMSG_FIRSTHDR(&msg) : NULL;
    if (!c || c->cmsg_type != SCM_RIGHTS) {
        return false;
    }
    memcpy(fd, CMSG_DATA(c), sizeof(*fd));
    return true;
}

static const char order_go = 'g', order_end = 'e';

/* The stubs as they are, since a snapshot has them at the same addresses; then their sockets. */
static bool hand_over(const struct back *b, int to)
{
    bool ok = send_all(to, &order_go, 1) && send_all(to, b->g, sizeof(*b->g));

    for (unsigned i = 0; ok && i < CORES; i++) {
        ok = b->g->stub[i].fd < 0 || send_fd(to, b->g->stub[i].fd);
    }
    return ok;
}

static bool take_over(struct back *b, int from)
{
    int listen_fd[CORES];
    struct gdb *g = b->g;

    for (unsigned i = 0; i < CORES; i++) {
        struct gdb_stub *s = &g->stub[i];
        gdb_clear_points(s);
        core_set_single_step(s->m->core[i], false);
        listen_fd[i] = s->listen_fd;
        if (s->fd >= 0) {
            close(s->fd);
        }
    }
    bool ok = receive_all(from, g, sizeof(*g));
    for (unsigned i = 0; ok && i < CORES; i++) {
        struct gdb_stub *s = &g->stub[i];
        s->listen_fd = listen_fd[i];
        gdb_restore_points(s);
        ok = s->fd < 0 || receive_fd(from, &s->fd);
    }
    return ok;
}

/* ---- snapshots ---- */

/* A snapshot waits to be wanted; it ends when nobody can want it any more. Later snapshots have its
 * socket, too, so that an end of file alone does not come while one of them lives. */
static void sleep_until_wanted(struct back *b, int from)
{
    const pid_t self = getpid();
    char byte;

    if (!receive_all(from, &byte, 1) || byte == order_end) {
        _exit(0);
    }
    if (!take_over(b, from) || write(b->to_front, &self, sizeof(self)) != sizeof(self) ||
        !send_all(from, "k", 1)) {
        _exit(1);
    }
    close(from);
    while (getppid() != b->front) { /* the predecessor ends now; its death is not to be ours */
        poll(NULL, 0, 1);
    }
    prctl(PR_SET_PDEATHSIG, (long)SIGTERM);
    b->m->stop_requested = false;
    signals_stop(b->m); /* with a pipe of its own */
    gdb_arrived(b->g);
}

static void forget_oldest(struct back *b)
{
    send_all(b->order[0], &order_end, 1);
    close(b->order[0]);
    b->count--;
    memmove(b->order, b->order + 1, b->count * sizeof(b->order[0]));
}

static void take(struct back *b)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        return; /* no more descriptors: one snapshot less */
    }
    if (b->count == SNAPSHOTS) {
        forget_oldest(b);
    }
    fflush(NULL); /* or it would be written twice */
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        sleep_until_wanted(b, ends[1]);
        return;
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return;
    }
    b->order[b->count++] = ends[0];
}

static void on_flash(void *arg, const struct flash_op *op, bool done)
{
    struct back *b = arg;

    (void)op;
    if (!done && (b->g->stub[CM7].fd >= 0 || b->g->stub[CM4].fd >= 0)) {
        take(b);
    }
}

/* Returns only when there is no snapshot to go to. */
static void go(void *arg)
{
    struct back *b = arg;

    while (b->count) {
        const int to = b->order[--b->count];
        char answer;
        if (hand_over(b, to) && receive_all(to, &answer, 1)) {
            fflush(NULL);
            _exit(0);
        }
        close(to);
    }
}

void back_watch(struct back *b, struct machine *m, struct gdb *g)
{
    b->m = m;
    b->g = g;
    signal(SIGCHLD, SIG_IGN); /* nobody waits for snapshots */
    gdb_can_go_back(g, go, b);
    machine_observe(m, &(struct observer){.arg = b, .on_flash = on_flash});
}
