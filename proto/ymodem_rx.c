#include "proto/ymodem_rx.h"

#include <string.h>

#include "proto/crc16.h"

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

enum {
    ABORT_QUIET_MS = 500,   /* longer than a block's gap in a sender that streams */
    ABORT_LIMIT_MS = 10000, /* a line that is never quiet */
    NOISE_LIMIT_MS = 10000, /* the same without an abort */
    LAST_POLLS = 5,         /* asking for one more file of a sender that may have gone */
    CANCEL_RUN = 2,         /* CANs in a row that cancel: one may be a damaged byte */
};

const struct duo_ymodem_rx_config duo_ymodem_rx_defaults = {
    .poll_ms = 1000,
    .char_ms = 1000,
    .block_ms = 5000,
    .quiet_ms = 100,
    .start_polls = 0,
    .checksum_after = 4,
    .retries = 10,
    .streaming = false,
};

static void send_byte(struct duo_ymodem_rx *rx, uint8_t byte)
{
    rx->mark = rx->now;
    rx->ops->send(rx->ctx, &byte, 1);
}

static void finish(struct duo_ymodem_rx *rx, enum duo_ymodem_result result)
{
    rx->phase = PHASE_OVER;
    rx->line = LINE_IDLE;
    rx->pending = PENDING_NOTHING;
    rx->result = (uint8_t)result;
    rx->ops->done(rx->ctx, result);
}

/* Cancels the sender, then waits for silence: a streaming sender has a lot under way. */
static void fail(struct duo_ymodem_rx *rx, enum duo_ymodem_result result)
{
    if (rx->phase >= PHASE_ABORT) {
        return;
    }
    rx->phase = PHASE_ABORT;
    rx->line = LINE_IDLE;
    rx->pending = PENDING_NOTHING;
    rx->result = (uint8_t)result;
    rx->noisy = rx->now;
    rx->mark = rx->now;
    rx->ops->send(rx->ctx, duo_ymodem_cancel, sizeof(duo_ymodem_cancel));
}

/* Counts an error; false when it was one too many and the transfer has failed. */
static bool count_error(struct duo_ymodem_rx *rx)
{
    if (rx->config.streaming && rx->phase != PHASE_HEADER) {
        fail(rx, DUO_YM_LINE_ERRORS);
        return false;
    }
    if (++rx->errors > rx->config.retries) {
        fail(rx, DUO_YM_LINE_ERRORS);
        return false;
    }
    return true;
}

static void quiet_then(struct duo_ymodem_rx *rx, uint8_t then)
{
    rx->line = LINE_QUIET;
    rx->then = then;
    rx->noisy = rx->now;
}

/* The start character: chooses the sender's block check, so NAK (checksum) only when 'C' had no
 * answer. */
static uint8_t start_character(const struct duo_ymodem_rx *rx)
{
    if (rx->config.streaming) {
        return DUO_YM_G;
    }
    if (rx->phase == PHASE_FIRST) {
        return rx->crc ? DUO_YM_C : DUO_YM_NAK;
    }
    if (rx->files == 0 && rx->config.checksum_after != 0 && rx->polls > rx->config.checksum_after &&
        (rx->polls & 1) != 0) {
        return DUO_YM_NAK;
    }
    return DUO_YM_C;
}

static void poll_sender(struct duo_ymodem_rx *rx)
{
    rx->polls++;
    rx->polled = rx->now;
    send_byte(rx, start_character(rx));
}

static void enter(struct duo_ymodem_rx *rx, uint8_t phase)
{
    rx->phase = phase;
    rx->polls = 0;
}

static void between_files(struct duo_ymodem_rx *rx)
{
    enter(rx, PHASE_HEADER);
    rx->xmodem = false;
    rx->surplus = false;
    rx->streamed_eot = false;
    rx->received = 0;
}

/* Ready for the header of a file, the first or one more. */
static void await_header(struct duo_ymodem_rx *rx)
{
    between_files(rx);
    rx->crc = true;
    poll_sender(rx);
}

static void end_batch(struct duo_ymodem_rx *rx)
{
    send_byte(rx, DUO_YM_ACK);
    rx->goodbye = true;
    finish(rx, DUO_YM_OK);
}

/* ---- What was offered is taken ---- */

static void offer_data(struct duo_ymodem_rx *rx);
static void offer_end(struct duo_ymodem_rx *rx);

