/* SPDX-License-Identifier: MIT */
/* The receiver's line: bytes become blocks, noise is waited out, silence is measured. */
#include "proto/crc16.h"
#include "proto/ymodem_rx_parts.h"

enum {
    ABORT_QUIET_MS = 500,   /* longer than a block's gap in a sender that streams */
    ABORT_LIMIT_MS = 10000, /* a line that is never quiet */
    NOISE_LIMIT_MS = 10000, /* the same without an abort */
    CANCEL_RUN = 2,         /* CANs in a row that cancel: one may be a damaged byte */
};

void duo_rx_quiet_then(struct duo_ymodem_rx *rx, uint8_t then)
{
    rx->line = LINE_QUIET;
    rx->then = then;
    rx->noisy = rx->now;
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
        duo_rx_block(rx);
    } else {
        duo_rx_quiet_then(rx, THEN_RETRY);
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

/* A sender that was never asked for CRC sends one check byte: the block ends one byte early. Among
 * a file's data it can only be one that has begun meanwhile, when it was NAK that it heard. */
static bool is_checksum_block(struct duo_ymodem_rx *rx)
{
    if (!rx->crc || rx->skip || rx->have != 3u + rx->block_size ||
        (rx->phase == PHASE_DATA && !duo_rx_is_another(rx, rx->number[0]))) {
        return false;
    }
    rx->crc = false;
    if (check_block(rx)) {
        return true;
    }
    rx->crc = true;
    return false;
}

static void begin_block(struct duo_ymodem_rx *rx, uint16_t size)
{
    if (rx->pending != PENDING_NOTHING && rx->config.streaming) {
        duo_rx_fail(rx, DUO_YM_OVERRUN);
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
        duo_rx_eot(rx);
    } else if (byte != DUO_YM_CAN && byte != DUO_YM_BS && rx->phase < PHASE_ABORT) {
        duo_rx_quiet_then(rx, rx->phase == PHASE_HEADER ? THEN_NOTHING : THEN_RETRY);
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
            duo_rx_finish(rx, DUO_YM_CANCELLED);
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

static void line_is_quiet(struct duo_ymodem_rx *rx)
{
    rx->line = LINE_IDLE;
    if (rx->cans >= CANCEL_RUN && rx->phase < PHASE_ABORT) {
        duo_rx_finish(rx, DUO_YM_CANCELLED);
    } else if (rx->then == THEN_RETRY) {
        duo_rx_retry(rx);
    } else if (rx->then == THEN_HEADER) {
        duo_rx_offer_file(rx);
    } else if (rx->then == THEN_GREET) {
        duo_rx_greet_again(rx);
    } else if (rx->then == THEN_EOT) {
        duo_rx_eot_alone(rx);
    }
}

static void block_stopped(struct duo_ymodem_rx *rx)
{
    rx->line = LINE_IDLE;
    if (is_checksum_block(rx)) {
        duo_rx_block(rx);
    } else if (rx->cans >= CANCEL_RUN && rx->phase < PHASE_ABORT) {
        duo_rx_finish(rx, DUO_YM_CANCELLED); /* cancelled in the middle of a block */
    } else if (!rx->skip) {
        duo_rx_retry(rx);
    }
}

static void await_silence(struct duo_ymodem_rx *rx, uint32_t silent)
{
    if (silent >= ABORT_QUIET_MS || rx->now - rx->noisy >= ABORT_LIMIT_MS) {
        duo_rx_finish(rx, (enum duo_ymodem_result)rx->result);
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
            duo_rx_fail(rx, DUO_YM_LINE_ERRORS);
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
        duo_rx_idle(rx, silent);
    }
}
