/* SPDX-License-Identifier: MIT */
/*
 * The emulated board for tests that own virtual time: it runs only while it is told to, so what is
 * at the other end of USART3 (a program, a person, a bad line) acts between two instants and costs
 * no time. A run is a function of its inputs. tests/duotest/line.py is the other side.
 *
 * usage: line_board --m7 FILE [the board options of duoemu run]
 *
 * Requests on stdin, answers on stdout, little-endian, packed:
 *   'R' u64 until, u8 stop, u32 n, n bytes   n bytes go into the line's queue; runs until that time
 *                                            (ps), or with stop = 1 until a byte has come out
 *       -> u64 now, u64 flash operations, u8 enum machine_stop, u32 queued, u32 n, n bytes
 *   'P' u32 address, u32 n                   -> n bytes as a debugger sees them
 *   'W' u32 address, u32 n, n bytes          -> nothing; writes memory as a debugger
 *   'D' u32 address                          -> nothing; the flash word has a double ECC error now
 *   'H'                                      -> nothing; from here on the M7's program hangs, its
 *                                               interrupts do not
 *   'C'                                      -> u32 PC, SP of the M7
 *   'V' u32 address                          -> u32 of the M7's private peripheral bus
 *   'B' u32 address                          -> nothing; the word with the bad cell, 0: none
 *   'U' ...                                  a USB host at OTG_FS (usb_end.h)
 *       -> the host's answer, u64 now, u64 flash operations, u32 n, n bytes of the line
 *   'N'                                      -> nothing; the reset pin is pulled
 *   'X' u64 operation, u8 outcome            -> nothing; the power is cut at this flash operation,
 *                                               as duoemu run --power-cut counts, leaves this of
 *                                               enum cut_outcome, and is back after 100 ms
 *   'L' u32 n, n bytes                       -> nothing; as --flash-endless from now on
 *   'L' u32 0                                -> u64 of these operations still to come
 *   'F'                                      -> one byte; from here on a copy of the board answers,
 *   'E'                                      -> one byte; until it ends, and this one goes on as if
 *                                               nothing had been
 */
#include "emu/cli/board.h"
#include "emu/cli/cli.h"
#include "emu/cli/report.h"

#include "usb_end.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_BYTES 65536u
#define WORD_SIZE 32u /* flash word */
#define SPARE_RAM 0x2407FF00u

struct line {
    struct board board;
    struct report report;
    bool stop_at_output;
    uint32_t n; /* bytes that came out during this request */
    uint8_t bytes[MAX_BYTES];
    uint32_t stuck; /* a flash word with a cell that holds nothing; 0: none */
    bool stuck_written;
};

static void die(const char *what)
{
    fprintf(stderr, "line_board: %s\n", what);
    exit(EXIT_USAGE);
}

static void get(void *to, size_t n)
{
    if (n > 0 && fread(to, 1, n, stdin) != n) {
        die("the test has gone in the middle of a request");
    }
}

static void put(const void *from, size_t n)
{
    if (n > 0 && fwrite(from, 1, n, stdout) != n) {
        die("the test does not read");
    }
}

static uint32_t get32(void)
{
    uint32_t v;

    get(&v, sizeof(v));
    return v;
}

static void sent(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    struct line *l = arg;

    (void)when;
    if (uart != 3) {
        return;
    }
    if (l->n < MAX_BYTES) {
        l->bytes[l->n++] = byte;
    }
    if (l->stop_at_output) {
        machine_stop(l->board.m);
    }
}

/* Between the end of an operation and the next instruction: the bad cell drops its bit once its
 * word has been programmed, and is good again after an erase. */
static void between_slices(void *arg, vtime_t next_event, bool both_waiting)
{
    struct line *l = arg;
    uint8_t word[WORD_SIZE], blank[WORD_SIZE];

    (void)next_event;
    (void)both_waiting;
    memset(blank, 0xFF, sizeof(blank));
    if (!bus_peek(&l->board.m->bus, MASTER_DEBUG, l->stuck, word, sizeof(word))) {
        die("the bad cell is not in flash");
    }
    bool written = memcmp(word, blank, sizeof(word)) != 0;
    if (written && !l->stuck_written) {
        word[0] ^= 0x10;
        bus_poke(&l->board.m->bus, MASTER_DEBUG, l->stuck, word, sizeof(word));
    }
    l->stuck_written = written;
}

static void run(struct line *l)
{
    struct machine *m = l->board.m;
    uint64_t until, now, ops;
    uint8_t stop, byte, why;

    get(&until, sizeof(until));
    get(&stop, sizeof(stop));
    l->stop_at_output = stop != 0;
    l->n = 0;
    for (uint32_t n = get32(); n > 0; n--) {
        get(&byte, 1);
        if (!uart_input(m->uart[3], byte)) {
            die("more bytes than the line's queue takes");
        }
    }
    while ((why = (uint8_t)machine_run(m, until)) == M_POWER_CUT) {
        machine_power_cycle(m);
    }
    now = m->now;
    ops = flash_ops(m->flash);
    uint32_t queued = (uint32_t)uart_input_pending(m->uart[3]);
    put(&now, sizeof(now));
    put(&ops, sizeof(ops));
    put(&why, 1);
    put(&queued, sizeof(queued));
    put(&l->n, sizeof(l->n));
    put(l->bytes, l->n);
}

