/* SPDX-License-Identifier: MIT */
/*
 * YMODEM sender: blocks of 1024 bytes, of 128 for a short tail, CRC-16 or checksum as the receiver
 * asks, true sizes, batches, YMODEM-G when the receiver starts with 'G'. No heap, no blocking, no
 * clock.
 */
#ifndef DUO_PROTO_YMODEM_TX_H
#define DUO_PROTO_YMODEM_TX_H

#include "proto/ymodem.h"

struct duo_ymodem_tx_ops {
    /* Takes as many of the n bytes as it can without waiting and returns their number; the rest is
     * offered again by the next pump. */
    size_t (*send)(void *ctx, const uint8_t *bytes, size_t n);
    /* Fills in the next file (name not empty, size known), or returns false when there is none. */
    bool (*next_file)(void *ctx, struct duo_ymodem_file *file);
    /* Reads exactly n bytes of the current file from `offset`; false cancels the transfer. The same
     * bytes are never asked for twice in a row. */
    bool (*read)(void *ctx, uint32_t offset, uint8_t *bytes, size_t n);
    /* The receiver has acknowledged the bytes up to `offset` (under YMODEM-G: they were sent). May
     * be NULL. */
    void (*progress)(void *ctx, uint32_t offset);
    /* The transfer is over, once. */
    void (*done)(void *ctx, enum duo_ymodem_result result);
};

struct duo_ymodem_tx_config {
    uint32_t start_ms; /* how long to wait for the receiver's first character */
    uint32_t reply_ms; /* how long to wait for an answer to a block before it is repeated */
    uint32_t retries;  /* repeats in a row before giving up */
};

/* 60 s, 10 s, 10. */
extern const struct duo_ymodem_tx_config duo_ymodem_tx_defaults;

/* Private to ymodem_tx.c. About 1.2 KiB. */
struct duo_ymodem_tx {
    const struct duo_ymodem_tx_ops *ops;
    void *ctx;
    struct duo_ymodem_tx_config config;
    struct duo_ymodem_file file;
    uint32_t now, mark;    /* ms; mark: when the last block had left, or the wait began */
    uint32_t offset, next; /* bytes acknowledged; bytes once the block under way is acknowledged */
    uint32_t errors, files;
    uint16_t length, sent; /* of the packet under way */
    uint16_t block_size;   /* 0: the packet is an EOT */
    uint8_t phase, result, number, cans;
    bool crc, streaming;
    uint8_t packet[DUO_YM_LONG_BLOCK + DUO_YM_OVERHEAD];
};

/* Starts at time now_ms (any origin, may wrap). config NULL: the defaults. */
void duo_ymodem_tx_start(struct duo_ymodem_tx *tx, const struct duo_ymodem_tx_ops *ops, void *ctx,
                         const struct duo_ymodem_tx_config *config, uint32_t now_ms);

/* Takes n bytes that have arrived by now_ms. */
void duo_ymodem_tx_input(struct duo_ymodem_tx *tx, uint32_t now_ms, const uint8_t *bytes, size_t n);

/*
 * Sends what is to be sent, at most one block, and runs the time-outs. Call it after each input,
 * when the line takes bytes again, and every 100 ms. True: there is more to send, call again.
 */
bool duo_ymodem_tx_pump(struct duo_ymodem_tx *tx, uint32_t now_ms);

/* Cancels the transfer; done() says DUO_YM_REFUSED. */
void duo_ymodem_tx_abort(struct duo_ymodem_tx *tx);

/* True after done(). */
bool duo_ymodem_tx_over(const struct duo_ymodem_tx *tx);

#endif
