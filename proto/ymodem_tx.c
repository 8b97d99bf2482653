/* SPDX-License-Identifier: MIT */
#include "proto/ymodem_tx.h"

#include <string.h>

#include "proto/crc16.h"

enum {
    PHASE_START,   /* waits for 'C', 'G' or NAK to send a header, or the null block at the end */
    PHASE_HEADER,  /* header sent, waits for ACK */
    PHASE_GREET,   /* header acknowledged, waits for the second 'C' */
    PHASE_DATA,    /* block sent, waits for ACK */
    PHASE_EOT,     /* EOT sent */
    PHASE_GOODBYE, /* null block sent */
    PHASE_CANCEL,  /* the CANs are leaving */
    PHASE_OVER,
};

enum {
    STALE_C_MS = 500,  /* a 'C' this soon after a block was sent before the block arrived */
    GOODBYE_TRIES = 3, /* the files are over; a receiver that has gone is no failure, */
    GOODBYE_MS = 1000, /* and not worth a long wait */
    CANCEL_RUN = 2,
};

const struct duo_ymodem_tx_config duo_ymodem_tx_defaults = {
    .start_ms = 60000,
    .reply_ms = 10000,
    .retries = 10,
};

static void finish(struct duo_ymodem_tx *tx, enum duo_ymodem_result result)
{
    tx->phase = PHASE_OVER;
    tx->result = (uint8_t)result;
    tx->sent = 0;
    tx->length = 0;
    tx->ops->done(tx->ctx, result);
}

static void queue(struct duo_ymodem_tx *tx, size_t length)
{
    tx->length = (uint16_t)length;
    tx->sent = 0;
    tx->mark = tx->now;
}

static void cancel(struct duo_ymodem_tx *tx, enum duo_ymodem_result result)
{
    if (tx->phase >= PHASE_CANCEL) {
        return;
    }
    tx->phase = PHASE_CANCEL;
    tx->result = (uint8_t)result;
    memcpy(tx->packet, duo_ymodem_cancel, sizeof(duo_ymodem_cancel));
    queue(tx, sizeof(duo_ymodem_cancel));
}

/* Puts start, number and check around the block in packet[3..]; the receiver may change the check
 * between two sendings of one block, so this is done each time. */
static void queue_block(struct duo_ymodem_tx *tx)
{
    uint8_t *block = tx->packet + 3;
    uint8_t *check = block + tx->block_size;

    tx->packet[0] = tx->block_size == DUO_YM_LONG_BLOCK ? DUO_YM_STX : DUO_YM_SOH;
    tx->packet[1] = tx->number;
    tx->packet[2] = (uint8_t)~tx->number;
    if (tx->crc) {
        uint16_t crc = duo_crc16(0, block, tx->block_size);

        check[0] = (uint8_t)(crc >> 8);
        check[1] = (uint8_t)crc;
    } else {
        check[0] = duo_ymodem_checksum(block, tx->block_size);
    }
    queue(tx, 3u + tx->block_size + (tx->crc ? 2u : 1u));
}

static void queue_eot(struct duo_ymodem_tx *tx)
{
    tx->packet[0] = DUO_YM_EOT;
    tx->block_size = 0;
    queue(tx, 1);
}

static void send_header(struct duo_ymodem_tx *tx)
{
    bool more = tx->ops->next_file(tx->ctx, &tx->file);

    if (tx->phase >= PHASE_CANCEL) {
        return; /* the callback has aborted */
    }
    duo_ymodem_build_header(tx->packet + 3, more ? &tx->file : NULL);
    tx->number = 0;
    tx->offset = 0;
    tx->next = 0;
    tx->errors = 0;
    tx->block_size = DUO_YM_SHORT_BLOCK;
    tx->phase = more ? PHASE_HEADER : PHASE_GOODBYE;
    queue_block(tx);
}

static void send_data(struct duo_ymodem_tx *tx)
{
    uint32_t left = tx->file.size - tx->offset;
    uint8_t *block = tx->packet + 3;

    tx->errors = 0;
    if (left == 0) {
        tx->phase = PHASE_EOT;
        queue_eot(tx);
        return;
    }
    tx->block_size = left > DUO_YM_SHORT_BLOCK ? DUO_YM_LONG_BLOCK : DUO_YM_SHORT_BLOCK;
    if (left > tx->block_size) {
        left = tx->block_size;
    }
    memset(block + left, DUO_YM_PAD, tx->block_size - left);
    if (!tx->ops->read(tx->ctx, tx->offset, block, left)) {
        cancel(tx, DUO_YM_REFUSED);
        return;
    }
    tx->phase = PHASE_DATA;
    tx->number++;
    tx->next = tx->offset + left;
    queue_block(tx);
}

