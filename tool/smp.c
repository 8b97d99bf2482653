/* SPDX-License-Identifier: MIT */
#include "tool/smp.h"

#include <stdio.h>
#include <string.h>

#include "core/image/crypto.h"
#include "tool/update.h"

enum {
    TURN_MS = 20,
    KNOCK_MS = 400,
    ANSWER_MS = 5000,
    FIRST_MS = 40000, /* a device may have to make room first */
    TRIES = 4,
    PIECE = 4096,    /* of a file in one message: what a fault on the line costs */
    OVERHEAD = 128,  /* of the first message of a file, more than its map needs */
    KNOCK_ID = 0xF5, /* the sequence number of a knock: no letter */
    OS_RESET = 5,
    PARAMETERS = 6
};

void smp_start(struct smp *c, struct serial *serial, struct follow *follow)
{
    memset(c, 0, sizeof(*c));
    c->serial = serial;
    c->follow = follow;
    c->limit = 256;
    c->tries = TRIES;
    duo_smp_line_start(&c->line, c->buffer, sizeof(c->buffer));
}

/* ---- Is there a device? ---- */

void smp_knock(struct smp *c)
{
    static const uint8_t parameters[] = {0x08, 0, 0, 1, 0, 0, KNOCK_ID, PARAMETERS, 0xA0};

    (void)serial_write(c->serial, parameters, sizeof(parameters));
}

bool smp_found(struct smp *c, const uint8_t *bytes, size_t n)
{
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        uint8_t *const h = c->heard;

        memmove(h, h + 1, 7);
        h[7] = bytes[i];
        found = found || (h[0] == 0x09 && h[1] == 0 && h[4] == 0 && h[5] == 0 && h[6] == KNOCK_ID &&
                          h[7] == PARAMETERS);
    }
    return found;
}

/* One turn of listening; the number of bytes, -1: the port has gone. */
static int listen_turn(struct smp *c, uint8_t *bytes, size_t max)
{
    const int n = serial_read(c->serial, bytes, max, false, TURN_MS);

    if (n > 0 && c->follow) {
        follow_bytes(c->follow, serial_now(), bytes, (size_t)n);
    }
    return n;
}

static enum smp_result wait_for_knock(struct smp *c, uint32_t timeout_ms)
{
    const uint32_t start = serial_now();
    uint32_t knocked = start - KNOCK_MS;
    uint8_t bytes[256];

    while (serial_now() - start < timeout_ms) {
        if (update_interrupted) {
            return SMP_STOPPED;
        }
        if (serial_now() - knocked >= KNOCK_MS) {
            smp_knock(c);
            knocked = serial_now();
        }
        const int n = listen_turn(c, bytes, sizeof(bytes));
        if (n < 0) {
            return SMP_GONE;
        }
        if (smp_found(c, bytes, (size_t)n)) {
            return SMP_DONE;
        }
    }
    return SMP_SILENT;
}

enum smp_result smp_connect(struct smp *c, uint32_t timeout_ms)
{
    struct duo_cbor_item answer, size;
    enum smp_result result = wait_for_knock(c, timeout_ms);

    if (result == SMP_DONE) {
        result = smp_ask_plain(c, DUO_SMP_GROUP_OS, PARAMETERS, false, &answer);
    }
    if (result == SMP_DONE && duo_cbor_get(&answer, "buf_size", DUO_CBOR_NUMBER, &size) &&
        size.number > c->limit) {
        c->limit = size.number;
    }
    return result;
}

/* ---- Questions ---- */

struct duo_cbor_out smp_body(struct smp *c)
{
    struct duo_cbor_out out;

    duo_cbor_begin(&out, c->request + DUO_SMP_HEADER, sizeof(c->request) - DUO_SMP_HEADER);
    duo_cbor_map(&out);
    return out;
}