static void take_file(struct duo_ymodem_rx *rx)
{
    rx->expect = 1;
    rx->errors = 0;
    enter(rx, PHASE_FIRST);
    if (rx->xmodem) {
        offer_data(rx); /* block 1, which began the file, is still in its buffer */
    } else {
        send_byte(rx, DUO_YM_ACK);
        poll_sender(rx);
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
        send_byte(rx, DUO_YM_ACK);
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
        between_files(rx); /* the next header is here: asking for it would make a copy */
        return;
    }
    send_byte(rx, DUO_YM_ACK);
    await_header(rx); /* `sb` waits for this 'C', then says whether more comes */
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
        fail(rx, DUO_YM_REFUSED);
    } else if (answer == DUO_YM_LATER) {
        rx->pending = what;
    } else {
        take(rx, what);
    }
}

/* ---- Offers ---- */

static void offer_file(struct duo_ymodem_rx *rx)
{
    answered(rx, PENDING_FILE, rx->ops->file(rx->ctx, &rx->file));
}

static void offer_end(struct duo_ymodem_rx *rx)
{
    if (rx->file.size_known && rx->received < rx->file.size) {
        fail(rx, DUO_YM_CUT_SHORT);
        return;
    }
    answered(rx, PENDING_END, rx->ops->file_end(rx->ctx, rx->received));
}

/* A block behind the size: one is tolerated (an empty file sent as one padded block). */
static void take_surplus(struct duo_ymodem_rx *rx)
{
    if (rx->surplus) {
        fail(rx, DUO_YM_TOO_LONG);
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
        fail(rx, DUO_YM_BAD_HEADER);
        return;
    }
    rx->xmodem = false;
    if (rx->file.name[0] == '\0') {
        end_batch(rx);
        return;
    }
    if (rx->config.streaming) {
        offer_file(rx); /* a sender that had read a second 'G' has data on the line already */
        return;
    }
    /* Each surplus 'C' the sender had read makes another copy of this block. Answering each would
     * put an acknowledgement too many on the way, which the sender would take for a later block's.
     */
    quiet_then(rx, THEN_HEADER);
}

/* Block 1 where a header was expected: XMODEM. The file has neither name nor size. Copies of this
 * block are as likely as those of a header. */
static void headerless_block(struct duo_ymodem_rx *rx)
{
    memset(&rx->file, 0, sizeof(rx->file));
    rx->xmodem = true;
    quiet_then(rx, THEN_HEADER);
}

static void repeated_block(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_FIRST) {
        quiet_then(rx, THEN_GREET);
    } else if (count_error(rx)) {
        send_byte(rx, DUO_YM_ACK);
    }
}

static void block_between_files(struct duo_ymodem_rx *rx, uint8_t number)
{
    if (number == 0) {
        header_block(rx);
    } else if (number == 1 && rx->files == 0) {
        headerless_block(rx);
    } else {
        fail(rx, DUO_YM_SEQUENCE);
    }
}

/* The sender took an acknowledgement too many for that of its EOT and has gone on to the next file.
 */
static bool next_file_early(const struct duo_ymodem_rx *rx, uint8_t number)
{
    return rx->phase == PHASE_EOT && number == 0 && rx->expect > 1 && rx->file.size_known &&
           rx->received == rx->file.size;
}

static void good_block(struct duo_ymodem_rx *rx)
{
    uint8_t number = rx->number[0];

    if (next_file_early(rx, number)) {
        rx->early = true;
        offer_end(rx);
        rx->early = false;
    }
    if (rx->phase == PHASE_OVER) {
        if (rx->result == DUO_YM_OK) {
            send_byte(rx, DUO_YM_ACK); /* the acknowledgement of the last block was lost */
        }
    } else if (rx->phase == PHASE_HEADER) {
        block_between_files(rx, number);
    } else if (number == rx->expect) {
        offer_data(rx);
    } else if (number == (uint8_t)(rx->expect - 1)) {
        repeated_block(rx);
    } else {
        fail(rx, DUO_YM_SEQUENCE);
    }
}

static bool check_block(struct duo_ymodem_rx *rx)
{
    const uint8_t *block = rx->buffer[rx->fill];

    if ((rx->number[0] ^ rx->number[1]) != 0xff) {
        return false;
    }
    if (!rx->crc) {
        return duo_ymodem_checksum(block, rx->block_size) == rx->check[0];
    }
    return duo_crc16(duo_crc16(0, block, rx->block_size), rx->check, 2) == 0;
}

static void block_complete(struct duo_ymodem_rx *rx)
{
    rx->line = LINE_IDLE;
    if (rx->skip) {
        return;
    }
    if (check_block(rx)) {
        good_block(rx);
    } else {
        quiet_then(rx, THEN_RETRY);
    }
}

static void block_byte(struct duo_ymodem_rx *rx, uint8_t byte)
{
    uint32_t at = rx->have++;
    uint32_t data_end = 2u + rx->block_size;

    if (at < 2) {
        rx->number[at] = byte;
    } else if (at >= data_end) {
        rx->check[at - data_end] = byte;
    } else if (!rx->skip) {
        rx->buffer[rx->fill][at - 2] = byte;
    }
    if (rx->have == data_end + (rx->crc ? 2 : 1)) {
        block_complete(rx);
    }
}

