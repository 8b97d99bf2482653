/* SPDX-License-Identifier: MIT */
/*
 * The host's side of SMP on a serial line: finds a device that serves it, asks, and uploads. The
 * console's framing carries it, so that text on the same line does no harm. docs/protocols.md.
 */
#ifndef DUO_TOOL_SMP_H
#define DUO_TOOL_SMP_H

#include "proto/smp.h"
#include "proto/smp_line.h"
#include "tool/follow.h"
#include "tool/serial.h"

enum smp_result {
    SMP_DONE,
    SMP_REFUSED, /* c->error says why */
    SMP_SILENT,  /* no answer in time */
    SMP_GONE,    /* the port has gone; c->serial->error */
    SMP_STOPPED  /* by a signal (update_interrupted) */
};

/* For the answer to a piece of a file. */
enum { SMP_PIECE_MS = 10000 };

struct smp {
    struct serial *serial;
    struct follow *follow; /* hears all that comes; may be NULL */
    struct duo_smp_line line;
    uint32_t limit; /* the longest message that the device takes */
    unsigned tries; /* how often a piece of a file is sent before the device counts as silent */
    uint8_t sequence;
    char error[160];
    uint32_t rc;       /* REFUSED: the group's number */
    uint8_t heard[16]; /* the last bytes that came, for smp_found() */
    uint8_t buffer[8192 + DUO_SMP_LINE_EXTRA];
    uint8_t request[8192 + DUO_SMP_HEADER];
    uint32_t resumed; /* smp_upload(): the first offset that the device asked for */
};

void smp_start(struct smp *c, struct serial *serial, struct follow *follow);

/* ---- Is there a device? ---- */

/* Sends a question that no application takes for a key. */
void smp_knock(struct smp *c);
/* Takes what came; true when it holds the answer to a knock. */
bool smp_found(struct smp *c, const uint8_t *bytes, size_t n);
/* Knocks until somebody answers, and asks for the size of messages. */
enum smp_result smp_connect(struct smp *c, uint32_t timeout_ms);

/* ---- Questions ---- */

/* Where the body of a request goes; then smp_ask(). */
struct duo_cbor_out smp_body(struct smp *c);

/* Sends the request and waits; asks up to `tries` times. *answer, if not NULL, is good until the
 * next question. */
enum smp_result smp_ask(struct smp *c, uint32_t group, uint8_t id, bool write,
                        const struct duo_cbor_out *body, uint32_t timeout_ms, unsigned tries,
                        struct duo_cbor_item *answer);

/* Asks for a reset, once: it may have been heard though no answer comes, and a second one would end
 * the trial of a set that has been installed meanwhile. */
enum smp_result smp_reset(struct smp *c, bool to_recovery);

/* A request without a body. */
enum smp_result smp_ask_plain(struct smp *c, uint32_t group, uint8_t id, bool write,
                              struct duo_cbor_item *answer);

/* Sends a file; goes on where an earlier transfer of it has stopped. */
enum smp_result smp_upload(struct smp *c, const uint8_t *data, uint32_t size, uint32_t image,
                           void (*progress)(void *ctx, uint32_t offset), void *ctx);

#endif
