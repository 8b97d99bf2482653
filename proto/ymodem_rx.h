/* SPDX-License-Identifier: MIT */
/*
 * YMODEM receiver: 128- and 1024-byte blocks, CRC-16 or checksum, batches, YMODEM-G, and XMODEM or
 * XMODEM-1K from a sender that has no header block. No heap, no blocking, no clock: the owner feeds
 * bytes and the time, the receiver answers through callbacks.
 *
 * Flow control. Each callback that offers something answers with one of three words:
 *
 * TAKE: it is acknowledged at once and the sender goes on.
 *
 * LATER: not yet, flash is busy. The acknowledgement is withheld, so the sender waits, until the
 * owner calls duo_ymodem_rx_ready(). It is not offered again: the owner keeps the pointer. Senders
 * accept a delay of 8 s at a header and 15 s at data.
 *
 * REFUSE: ends the transfer. The sender is cancelled, the line drained until it is quiet, and
 * done() says DUO_YM_REFUSED.
 *
 * The receiver has two block buffers. Data offered stays valid, taken or not, until the *next* data
 * is taken. So an owner programs flash straight out of block N, taken at once, while block N+1
 * arrives in the other buffer; when N+1 is offered and N is not finished, it answers LATER and
 * calls ready() when it is. YMODEM-G has no flow control: there, data must be taken before the next
 * block begins.
 */
#ifndef DUO_PROTO_YMODEM_RX_H
#define DUO_PROTO_YMODEM_RX_H

#include "proto/ymodem.h"

enum duo_ymodem_answer { DUO_YM_TAKE, DUO_YM_LATER, DUO_YM_REFUSE };

struct duo_ymodem_rx_ops {
    /* Sends n <= DUO_YM_CANCEL_BYTES bytes; must take them all (a small transmit buffer does). */
    void (*send)(void *ctx, const uint8_t *bytes, size_t n);
    /* A file begins. */
    enum duo_ymodem_answer (*file)(void *ctx, const struct duo_ymodem_file *file);
    /* n > 0 bytes of it, in order, without gaps or repeats; trimmed to the size when that is known.
     */
    enum duo_ymodem_answer (*data)(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n);
    /* All `size` bytes of the file have been taken. LATER lets the last of them be programmed
     * first. */
    enum duo_ymodem_answer (*file_end)(void *ctx, uint32_t size);
    /* The transfer is over, once, and the line quiet. Files that got their file_end() are complete.
     */
    void (*done)(void *ctx, enum duo_ymodem_result result);
};

struct duo_ymodem_rx_config {
    uint32_t poll_ms;     /* between two start characters */
    uint32_t char_ms;     /* longest gap inside a block */
    uint32_t block_ms;    /* silence between blocks before the last one is asked for again */
    uint32_t quiet_ms;    /* the line counts as quiet after this */
    uint32_t start_polls; /* start characters sent before giving up; 0: forever */
    uint32_t
        checksum_after; /* unanswered 'C's before each second poll asks for checksum; 0: never */
    uint32_t retries;   /* errors in a row before giving up */
    bool streaming;     /* YMODEM-G: start with 'G', acknowledge nothing, no error survives */
    uint32_t header_ms; /* a file without header is refused for so long: the last one's was bad, and
                           a sender that ignores CAN goes on with its data. 0: none is */
};

/* Sensible values: 1 s, 1 s, 5 s, 100 ms, forever, 4, 10, false, 0. */
extern const struct duo_ymodem_rx_config duo_ymodem_rx_defaults;

/* Private to the receiver, here so that the owner can allocate it. About 2.2 KiB. */
struct duo_ymodem_rx {
    const struct duo_ymodem_rx_ops *ops;
    void *ctx;
    struct duo_ymodem_rx_config config;
    struct duo_ymodem_file file;
    uint32_t began;      /* when it was started */
    uint32_t now;        /* ms, as last told */
    uint32_t mark;       /* when a byte last came or the receiver last spoke */
    uint32_t polled;     /* when the last start character went out */
    uint32_t noisy;      /* when the current noise began */
    uint32_t polls;      /* start characters sent in this phase */
    uint32_t errors;     /* in a row */
    uint32_t files;      /* completed */
    uint32_t received;   /* bytes of this file taken */
    uint16_t block_size; /* of the block arriving */
    uint16_t have;       /* bytes of it after the start character */
    uint16_t offered;    /* size of the data withheld */
    uint8_t number[2];   /* block number and complement */
    uint8_t check[2];    /* CRC or checksum as received */
    uint8_t phase, line, then, pending, result;
    uint8_t expect; /* next block number */
    uint8_t fill;   /* buffer the arriving block goes to */
    uint8_t cans;   /* CANs at the end of what came in */
    bool crc, xmodem, surplus, streamed_eot, early, skip, goodbye;
    uint8_t buffer[2][DUO_YM_LONG_BLOCK];
};

/* Starts receiving at time now_ms (any origin, may wrap). config NULL: the defaults. Polls at once.
 */
void duo_ymodem_rx_start(struct duo_ymodem_rx *rx, const struct duo_ymodem_rx_ops *ops, void *ctx,
                         const struct duo_ymodem_rx_config *config, uint32_t now_ms);

/* Takes n bytes that have arrived by now_ms. Feed everything that has arrived before a tick. */
void duo_ymodem_rx_input(struct duo_ymodem_rx *rx, uint32_t now_ms, const uint8_t *bytes, size_t n);

/* Runs the time-outs; call it every 50 ms or more often. */
void duo_ymodem_rx_tick(struct duo_ymodem_rx *rx, uint32_t now_ms);

/* What was answered with LATER is taken now. Nothing happens when nothing is withheld. */
void duo_ymodem_rx_ready(struct duo_ymodem_rx *rx);

/* Ends the transfer from this side at any time; done() follows once the line is quiet (10 s at
 * most). */
void duo_ymodem_rx_abort(struct duo_ymodem_rx *rx);

/* True from the first block on: before it, keys typed by a person may still be meant for a menu. */
bool duo_ymodem_rx_started(const struct duo_ymodem_rx *rx);

/* Is a block of a file arriving, not a header? It is given up after char_ms of silence. */
bool duo_ymodem_rx_in_block(const struct duo_ymodem_rx *rx);

/* After done() with OK: did the sender say that no file follows? False when it has just gone, so
 * that files may be missing. */
bool duo_ymodem_rx_goodbye(const struct duo_ymodem_rx *rx);

/*
 * True after done(). Input may still be fed for some seconds: a sender whose last acknowledgement
 * was lost is then answered again.
 */
bool duo_ymodem_rx_over(const struct duo_ymodem_rx *rx);

#endif
