/* SPDX-License-Identifier: MIT */
/*
 * An update over the line: by YMODEM, into an update session. One bundle, or signed images
 * of one or both cores. Between the two is a queue: while the flash works, blocks go on to arrive
 * and are acknowledged.
 */
#ifndef DUO_BOOT_RECEIVE_H
#define DUO_BOOT_RECEIVE_H

#include <stdbool.h>

#include "boot/cm7/recovery/ring.h"
#include "core/txn/session.h"
#include "proto/ymodem_rx.h"

struct receive {
    struct duo_txn *txn;
    struct duo_session session;
    struct duo_ymodem_rx rx;
    struct duo_ymodem_file file;
    struct ring queue;   /* between the line and the session */
    const uint8_t *held; /* a block that the queue had no room for; its ACK is withheld */
    size_t held_len;
    uint32_t taken;         /* bytes of this file */
    bool in_file;           /* a session is open */
    bool staged;            /* the session has finished well */
    bool over;              /* the transfer has ended, `result` says how */
    enum duo_status status; /* first error of the session */
    enum duo_ymodem_result result;
};

/* Starts to ask for a file, `polls` times, once a second; 0: forever. `streaming`: YMODEM-G. */
void receive_start(struct receive *r, struct duo_txn *txn, uint32_t polls, bool streaming);

/* Gives up from this side; it is over when the line is quiet. */
void receive_abort(struct receive *r);

/* The sender has gone: gives up without a word. */
void receive_drop(struct receive *r);

/* Takes what has arrived, and does a piece of the work; call it all the time. */
void receive_poll(struct receive *r, const uint8_t *bytes, size_t n);

/*
 * May bytes be taken now, by receive_listen(), though the work is not done? For the wait inside of
 * a flash operation. True in the middle of a file, where all they do is to fill the queue; what
 * begins or ends a file waits for receive_poll().
 */
bool receive_wants(const struct receive *r);
void receive_listen(struct receive *r, uint8_t byte);

/* The RAM in which images are verified, and the one through which files come: for others while no
 * file comes by YMODEM. */
uint8_t *receive_image_buffer(uint32_t *size);
/* Of a file that begins with these bytes; larger for a bundle that is all of its session, which has
 * no use for the other one. */
uint8_t *receive_queue(const struct duo_session *s, const uint8_t *bytes, size_t n, uint32_t *size);

/* Is there work left? */
bool receive_busy(const struct receive *r);

/* Is a block arriving? A byte may be part of it then, though it stands alone. */
bool receive_in_block(const struct receive *r);

/* Has a transfer begun, so that bytes on the line are no longer keys? */
bool receive_started(const struct receive *r);

#endif
