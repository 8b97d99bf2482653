/* SPDX-License-Identifier: MIT */
#include "proto/dfu.h"

#include <string.h>

/* bRequest */
enum { DETACH = 0, DNLOAD = 1, UPLOAD = 2, GETSTATUS = 3, CLRSTATUS = 4, GETSTATE = 5, ABORT = 6 };
enum { FROM_HOST = 0x21, TO_HOST = 0xA1 };

void duo_dfu_start(struct duo_dfu *d, const struct duo_dfu_ops *ops, void *ctx, uint8_t *buffer)
{
    memset(d, 0, sizeof(*d));
    d->ops = ops;
    d->ctx = ctx;
    d->buffer = buffer;
    d->state = DUO_DFU_IDLE;
}

/* The file so far is of no use any more. */
static void drop(struct duo_dfu *d)
{
    d->dropped = d->open;
    d->result = DUO_DFU_OK;
    if (!d->working) {
        d->job = DUO_DFU_NO_JOB;
    }
}

void duo_dfu_fail(struct duo_dfu *d, enum duo_dfu_status status)
{
    d->state = DUO_DFU_ERROR;
    d->status = status;
    drop(d);
}

/* At once, though the request may have to wait: a host that gives up waiting must not go on with a
 * file that is dropped. dfuERROR lets nothing go on, and CLRSTATUS is asked again in it. */
static void leave_file(struct duo_dfu *d)
{
    if (d->state != DUO_DFU_ERROR) {
        d->state = DUO_DFU_IDLE;
    }
}

static void to_idle(struct duo_dfu *d)
{
    d->state = DUO_DFU_IDLE;
    d->status = DUO_DFU_OK;
    drop(d);
}

/* A request that the present state has no place for (appendix A.2). */
static enum duo_usb_answer refuse(struct duo_dfu *d)
{
    duo_dfu_fail(d, DUO_DFU_ERR_STALLEDPKT);
    return DUO_USB_STALL;
}

/* Is something left to be done that uses buffer or file? */
static bool occupied(const struct duo_dfu *d)
{
    return d->working || d->dropped || d->job != DUO_DFU_NO_JOB;
}

static bool is_dfuse(const struct duo_dfu *d)
{
    return d->ops->block;
}

/* ---- requests ---- */

static enum duo_usb_answer download(struct duo_dfu *d, const struct duo_usb_setup *s,
                                    uint8_t **data)
{
    bool first = d->state == DUO_DFU_IDLE;

    if ((!first && d->state != DUO_DFU_DNLOAD_IDLE) || s->length > DUO_DFU_BLOCK ||
        (first && s->length == 0 && !is_dfuse(d))) {
        return refuse(d);
    }
    if (occupied(d)) {
        return DUO_USB_LATER;
    }
    if (!first && s->length != 0 && s->value != d->block && !is_dfuse(d)) {
        duo_dfu_fail(d, DUO_DFU_ERR_ADDRESS); /* a block is missing, or came twice */
        return DUO_USB_STALL;
    }
    *data = d->buffer;
    return DUO_USB_ACCEPT;
}

static enum duo_usb_answer upload(struct duo_dfu *d, const struct duo_usb_setup *s, uint8_t **data,
                                  uint16_t *length)
{
    uint16_t n = s->length;

    if ((d->state != DUO_DFU_IDLE && d->state != DUO_DFU_UPLOAD_IDLE) || n > DUO_DFU_BLOCK) {
        return refuse(d);
    }
    if (occupied(d)) {
        return DUO_USB_LATER;
    }
    if (d->state == DUO_DFU_IDLE) {
        d->offset = 0;
    }
    const uint32_t from = is_dfuse(d) ? s->value : d->offset;
    enum duo_dfu_status status = d->ops->upload(d->ctx, d->alternate, from, d->buffer, &n);
    if (status != DUO_DFU_OK) {
        duo_dfu_fail(d, status);
        return DUO_USB_STALL;
    }
    d->offset += n;
    d->state = n < s->length ? DUO_DFU_IDLE : DUO_DFU_UPLOAD_IDLE;
    *data = d->buffer;
    *length = n;
    return DUO_USB_ACCEPT;
}

