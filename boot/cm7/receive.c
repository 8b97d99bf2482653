#include "boot/cm7/receive.h"

#include "boot/cm7/recovery.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    usart_write(bytes, n);
}

/* A bundle is the only file of its transfer; behind an image there may be the other core's. */
static enum duo_ymodem_answer file(void *ctx, const struct duo_ymodem_file *f)
{
    struct receive *r = ctx;

    if (r->in_file && duo_session_wants_more(&r->session))
        r->verdict = DUO_OK;
    else if (r->in_file || r->staged)
        r->verdict = DUO_E_TRAILING;
    else if (protect_blocks_updates())
        r->verdict = DUO_E_PROTECTED;
    else
        r->verdict = duo_session_begin(&r->session, r->txn);
    if (r->verdict != DUO_OK)
        return DUO_YM_REFUSE;
    r->file = *f;
    r->in_file = true;
    return DUO_YM_TAKE;
}

/*
 * A block is taken at once and written from the main loop, so that the next one can arrive; that
 * one waits in the receiver until the first is done.
 */
static enum duo_ymodem_answer data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    struct receive *r = ctx;

    (void)offset; /* in order, without gaps */
    if (r->verdict != DUO_OK)
        return DUO_YM_REFUSE;
    if (r->streaming) { /* the line's buffer is large enough for one erase */
        r->verdict = duo_session_write(&r->session, bytes, (uint32_t)n);
        return r->verdict == DUO_OK ? DUO_YM_TAKE : DUO_YM_REFUSE;
    }
    if (r->pending_len != 0) {
        r->next = bytes;
        r->next_len = n;
        return DUO_YM_LATER;
    }
    r->pending = bytes;
    r->pending_len = n;
    return DUO_YM_TAKE;
}

/* Gives the session what is pending; what the receiver offered behind it is pending then. */
static enum duo_status write_out(struct receive *r)
{
    enum duo_status status = DUO_OK;

    if (r->in_file)
        status = duo_session_write(&r->session, r->pending, (uint32_t)r->pending_len);
    r->pending = r->next;
    r->pending_len = r->next_len;
    r->next_len = 0;
    return status;
}

/*
 * The sender learns that all is well only when it is: in flash and verified. Found out here and
 * now, never LATER: a sender that has counted an acknowledgement too many (a block repeated during
 * a long erase makes one) takes the EOT for acknowledged and has its next header on the line
 * already.
 */
static enum duo_ymodem_answer file_end(void *ctx, uint32_t size)
{
    struct receive *r = ctx;

    (void)size;
    while (r->pending_len != 0 && r->verdict == DUO_OK)
        r->verdict = write_out(r);
    if (r->verdict == DUO_OK)
        r->verdict = duo_session_end_file(&r->session);
    r->staged = r->verdict == DUO_OK && duo_session_staged(&r->session);
    r->in_file = r->verdict == DUO_OK && !r->staged;
    return r->verdict == DUO_OK ? DUO_YM_TAKE : DUO_YM_REFUSE;
}

/* Images alone make a set when the sender has said that this was all. */
static void form_set(struct receive *r)
{
    r->verdict = duo_session_finish(&r->session);
    r->staged = r->verdict == DUO_OK;
}

static void done(void *ctx, enum duo_ymodem_result result)
{
    struct receive *r = ctx;

    r->over = true;
    r->result = result;
    if (!r->in_file)
        return;
    r->in_file = false;
    if (result == DUO_YM_OK && duo_ymodem_rx_goodbye(&r->rx))
        form_set(r);
    else
        r->result = result == DUO_YM_OK ? DUO_YM_TIMEOUT : result;
    duo_session_abort(&r->session);
}

static const struct duo_ymodem_rx_ops ops = {send, file, data, file_end, done};

void receive_start(struct receive *r, struct duo_txn *txn, uint32_t polls, bool streaming)
{
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    config.start_polls = polls;
    config.streaming = r->streaming = streaming;
    r->txn = txn;
    r->pending_len = r->next_len = 0;
    r->in_file = r->staged = r->over = false;
    r->verdict = DUO_OK;
    r->file.name[0] = '\0';
    duo_ymodem_rx_start(&r->rx, &ops, r, &config, tick_ms());
}

static void fail(struct receive *r, enum duo_status status)
{
    r->verdict = status;
    duo_ymodem_rx_abort(&r->rx);
}

static void write_pending(struct receive *r)
{
    enum duo_status status = write_out(r);

    if (status != DUO_OK)
        fail(r, status);
    else
        duo_ymodem_rx_ready(&r->rx);
}

void receive_poll(struct receive *r, const uint8_t *bytes, size_t n)
{
    uint32_t now = tick_ms();

    if (n > 0)
        duo_ymodem_rx_input(&r->rx, now, bytes, n);
    else
        duo_ymodem_rx_tick(&r->rx, now);
    if (r->pending_len != 0)
        write_pending(r);
}

void receive_abort(struct receive *r)
{
    fail(r, DUO_E_CANCELLED);
}

bool receive_started(const struct receive *r)
{
    return duo_ymodem_rx_started(&r->rx);
}
