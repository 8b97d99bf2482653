/* SPDX-License-Identifier: MIT */
#include "tool/update.h"

#include <string.h>
#include <time.h>

#include "tool/inputs.h"

enum { TURN_MS = 20, LAST_WORDS_MS = 3000, KNOCK_MS = 400, KNOCKS = 4, AGAIN_MS = 200 };

volatile int update_interrupted;

int update_port_gone(struct update *u)
{
    progress_end(&u->progress);
    return cli_fail(u->cli, EXIT_IO,
                    "check the cable, then start again: the device keeps what it runs", "%s: %s",
                    u->port, u->serial.error);
}

int update_stopped(struct update *u)
{
    progress_end(&u->progress);
    return cli_fail(u->cli, EXIT_IO, "start again: the device keeps what it runs", "interrupted");
}

bool update_listen(struct update *u)
{
    uint8_t bytes[512];
    int n = serial_read(&u->serial, bytes, sizeof(bytes), false, TURN_MS);

    if (n > 0) {
        follow_bytes(&u->follow, serial_now(), bytes, (size_t)n);
        u->over_smp = smp_found(&u->smp, bytes, (size_t)n) || u->over_smp;
    }
    return n >= 0;
}

bool update_port_back(struct update *u)
{
    const struct timespec pause = {0, AGAIN_MS * 1000000L};
    const uint32_t start = serial_now();

    progress_end(&u->progress);
    cli_note(u->cli, "%s: %s; waiting for it to come back", u->port, u->serial.error);
    serial_close(&u->serial);
    while (!update_interrupted && serial_now() - start < u->timeout_ms) {
        (void)nanosleep(&pause, NULL);
        if (serial_open(&u->serial, u->port, u->baud)) {
            return true;
        }
        serial_close(&u->serial);
    }
    return false;
}

/* ---- Waiting ---- */

static int nobody_asks(struct update *u, bool heard)
{
    if (heard) {
        return cli_fail(
            u->cli, EXIT_TIMEOUT,
            "bring the device into recovery: hold its button during a reset, or use --enter if its "
            "application knows a key for it",
            "%s: the device talks but did not ask for an update within %u s", u->port,
            u->timeout_ms / 1000);
    }
    return cli_fail(u->cli, EXIT_TIMEOUT, "check port, cable, power and --baud",
                    "%s: nothing came from the device within %u s", u->port, u->timeout_ms / 1000);
}

/* A device that asks by YMODEM and does not answer to this many knocks knows nothing else. */
static bool only_asks(struct update *u, unsigned knocks)
{
    return follow_asks(&u->follow, serial_now()) && (u->ymodem || knocks >= KNOCKS);
}

static void knock(struct update *u, unsigned *knocks, uint32_t *knocked)
{
    if (u->ymodem || serial_now() - *knocked < KNOCK_MS) {
        return;
    }
    smp_knock(&u->smp);
    *knocked = serial_now();
    *knocks = u->follow.asks ? *knocks + 1u : 0;
}

int update_wait(struct update *u)
{
    uint32_t start = serial_now(), knocked = start;
    unsigned knocks = 0;

    smp_start(&u->smp, &u->serial, &u->follow);
    u->over_smp = false;
    follow_reset(&u->follow);
    u->follow.heard = start;
    if (u->enter && serial_write(&u->serial, (const uint8_t *)u->enter, strlen(u->enter)) < 0) {
        return update_port_gone(u);
    }
    while (!u->over_smp && !only_asks(u, knocks)) {
        if (update_interrupted) {
            return update_stopped(u);
        }
        knock(u, &knocks, &knocked);
        if (!update_listen(u)) {
            return update_port_gone(u);
        }
        if (serial_now() - start > u->timeout_ms) {
            return nobody_asks(u, u->follow.heard != start);
        }
    }
    return EXIT_DONE;
}

/* ---- Sending by SMP ---- */

static void show(void *ctx, uint32_t offset)
{
    struct update *u = ctx;

    progress_show(&u->progress, offset, serial_now());
}

static int smp_failed(struct update *u, enum smp_result result)
{
    switch (result) {
    case SMP_REFUSED:
        return cli_fail(u->cli, EXIT_REJECTED,
                        "`duoboot info` and `duoboot verify` show what is in the file",
                        "the device refused it: %s", u->smp.error);
    case SMP_GONE:
        return update_port_gone(u);
    case SMP_STOPPED:
        return update_stopped(u);
    default:
        return cli_fail(u->cli, EXIT_TIMEOUT, "start again: it goes on where it stopped",
                        "the transfer stopped: the device went silent");
    }
}

static enum smp_result upload(struct update *u)
{
    enum smp_result result = smp_connect(&u->smp, u->timeout_ms);

    progress_start(&u->progress, u->cli, (uint32_t)u->bundle.size, serial_now());
    /* Once in any case: an answer may take that long. */
    u->smp.tries = u->timeout_ms < 2 * SMP_PIECE_MS ? 1 : u->timeout_ms / SMP_PIECE_MS;
    if (result == SMP_DONE) {
        result = smp_upload(&u->smp, u->bundle.data, (uint32_t)u->bundle.size, 0, show, u);
    }
    progress_end(&u->progress);
    if (result == SMP_DONE && u->smp.resumed > 0) {
        cli_note(u->cli, "went on at byte %u", (unsigned)u->smp.resumed);
    }
    return result;
}