static void send_all(void *ctx, const uint8_t *bytes, size_t n)
{
    struct smp *c = ctx;
    const uint32_t start = serial_now();

    while (n > 0 && serial_now() - start < ANSWER_MS) {
        const int done = serial_write(c->serial, bytes, n);

        if (done < 0) {
            return; /* listening finds it out, too */
        }
        bytes += done;
        n -= (size_t)done;
        if (n > 0) {
            (void)serial_read(c->serial, c->heard, 0, true, TURN_MS);
        }
    }
}

static void put_header(struct smp *c, uint32_t group, uint8_t id, bool write, uint32_t n)
{
    const uint8_t header[DUO_SMP_HEADER] = {(uint8_t)(0x08u | (write ? DUO_SMP_WRITE : 0u)),
                                            0,
                                            (uint8_t)(n >> 8),
                                            (uint8_t)n,
                                            (uint8_t)(group >> 8),
                                            (uint8_t)group,
                                            c->sequence,
                                            id};

    memcpy(c->request, header, sizeof(header));
}

static bool is_answer(const struct smp *c)
{
    return c->line.length >= DUO_SMP_HEADER && c->line.message[0] == (c->request[0] | 1u) &&
           memcmp(c->line.message + 4, c->request + 4, 4) == 0;
}

/* Of group 64: enum duo_status. */
static void word_error(struct smp *c, uint32_t group, uint32_t rc)
{
    static const struct {
        uint32_t rc;
        const char *text;
    } image[] = {{3, "no such image"},
                 {5, "made for other hardware, or uses what is not supported"},
                 {12, "the flash does not take it"},
                 {13, "the flash cannot be erased; it may be write-protected"},
                 {14, "made for the other core"},
                 {22, "not an image or bundle, or not all of it"},
                 {23, "not an image or bundle"},
                 {24, "the hash or signature is wrong; sign it with this device's key"},
                 {27, "its security counter is too low, or it is not newer"},
                 {28, "a set is on trial, or an exchange is not complete"},
                 {29, "its vector table is wrong"},
                 {30, "too large for its slot"},
                 {31, "more bytes than were announced"},
                 {32, "not before it has run"}};

    c->rc = rc;
    if (group == DUO_SMP_GROUP) {
        snprintf(c->error, sizeof(c->error), "%s", duo_status_text((enum duo_status)rc));
        return;
    }
    snprintf(c->error, sizeof(c->error), "error %u of group %u", (unsigned)rc, (unsigned)group);
    for (size_t i = 0; group == DUO_SMP_GROUP_IMAGE && i < sizeof(image) / sizeof(image[0]); i++) {
        if (image[i].rc == rc) {
            snprintf(c->error, sizeof(c->error), "%s", image[i].text);
        }
    }
}

static bool is_error(struct smp *c, const struct duo_cbor_item *map)
{
    struct duo_cbor_item error, group, rc;

    if (duo_cbor_get(map, "err", DUO_CBOR_MAP, &error) &&
        duo_cbor_get(&error, "group", DUO_CBOR_NUMBER, &group) &&
        duo_cbor_get(&error, "rc", DUO_CBOR_NUMBER, &rc)) {
        word_error(c, group.number, rc.number);
        return true;
    }
    if (duo_cbor_get(map, "rc", DUO_CBOR_NUMBER, &rc) && rc.number != 0) {
        c->rc = rc.number;
        snprintf(c->error, sizeof(c->error),
                 rc.number == 8 ? "it does not know this command" : "error %u",
                 (unsigned)rc.number);
        return true;
    }
    return false;
}

static enum smp_result wait_for_answer(struct smp *c, uint32_t timeout_ms,
                                       struct duo_cbor_item *answer)
{
    const uint32_t start = serial_now();
    uint8_t bytes[512];

    while (serial_now() - start < timeout_ms) {
        const int n = listen_turn(c, bytes, sizeof(bytes));

        if (update_interrupted) {
            return SMP_STOPPED;
        }
        if (n < 0) {
            return SMP_GONE;
        }
        for (int i = 0; i < n; i++) {
            if (!duo_smp_line_overhear(&c->line, serial_now(), bytes[i]) || !is_answer(c) ||
                !duo_cbor_read_map(c->line.message + DUO_SMP_HEADER,
                                   c->line.length - DUO_SMP_HEADER, answer)) {
                continue;
            }
            return is_error(c, answer) ? SMP_REFUSED : SMP_DONE;
        }
    }
    return SMP_SILENT;
}

