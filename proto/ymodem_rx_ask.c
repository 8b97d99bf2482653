/* SPDX-License-Identifier: MIT */
/* What the receiver says to the sender: polls, acknowledgements, the request to repeat, the end. */
#include "proto/ymodem_rx_parts.h"

enum { LAST_POLLS = 5 }; /* asking for one more file of a sender that may have gone */

void duo_rx_send(struct duo_ymodem_rx *rx, uint8_t byte)
{
    rx->mark = rx->now;
    rx->ops->send(rx->ctx, &byte, 1);
}

void duo_rx_finish(struct duo_ymodem_rx *rx, enum duo_ymodem_result result)
{
    rx->phase = PHASE_OVER;
    rx->line = LINE_IDLE;
    rx->pending = PENDING_NOTHING;
    rx->result = (uint8_t)result;
    rx->ops->done(rx->ctx, result);
}

/* Cancels the sender, then waits for silence: a streaming sender has a lot under way. */
void duo_rx_fail(struct duo_ymodem_rx *rx, enum duo_ymodem_result result)
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
bool duo_rx_count_error(struct duo_ymodem_rx *rx)
{
    if (rx->config.streaming && rx->phase != PHASE_HEADER) {
        duo_rx_fail(rx, DUO_YM_LINE_ERRORS);
        return false;
    }
    if (++rx->errors > rx->config.retries) {
        duo_rx_fail(rx, DUO_YM_LINE_ERRORS);
        return false;
    }
    return true;
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

void duo_rx_poll(struct duo_ymodem_rx *rx)
{
    rx->polls++;
    rx->polled = rx->now;
    duo_rx_send(rx, start_character(rx));
}

void duo_rx_enter(struct duo_ymodem_rx *rx, uint8_t phase)
{
    rx->phase = phase;
    rx->polls = 0;
}

void duo_rx_between_files(struct duo_ymodem_rx *rx)
{
    duo_rx_enter(rx, PHASE_HEADER);
    rx->xmodem = false;
    rx->surplus = false;
    rx->streamed_eot = false;
    rx->received = 0;
}

/* Ready for the header of a file, the first or one more. */
void duo_rx_await_header(struct duo_ymodem_rx *rx)
{
    duo_rx_between_files(rx);
    rx->crc = true;
    duo_rx_poll(rx);
}

/* Asks for the last block again, in the way the phase wants. */
void duo_rx_retry(struct duo_ymodem_rx *rx)
{
    if (rx->phase == PHASE_OVER || rx->pending != PENDING_NOTHING) {
        return;
    }
    if (!duo_rx_count_error(rx)) {
        return;
    }
    if (rx->phase <= PHASE_FIRST) {
        duo_rx_poll(rx);
    } else {
        duo_rx_send(rx, DUO_YM_NAK);
    }
}

/* The sender has not seen the last acknowledgement of a header or of an EOT. */
void duo_rx_greet_again(struct duo_ymodem_rx *rx)
{
    if (!duo_rx_count_error(rx)) {
        return;
    }
    duo_rx_send(rx, DUO_YM_ACK);
    duo_rx_poll(rx);
}

static void poll_header(struct duo_ymodem_rx *rx)
{
    uint32_t limit = rx->files > 0 ? LAST_POLLS : rx->config.start_polls;

    if (rx->now - rx->polled < rx->config.poll_ms) {
        return;
    }
    if (limit == 0 || rx->polls < limit) {
        duo_rx_poll(rx);
    } else if (rx->files > 0) {
        duo_rx_finish(rx, DUO_YM_OK); /* all files are complete, only the goodbye is missing */
    } else {
        duo_rx_fail(rx, DUO_YM_TIMEOUT);
    }
}

static void nothing_came(struct duo_ymodem_rx *rx)
{
    if (rx->errors >= rx->config.retries || rx->config.streaming) {
        duo_rx_fail(rx, DUO_YM_TIMEOUT);
    } else {
        duo_rx_retry(rx);
    }
}

void duo_rx_idle(struct duo_ymodem_rx *rx, uint32_t silent)
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