/* What came over the line meanwhile goes last. */
static void usb(struct line *l)
{
    struct machine *m = l->board.m;

    l->stop_at_output = false;
    l->n = 0;
    usb_end_serve(get, put);
    uint64_t now = m->now, ops = flash_ops(m->flash);
    put(&now, sizeof(now));
    put(&ops, sizeof(ops));
    put(&l->n, sizeof(l->n));
    put(l->bytes, l->n);
}

static void memory(struct line *l, bool write)
{
    struct bus *bus = &l->board.m->bus;
    uint32_t addr = get32(), n = get32();

    if (n > MAX_BYTES) {
        die("too much memory at once");
    }
    if (write) {
        get(l->bytes, n);
    }
    if (!(write ? bus_poke(bus, MASTER_DEBUG, addr, l->bytes, n)
                : bus_peek(bus, MASTER_DEBUG, addr, l->bytes, n))) {
        die("no memory at this address");
    }
    if (!write) {
        put(l->bytes, n);
    }
}

static void core_state(struct line *l)
{
    const struct core *c = l->board.m->core[CM7];
    const uint32_t state[2] = {core_reg(c, REG_PC), core_reg(c, REG_SP)};

    put(state, sizeof(state));
}

/* An endless loop at the end of the AXI SRAM, where neither bootloader nor examples have anything.
 */
static void hang(struct line *l)
{
    static const uint8_t loop[] = {0xFE, 0xE7}; /* b . */

    if (!bus_poke(&l->board.m->bus, MASTER_DEBUG, SPARE_RAM, loop, sizeof(loop))) {
        die("no spare RAM");
    }
    core_set_reg(l->board.m->core[CM7], REG_PC, SPARE_RAM);
}

static void private_bus(struct line *l)
{
    uint32_t value;

    if (!core_ppb_peek(l->board.m->core[CM7], get32(), &value)) {
        die("no register at this address");
    }
    put(&value, sizeof(value));
}

static void bad_cell(struct line *l)
{
    l->stuck = get32();
    l->stuck_written = true; /* whatever is there now stays */
    l->board.m->on_idle = l->stuck ? between_slices : NULL;
    l->board.m->on_idle_arg = l;
}

static void power_cut(struct line *l)
{
    uint64_t operation;
    uint8_t outcome;

    get(&operation, sizeof(operation));
    get(&outcome, sizeof(outcome));
    flash_cut_at_op(l->board.m->flash, operation, (enum cut_outcome)outcome);
}

/* As --flash-endless from now on; the answer to no text at all: how many are still to come. */
static void endless(struct line *l)
{
    char text[64] = {0};
    const uint32_t n = get32();

    get(text, n < sizeof(text) ? n : sizeof(text) - 1u);
    if (n == 0) {
        const uint64_t left = flash_fault_left(l->board.m->flash);
        put(&left, sizeof(left));
    } else if (!flash_fault_set(l->board.m->flash, text)) {
        die("no such operations");
    }
}

/* The copy has its own memory, and the pipes for itself while it lives. */
static void fork_board(void)
{
    int status;
    pid_t copy = fork();

    if (copy < 0) {
        die("cannot fork");
    }
    if (copy > 0 && (waitpid(copy, &status, 0) != copy || status != 0)) {
        exit(EXIT_FILE); /* its message is on stderr, or the test has gone */
    }
    put("", 1);
}

static void serve(struct line *l)
{
    char what;

    while (fread(&what, 1, 1, stdin) == 1) {
        if (what == 'R') {
            run(l);
        } else if (what == 'P' || what == 'W') {
            memory(l, what == 'W');
        } else if (what == 'U') {
            usb(l);
        } else if (what == 'D') {
            flash_damage(l->board.m->flash, get32(), CUT_DOUBLE);
        } else if (what == 'C') {
            core_state(l);
        } else if (what == 'H') {
            hang(l);
        } else if (what == 'V') {
            private_bus(l);
        } else if (what == 'B') {
            bad_cell(l);
        } else if (what == 'N') {
            machine_reset(l->board.m, RESET_PIN);
        } else if (what == 'X') {
            power_cut(l);
        } else if (what == 'L') {
            endless(l);
        } else if (what == 'F') {
            fork_board();
        } else if (what == 'E') {
            _exit(0);
        } else {
            die("unknown request");
        }
        fflush(stdout);
    }
}

static void options(struct board_args *args, int argc, char **argv)
{
    static const struct option_group known[] = {{board_rows, 0}, {0}};
    static const struct cli_program program = {.name = "line_board", .file_error = EXIT_FILE};
    static const struct command command = {.name = "line", .options = known};
    struct cli cli = {.program = &program, .command = &command, .argc = argc, .argv = argv};
    const char *mistake = cli_parse(&cli, args);

    if (mistake) {
        die(mistake);
    }
    files_free(&cli.files);
}

int main(int argc, char **argv)
{
    static struct line l;
    static struct board_args args;

    options(&args, argc, argv);
    int rc = board_open(&l.board, &args);
    if (rc) {
        return rc;
    }
    report_init(&l.report, &l.board, stderr);
    report_attach(&l.report);
    l.board.m->host_can_wake = false;
    machine_observe(l.board.m, &(struct observer){.arg = &l, .on_uart = sent});
    usb_end_init(l.board.m);
    machine_power_on(l.board.m);
    serve(&l);
    report_free(&l.report);
    board_close(&l.board);
    return 0;
}
