/* SPDX-License-Identifier: MIT */
#include "tool/dfu.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/dfu.h"

enum { DETACH = 0, DNLOAD = 1, GETSTATUS = 3, CLRSTATUS = 4, ABORT = 6 };
enum { GET_DESCRIPTOR = 6, CONFIGURATION = 2, STRING = 3, FUNCTIONAL = 0x21, ENGLISH = 0x409 };
enum { INTERFACE = 4, RUN_TIME = 1, DETACH_MS = 1000 };
enum { FROM_HOST = 0x21, TO_HOST = 0xA1 };

/* A device may be busy for minutes in all (a worn sector takes 4 s), but no answer names more than
 * this, and no block more of them. */
enum { POLL_MAX_MS = 10000, POLLS_MAX = 10000, TRIES = 5 };

struct status {
    uint8_t status, state, text;
    uint32_t poll_ms;
};

static enum dfu_result failed(struct dfu *d, int code, const char *what)
{
    if (code == USB_GONE) {
        return DFU_GONE;
    }
    if (code == USB_STALLED) {
        snprintf(d->error, sizeof(d->error), "it does not accept %s", what);
        return DFU_REFUSED;
    }
    snprintf(d->error, sizeof(d->error), "%s: %s", what,
             code == USB_FAILED ? d->link->error : "a short answer");
    return DFU_BROKEN;
}

static int ask(struct dfu *d, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
               uint8_t *data, uint16_t length)
{
    const struct usb_request r = {type, request, value, index, length};

    return d->link->ops->control(d->link, &r, data);
}

static enum dfu_result get_status(struct dfu *d, struct status *s)
{
    uint8_t b[6];
    int n = ask(d, TO_HOST, GETSTATUS, 0, 0, b, sizeof(b));

    if (n != (int)sizeof(b)) {
        return failed(d, n, "GETSTATUS");
    }
    *s = (struct status){b[0], b[4], b[5],
                         (uint32_t)b[1] | (uint32_t)b[2] << 8 | (uint32_t)b[3] << 16};
    return DFU_DONE;
}

/* ---- Words ---- */

/* Text in ASCII; what is beyond it becomes a question mark. */
static bool get_string(struct dfu *d, uint8_t index, char *text, size_t size)
{
    uint8_t b[255] = {0};
    int n = ask(d, 0x80, GET_DESCRIPTOR, (uint16_t)(STRING << 8 | index), ENGLISH, b, sizeof(b));
    size_t len = 0;

    if (n < 2 || b[1] != STRING) {
        return false;
    }
    for (int i = 2; i + 1 < n && len + 1 < size; i += 2) {
        const bool ascii = b[i + 1] == 0 && b[i] >= ' ' && b[i] < 0x7F;
        memcpy(text + len++, ascii ? &b[i] : (const uint8_t *)"?", 1);
    }
    text[len] = '\0';
    return len > 0;
}

/* The standard's words (DFU 1.1, 6.1.2). */
static const char *status_text(uint8_t status)
{
    static const char *const texts[] = {
        "no error",
        "the file is for another target",
        "the file is of the wrong kind, damaged, or signed by another key",
        "it cannot write its memory",
        "it cannot erase its memory",
        "its memory is not erased",
        "it cannot program its memory",
        "its memory does not hold what was written",
        "an address is out of range, or a block is missing",
        "the file is cut short",
        "its firmware is damaged",
        "a reason of its own",
        "the USB was reset",
        "it was reset",
        "an unknown error",
        "it did not expect the request"};

    return status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "an unknown status";
}

static enum dfu_result refused(struct dfu *d, const struct status *s)
{
    if (s->text == 0 || !get_string(d, s->text, d->error, sizeof(d->error))) {
        snprintf(d->error, sizeof(d->error), "%s", status_text(s->status));
    }
    (void)ask(d, FROM_HOST, CLRSTATUS, 0, 0, NULL, 0); /* ready for the next try */
    return DFU_REFUSED;
}

/* ---- Beginning ---- */

/* Interface 0's descriptor, and that of DFU. */
static void read_descriptor(struct dfu *d, const uint8_t *b, int size, bool *run_time)
{
    if (b[1] == INTERFACE && size >= 8 && b[2] == 0) {
        *run_time = b[7] == RUN_TIME;
    } else if (b[1] == FUNCTIONAL && size >= 7) {
        d->block_size = (uint16_t)(b[5] | b[6] << 8);
    }
}

static enum dfu_result read_descriptors(struct dfu *d, bool *run_time)
{
    uint8_t b[1024];
    int n = ask(d, 0x80, GET_DESCRIPTOR, CONFIGURATION << 8, 0, b, sizeof(b));