static void repeat(struct duo_ymodem_tx *tx, enum duo_ymodem_result reason)
{
    uint32_t limit = tx->phase == PHASE_GOODBYE ? GOODBYE_TRIES : tx->config.retries;

    if (tx->streaming && tx->phase == PHASE_DATA) {
        cancel(tx, DUO_YM_LINE_ERRORS); /* what was sent before is gone */
        return;
    }
    if (++tx->errors > limit) {
        if (tx->phase == PHASE_GOODBYE) {
            finish(tx, DUO_YM_OK);
        } else {
            cancel(tx, reason);
        }
    } else if (tx->block_size == 0) {
        queue_eot(tx);
    } else {
        queue_block(tx);
    }
}

/* 'C', 'G' or NAK while a block is wanted: the receiver chooses the check with it. */
static void choose(struct duo_ymodem_tx *tx, uint8_t byte)
{
    tx->crc = byte != DUO_YM_NAK;
    tx->streaming = byte == DUO_YM_G;
}

static void advance(struct duo_ymodem_tx *tx)
{
    tx->offset = tx->next;
    if (tx->ops->progress) {
        tx->ops->progress(tx->ctx, tx->offset);
    }
    if (tx->phase < PHASE_CANCEL) {
        send_data(tx);
    }
}

static void acknowledged(struct duo_ymodem_tx *tx)
{
    switch (tx->phase) {
    case PHASE_HEADER:
        tx->phase = PHASE_GREET;
        tx->errors = 0;
        tx->mark = tx->now;
        break;
    case PHASE_DATA:
        if (!tx->streaming) {
            advance(tx);
        }
        break;
    case PHASE_EOT:
        tx->files++;
        tx->phase = PHASE_START;
        tx->mark = tx->now;
        break;
    case PHASE_GOODBYE:
        finish(tx, DUO_YM_OK);
        break;
    default:
        break;
    }
}

/* 'C' or 'G' while an answer to a block is due. */
static void asked_again(struct duo_ymodem_tx *tx, uint8_t byte)
{
    bool first = tx->phase == PHASE_HEADER || tx->phase == PHASE_GOODBYE || tx->number == 1;

    /* A receiver polls until it sees the block, so polls sent before are no requests: answering
     * each of them with a copy of the block puts both sides out of step. */
    if (first && tx->now - tx->mark >= STALE_C_MS) {
        choose(tx, byte);
        repeat(tx, DUO_YM_LINE_ERRORS);
    }
}

static void request(struct duo_ymodem_tx *tx, uint8_t byte)
{
    switch (tx->phase) {
    case PHASE_START:
        choose(tx, byte);
        send_header(tx);
        break;
    case PHASE_GREET:
        choose(tx, byte);
        send_data(tx);
        break;
    case PHASE_HEADER:
    case PHASE_GOODBYE:
        if (tx->streaming && byte == DUO_YM_G && tx->phase == PHASE_HEADER) {
            send_data(tx); /* YMODEM-G receivers may leave out the ACK of the header */
            break;
        }
        asked_again(tx, byte);
        break;
    case PHASE_DATA:
        if (byte == DUO_YM_C) {
            asked_again(tx, byte);
        }
        break;
    default:
        break;
    }
}

static void refused(struct duo_ymodem_tx *tx)
{
    if (tx->phase == PHASE_START || tx->phase == PHASE_GREET) {
        request(tx, DUO_YM_NAK);
    } else if (tx->phase < PHASE_CANCEL) {
        repeat(tx, DUO_YM_LINE_ERRORS);
    }
}

static void count_cans(struct duo_ymodem_tx *tx)
{
    if (++tx->cans == CANCEL_RUN && tx->phase < PHASE_CANCEL) {
        finish(tx, DUO_YM_CANCELLED);
    }
}

