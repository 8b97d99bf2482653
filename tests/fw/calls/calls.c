/* SPDX-License-Identifier: MIT */
/*
 * An application of the Cortex-M7 that calls libduo in all ways that are wrong, and then takes an
 * update; of each call it measures the time, and how far down it has painted the stack. No
 * interrupt comes meanwhile, so what is measured is libduo's.
 */
#include "chip/stm32h7/regs.h"
#include "duo/duo.h"
#include "duo/sram4.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/tick.h"
#include "tests/fw/calls/measure.h"

static volatile bool interrupted;

/* ---- Calls that are wrong ---- */

static enum duo_status put(const uint8_t *bytes, size_t n)
{
    size_t taken;

    return duo_update_write(bytes, n, &taken);
}

static const uint8_t noise[600] = {'n', 'o', ' ', 'b', 'u', 'n', 'd', 'l', 'e'};
static uint8_t image[64u * 1024u], message[DUO_SERVER_BUFFER_MIN];

static void without_session(void)
{
    odd(CALL(UPDATE_RESUME, duo_update_resume())); /* it opens the journal, too */
    odd(put(noise, sizeof(noise)));
    odd(duo_update_poll(1000));
    odd(duo_update_work(0));
    odd(duo_update_install(true));
    odd(duo_update_next());
    duo_update_abort();
    odd(duo_server_start(message, sizeof(message) - 1u));
    odd(duo_server_start(NULL, sizeof(message)));
    odd(duo_flash_guard(4));
}

static void in_session(void)
{
    odd(CALL(UPDATE_BEGIN, duo_update_begin()));
    odd(duo_update_begin());
    odd(CALL(UPDATE_RESUME, duo_update_resume()));
    odd(duo_update_buffer(image, sizeof(image)));
    odd(duo_update_install(false));
    odd(duo_update_next());
    odd(duo_update_work(0)); /* nothing to do */
}

/* What is no bundle ends the session, and nothing but abort leads out of that. */
static void after_an_error(void)
{
    odd(put(noise, sizeof(noise)));
    enum duo_status status;
    do {
        status = duo_update_poll(2000);
    } while (status == DUO_E_BUSY);
    odd(status);
    odd(duo_update_work(DUO_UPDATE_ERASE_MS));
    odd(put(noise, sizeof(noise)));
    odd(duo_update_poll(2000));
    odd(duo_update_work(0));
    odd(duo_update_install(false));
    odd(duo_update_begin());
    CALL_VOID(UPDATE_ABORT, duo_update_abort());
    odd(put(noise, sizeof(noise)));
}

void systick_handler(void)
{
    tick_stop();
    odd(duo_service());
    odd(duo_update_begin());
    odd(duo_update_resume());
    odd(duo_update_poll(0));
    odd(duo_update_work(0));
    odd(duo_update_install(false));
    odd(duo_update_next());
    odd(duo_update_watch(NULL, NULL));
    odd(duo_update_buffer(image, sizeof(image)));
    odd(duo_server_start(message, sizeof(message)));
    odd((uint32_t)duo_get_log(NULL, 0));
    interrupted = true;
}

static void in_an_interrupt(void)
{
    tick_start(CLOCK_RESET_HZ);
    while (!interrupted) {
    }
}

/* By an M4 that has gone astray: there is no message, and not thousands of millions. */
static void ring_written_over(void)
{
    volatile uint32_t *head =
        (volatile uint32_t *)(uintptr_t)(DUO_MAILBOX_BASE + DUO_MAILBOX_SIZE / 2u + 4u);
    const uint32_t was = *head;
    struct duo_message heard;

    *head = was + 0x10000000u;
    odd(duo_mailbox_receive(&heard));
    *head = was;
}

static void look_around(void)
{
    static struct duo_event events[DUO_LOG_EVENTS];
    static struct duo_handoff handoff;
    struct duo_update_progress progress;
    struct duo_device_status status;

    (void)CALL(GET_LOG, duo_get_log(events, DUO_LOG_EVENTS));
    CALL_VOID(GET_STATUS, duo_get_status(&status));
    (void)CALL(HANDOFF_GET, duo_handoff_get(&handoff));
    CALL_VOID(UPDATE_LOOK, duo_update_look(&progress));
    (void)CALL(UPDATE_BUFFER, duo_update_buffer(image, sizeof(image)));
    (void)CALL(UPDATE_NEXT, duo_update_next());
    (void)CALL(FLASH_GUARD, duo_flash_guard(0));
    (void)CALL(CLOCK, duo_clock(NULL));
    mailbox_calls();
    ring_written_over();
}

static void serve(void)
{
    (void)CALL_DEEP(SERVER_BY_ADDRESS, duo_server_by_address());
    (void)CALL_DEEP(SERVER_START, duo_server_start(message, sizeof(message)));
    serve_client(0);
    (void)CALL_DEEP(SERVER_WORK, (duo_server_work(0), 0));
}

/* ---- An update ---- */

static enum duo_status piece(uint32_t *next)
{
    const uint32_t left = SEEN->size - *next;
    size_t taken = 0;
    enum duo_status status = (enum duo_status)CALL(
        UPDATE_WRITE, duo_update_write(SEEN->bundle + *next, left < PIECE ? left : PIECE, &taken));

    *next += (uint32_t)taken;
    if (status == DUO_OK) {
        status = (enum duo_status)CALL(UPDATE_POLL, duo_update_poll(DUO_UPDATE_BUDGET_MIN));
    }
    return status;
}

static enum duo_status go_on(uint32_t *next)
{
    struct duo_update_progress progress;

    duo_update_look(&progress);
    switch (progress.phase) {
    case DUO_UPDATE_DATA:
        return piece(next);
    case DUO_UPDATE_WORK:
        return (enum duo_status)CALL_DEEP(UPDATE_WORK, duo_update_work(DUO_UPDATE_ERASE_MS));
    case DUO_UPDATE_COMPLETE:
        odd(put(noise, sizeof(noise))); /* too much: taken and ignored */
        return (enum duo_status)CALL(UPDATE_INSTALL, duo_update_install(false));
    case DUO_UPDATE_RELEASED:
        SEEN->wish = 2;   /* the figures are kept, and added to */
        (void)SEEN->wish; /* the RAM's ECC buffer is written out by one more access */
        duo_restart();
    default:
        return progress.error;
    }
}

static void update(void)
{
    static uint32_t next;
    static bool open;
    enum duo_status status = DUO_OK;

    if (!open) {
        status = duo_update_begin();
        open = status == DUO_OK;
    } else {
        status = go_on(&next);
    }
    if (status != DUO_OK && status != DUO_E_BUSY) {
        SEEN->error = status;
        SEEN->wish = 0;
    }
}

int main(void)
{
    start_timer();
    CALL_VOID(MAILBOX_START, duo_mailbox_start());
    nvic_disable(IRQ_HSEM_CM7); /* the M4's beats */
    watch();
    if (SEEN->wish == 0) { /* the first start */
        SEEN->odd_count = 0;
        without_session();
        in_session();
        after_an_error();
        in_an_interrupt();
        look_around();
        serve();
        null_calls();
        SEEN->error = 0;
    }
    for (;;) {
        (void)CALL(CONFIRM, duo_confirm());
        (void)CALL(SERVICE, duo_service());
        (void)CALL(KEPT, duo_kept());
        CALL_VOID(FEED, duo_feed());
        if (!duo_kept()) { /* the M4 confirms when it hears from this core */
            mailbox_calls();
        }
        if (SEEN->wish == 1 && duo_kept()) {
            update();
        }
    }
}
