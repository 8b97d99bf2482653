/* SPDX-License-Identifier: MIT */
#include "examples/app_m7/update.h"

#include "duo/duo.h"
#include "examples/app_m7/beats.h"
#include "examples/app_m7/print.h"
#include "port/stm32h7/usart.h"
#include "proto/ymodem_rx.h"

#define BUDGET_US 2000u
/* One sector erase at a time: in between the line and the M4 get their turn. */
#define WINDOW_MS DUO_UPDATE_ERASE_MS

static struct duo_ymodem_rx rx;
static bool active, receiving;
static const uint8_t *block; /* what of the block at hand is not in the queue yet */
static size_t left;

static void give_up(enum duo_status why)
{
    print("app m7: update: %s\r\n", duo_status_text(why));
    duo_update_abort();
    active = false;
}

/* ---- The line ---- */

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    usart_write(bytes, n);
}

static enum duo_ymodem_answer file(void *ctx, const struct duo_ymodem_file *f)
{
    (void)ctx;
    (void)f;
    return DUO_YM_TAKE;
}

/* Acknowledged when it is in flash: nothing comes in while sectors are erased. */
static enum duo_ymodem_answer data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    (void)offset;
    block = bytes;
    left = n;
    return DUO_YM_LATER;
}

static enum duo_ymodem_answer file_end(void *ctx, uint32_t size)
{
    (void)ctx;
    (void)size;
    return DUO_YM_TAKE;
}

static void done(void *ctx, enum duo_ymodem_result result)
{
    (void)ctx;
    receiving = false;
    if (result != DUO_YM_OK) {
        give_up(DUO_E_LINE);
    }
}

static const struct duo_ymodem_rx_ops ops = {send, file, data, file_end, done};

/* ---- The session ---- */

static enum duo_status open_session(bool again)
{
    const enum duo_status status = again ? DUO_E_NO_IMAGE : duo_update_resume();

    return status == DUO_E_NO_IMAGE ? duo_update_begin() : status;
}

void update_start(bool again)
{
    const enum duo_status status = open_session(again);

    if (status != DUO_OK) { /* perhaps somebody else's session is open */
        print("app m7: update: %s\r\n", duo_status_text(status));
        return;
    }
    active = true;
    receiving = false;
    left = 0;
}

bool update_active(void)
{
    return active;
}

static void ask(uint32_t now_ms)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    print("app m7: send the bundle from byte %u on\r\n", (unsigned)p.received);
    duo_ymodem_rx_start(&rx, &ops, NULL, NULL, now_ms);
    receiving = true;
}

static void install(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    beats_print();
    print("app m7: set %u.%u.%u is complete, installing\r\n", (unsigned)(p.set >> 24),
          (unsigned)(p.set >> 16) & 0xFFu, (unsigned)p.set & 0xFFFFu);
    usart_flush();
    give_up(duo_update_install(true));
}

static enum duo_status feed_queue(void)
{
    size_t taken = 0;
    const enum duo_status status = left > 0 ? duo_update_write(block, left, &taken) : DUO_OK;

    block += taken;
    left -= taken;
    return status;
}

/* Bytes into the queue, out of it, and what takes long; BUSY: there is more of it. */
static enum duo_status go_on(void)
{
    struct duo_update_progress p;
    enum duo_status status = feed_queue();

    if (status != DUO_OK) {
        return status;
    }
    duo_update_look(&p);
    status = p.phase == DUO_UPDATE_WORK ? duo_update_work(WINDOW_MS) : duo_update_poll(BUDGET_US);
    duo_update_look(&p);
    return status == DUO_OK && (left > 0 || p.phase == DUO_UPDATE_WORK) ? DUO_E_BUSY : status;
}

void update_work(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    if (p.phase == DUO_UPDATE_DATA) {
        (void)duo_update_poll(BUDGET_US);
    } else if (p.phase == DUO_UPDATE_WORK) {
        (void)duo_update_work(WINDOW_MS);
    }
}

void update_run(const uint8_t *bytes, size_t n, uint32_t now_ms)
{
    struct duo_update_progress p;

    if (receiving && n > 0) {
        duo_ymodem_rx_input(&rx, now_ms, bytes, n);
    } else if (receiving) {
        duo_ymodem_rx_tick(&rx, now_ms);
    }
    const enum duo_status status = active ? go_on() : DUO_OK;
    if (status == DUO_E_BUSY || !active) {
        return;
    }
    if (status != DUO_OK && receiving) {
        print("app m7: update: %s\r\n", duo_status_text(status));
        duo_ymodem_rx_abort(&rx);
        return;
    }
    if (status != DUO_OK) {
        give_up(status);
        return;
    }
    duo_update_look(&p);
    if (receiving) {
        duo_ymodem_rx_ready(&rx);
    } else if (p.phase == DUO_UPDATE_COMPLETE) {
        install();
    } else {
        ask(now_ms);
    }
}
