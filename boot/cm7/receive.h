/*
 * An update over the line: YMODEM in front, an update session behind. One bundle, or signed images
 * of one or both cores. Blocks are programmed while the next ones arrive.
 */
#ifndef DUO_BOOT_RECEIVE_H
#define DUO_BOOT_RECEIVE_H

#include <stdbool.h>

#include "core/session.h"
#include "proto/ymodem_rx.h"

struct receive {
    struct duo_txn *txn;
    struct duo_session session;
    struct duo_ymodem_rx rx;
    struct duo_ymodem_file file;
    const uint8_t *pending; /* taken from the receiver, not yet given to the session */
    size_t pending_len;
    const uint8_t *next; /* arrived while `pending` was not written; its ACK is withheld */
    size_t next_len;
    bool streaming;          /* YMODEM-G */
    bool in_file;            /* a session is open */
    bool staged;             /* the session has finished well */
    bool over;               /* the transfer has ended, `result` says how */
    enum duo_status verdict; /* first error of the session */
    enum duo_ymodem_result result;
};

/* Starts to ask for a file, `polls` times, once a second; 0: for ever. `streaming`: YMODEM-G. */
void receive_start(struct receive *r, struct duo_txn *txn, uint32_t polls, bool streaming);

/* Gives up from this side; it is over when the line is quiet. */
void receive_abort(struct receive *r);

/* Takes what has arrived and works on what is pending; call it all the time. */
void receive_poll(struct receive *r, const uint8_t *bytes, size_t n);

/* Has a transfer begun, so that bytes on the line are no longer keys? */
bool receive_started(const struct receive *r);

#endif