    if (n < 0) {
        return failed(d, n, "its descriptors");
    }
    for (int i = 0; i + 1 < n && b[i] >= 2 && i + b[i] <= n; i += b[i]) {
        read_descriptor(d, b + i, b[i], run_time);
    }
    if (d->block_size == 0) {
        snprintf(d->error, sizeof(d->error), "it does not say that it speaks DFU");
        return DFU_BROKEN;
    }
    return DFU_DONE;
}

/* An earlier host may have left anything behind. */
static enum dfu_result to_idle(struct dfu *d)
{
    for (unsigned i = 0; i < TRIES; i++) {
        struct status s;
        enum dfu_result result = get_status(d, &s);
        if (result != DFU_DONE || s.state == DUO_DFU_IDLE) {
            return result;
        }
        int n = ask(d, FROM_HOST, s.state == DUO_DFU_ERROR ? CLRSTATUS : ABORT, 0, 0, NULL, 0);
        if (n < 0 && n != USB_STALLED) {
            return failed(d, n, "ABORT");
        }
    }
    snprintf(d->error, sizeof(d->error), "it does not become idle");
    return DFU_BROKEN;
}

static enum dfu_result detach(struct dfu *d)
{
    const int n = ask(d, FROM_HOST, DETACH, DETACH_MS, 0, NULL, 0);

    return n < 0 && n != USB_GONE ? failed(d, n, "DETACH") : DFU_DETACHED;
}

enum dfu_result dfu_open(struct dfu *d, struct usb_link *link, uint8_t alternate)
{
    bool run_time = false;

    memset(d, 0, sizeof(*d));
    d->link = link;
    enum dfu_result result = read_descriptors(d, &run_time);
    if (result != DFU_DONE) {
        return result;
    }
    if (run_time) {
        return detach(d);
    }
    const int code = link->ops->select(link, alternate);
    return code < 0 ? failed(d, code, "the alternate for sets") : to_idle(d);
}

/* ---- Sending ---- */

static void sleep_ms(uint32_t ms)
{
    const struct timespec t = {(time_t)(ms / 1000u), (long)(ms % 1000u) * 1000000L};

    (void)nanosleep(&t, NULL);
}

static bool is_busy(uint8_t state)
{
    return state == DUO_DFU_DNLOAD_SYNC || state == DUO_DFU_DNBUSY ||
           state == DUO_DFU_MANIFEST_SYNC || state == DUO_DFU_MANIFEST;
}

/* Until the device has done what it was sent. */
static enum dfu_result settle(struct dfu *d, uint8_t expected)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        struct status s;
        enum dfu_result result = get_status(d, &s);
        if (result != DFU_DONE) {
            return result;
        }
        if (s.state == expected && s.status == DUO_DFU_OK) {
            return DFU_DONE;
        }
        if (!is_busy(s.state)) {
            return refused(d, &s);
        }
        sleep_ms(s.poll_ms < POLL_MAX_MS ? s.poll_ms : POLL_MAX_MS);
    }
    return DFU_STUCK;
}

/* A block that the device does not take: its status says why. */
static enum dfu_result not_taken(struct dfu *d, int code)
{
    struct status s;

    if (code == USB_STALLED && get_status(d, &s) == DFU_DONE && s.state == DUO_DFU_ERROR) {
        return refused(d, &s);
    }
    return failed(d, code, "a block of the file");
}

static enum dfu_result send_block(struct dfu *d, uint16_t number, const uint8_t *bytes,
                                  uint16_t size)
{
    uint8_t block[UINT16_MAX];

    if (size > 0) {
        memcpy(block, bytes, size);
    }
    int n = ask(d, FROM_HOST, DNLOAD, number, 0, block, size);
    if (n != size) {
        return not_taken(d, n);
    }
    return settle(d, size > 0 ? DUO_DFU_DNLOAD_IDLE : DUO_DFU_IDLE);
}

enum dfu_result dfu_download(struct dfu *d, const uint8_t *data, size_t size,
                             bool (*progress)(void *ctx, uint32_t done), void *ctx)
{
    uint16_t number = 0;

    for (size_t at = 0; at < size; at += d->block_size) {
        size_t left = size - at;
        uint16_t n = left < d->block_size ? (uint16_t)left : d->block_size;
        enum dfu_result result = send_block(d, number++, data + at, n);
        if (result != DFU_DONE) {
            return result;
        }
        if (!progress(ctx, (uint32_t)(at + n))) {
            (void)ask(d, FROM_HOST, ABORT, 0, 0, NULL, 0);
            return DFU_STOPPED;
        }
    }
    return send_block(d, number, NULL, 0);
}