/* A port may reset with its device, and an answer be lost: whoever follows sees what came of it. */
static int reset_device(struct update *u)
{
    const enum smp_result result = smp_reset(&u->smp, false);

    u->unanswered = result == SMP_SILENT;
    if (result == SMP_DONE || (!u->no_wait && (result == SMP_GONE || u->unanswered))) {
        return EXIT_DONE;
    }
    return u->unanswered
               ? cli_fail(u->cli, EXIT_TIMEOUT,
                          "`duoboot status` shows whether it is still staged; then `duoboot reset`",
                          "the device has the bundle, but did not answer when it was asked to "
                          "reset: it may have done so")
               : smp_failed(u, result);
}

static int send_by_smp(struct update *u)
{
    const uint32_t start = serial_now();
    enum smp_result result = upload(u);

    while (result == SMP_GONE && update_port_back(u)) {
        result = upload(u); /* it goes on where it stopped */
    }
    follow_reset(&u->follow);
    u->transfer_ms = serial_now() - start;
    if (update_interrupted) {
        result = SMP_STOPPED;
    }
    return result == SMP_DONE ? reset_device(u) : smp_failed(u, result);
}

/* ---- Sending by YMODEM ---- */

static size_t tx_send(void *ctx, const uint8_t *bytes, size_t n)
{
    struct update *u = ctx;
    int done = serial_write(&u->serial, bytes, n);

    u->lost = u->lost || done < 0;
    return done < 0 ? 0 : (size_t)done;
}

static bool tx_next(void *ctx, struct duo_ymodem_file *file)
{
    struct update *u = ctx;

    if (u->announced) {
        return false;
    }
    u->announced = true;
    memset(file, 0, sizeof(*file));
    for (size_t i = 0; i < DUO_YM_NAME_MAX && u->name[i] != '\0'; i++) {
        file->name[i] = u->name[i];
    }
    file->size = (uint32_t)u->bundle.size;
    file->size_known = true;
    return true;
}

static bool tx_read(void *ctx, uint32_t offset, uint8_t *bytes, size_t n)
{
    const struct update *u = ctx;

    memcpy(bytes, u->bundle.data + offset, n);
    return true;
}

static void tx_progress(void *ctx, uint32_t offset)
{
    struct update *u = ctx;

    progress_show(&u->progress, offset, serial_now());
}

static void tx_done(void *ctx, enum duo_ymodem_result result)
{
    struct update *u = ctx;

    u->result = result;
}

static const struct duo_ymodem_tx_ops ops = {tx_send, tx_next, tx_read, tx_progress, tx_done};

static void send_turn(struct update *u)
{
    uint8_t bytes[64];
    bool more = duo_ymodem_tx_pump(&u->tx, serial_now());
    int n = serial_read(&u->serial, bytes, sizeof(bytes), more, TURN_MS);

    if (n > 0) {
        duo_ymodem_tx_input(&u->tx, serial_now(), bytes, (size_t)n);
        /* Cancelling is followed by the device's reason, which is not for the sender. */
        if (duo_ymodem_tx_over(&u->tx)) {
            follow_bytes(&u->follow, serial_now(), bytes, (size_t)n);
        }
    }
    u->lost = u->lost || n < 0;
}

/* Why the transfer failed: the device says it in its next line. */
static int not_taken(struct update *u)
{
    uint32_t start = serial_now();

    while (u->follow.refused[0] == '\0' && serial_now() - start < LAST_WORDS_MS &&
           update_listen(u)) {
    }
    if (u->follow.refused[0] != '\0') {
        return cli_fail(u->cli, EXIT_REJECTED,
                        "`duoboot info` and `duoboot verify` show what is in the file",
                        "the device refused it: %s", u->follow.refused);
    }
    if (u->result == DUO_YM_TIMEOUT) {
        return cli_fail(u->cli, EXIT_TIMEOUT, "start again: the device keeps what it runs",
                        "the transfer stopped: the device went silent");
    }
    return cli_fail(u->cli, u->result == DUO_YM_CANCELLED ? EXIT_REJECTED : EXIT_IO,
                    "start again; at a lower --baud if it fails again", "the transfer failed: %s",
                    u->result == DUO_YM_CANCELLED ? "the device cancelled it without a reason"
                                                  : duo_ymodem_text(u->result));
}

static int send_by_ymodem(struct update *u)
{
    uint32_t start = serial_now();
    const uint8_t ask = DUO_YM_C;

    u->announced = u->lost = false;
    progress_start(&u->progress, u->cli, (uint32_t)u->bundle.size, start);
    duo_ymodem_tx_start(&u->tx, &ops, u, NULL, start);
    duo_ymodem_tx_input(&u->tx, start, &ask, 1); /* the one that update_wait() has taken */
    follow_reset(&u->follow);
    while (!duo_ymodem_tx_over(&u->tx) && !u->lost) {
        if (update_interrupted) {
            duo_ymodem_tx_abort(&u->tx);
        }
        send_turn(u);
    }
    progress_end(&u->progress);
    u->transfer_ms = serial_now() - start;
    if (u->lost) {
        return update_port_gone(u);
    }
    if (update_interrupted) {
        return update_stopped(u);
    }
    return u->result == DUO_YM_OK ? EXIT_DONE : not_taken(u);
}

int update_send(struct update *u)
{
    return u->over_smp ? send_by_smp(u) : send_by_ymodem(u);
}
