/* SPDX-License-Identifier: MIT */
/*
 * Real peers over a pseudo-terminal: Debian's lrzsz sends to our receiver and receives from our
 * sender; files must arrive byte-identical. Skipped (77) where sb and rb are not installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ym_store.h"

enum { LIMIT_MS = 60000 };

static char dir[] = "/tmp/duo-lrzsz-XXXXXX";
static int line;
static pid_t peer;

static uint32_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

/* Starts a peer in `dir` with its standard input and output on a raw pty; `line` is the other end.
 */
static void spawn(const char *const argv[])
{
    struct termios raw;
    int slave;

    assert_int_equal(openpty(&line, &slave, NULL, NULL, NULL), 0);
    assert_int_equal(tcgetattr(slave, &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
    peer = fork();
    assert_true(peer >= 0);
    if (peer == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        if (chdir(dir) != 0 || null < 0 || dup2(slave, 0) < 0 || dup2(slave, 1) < 0 ||
            dup2(null, 2) < 0) {
            _exit(126);
        }
        close(slave);
        close(line);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(slave);
    assert_int_equal(fcntl(line, F_SETFL, O_NONBLOCK), 0);
}

/* The peer's exit status; it gets some seconds to end on its own. */
static int reap(void)
{
    int status;

    for (int i = 0; i < 1500; i++) {
        if (waitpid(peer, &status, WNOHANG) == peer) {
            close(line);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
        }
        usleep(10000);
    }
    kill(peer, SIGKILL);
    waitpid(peer, &status, 0);
    close(line);
    return -1;
}

static void flush_out(struct ym_out *out)
{
    ssize_t n = write(line, out->bytes, out->n);

    if (n > 0) {
        memmove(out->bytes, out->bytes + n, out->n - (size_t)n);
        out->n -= (size_t)n;
    }
}

/* One turn of either side's loop: bytes that came, 0 when none. */
static size_t turn(struct ym_out *out, uint8_t *bytes, size_t max)
{
    struct pollfd p = {line, (short)(POLLIN | (out->n > 0 ? POLLOUT : 0)), 0};
    ssize_t n;

    if (poll(&p, 1, 20) > 0 && (p.revents & POLLHUP) != 0) {
        usleep(20000); /* the peer has gone; the time-outs still run */
    }
    flush_out(out);
    n = read(line, bytes, max);
    return n > 0 ? (size_t)n : 0;
}

static void receive(struct ym_store *s, const struct duo_ymodem_rx_config *config, bool slow)
{
    static struct duo_ymodem_rx rx;
    uint32_t start = now_ms(), ready_at = start;
    uint8_t bytes[700];

    s->later = slow;
    duo_ymodem_rx_start(&rx, &ym_store_rx_ops, s, config, start);
    while (!s->over) {
        size_t n = turn(&s->out, bytes, sizeof(bytes));

        duo_ymodem_rx_input(&rx, now_ms(), bytes, n);
        if (now_ms() - ready_at > 100) {
            ready_at = now_ms();
            duo_ymodem_rx_ready(&rx);
        }
        duo_ymodem_rx_tick(&rx, now_ms());
        assert_true(now_ms() - start < LIMIT_MS);
    }
    turn(&s->out, bytes, sizeof(bytes));
}

/* rb drops what has arrived right after it has answered. No serial line is fast enough to notice, a
 * pty is: wait until rb sleeps, that is, reads. */
static void await_sleep(void)
{
    char path[64], state = 'R';

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)peer);
    for (int i = 0; i < 1000 && state == 'R'; i++) {
        FILE *stat = fopen(path, "r");

        usleep(1000);
        if (!stat || fscanf(stat, "%*d %*s %c", &state) != 1) {
            state = 'X';
        }
        if (stat) {
            fclose(stat);
        }
    }
}

static void transmit(struct ym_store *s)
{
    static struct duo_ymodem_tx tx;
    uint32_t start = now_ms();
    uint8_t bytes[64];

    s->out.room = 2048;
    duo_ymodem_tx_start(&tx, &ym_store_tx_ops, s, NULL, start);
    while (!s->over) {
        size_t n;

        await_sleep();
        duo_ymodem_tx_pump(&tx, now_ms());
        n = turn(&s->out, bytes, sizeof(bytes));
        duo_ymodem_tx_input(&tx, now_ms(), bytes, n);
        assert_true(now_ms() - start < LIMIT_MS);
    }
    turn(&s->out, bytes, sizeof(bytes));
}

static char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void write_file(const struct ym_blob *f)
{
    FILE *out = fopen(path_of(f->name), "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(f->bytes, 1, f->size, out), f->size);
    assert_int_equal(fclose(out), 0);
}

static void check_file(const struct ym_blob *f)
{
    FILE *in = fopen(path_of(f->name), "rb");
    uint8_t *bytes = malloc(f->size + 1);

    assert_non_null(in);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, f->size + 1, in), f->size);
    assert_memory_equal(bytes, f->bytes, f->size);
    fclose(in);
    free(bytes);
    unlink(path_of(f->name));
}

static void fill_batch(struct ym_store *s)
{
    ym_store_init(s);
    ym_store_add(s, "m7.bin", 200123, 3);
    ym_store_add(s, "m4.bin", 70000, 4);
}

static void from_sb(const char *const argv[], const struct duo_ymodem_rx_config *config, bool slow)
{
    static struct ym_store from, to;

    fill_batch(&from);
    ym_store_init(&to);
    write_file(&from.files[0]);
    write_file(&from.files[1]);
    spawn(argv);
    receive(&to, config, slow);
    assert_int_equal(to.result, DUO_YM_OK);
    assert_int_equal(to.count, 2);
    assert_true(to.complete[0] && to.complete[1]);
    ym_check_same(&from, &to, 0);
    ym_check_same(&from, &to, 1);
    assert_int_equal(reap(), 0);
    ym_store_free(&from);
    ym_store_free(&to);
}