static void one_byte(struct duo_ymodem_tx *tx, uint8_t byte)
{
    if (byte == DUO_YM_CAN) {
        count_cans(tx);
        return;
    }
    tx->cans = 0;
    /* An answer to a block cannot come before the block has gone: it is an old one. Only the
     * streaming receiver interrupts. */
    if (tx->sent < tx->length && !(tx->streaming && byte == DUO_YM_NAK)) {
        return;
    }
    if (byte == DUO_YM_ACK) {
        acknowledged(tx);
    } else if (byte == DUO_YM_NAK) {
        refused(tx);
    } else if (byte == DUO_YM_C || byte == DUO_YM_G) {
        request(tx, byte);
    }
}

void duo_ymodem_tx_input(struct duo_ymodem_tx *tx, uint32_t now_ms, const uint8_t *bytes, size_t n)
{
    tx->now = now_ms;
    for (size_t i = 0; i < n; i++) {
        one_byte(tx, bytes[i]);
    }
}

static void silence(struct duo_ymodem_tx *tx)
{
    uint32_t waited = tx->now - tx->mark;

    switch (tx->phase) {
    case PHASE_START:
        if (tx->files > 0 && waited >= tx->config.reply_ms) {
            finish(tx, DUO_YM_OK); /* every file was acknowledged; the receiver wants no goodbye */
        } else if (tx->files == 0 && waited >= tx->config.start_ms) {
            cancel(tx, DUO_YM_TIMEOUT);
        }
        break;
    case PHASE_GREET:
        if (waited >= tx->config.reply_ms) {
            tx->phase =
                PHASE_HEADER; /* the second 'C' was lost: a copy of the header brings another */
            repeat(tx, DUO_YM_TIMEOUT);
        }
        break;
    case PHASE_HEADER:
    case PHASE_DATA:
    case PHASE_EOT:
        if (waited >= tx->config.reply_ms) {
            repeat(tx, DUO_YM_TIMEOUT);
        }
        break;
    case PHASE_GOODBYE:
        if (waited >= GOODBYE_MS) {
            repeat(tx, DUO_YM_TIMEOUT);
        }
        break;
    default:
        break;
    }
}

static void packet_left(struct duo_ymodem_tx *tx)
{
    if (tx->phase == PHASE_CANCEL) {
        finish(tx, (enum duo_ymodem_result)tx->result);
    } else if (tx->phase == PHASE_DATA && tx->streaming) {
        advance(tx);
    }
}

/* The line takes nothing: as bounded as any other wait. */
static void stuck(struct duo_ymodem_tx *tx)
{
    if (tx->now - tx->mark >= tx->config.reply_ms * 2) {
        finish(tx, tx->phase == PHASE_CANCEL ? (enum duo_ymodem_result)tx->result : DUO_YM_TIMEOUT);
    }
}

bool duo_ymodem_tx_pump(struct duo_ymodem_tx *tx, uint32_t now_ms)
{
    size_t taken;

    tx->now = now_ms;
    if (tx->phase == PHASE_OVER) {
        return false;
    }
    if (tx->sent == tx->length) {
        silence(tx);
    }
    if (tx->sent == tx->length) {
        return false;
    }
    taken = tx->ops->send(tx->ctx, tx->packet + tx->sent, (size_t)(tx->length - tx->sent));
    tx->sent = (uint16_t)(tx->sent + taken);
    if (taken > 0) {
        tx->mark = tx->now;
    } else {
        stuck(tx);
    }
    if (tx->sent == tx->length && tx->phase != PHASE_OVER) {
        packet_left(tx);
    }
    return tx->sent < tx->length;
}

void duo_ymodem_tx_start(struct duo_ymodem_tx *tx, const struct duo_ymodem_tx_ops *ops, void *ctx,
                         const struct duo_ymodem_tx_config *config, uint32_t now_ms)
{
    memset(tx, 0, sizeof(*tx));
    tx->ops = ops;
    tx->ctx = ctx;
    tx->config = config ? *config : duo_ymodem_tx_defaults;
    tx->now = now_ms;
    tx->mark = now_ms;
    tx->crc = true;
}

void duo_ymodem_tx_abort(struct duo_ymodem_tx *tx)
{
    cancel(tx, DUO_YM_REFUSED);
}

bool duo_ymodem_tx_over(const struct duo_ymodem_tx *tx)
{
    return tx->phase == PHASE_OVER;
}