/* A sender that was never asked for CRC sends one check byte: the block ends one byte early. */
static bool is_checksum_block(struct duo_ymodem_rx *rx)
{
    if (!rx->crc || rx->skip || rx->phase == PHASE_DATA || rx->have != 3u + rx->block_size) {
        return false;
    }
    rx->crc = false;
    if (check_block(rx)) {
        return true;
    }
    rx->crc = true;
    return false;
}

/* ---- Between blocks ---- */

static void eot(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_OVER) {
        if (rx->result == DUO_YM_OK && rx->xmodem) {
            send_byte(rx, DUO_YM_ACK);
        }
    } else if (rx->pending == PENDING_DATA && rx->config.streaming) {
        rx->streamed_eot = true;
    } else if (rx->pending != PENDING_NOTHING) {
        return;
    } else if (rx->phase == PHASE_HEADER) {
        quiet_then(rx, rx->files > 0 ? THEN_GREET : THEN_NOTHING);
    } else if (rx->config.streaming) {
        offer_end(rx);
    } else {
        /* Only an EOT that nothing follows is one; else it was the start of a damaged block. */
        quiet_then(rx, THEN_EOT);
    }
}

static void begin_block(struct duo_ymodem_rx *rx, uint16_t size)
{
    if (rx->pending != PENDING_NOTHING && rx->config.streaming) {
        fail(rx, DUO_YM_OVERRUN);
        return;
    }
    rx->block_size = size;
    rx->have = 0;
    rx->line = LINE_BLOCK;
    /* While an answer is withheld both buffers may be in use, and what comes is a repeat. */
    rx->skip = rx->pending != PENDING_NOTHING;
}

static void idle_byte(struct duo_ymodem_rx *rx, uint8_t byte)
{
    if (byte == DUO_YM_SOH || byte == DUO_YM_STX) {
        begin_block(rx, byte == DUO_YM_SOH ? DUO_YM_SHORT_BLOCK : DUO_YM_LONG_BLOCK);
    } else if (byte == DUO_YM_EOT) {
        eot(rx);
    } else if (byte != DUO_YM_CAN && byte != DUO_YM_BS && rx->phase < PHASE_ABORT) {
        quiet_then(rx, rx->phase == PHASE_HEADER ? THEN_NOTHING : THEN_RETRY);
    }
}

static void one_byte(struct duo_ymodem_rx *rx, uint8_t byte)
{
    if (byte == DUO_YM_CAN) {
        rx->cans += rx->cans < CANCEL_RUN;
    } else if (byte != DUO_YM_BS) {
        rx->cans = 0;
    }
    if (rx->phase == PHASE_ABORT) {
        return;
    }
    if (rx->line == LINE_BLOCK) {
        block_byte(rx, byte);
    } else if (rx->line == LINE_IDLE) {
        if (byte == DUO_YM_CAN && rx->cans >= CANCEL_RUN && rx->phase < PHASE_ABORT) {
            finish(rx, DUO_YM_CANCELLED);
            return;
        }
        idle_byte(rx, byte);
    }
}

void duo_ymodem_rx_input(struct duo_ymodem_rx *rx, uint32_t now_ms, const uint8_t *bytes, size_t n)
{
    rx->now = now_ms;
    for (size_t i = 0; i < n; i++) {
        rx->mark = now_ms;
        one_byte(rx, bytes[i]);
    }
}

/* ---- Time ---- */

/* Asks for the last block again, in the way the phase wants. */
static void retry(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_OVER || rx->pending != PENDING_NOTHING) {
        return;
    }
    if (!count_error(rx)) {
        return;
    }
    if (rx->phase <= PHASE_FIRST) {
        poll_sender(rx);
    } else {
        send_byte(rx, DUO_YM_NAK);
    }
}

static void eot_alone(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_EOT) {
        offer_end(rx);
    } else if (count_error(rx)) {
        rx->phase = PHASE_EOT;
        send_byte(rx, DUO_YM_NAK);
    }
}

/* The sender has not seen the last acknowledgement of a header or of an EOT. */
static void greet_again(struct duo_ymodem_rx *rx)
{
    if (!count_error(rx)) {
        return;
    }
    send_byte(rx, DUO_YM_ACK);
    poll_sender(rx);
}