/* The states in which the host waits: which is next (A.2.4 to A.2.9). DfuSe's hosts want to see
 * dfuDNBUSY after each block, and dfuMANIFEST as the last of the device. */
static void settle(struct duo_dfu *d)
{
    bool done = !occupied(d);

    if (d->result != DUO_DFU_OK) {
        duo_dfu_fail(d, d->result);
    }
    switch (d->state) {
    case DUO_DFU_DNLOAD_SYNC:
    case DUO_DFU_DNBUSY:
        done = done && !(is_dfuse(d) && d->state == DUO_DFU_DNLOAD_SYNC);
        d->state = done ? DUO_DFU_DNLOAD_IDLE : DUO_DFU_DNBUSY;
        break;
    case DUO_DFU_MANIFEST_SYNC:
    case DUO_DFU_MANIFEST:
        d->state = done && !is_dfuse(d) ? DUO_DFU_IDLE : DUO_DFU_MANIFEST;
        break;
    default:
        break;
    }
}

static enum duo_usb_answer get_status(struct duo_dfu *d, uint8_t **data, uint16_t *length)
{
    if (is_dfuse(d) && d->state == DUO_DFU_MANIFEST_SYNC && occupied(d)) {
        return DUO_USB_LATER; /* its host does not ask twice how the file ended */
    }
    settle(d);
    bool wait = d->state == DUO_DFU_DNBUSY || d->state == DUO_DFU_MANIFEST;
    uint32_t ms = wait ? d->ops->wait_ms(d->ctx) : 0;
    bool why = d->state == DUO_DFU_ERROR && d->ops->reason(d->ctx);
    const uint8_t answer[6] = {(uint8_t)d->status, (uint8_t)ms,
                               (uint8_t)(ms >> 8), (uint8_t)(ms >> 16),
                               (uint8_t)d->state,  why ? DUO_DFU_STRING_REASON : 0};

    memcpy(d->answer, answer, sizeof(answer));
    *data = d->answer;
    *length = sizeof(d->answer);
    return DUO_USB_ACCEPT;
}

static enum duo_usb_answer get_state(struct duo_dfu *d, uint8_t **data, uint16_t *length)
{
    d->answer[0] = (uint8_t)d->state;
    *data = d->answer;
    *length = 1;
    return DUO_USB_ACCEPT;
}

/* Back to dfuIDLE. The host may begin the next file at once, so it waits for what is still at work.
 */
static enum duo_usb_answer back_to_idle(struct duo_dfu *d)
{
    drop(d);
    leave_file(d);
    if (occupied(d)) {
        return DUO_USB_LATER;
    }
    to_idle(d);
    return DUO_USB_ACCEPT;
}

static enum duo_usb_answer abort_request(struct duo_dfu *d)
{
    switch (d->state) {
    case DUO_DFU_IDLE:
    case DUO_DFU_DNLOAD_SYNC:
    case DUO_DFU_DNLOAD_IDLE:
    case DUO_DFU_MANIFEST_SYNC:
    case DUO_DFU_UPLOAD_IDLE:
        return back_to_idle(d);
    default:
        return refuse(d);
    }
}

/* dfu-util -R says it before it resets the bus, though the standard has it at run time only. */
static enum duo_usb_answer detach(struct duo_dfu *d)
{
    if (d->state != DUO_DFU_IDLE) {
        return refuse(d);
    }
    if (occupied(d)) {
        return DUO_USB_LATER;
    }
    return DUO_USB_ACCEPT;
}

