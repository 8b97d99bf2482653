/* SPDX-License-Identifier: MIT */
#include "tool/update_many.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool/update.h"

enum { LINE = 512, LOOK_MS = 500 };

struct station {
    const char *port;
    pid_t pid;
    int from; /* its standard output and error; -1: closed */
    int code;
    size_t fill;
    char line[LINE];
    char last[LINE]; /* what it has said last: its result, or why there is none */
};

static void on_signal(int number)
{
    (void)number;
    update_interrupted = 1;
}

/* The child: what it says goes to the parent. */
static _Noreturn void work(const int to[2], int (*one)(void *ctx, const char *port), void *ctx,
                           const char *port)
{
    (void)close(to[0]);
    if (dup2(to[1], STDOUT_FILENO) < 0 || dup2(to[1], STDERR_FILENO) < 0) {
        _exit(EXIT_INTERNAL);
    }
    (void)close(to[1]);
    const int code = one(ctx, port);
    (void)fflush(NULL);
    _exit(code);
}

static bool begin(struct station *s, int (*one)(void *ctx, const char *port), void *ctx)
{
    int to[2];

    if (pipe(to) != 0) {
        return false;
    }
    s->pid = fork();
    if (s->pid == 0) {
        work(to, one, ctx, s->port);
    }
    (void)close(to[1]);
    s->from = to[0];
    if (s->pid < 0) {
        (void)close(to[0]);
        s->from = -1;
    }
    return s->pid > 0;
}

static void tell(const struct cli *cli, struct station *s)
{
    json_t *o = cli->json ? json_loads(s->line, 0, NULL) : NULL;

    if (json_is_object(o)) {
        (void)json_object_set_new(o, "port", json_string(s->port));
        (void)cli_print_json(cli, o); /* takes it */
        return;
    }
    json_decref(o);
    if (s->line[0] == '\0') {
        return;
    }
    if (s->line[0] != ' ') { /* a hint to what stands above it */
        memcpy(s->last, s->line, sizeof(s->last));
    }
    if (!cli->json) {
        fprintf(stderr, "%s: %s\n", s->port, s->line);
    }
}

static void take(const struct cli *cli, struct station *s, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            s->line[s->fill] = '\0';
            tell(cli, s);
            s->fill = 0;
        } else if (s->fill < sizeof(s->line) - 1) {
            s->line[s->fill++] = bytes[i];
        }
    }
}

/* Its exit code; one that a signal has ended has none. */
static void end(const struct cli *cli, struct station *s)
{
    int status = 0;

    take(cli, s, "\n", 1);
    (void)close(s->from);
    s->from = -1;
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR) {
    }
    s->code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL;
}

static void listen_to(const struct cli *cli, struct station *s)
{
    char bytes[1024];
    const ssize_t n = read(s->from, bytes, sizeof(bytes));

    if (n > 0) {
        take(cli, s, bytes, (size_t)n);
    } else if (n == 0 || errno != EINTR) {
        end(cli, s);
    }
}

static void stop_all(const struct station *s, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (s[i].from >= 0) {
            (void)kill(s[i].pid, SIGTERM); /* it cancels its transfer, and says so */
        }
    }
}

static void listen_to_all(const struct cli *cli, struct station *s, unsigned count)
{
    bool told = false;

    for (;;) {
        struct pollfd fds[UPDATE_PORTS_MAX];
        bool any = false;

        for (unsigned i = 0; i < count; i++) {
            fds[i] = (struct pollfd){.fd = s[i].from, .events = POLLIN};
            any = any || s[i].from >= 0;
        }
        if (!any) {
            return;
        }
        if (update_interrupted && !told) {
            told = true;
            stop_all(s, count);
        }
        if (poll(fds, count, LOOK_MS) <= 0) {
            continue; /* nothing, or a signal: it may have come before */
        }
        for (unsigned i = 0; i < count; i++) {
            if (fds[i].fd >= 0 && fds[i].revents != 0) {
                listen_to(cli, &s[i]);
            }
        }
    }
}

static int summary(const struct cli *cli, const struct station *s, unsigned count)
{
    unsigned good = 0;
    int code = EXIT_DONE;

    for (unsigned i = 0; i < count; i++) {
        good += s[i].code == EXIT_DONE;
        code = s[i].code > code ? s[i].code : code;
    }
    if (cli->json) {
        const int printed = cli_print_json(
            cli, json_pack("{s:i, s:i}", "devices", (int)count, "updated", (int)good));
        return code != EXIT_DONE ? code : printed;
    }
    printf("%u of %u devices updated\n", good, count);
    for (unsigned i = 0; i < count; i++) {
        if (s[i].code != EXIT_DONE) {
            printf("%s: exit code %d: %s\n", s[i].port, s[i].code,
                   s[i].last[0] != '\0' ? s[i].last : "ended without a word");
        }
    }
    return code;
}

int update_many(const struct cli *cli, const struct update_ports *ports,
                int (*one)(void *ctx, const char *port), void *ctx)
{
    const struct sigaction action = {.sa_handler = on_signal};
    struct station *s = calloc(ports->count, sizeof(*s));

    if (!s) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)fflush(NULL); /* or each child says once more what is still in the buffers */
    for (unsigned i = 0; i < ports->count; i++) {
        s[i].port = ports->name[i];
        s[i].from = -1;
        s[i].code = begin(&s[i], one, ctx) ? EXIT_DONE : EXIT_INTERNAL;
    }
    listen_to_all(cli, s, ports->count);
    const int code = summary(cli, s, ports->count);
    free(s);
    return code;
}
