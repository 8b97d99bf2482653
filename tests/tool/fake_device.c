/* SPDX-License-Identifier: MIT */
/*
 * A device for `duoboot update` to talk to: a pseudo-terminal with the real YMODEM receiver behind
 * it and a part to play. Prints the port's name; the received file goes to the path given.
 *
 * usage: fake_device PART OUT
 * PART: good | unsure | back | back-same | words | refuse | silent | talks | fallback | mute |
 * vanish | enter | deaf | lost
 *
 * After the transfer the application of good, unsure and back serves SMP: a set on trial that is
 * confirmed after a while, one that is not, and the set before. deaf and lost take the file by SMP;
 * the one does not hear the first request to reset, the other does, and its answer gets lost. A
 * reset ends a trial.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "duo/reason.h"
#include "duo_build_version.h"
#include "proto/smp.h"
#include "proto/smp_line.h"
#include "proto/ymodem_rx.h"

struct device {
    int line;
    const char *part;
    FILE *out;
    bool over, entered;
    enum duo_ymodem_result result;
    uint32_t received;
    enum { EMPTY, STAGED, RUNS, ENDED } state; /* of the set that has come by SMP */
    unsigned resets;                           /* asked for */
};

static uint32_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)((uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u);
}

static void put(struct device *d, const void *bytes, size_t n)
{
    if (write(d->line, bytes, n) != (ssize_t)n) {
        perror("fake_device: write");
        exit(1);
    }
}

static void line(struct device *d, const char *text)
{
    put(d, text, strlen(text));
    put(d, "\r\n", 2);
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
    put(ctx, bytes, n);
}

static enum duo_ymodem_answer on_file(void *ctx, const struct duo_ymodem_file *file)
{
    (void)ctx;
    (void)file;
    return DUO_YM_TAKE;
}

static enum duo_ymodem_answer on_data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    struct device *d = ctx;

    (void)offset;
    d->received += (uint32_t)n;
    if (strcmp(d->part, "vanish") == 0 && d->received > 2000) {
        exit(0); /* the pty goes with it */
    }
    if (strcmp(d->part, "refuse") == 0) {
        return DUO_YM_REFUSE;
    }
    return fwrite(bytes, 1, n, d->out) == n ? DUO_YM_TAKE : DUO_YM_REFUSE;
}

static enum duo_ymodem_answer on_end(void *ctx, uint32_t size)
{
    (void)ctx;
    (void)size;
    return DUO_YM_TAKE;
}

static void on_done(void *ctx, enum duo_ymodem_result result)
{
    struct device *d = ctx;

    d->over = true;
    d->result = result;
}

static void receive(struct device *d)
{
    static const struct duo_ymodem_rx_ops ops = {on_send, on_file, on_data, on_end, on_done};
    static struct duo_ymodem_rx rx;
    uint8_t bytes[512];

    duo_ymodem_rx_start(&rx, &ops, d, NULL, now_ms());
    while (!d->over) {
        struct pollfd p = {d->line, POLLIN, 0};

        poll(&p, 1, 20);
        if (p.revents & POLLIN) {
            ssize_t n = read(d->line, bytes, sizeof(bytes));

            if (n > 0) {
                duo_ymodem_rx_input(&rx, now_ms(), bytes, (size_t)n);
            }
        }
        duo_ymodem_rx_tick(&rx, now_ms());
    }
}

/* ---- The application ---- */

#define TRIALS 3u /* answers until the set is confirmed */

static enum duo_status tell(void *ctx, uint32_t id, bool write, const struct duo_cbor_item *request,
                            struct duo_cbor_out *out)
{
    static unsigned told;
    const struct device *d = ctx;
    const bool same = strcmp(d->part, "back-same") == 0; /* the set before has this version, too */
    const bool back = same || strcmp(d->part, "back") == 0 || d->state == ENDED;
    const bool trial = strcmp(d->part, "unsure") == 0 || (!back && told++ < TRIALS);
    const char *version = back && !same ? "1.0.0" : "2.0.0";

    (void)request;
    if (id != DUO_SMP_STATUS || write) {
        return DUO_E_ARG;
    }
    duo_cbor_put_bool(out, "recovery", false);
    duo_cbor_put_text(out, "state", d->state == STAGED ? "staged" : trial ? "trial" : "confirmed");
    duo_cbor_text(out, "current");
    duo_cbor_map(out);
    duo_cbor_put_text(out, "set", version);
    duo_cbor_put_text(out, "m7", version);
    duo_cbor_put_text(out, "m4", version);
    duo_cbor_end(out);
    duo_cbor_put_number(out, "reason", back ? DUO_REASON_TRIAL_WATCHDOG : DUO_REASON_NONE);
    duo_cbor_put_text(out, "reason_text", "a watchdog ended the trial of the new set");
    return DUO_OK;
}

static enum duo_status uploaded(void *ctx, struct duo_smp_taken *taken)
{
    const struct device *d = ctx;

