/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/receive.h"

#include <string.h>

#include "boot/cm7/line.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/programmer.h"
#include "boot/cm7/recovery/protect.h"
#include "boot/cm7/recovery/smp.h"
#include "core/txn/single.h"

/* One erase (1 s, data sheet) at 921600 baud. */
#define QUEUE_SIZE 98304u
/* Of a bundle, which follows one erase with the next: what has gathered in the first is not yet
 * written then. More would only be more for the sender to wait for at the end, where SMP clients
 * give up after 2 s. */
#define LONG_QUEUE 163840u
#define PIECE      1024u /* given to the session at once */

/* Three sectors: the largest image. It is verified here before the flash is touched; a layout with
 * larger slots takes larger images in bundles only. */
#define IMAGE_SIZE 393216u

/* A sender repeats a block that has no answer after 10 s at most (YMODEM, 1988, chapter 7). */
#define REST_MS 11000u

/* The queue, and after it the image. A bundle's images are verified in flash, so its queue goes on
 * into that room. */
__attribute__((section(".bss.work_axi"),
               aligned(8))) static uint8_t memory[QUEUE_SIZE + IMAGE_SIZE];
static uint8_t *const image = memory + QUEUE_SIZE;

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    line->write(bytes, n);
}

/* A bundle is the only file of its transfer; after an image there may be the other core's. */
static enum duo_ymodem_answer file(void *ctx, const struct duo_ymodem_file *f)
{
    struct receive *r = ctx;

    if (r->in_file && duo_session_wants_more(&r->session)) {
        r->status = DUO_OK;
    } else if (r->in_file || r->staged) {
        r->status = DUO_E_TRAILING;
    } else if (options_block_updates()) {
        r->status = DUO_E_PROTECTED;
    } else {
        programmer_forget();
        smp_forget();
        r->status = duo_session_begin(&r->session, r->txn);
        duo_session_use_buffer(&r->session, image, IMAGE_SIZE);
    }
    if (r->status != DUO_OK) {
        return DUO_YM_REFUSE;
    }
    r->file = *f;
    r->taken = 0;
    r->in_file = true;
    return DUO_YM_TAKE;
}

static void enqueue(struct receive *r, const uint8_t *bytes, size_t n)
{
    ring_put(&r->queue, bytes, (uint32_t)n);
    r->taken += n;
}

/* Only copies: it may be called while the session waits for the flash. */
static enum duo_ymodem_answer data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    struct receive *r = ctx;

    (void)offset; /* in order, without gaps */
    if (r->status != DUO_OK) {
        return DUO_YM_REFUSE;
    }
    if (r->taken == 0) { /* the queue is empty */
        (void)receive_queue(&r->session, bytes, n, &r->queue.size);
    }
    if (ring_room(&r->queue) < n) {
        r->held = bytes;
        r->held_len = n;
        return DUO_YM_LATER;
    }
    enqueue(r, bytes, n);
    return DUO_YM_TAKE;
}

/* Gives the session a piece of the queue. */
static enum duo_status write_out(struct receive *r)
{
    uint32_t n;
    const uint8_t *bytes = ring_front(&r->queue, PIECE, &n);
    enum duo_status status = DUO_OK;

    if (r->in_file) {
        status = duo_session_write(&r->session, bytes, n);
    }
    ring_drop(&r->queue, n); /* not before: the session reads it to the end */
    return status;
}

/*
 * The sender learns that all is well only when it is: in flash and verified. Found out here and
 * now, never LATER: a sender that has counted an acknowledgement too many (a block repeated during
 * a long erase makes one) takes the EOT for acknowledged and has its next header on the line
 * already.
 */
static enum duo_ymodem_answer file_end(void *ctx, uint32_t size)
{
    struct receive *r = ctx;

    (void)size;
    while (receive_busy(r) && r->status == DUO_OK) {
        r->status = write_out(r);
    }
    if (r->status == DUO_OK) {
        r->status = duo_session_end_file(&r->session);
    }
    r->staged = r->status == DUO_OK && duo_session_staged(&r->session);
    r->in_file = r->status == DUO_OK && !r->staged;
    return r->status == DUO_OK ? DUO_YM_TAKE : DUO_YM_REFUSE;
}