enum smp_result smp_ask(struct smp *c, uint32_t group, uint8_t id, bool write,
                        const struct duo_cbor_out *body, uint32_t timeout_ms, unsigned tries,
                        struct duo_cbor_item *answer)
{
    struct duo_cbor_out out = *body;
    struct duo_cbor_item unused;
    enum smp_result result = SMP_SILENT;

    duo_cbor_end(&out);
    const uint32_t n = (uint32_t)(out.at - c->request) - DUO_SMP_HEADER;
    c->sequence = (uint8_t)((c->sequence + 1u) % 0xF0u);
    put_header(c, group, id, write, n);
    /* With one number for all tries: an answer that comes late is an answer. */
    for (unsigned i = 0; i < tries && result == SMP_SILENT; i++) {
        duo_smp_line_send(&c->line, c->request, DUO_SMP_HEADER + n, send_all, c);
        result = wait_for_answer(c, timeout_ms, answer ? answer : &unused);
    }
    return result;
}

enum smp_result smp_reset(struct smp *c, bool to_recovery)
{
    struct duo_cbor_out body = smp_body(c);

    if (to_recovery) {
        duo_cbor_put_number(&body, "boot_mode", 1);
    }
    return smp_ask(c, DUO_SMP_GROUP_OS, OS_RESET, true, &body, ANSWER_MS, 1, NULL);
}

enum smp_result smp_ask_plain(struct smp *c, uint32_t group, uint8_t id, bool write,
                              struct duo_cbor_item *answer)
{
    const struct duo_cbor_out body = smp_body(c);

    return smp_ask(c, group, id, write, &body, ANSWER_MS, TRIES, answer);
}

/* ---- Upload ---- */

static struct duo_cbor_out upload_body(struct smp *c, const uint8_t *data, uint32_t size,
                                       uint32_t image, uint32_t offset)
{
    struct duo_cbor_out body = smp_body(c);
    uint32_t n = c->limit - OVERHEAD < PIECE ? c->limit - OVERHEAD : PIECE;

    n = n < size - offset ? n : size - offset;
    if (offset == 0) {
        uint8_t hash[DUO_HASH_SIZE];

        duo_sha256_of(data, size, hash);
        duo_cbor_put_number(&body, "image", image);
        duo_cbor_put_number(&body, "len", size);
        duo_cbor_put_bytes(&body, "sha", hash, sizeof(hash));
    }
    duo_cbor_put_number(&body, "off", offset);
    duo_cbor_put_bytes(&body, "data", data + offset, n);
    return body;
}

enum smp_result smp_upload(struct smp *c, const uint8_t *data, uint32_t size, uint32_t image,
                           void (*progress)(void *ctx, uint32_t offset), void *ctx)
{
    enum smp_result result = SMP_DONE;
    uint32_t offset = 0;
    bool whole = false;

    c->resumed = 0;
    while (result == SMP_DONE && !whole) {
        struct duo_cbor_out body = upload_body(c, data, size, image, offset);
        struct duo_cbor_item answer, next;
        const bool first = offset == 0;

        result = smp_ask(c, DUO_SMP_GROUP_IMAGE, 1, true, &body, first ? FIRST_MS : SMP_PIECE_MS,
                         c->tries, &answer);
        if (result != SMP_DONE) {
            break;
        }
        if (!duo_cbor_get(&answer, "off", DUO_CBOR_NUMBER, &next) || next.number > size) {
            word_error(c, DUO_SMP_GROUP_IMAGE, 1);
            return SMP_REFUSED;
        }
        if (first && next.number > PIECE) {
            c->resumed = next.number;
        }
        offset = next.number;
        whole = offset == size;
        progress(ctx, offset);
    }
    return result;
}
