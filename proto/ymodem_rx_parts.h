/* SPDX-License-Identifier: MIT */
/* Inside of the YMODEM receiver: what its three parts know of each other. */
#ifndef DUO_PROTO_YMODEM_RX_PARTS_H
#define DUO_PROTO_YMODEM_RX_PARTS_H

#include "proto/ymodem_rx.h"

/* What the transfer waits for. */
enum {
    PHASE_HEADER, /* block 0 of a file, or block 1 of a sender without header */
    PHASE_FIRST,  /* the first data of a file whose header is acknowledged */
    PHASE_DATA,
    PHASE_EOT,   /* the second EOT: the first may be a damaged start character */
    PHASE_ABORT, /* cancelled: nothing but silence */
    PHASE_OVER,
};

/* What the line is doing. */
enum {
    LINE_IDLE,
    LINE_BLOCK, /* a block is arriving */
    LINE_QUIET, /* bytes are dropped until the line is quiet, then `then` is done */
};

enum { THEN_NOTHING, THEN_RETRY, THEN_HEADER, THEN_GREET, THEN_EOT };

/* What was offered and is withheld. */
enum { PENDING_NOTHING, PENDING_FILE, PENDING_DATA, PENDING_END };

/* ---- Line (ymodem_rx_line.c): from bytes and time to blocks ---- */

void duo_rx_quiet_then(struct duo_ymodem_rx *rx, uint8_t then);

/* ---- Transfer (ymodem_rx.c): from blocks to files ---- */

/* Is a block of this number neither awaited nor a repeated one, but the first of another transfer:
 * a header, or XMODEM's first? */
bool duo_rx_is_another(const struct duo_ymodem_rx *rx, uint8_t number);
/* An intact block is in the buffer. */
void duo_rx_block(struct duo_ymodem_rx *rx);
/* An EOT has come. */
void duo_rx_eot(struct duo_ymodem_rx *rx);
/* Nothing has followed it: it is no damaged beginning of a block. */
void duo_rx_eot_alone(struct duo_ymodem_rx *rx);
void duo_rx_offer_file(struct duo_ymodem_rx *rx);

/* ---- Asking (ymodem_rx_ask.c): what is said to the sender ---- */

void duo_rx_send(struct duo_ymodem_rx *rx, uint8_t byte);
/* Over, at once; or after cancelling the sender and silence. */
void duo_rx_finish(struct duo_ymodem_rx *rx, enum duo_ymodem_result result);
void duo_rx_fail(struct duo_ymodem_rx *rx, enum duo_ymodem_result result);
bool duo_rx_count_error(struct duo_ymodem_rx *rx);
void duo_rx_enter(struct duo_ymodem_rx *rx, uint8_t phase);
void duo_rx_between_files(struct duo_ymodem_rx *rx);
void duo_rx_await_header(struct duo_ymodem_rx *rx);
void duo_rx_poll(struct duo_ymodem_rx *rx);
void duo_rx_retry(struct duo_ymodem_rx *rx);
void duo_rx_greet_again(struct duo_ymodem_rx *rx);
/* Nothing has come for `silent` ms. */
void duo_rx_idle(struct duo_ymodem_rx *rx, uint32_t silent);

#endif