/* Images alone make a set when the sender has said that this was all. */
static void form_set(struct receive *r)
{
    r->status = duo_session_finish(&r->session);
    r->staged = r->status == DUO_OK;
}

static void done(void *ctx, enum duo_ymodem_result result)
{
    struct receive *r = ctx;

    r->over = true;
    r->result = result;
    if (!r->in_file) {
        return;
    }
    r->in_file = false;
    if (result == DUO_YM_OK && duo_ymodem_rx_goodbye(&r->rx)) {
        form_set(r);
    } else {
        r->result = result == DUO_YM_OK ? DUO_YM_TIMEOUT : result;
    }
    duo_session_abort(&r->session);
}

static const struct duo_ymodem_rx_ops ops = {send, file, data, file_end, done};

/* A first narrow write would read a word's ECC, which is random after power-on. */
static void clear_once(void)
{
    static bool done;
    volatile uint64_t *word = (volatile uint64_t *)(void *)memory;

    for (size_t i = 0; !done && i < sizeof(memory) / sizeof(*word); i++) {
        word[i] = 0;
    }
    done = true;
}

void receive_start(struct receive *r, struct duo_txn *txn, uint32_t polls, bool streaming)
{
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    config.start_polls = polls;
    config.streaming = streaming;
    /* Whoever has asked for a file by a key means the next one, and it may well come by XMODEM. */
    config.header_ms = polls == 0 && r->result == DUO_YM_BAD_HEADER ? REST_MS : 0;
    clear_once();
    r->txn = txn;
    r->queue = (struct ring){memory, QUEUE_SIZE, 0, 0};
    r->held_len = 0;
    r->in_file = r->staged = r->over = false;
    r->status = DUO_OK;
    r->result = DUO_YM_OK;
    r->file.name[0] = '\0';
    duo_ymodem_rx_start(&r->rx, &ops, r, &config, line->now());
}

static void fail(struct receive *r, enum duo_status status)
{
    r->status = status;
    duo_ymodem_rx_abort(&r->rx);
}

static void work(struct receive *r)
{
    enum duo_status status = write_out(r);

    if (status != DUO_OK) {
        fail(r, status);
    } else if (r->held_len != 0 && ring_room(&r->queue) >= r->held_len) {
        enqueue(r, r->held, r->held_len);
        r->held_len = 0;
        duo_ymodem_rx_ready(&r->rx);
    }
}

void receive_poll(struct receive *r, const uint8_t *bytes, size_t n)
{
    uint32_t now = line->now();

    if (n > 0) {
        duo_ymodem_rx_input(&r->rx, now, bytes, n);
    } else {
        duo_ymodem_rx_tick(&r->rx, now);
    }
    if (receive_busy(r)) {
        work(r);
    }
}

bool receive_wants(const struct receive *r)
{
    return r->in_file && !r->over && r->status == DUO_OK && r->file.size_known &&
           r->taken < r->file.size;
}

void receive_listen(struct receive *r, uint8_t byte)
{
    duo_ymodem_rx_input(&r->rx, line->now(), &byte, 1);
}

bool receive_busy(const struct receive *r)
{
    return !ring_empty(&r->queue);
}

void receive_abort(struct receive *r)
{
    fail(r, DUO_E_CANCELLED);
}

void receive_drop(struct receive *r)
{
    if (r->in_file) {
        duo_session_abort(&r->session);
    }
    r->in_file = false;
    r->over = true;
    r->queue.out = r->queue.in;
}

uint8_t *receive_image_buffer(uint32_t *size)
{
    *size = IMAGE_SIZE;
    return image;
}

uint8_t *receive_queue(const struct duo_session *s, const uint8_t *bytes, size_t n, uint32_t *size)
{
    const bool bundle = n > 0 && bytes[0] != DUO_SINGLE_FIRST_BYTE && duo_session_received(s) == 0;

    *size = bundle ? LONG_QUEUE : QUEUE_SIZE;
    return memory;
}

bool receive_started(const struct receive *r)
{
    return duo_ymodem_rx_started(&r->rx);
}

bool receive_in_block(const struct receive *r)
{
    return duo_ymodem_rx_in_block(&r->rx);
}