static enum duo_usb_answer from_host(struct duo_dfu *d, const struct duo_usb_setup *s,
                                     uint8_t **data)
{
    if (s->request == DNLOAD) {
        return download(d, s, data);
    }
    if (s->length != 0) {
        return refuse(d);
    }
    switch (s->request) {
    case CLRSTATUS:
        return d->state == DUO_DFU_ERROR ? back_to_idle(d) : refuse(d);
    case ABORT:
        return abort_request(d);
    case DETACH:
        return detach(d);
    default:
        return refuse(d);
    }
}

enum duo_usb_answer duo_dfu_request(void *dfu, const struct duo_usb_setup *setup, uint8_t **data,
                                    uint16_t *length)
{
    struct duo_dfu *d = dfu;

    if (setup->index != 0) {
        return DUO_USB_STALL; /* not to this interface */
    }
    if (setup->type == FROM_HOST) {
        return from_host(d, setup, data);
    }
    if (setup->type != TO_HOST) {
        return DUO_USB_STALL;
    }
    switch (setup->request) {
    case UPLOAD:
        return upload(d, setup, data, length);
    case GETSTATUS:
        return get_status(d, data, length);
    case GETSTATE:
        return get_state(d, data, length);
    default:
        return refuse(d);
    }
}

void duo_dfu_complete(void *dfu, const struct duo_usb_setup *setup)
{
    struct duo_dfu *d = dfu;

    if (setup->type != FROM_HOST) {
        return;
    }
    if (setup->request == DETACH) {
        d->leaving = d->detached = true;
    } else if (setup->request == DNLOAD && setup->length != 0) {
        d->job = DUO_DFU_WRITE;
        d->length = setup->length;
        d->block = (uint16_t)(setup->value + 1u);
        d->state = DUO_DFU_DNLOAD_SYNC;
    } else if (setup->request == DNLOAD) {
        d->job = DUO_DFU_FINISH;
        d->state = DUO_DFU_MANIFEST_SYNC;
    }
}

/* A file belongs to its alternate. */
enum duo_usb_answer duo_dfu_alternate(void *dfu, uint8_t alternate)
{
    struct duo_dfu *d = dfu;

    drop(d);
    leave_file(d);
    if (occupied(d)) {
        return DUO_USB_LATER;
    }
    d->alternate = alternate;
    return DUO_USB_ACCEPT;
}

void duo_dfu_reset(void *dfu)
{
    struct duo_dfu *d = dfu;

    to_idle(d);
    d->alternate = 0;
    d->leaving = true;
}

/* ---- work ---- */

static enum duo_dfu_status carry_out(struct duo_dfu *d)
{
    bool first = !d->open;

    if (d->job == DUO_DFU_FINISH) {
        return d->ops->finish(d->ctx, d->alternate);
    }
    if (is_dfuse(d)) {
        return d->ops->block(d->ctx, (uint16_t)(d->block - 1u), d->buffer, d->length);
    }
    d->open = true;
    return d->ops->write(d->ctx, d->alternate, first, d->buffer, d->length);
}

static void job_done(struct duo_dfu *d, enum duo_dfu_status status)
{
    bool finished = d->job == DUO_DFU_FINISH;

    d->job = DUO_DFU_NO_JOB;
    if (status == DUO_DFU_OK && finished) {
        d->open = d->dropped = false; /* complete, though the host may have gone meanwhile */
    } else if (!d->dropped) {
        d->result = status;
    }
}

bool duo_dfu_work(struct duo_dfu *d)
{
    bool did = occupied(d) || d->leaving;

    if (d->job != DUO_DFU_NO_JOB) {
        d->working = true;
        enum duo_dfu_status status = carry_out(d);
        d->working = false;
        job_done(d, status);
    }
    if (d->dropped) {
        d->dropped = d->open = false;
        d->ops->abort(d->ctx);
    }
    if (d->leaving) {
        bool detached = d->detached;
        d->leaving = d->detached = false;
        d->ops->leave(d->ctx, detached);
    }
    return did;
}