static void line_is_quiet(struct duo_ymodem_rx *rx)
{
    rx->line = LINE_IDLE;
    if (rx->cans >= CANCEL_RUN && rx->phase < PHASE_ABORT) {
        finish(rx, DUO_YM_CANCELLED);
    } else if (rx->then == THEN_RETRY) {
        retry(rx);
    } else if (rx->then == THEN_HEADER) {
        offer_file(rx);
    } else if (rx->then == THEN_GREET) {
        greet_again(rx);
    } else if (rx->then == THEN_EOT) {
        eot_alone(rx);
    }
}

static void block_stopped(struct duo_ymodem_rx *rx)
{
    rx->line = LINE_IDLE;
    if (is_checksum_block(rx)) {
        good_block(rx);
    } else if (rx->cans >= CANCEL_RUN && rx->phase < PHASE_ABORT) {
        finish(rx, DUO_YM_CANCELLED); /* cancelled in the middle of a block */
    } else if (!rx->skip) {
        retry(rx);
    }
}

static void await_silence(struct duo_ymodem_rx *rx, uint32_t silent)
{
    if (silent >= ABORT_QUIET_MS || rx->now - rx->noisy >= ABORT_LIMIT_MS) {
        finish(rx, (enum duo_ymodem_result)rx->result);
    }
}

static void poll_header(struct duo_ymodem_rx *rx)
{
    uint32_t limit = rx->files > 0 ? LAST_POLLS : rx->config.start_polls;

    if (rx->now - rx->polled < rx->config.poll_ms) {
        return;
    }
    if (limit == 0 || rx->polls < limit) {
        poll_sender(rx);
    } else if (rx->files > 0) {
        finish(rx, DUO_YM_OK); /* all files are complete, only the goodbye is missing */
    } else {
        fail(rx, DUO_YM_TIMEOUT);
    }
}

static void nothing_came(struct duo_ymodem_rx *rx)
{
    if (rx->errors >= rx->config.retries || rx->config.streaming) {
        fail(rx, DUO_YM_TIMEOUT);
    } else {
        retry(rx);
    }
}

static void idle_tick(struct duo_ymodem_rx *rx, uint32_t silent)
{
    if (rx->pending != PENDING_NOTHING) {
        return; /* the wait is the owner's */
    }
    if (rx->phase == PHASE_HEADER) {
        poll_header(rx);
    } else if (silent >= rx->config.block_ms) {
        nothing_came(rx);
    }
}

static void quiet_tick(struct duo_ymodem_rx *rx, uint32_t silent)
{
    if (silent >= rx->config.quiet_ms) {
        line_is_quiet(rx);
    } else if (rx->now - rx->noisy >= NOISE_LIMIT_MS) {
        /* Noise before the first block is no failed transfer, but polling must not stop for it. */
        if (rx->phase == PHASE_HEADER && rx->files == 0) {
            rx->line = LINE_IDLE;
        } else {
            fail(rx, DUO_YM_LINE_ERRORS);
        }
    }
}

void duo_ymodem_rx_tick(struct duo_ymodem_rx *rx, uint32_t now_ms)
{
    uint32_t silent = now_ms - rx->mark;

    rx->now = now_ms;
    if (rx->phase == PHASE_ABORT) {
        await_silence(rx, silent);
    } else if (rx->line == LINE_QUIET) {
        quiet_tick(rx, silent);
    } else if (rx->line == LINE_BLOCK) {
        if (silent >= rx->config.char_ms) {
            block_stopped(rx);
        }
    } else if (rx->phase != PHASE_OVER) {
        idle_tick(rx, silent);
    }
}

/* ---- The owner's side ---- */

void duo_ymodem_rx_start(struct duo_ymodem_rx *rx, const struct duo_ymodem_rx_ops *ops, void *ctx,
                         const struct duo_ymodem_rx_config *config, uint32_t now_ms)
{
    memset(rx, 0, sizeof(*rx));
    rx->ops = ops;
    rx->ctx = ctx;
    rx->config = config != NULL ? *config : duo_ymodem_rx_defaults;
    rx->now = now_ms;
    rx->mark = now_ms;
    await_header(rx);
}

void duo_ymodem_rx_ready(struct duo_ymodem_rx *rx)
{
    take(rx, rx->pending);
}

void duo_ymodem_rx_abort(struct duo_ymodem_rx *rx)
{
    fail(rx, DUO_YM_REFUSED);
}

bool duo_ymodem_rx_started(const struct duo_ymodem_rx *rx)
{
    return rx->phase != PHASE_HEADER || rx->files > 0 || rx->pending != PENDING_NOTHING ||
           rx->line == LINE_BLOCK || (rx->line == LINE_QUIET && rx->then == THEN_HEADER);
}

bool duo_ymodem_rx_goodbye(const struct duo_ymodem_rx *rx)
{
    return rx->goodbye;
}

bool duo_ymodem_rx_over(const struct duo_ymodem_rx *rx)
{
    return rx->phase == PHASE_OVER;
}