static void sb_plain(void **state)
{
    const char *argv[] = {"sb", "-q", "m7.bin", "m4.bin", NULL};

    (void)state;
    from_sb(argv, NULL, false);
}

static void sb_long_blocks(void **state)
{
    const char *argv[] = {"sb", "-q", "-k", "m7.bin", "m4.bin", NULL};

    (void)state;
    from_sb(argv, NULL, false);
}

static void sb_streaming(void **state)
{
    const char *argv[] = {"sb", "-q", "-k", "m7.bin", "m4.bin", NULL};
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    (void)state;
    config.streaming = true;
    from_sb(argv, &config, false);
}

/* A sender that starts late finds a flood of 'C's. */
static void sb_starts_late(void **state)
{
    const char *argv[] = {"sh", "-c", "sleep 1; exec sb -q -k m7.bin m4.bin", NULL};
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    (void)state;
    config.poll_ms = 300; /* sb itself gives up at more than ten of them */
    config.checksum_after = 0;
    from_sb(argv, &config, false);
}

static void sb_with_busy_flash(void **state)
{
    static struct ym_store from, to;
    const char *argv[] = {"sb", "-q", "-k", "m4.bin", NULL};

    (void)state;
    fill_batch(&from);
    ym_store_init(&to);
    write_file(&from.files[1]);
    spawn(argv);
    receive(&to, NULL, true);
    assert_int_equal(to.result, DUO_YM_OK);
    assert_int_equal(to.files[0].size, from.files[1].size);
    assert_memory_equal(to.files[0].bytes, from.files[1].bytes, from.files[1].size);
    assert_int_equal(reap(), 0);
    ym_store_free(&from);
    ym_store_free(&to);
}

static void sb_refused(void **state)
{
    static struct ym_store from, to;
    const char *argv[] = {"sb", "-q", "m7.bin", "m4.bin", NULL};

    (void)state;
    fill_batch(&from);
    ym_store_init(&to);
    write_file(&from.files[0]);
    write_file(&from.files[1]);
    to.refuse_file = 0;
    spawn(argv);
    receive(&to, NULL, false);
    assert_int_equal(to.result, DUO_YM_REFUSED);
    assert_true(reap() > 0); /* sb says so and fails */
    ym_store_free(&from);
    ym_store_free(&to);
}

/* XMODEM: no name, no size, the tail padded. */
static void from_sx(const char *const argv[], const struct duo_ymodem_rx_config *config)
{
    static struct ym_store from, to;
    uint32_t size;

    fill_batch(&from);
    ym_store_init(&to);
    size = from.files[1].size;
    write_file(&from.files[1]);
    spawn(argv);
    receive(&to, config, false);
    assert_int_equal(to.result, DUO_YM_OK);
    assert_true(to.complete[0]);
    assert_true(to.files[0].size >= size && to.files[0].size < size + DUO_YM_LONG_BLOCK);
    assert_memory_equal(to.files[0].bytes, from.files[1].bytes, size);
    for (uint32_t i = size; i < to.files[0].size; i++) {
        assert_int_equal(to.files[0].bytes[i], DUO_YM_PAD);
    }
    assert_int_equal(reap(), 0);
    ym_store_free(&from);
    ym_store_free(&to);
}

static void sx_plain_and_long(void **state)
{
    const char *plain[] = {"sx", "-q", "m4.bin", NULL};
    const char *longer[] = {"sx", "-q", "-k", "m4.bin", NULL};

    (void)state;
    from_sx(plain, NULL);
    from_sx(longer, NULL);
}

/* The first 'C' is swallowed, so that sx sees the NAK of the second poll and sends checksums. */
static void sx_checksum(void **state)
{
    const char *argv[] = {"sh", "-c", "dd bs=1 count=1 of=/dev/null 2>/dev/null; exec sx -q m4.bin",
                          NULL};
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    (void)state;
    config.checksum_after = 1;
    from_sx(argv, &config);
}

static void to_rb(const char *const argv[])
{
    static struct ym_store from;

    ym_store_init(&from);
    ym_store_add(&from, "m7.bin", 50123, 3);
    ym_store_add(&from, "m4.bin", 20480, 4);
    ym_store_add(&from, "tail.bin", 1024 * 3 + 100, 5); /* ends in a short block */
    unlink(path_of("m7.bin"));
    unlink(path_of("m4.bin"));
    spawn(argv);
    transmit(&from);
    assert_int_equal(from.result, DUO_YM_OK);
    assert_int_equal(reap(), 0);
    for (unsigned i = 0; i < from.count; i++) {
        check_file(&from.files[i]);
    }
    ym_store_free(&from);
}

/* Debian's rb has no YMODEM-G; test_ymodem_line covers that between our two sides. */
static void rb_plain(void **state)
{
    const char *argv[] = {"rb", "-q", NULL};

    (void)state;
    to_rb(argv);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path_of("m7.bin"));
    unlink(path_of("m4.bin"));
    unlink(path_of("tail.bin"));
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sb_plain),           cmocka_unit_test(sb_long_blocks),
        cmocka_unit_test(sb_streaming),       cmocka_unit_test(sb_starts_late),
        cmocka_unit_test(sb_with_busy_flash), cmocka_unit_test(sb_refused),
        cmocka_unit_test(sx_plain_and_long),  cmocka_unit_test(sx_checksum),
        cmocka_unit_test(rb_plain),
    };

    if (system("command -v sb rb sx >/dev/null 2>&1") != 0) {
        puts("skipped: lrzsz (sb, rb, sx) is not installed");
        return 77;
    }
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
