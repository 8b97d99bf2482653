/* SPDX-License-Identifier: MIT */
/* The receiver's transfer: blocks become files, which are offered to the owner. */
#include "proto/ymodem_rx.h"

#include <string.h>

#include "proto/ymodem_rx_parts.h"

const struct duo_ymodem_rx_config duo_ymodem_rx_defaults = {
    .poll_ms = 1000,
    .char_ms = 1000,
    .block_ms = 5000,
    .quiet_ms = 100,
    .start_polls = 0,
    .checksum_after = 4,
    .retries = 10,
    .streaming = false,
    .header_ms = 0,
};

/* ---- What was offered is taken ---- */

static void offer_data(struct duo_ymodem_rx *rx);
static void offer_end(struct duo_ymodem_rx *rx);

static void end_batch(struct duo_ymodem_rx *rx)
{
    duo_rx_send(rx, DUO_YM_ACK);
    rx->goodbye = true;
    duo_rx_finish(rx, DUO_YM_OK);
}

static void take_file(struct duo_ymodem_rx *rx)
{
    rx->expect = 1;
    rx->errors = 0;
    duo_rx_enter(rx, PHASE_FIRST);
    if (rx->xmodem) {
        offer_data(rx); /* block 1, which began the file, is still in its buffer */
    } else {
        duo_rx_send(rx, DUO_YM_ACK);
        duo_rx_poll(rx);
    }
}

static void take_data(struct duo_ymodem_rx *rx)
{
    rx->received += rx->offered;
    rx->expect++;
    rx->fill ^= 1;
    rx->errors = 0;
    rx->phase = PHASE_DATA;
    if (!rx->config.streaming) {
        duo_rx_send(rx, DUO_YM_ACK);
    } else if (rx->streamed_eot) {
        offer_end(rx);
    }
}

static void take_end(struct duo_ymodem_rx *rx)
{
    rx->files++;
    rx->errors = 0;
    if (rx->xmodem) {
        end_batch(rx);
        return;
    }
    if (rx->early) {
        duo_rx_between_files(rx); /* the next header is here: asking for it would make a copy */
        return;
    }
    duo_rx_send(rx, DUO_YM_ACK);
    duo_rx_await_header(rx); /* `sb` waits for this 'C', then says whether more comes */
}

static void take(struct duo_ymodem_rx *rx, uint8_t what)
{
    rx->pending = PENDING_NOTHING;
    if (what == PENDING_FILE) {
        take_file(rx);
    } else if (what == PENDING_DATA) {
        take_data(rx);
    } else if (what == PENDING_END) {
        take_end(rx);
    }
}

static void answered(struct duo_ymodem_rx *rx, uint8_t what, enum duo_ymodem_answer answer)
{
    if (rx->phase >= PHASE_ABORT) {
        return; /* the callback itself has aborted */
    }
    if (answer == DUO_YM_REFUSE) {
        duo_rx_fail(rx, DUO_YM_REFUSED);
    } else if (answer == DUO_YM_LATER) {
        rx->pending = what;
    } else {
        take(rx, what);
    }
}

/* ---- Offers ---- */

void duo_rx_offer_file(struct duo_ymodem_rx *rx)
{
    answered(rx, PENDING_FILE, rx->ops->file(rx->ctx, &rx->file));
}

static void offer_end(struct duo_ymodem_rx *rx)
{
    if (rx->file.size_known && rx->received < rx->file.size) {
        duo_rx_fail(rx, DUO_YM_CUT_SHORT);
        return;
    }
    answered(rx, PENDING_END, rx->ops->file_end(rx->ctx, rx->received));
}

/* A block after the size: one is tolerated (an empty file sent as one padded block). */
static void take_surplus(struct duo_ymodem_rx *rx)
{
    if (rx->surplus) {
        duo_rx_fail(rx, DUO_YM_TOO_LONG);
        return;
    }
    rx->surplus = true;
    rx->offered = 0;
    take_data(rx);
}

static void offer_data(struct duo_ymodem_rx *rx)
{
    uint32_t room = rx->file.size_known ? rx->file.size - rx->received : UINT32_MAX - rx->received;
    const uint8_t *block = rx->buffer[rx->fill];

    rx->offered = rx->block_size < room ? rx->block_size : (uint16_t)room;
    if (rx->offered == 0) {
        take_surplus(rx);
        return;
    }
    answered(rx, PENDING_DATA, rx->ops->data(rx->ctx, rx->received, block, rx->offered));
}

/* ---- Blocks ---- */

static void header_block(struct duo_ymodem_rx *rx)
{
    if (!duo_ymodem_parse_header(&rx->file, rx->buffer[rx->fill], rx->block_size)) {
        duo_rx_fail(rx, DUO_YM_BAD_HEADER);
        return;
    }
    rx->xmodem = false;
    if (rx->file.name[0] == '\0') {
        end_batch(rx);
        return;
    }
    if (rx->config.streaming) {
        /* A sender that had read a second 'G' has data on the line already. */
        duo_rx_offer_file(rx);
        return;
    }
    /* Each surplus 'C' the sender had read makes another copy of this block. Answering each would
     * put an acknowledgement too many on the way, which the sender would take for a later block's.
     */
    duo_rx_quiet_then(rx, THEN_HEADER);
}

/* Block 1 where a header was expected: XMODEM. The file has neither name nor size. Copies of this
 * block are as likely as those of a header. */
static void headerless_block(struct duo_ymodem_rx *rx)
{
    if (rx->now - rx->began < rx->config.header_ms) {
        duo_rx_fail(rx, DUO_YM_BAD_HEADER);
        return;
    }
    memset(&rx->file, 0, sizeof(rx->file));
    rx->xmodem = true;
    duo_rx_quiet_then(rx, THEN_HEADER);
}

