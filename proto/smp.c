/* SPDX-License-Identifier: MIT */
#include "proto/smp.h"

#include <string.h>

#include "proto/smp_parts.h"

/* Of 64 and more we serve only our own; Zephyr's and others' below (0 to 11, 63) are answered with
 * "not supported". */
#define GROUPS_KNOWN 12u
#define GROUP_ZEPHYR 63u

bool duo_smp_serves(uint32_t group)
{
    return group < GROUPS_KNOWN || group == GROUP_ZEPHYR || group == DUO_SMP_GROUP;
}

static uint32_t get16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

/* False: no request at all, or one whose body is no map. The fields of the header are there in any
 * case: an error is told in the request's own version. */
static bool parse(const uint8_t *message, uint32_t n, struct smp_request *q)
{
    const uint8_t op = message[0] & 7u;

    q->version = message[0] >> 3 & 3u;
    q->write = op == DUO_SMP_WRITE;
    q->group = get16(message + 4);
    q->id = message[7];
    if ((op != DUO_SMP_READ && op != DUO_SMP_WRITE) || n - DUO_SMP_HEADER != get16(message + 2)) {
        return false;
    }
    if (n == DUO_SMP_HEADER) { /* some clients send nothing for an empty map */
        q->map = (struct duo_cbor_item){.type = DUO_CBOR_MAP, .bytes = message + n};
        return true;
    }
    return duo_cbor_read_map(message + DUO_SMP_HEADER, n - DUO_SMP_HEADER, &q->map);
}

static enum duo_status own_command(struct duo_smp *s, const struct smp_request *q,
                                   struct duo_cbor_out *out)
{
    const enum duo_status status = s->ops->command(s->ctx, q->id, q->write, &q->map, out);

    return status == DUO_E_ARG ? DUO_E_UNSUPPORTED : status;
}

static enum duo_status dispatch(struct duo_smp *s, const struct smp_request *q,
                                struct duo_cbor_out *out)
{
    switch (q->group) {
    case DUO_SMP_GROUP_OS:
        return smp_os(s, q, out);
    case DUO_SMP_GROUP_IMAGE:
        return smp_image(s, q, out);
    case DUO_SMP_GROUP:
        return own_command(s, q, out);
    default:
        return DUO_E_UNSUPPORTED;
    }
}

/* Version and sequence as in the request. */
static uint32_t put_header(const uint8_t *request, uint8_t *out, const struct duo_cbor_out *body)
{
    const uint32_t n = (uint32_t)(body->at - out) - DUO_SMP_HEADER;

    memcpy(out, request, DUO_SMP_HEADER);
    out[0] = (uint8_t)((request[0] & 0x18u) | ((request[0] & 7u) + 1u));
    out[1] = 0;
    out[2] = (uint8_t)(n >> 8);
    out[3] = (uint8_t)n;
    return DUO_SMP_HEADER + n;
}

static void open_body(struct duo_cbor_out *body, uint8_t *out, uint32_t size)
{
    duo_cbor_begin(body, out + DUO_SMP_HEADER, size - DUO_SMP_HEADER);
    duo_cbor_map(body);
}

/* What has been put so far is dropped for an error. */
static uint32_t finish(struct duo_smp *s, const struct smp_request *q, enum duo_status status,
                       struct duo_cbor_out *body, uint8_t *out, uint32_t size)
{
    s->waiting = status == DUO_E_BUSY;
    if (s->waiting) {
        return 0;
    }
    if (status != DUO_OK || body->full) {
        open_body(body, out, size);
        smp_put_error(q, status == DUO_OK ? DUO_E_TOO_LARGE : status, body);
    }
    duo_cbor_end(body);
    return body->full ? 0 : put_header(s->header, out, body);
}

uint32_t duo_smp_serve(struct duo_smp *s, const uint8_t *message, uint32_t n, uint8_t *out,
                       uint32_t size)
{
    struct smp_request q;
    struct duo_cbor_out body;

    if (n < DUO_SMP_HEADER) {
        return 0;
    }
    const bool whole = parse(message, n, &q);
    if ((message[0] & 1u) != 0) {
        return 0; /* somebody's answer */
    }
    memcpy(s->header, message, DUO_SMP_HEADER);
    open_body(&body, out, size);
    return finish(s, &q, whole ? dispatch(s, &q, &body) : DUO_E_MALFORMED, &body, out, size);
}

uint32_t duo_smp_again(struct duo_smp *s, uint8_t *out, uint32_t size)
{
    const struct smp_request q = {.version = s->header[0] >> 3 & 3u,
                                  .write = true,
                                  .group = DUO_SMP_GROUP_IMAGE,
                                  .id = s->header[7]};
    struct duo_cbor_out body;
    struct duo_smp_taken taken = {0};

    if (!s->waiting) {
        return 0;
    }
    open_body(&body, out, size);
    const enum duo_status status = s->ops->uploaded(s->ctx, &taken);
    return finish(s, &q, smp_upload_answer(status, &taken, &body), &body, out, size);
}

bool duo_smp_waiting(const struct duo_smp *s)
{
    return s->waiting;
}

void duo_smp_start(struct duo_smp *s, const struct duo_smp_ops *ops, void *ctx,
                   const struct duo_smp_about *about)
{
    *s = (struct duo_smp){.ops = ops, .ctx = ctx, .about = about};
}