    taken->next = d->received;
    taken->whole = d->state == STAGED;
    return DUO_OK;
}

static enum duo_status upload(void *ctx, const struct duo_smp_piece *piece,
                              struct duo_smp_taken *taken)
{
    struct device *d = ctx;
    static uint32_t length;

    length = piece->offset == 0 ? piece->length : length;
    if (piece->offset == d->received) {
        fwrite(piece->data, 1, piece->n, d->out);
        d->received += piece->n;
    }
    if (d->received == length) {
        fflush(d->out);
        d->state = STAGED;
    }
    return uploaded(ctx, taken);
}

static enum duo_status reset(void *ctx, bool to_recovery)
{
    struct device *d = ctx;

    (void)to_recovery;
    d->resets++;
    if (strcmp(d->part, "lost") == 0 || d->resets > 1) {
        d->state = d->state == STAGED ? RUNS : ENDED;
    }
    return DUO_OK;
}

static void serve(struct device *d)
{
    static const struct duo_smp_ops smp_ops = {
        .command = tell, .upload = upload, .uploaded = uploaded, .reset = reset};
    static const struct duo_smp_about about = {.buffer = 512};
    static uint8_t message[512 + DUO_SMP_LINE_EXTRA], answer[DUO_SMP_ANSWER_MAX];
    struct duo_smp smp;
    struct duo_smp_line in;
    uint8_t byte;

    duo_smp_start(&smp, &smp_ops, d, &about);
    duo_smp_line_start(&in, message, sizeof(message));
    while (read(d->line, &byte, 1) == 1) {
        if (duo_smp_line_take(&in, now_ms(), byte)) {
            const unsigned before = d->resets;
            const uint32_t n = duo_smp_serve(&smp, in.message, in.length, answer, sizeof(answer));

            if (d->resets == before || d->resets > 1) { /* the first one's answer is lost */
                duo_smp_line_send(&in, answer, n, on_send, d);
            }
        }
    }
}

static bool serves(const struct device *d)
{
    return strcmp(d->part, "good") == 0 || strcmp(d->part, "unsure") == 0 ||
           strncmp(d->part, "back", 4) == 0 || strcmp(d->part, "enter") == 0;
}

static void install(struct device *d)
{
    line(d, "duoboot: received, resetting to install it");
    line(d, "duoboot: exchanging the sets");
    line(d, "duoboot: exchange done, resetting");
    if (strcmp(d->part, "fallback") == 0) {
        line(d, "duoboot: recovery " DUO_BUILD_VERSION);
        line(d, "duoboot: reason: m7 image: wrong hash");
        d->over = false;
        receive(d);
        return;
    }
    if (strcmp(d->part, "mute") == 0) {
        line(d, "hello from an application without versions");
        return;
    }
    if (serves(d)) {
        serve(d); /* without a word */
        return;
    }
    line(d, "app: m7 1.0.0 beat 9, m4 1.0.0 beat 9"); /* left over in a buffer */
    line(d, "app m7 2.0.0: set 2.0.0, state trial, reset flags 0x0");
    line(d, "app: m7 2.0.0 beat 1, m4 silent");
    line(d, "app: m7 2.0.0 beat 2, m4 2.0.0 beat 1, fpu ok");
}

static void play(struct device *d)
{
    char key;

    if (strcmp(d->part, "silent") == 0) {
        return;
    }
    if (strcmp(d->part, "talks") == 0) {
        line(d, "Chatter: a line that begins with the letter of a request");
        return;
    }
    if (strcmp(d->part, "enter") == 0 && (read(d->line, &key, 1) != 1 || key != 'r')) {
        return;
    }
    line(d, "duoboot: recovery " DUO_BUILD_VERSION);
    line(d, "duoboot: CRC and other words in Capitals");
    if (strcmp(d->part, "deaf") == 0 || strcmp(d->part, "lost") == 0) {
        serve(d);
        return;
    }
    receive(d);
    if (d->result != DUO_YM_OK) {
        line(d, "duoboot: refused: signature does not fit; sign it with the key of this device");
        return;
    }
    fclose(d->out);
    d->out = NULL;
    install(d);
}

int main(int argc, char **argv)
{
    struct device d = {0};
    struct termios raw;
    int slave;
    char name[128];

    if (argc != 3 || openpty(&d.line, &slave, name, NULL, NULL) != 0 ||
        tcgetattr(slave, &raw) != 0) {
        fputs("usage: fake_device PART OUT\n", stderr);
        return 2;
    }
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    d.part = argv[1];
    d.out = fopen(argv[2], "wb");
    if (!d.out) {
        perror(argv[2]);
        return 1;
    }
    puts(name);
    fflush(stdout);
    usleep(500000); /* the tool has opened the port and dropped what was waiting */
    play(&d);
    sleep(60); /* the test ends it */
    return 0;
}