/* The header once more, or that of another file: its sender was started again, and has changed its
 * mind. */
static bool is_same_file(const struct duo_ymodem_rx *rx)
{
    struct duo_ymodem_file file;

    return rx->xmodem ||
           (duo_ymodem_parse_header(&file, rx->buffer[rx->fill], rx->block_size) &&
            file.size == rx->file.size && memcmp(file.name, rx->file.name, sizeof(file.name)) == 0);
}

/* Not after an EOT: the sender that has lost count there goes on with its next file. */
bool duo_rx_is_another(const struct duo_ymodem_rx *rx, uint8_t number)
{
    return number <= 1u && number != rx->expect && number != (uint8_t)(rx->expect - 1) &&
           (rx->phase == PHASE_FIRST || rx->phase == PHASE_DATA) && !rx->config.streaming;
}

/* The sender was killed, and another one begins. It is not cancelled: it repeats its block when it
 * is asked for a file. (One that streams has lost blocks more likely: it must be stopped.) */
static void another_begins(struct duo_ymodem_rx *rx)
{
    duo_rx_finish(rx, DUO_YM_TIMEOUT);
}

static void repeated_block(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_FIRST && !is_same_file(rx)) {
        another_begins(rx);
    } else if (rx->phase == PHASE_FIRST) {
        duo_rx_quiet_then(rx, THEN_GREET);
    } else if (duo_rx_count_error(rx)) {
        duo_rx_send(rx, DUO_YM_ACK);
    }
}

static void block_between_files(struct duo_ymodem_rx *rx, uint8_t number)
{
    if (number == 0) {
        header_block(rx);
    } else if (number == 1 && rx->files == 0) {
        headerless_block(rx);
    } else {
        duo_rx_fail(rx, DUO_YM_SEQUENCE);
    }
}

/* The sender took an acknowledgement too many for that of its EOT and has gone on to the next file.
 */
static bool next_file_early(const struct duo_ymodem_rx *rx, uint8_t number)
{
    return rx->phase == PHASE_EOT && number == 0 && rx->expect > 1 && rx->file.size_known &&
           rx->received == rx->file.size;
}

void duo_rx_block(struct duo_ymodem_rx *rx)
{
    uint8_t number = rx->number[0];

    if (next_file_early(rx, number)) {
        rx->early = true;
        offer_end(rx);
        rx->early = false;
    }
    if (rx->phase == PHASE_OVER) {
        if (rx->result == DUO_YM_OK) {
            duo_rx_send(rx, DUO_YM_ACK); /* the acknowledgement of the last block was lost */
        }
    } else if (rx->phase == PHASE_HEADER) {
        block_between_files(rx, number);
    } else if (number == rx->expect) {
        offer_data(rx);
    } else if (number == (uint8_t)(rx->expect - 1)) {
        repeated_block(rx);
    } else if (duo_rx_is_another(rx, number)) {
        another_begins(rx);
    } else {
        duo_rx_fail(rx, DUO_YM_SEQUENCE);
    }
}

void duo_rx_eot(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_OVER) {
        if (rx->result == DUO_YM_OK && rx->xmodem) {
            duo_rx_send(rx, DUO_YM_ACK);
        }
    } else if (rx->pending == PENDING_DATA && rx->config.streaming) {
        rx->streamed_eot = true;
    } else if (rx->pending != PENDING_NOTHING) {
        return;
    } else if (rx->phase == PHASE_HEADER) {
        duo_rx_quiet_then(rx, rx->files > 0 ? THEN_GREET : THEN_NOTHING);
    } else if (rx->config.streaming) {
        offer_end(rx);
    } else {
        /* Only an EOT that nothing follows is one; else it was the start of a damaged block. */
        duo_rx_quiet_then(rx, THEN_EOT);
    }
}

void duo_rx_eot_alone(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_EOT) {
        offer_end(rx);
    } else if (duo_rx_count_error(rx)) {
        rx->phase = PHASE_EOT;
        duo_rx_send(rx, DUO_YM_NAK);
    }
}

/* ---- The owner's side ---- */

void duo_ymodem_rx_start(struct duo_ymodem_rx *rx, const struct duo_ymodem_rx_ops *ops, void *ctx,
                         const struct duo_ymodem_rx_config *config, uint32_t now_ms)
{
    memset(rx, 0, sizeof(*rx));
    rx->ops = ops;
    rx->ctx = ctx;
    rx->config = config ? *config : duo_ymodem_rx_defaults;
    rx->now = now_ms;
    rx->mark = now_ms;
    rx->began = now_ms;
    duo_rx_await_header(rx);
}

void duo_ymodem_rx_ready(struct duo_ymodem_rx *rx)
{
    take(rx, rx->pending);
}

void duo_ymodem_rx_abort(struct duo_ymodem_rx *rx)
{
    duo_rx_fail(rx, DUO_YM_REFUSED);
}

bool duo_ymodem_rx_started(const struct duo_ymodem_rx *rx)
{
    return rx->phase != PHASE_HEADER || rx->files > 0 || rx->pending != PENDING_NOTHING ||
           rx->line == LINE_BLOCK || (rx->line == LINE_QUIET && rx->then == THEN_HEADER);
}

bool duo_ymodem_rx_in_block(const struct duo_ymodem_rx *rx)
{
    return rx->line == LINE_BLOCK && rx->phase != PHASE_HEADER;
}

bool duo_ymodem_rx_goodbye(const struct duo_ymodem_rx *rx)
{
    return rx->goodbye;
}

bool duo_ymodem_rx_over(const struct duo_ymodem_rx *rx)
{
    return rx->phase == PHASE_OVER;
}
