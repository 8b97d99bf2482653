/* SPDX-License-Identifier: MIT */
/*
 * The same of the Cortex-M4's calls, in an application that takes an update while the Cortex-M7's
 * example does the work.
 */
#include "chip/stm32h7/regs.h"
#include "duo/duo.h"
#include "examples/common/start.h"
#include "port/stm32h7/nvic.h"
#include "tests/fw/calls/measure.h"

#define BEAT_US 250000u

static uint8_t message[DUO_SERVER_BUFFER_MIN];

/* A call that the M7 answers in its duo_service(): until it has. */
#define ASKED(what, expression)                                                                    \
    do {                                                                                           \
        status = (enum duo_status)CALL(what, expression);                                          \
        (void)duo_service();                                                                       \
    } while (status == DUO_E_BUSY)

static void without_session(void)
{
    enum duo_status status;
    size_t taken;

    ASKED(UPDATE_RESUME, duo_update_resume());
    odd(status);
    ASKED(UPDATE_NEXT, duo_update_next());
    odd(status);
    ASKED(UPDATE_INSTALL, duo_update_install(true));
    odd(status);
    odd(CALL(UPDATE_WRITE, duo_update_write(message, 1, &taken)));
    odd(CALL(UPDATE_POLL, duo_update_poll(0)));
    odd(CALL(UPDATE_WORK, duo_update_work(0)));
    odd(CALL(UPDATE_BUFFER, duo_update_buffer(message, sizeof(message))));
    odd(CALL(FLASH_GUARD, duo_flash_guard(0)));
    odd(CALL(CLOCK, duo_clock(NULL)));
    ASKED(UPDATE_BEGIN, duo_update_begin());
    odd(status);
    ASKED(UPDATE_BEGIN, duo_update_begin());
    odd(status);
    CALL_VOID(UPDATE_ABORT, duo_update_abort());
}

static void look_around(void)
{
    static struct duo_handoff handoff;
    struct duo_device_status status;

    CALL_VOID(GET_STATUS, duo_get_status(&status));
    (void)CALL(HANDOFF_GET, duo_handoff_get(&handoff));
    (void)CALL(KEPT, duo_kept());
}

static void wait_us(uint32_t us)
{
    const uint32_t begun = timer_us();

    while (timer_us() - begun < us) {
        (void)duo_service();
    }
}

static void serve(void)
{
    (void)CALL_DEEP(SERVER_BY_ADDRESS, duo_server_by_address());
    (void)CALL_DEEP(SERVER_START, duo_server_start(message, sizeof(message)));
    for (uint32_t ms = 0; ms < 200u; ms += 20u) { /* the M7 joins, and answers */
        (void)CALL_DEEP(SERVER_WORK, (duo_server_work(ms), 0));
        serve_client(ms);
        wait_us(20000u);
    }
}

static enum duo_status piece(uint32_t *next)
{
    const uint32_t left = SEEN->size - *next;
    size_t taken = 0;
    const enum duo_status status = (enum duo_status)CALL(
        UPDATE_WRITE, duo_update_write(SEEN->bundle + *next, left < PIECE ? left : PIECE, &taken));

    *next += (uint32_t)taken;
    return status == DUO_OK ? (enum duo_status)CALL(UPDATE_POLL, duo_update_poll(0)) : status;
}

static enum duo_status go_on(enum duo_update_phase phase)
{
    static uint32_t next;

    if (phase == DUO_UPDATE_RELEASED) {
        SEEN->wish = 2;   /* the figures are kept, and added to */
        (void)SEEN->wish; /* the RAM's ECC buffer is written out by one more access */
        duo_restart();
    }
    return phase == DUO_UPDATE_COMPLETE
               ? (enum duo_status)CALL(UPDATE_INSTALL, duo_update_install(false))
               : piece(&next);
}

static void update(enum duo_update_phase phase)
{
    static bool open;
    enum duo_status status;

    if (!open) {
        status = (enum duo_status)CALL(UPDATE_BEGIN, duo_update_begin());
        open = status == DUO_OK;
    } else {
        status = go_on(phase);
    }
    if (status != DUO_OK && status != DUO_E_BUSY) {
        SEEN->error = status;
        SEEN->wish = 0;
    }
}

static enum duo_update_phase phase_now(void)
{
    struct duo_update_progress progress;

    CALL_VOID(UPDATE_LOOK, duo_update_look(&progress));
    return progress.phase;
}

/* While the phase is WORK the M7 may erase, and this core waits for that; then it is not measured.
 */
static void show_life(void)
{
    const struct cost then = SEEN->cost[CALL_SERVICE];
    const bool work = phase_now() == DUO_UPDATE_WORK;

    (void)CALL(SERVICE, duo_service());
    if (work || phase_now() == DUO_UPDATE_WORK) {
        SEEN->cost[CALL_SERVICE].us = then.us;
    }
}

static void beat(void)
{
    static struct duo_event events[DUO_LOG_EVENTS];
    static uint32_t last;

    (void)CALL(GET_LOG, duo_get_log(events, DUO_LOG_EVENTS));
    if (timer_us() - last > BEAT_US) {
        last = timer_us();
        mailbox_calls();
    }
}

int main(void)
{
    start_timer();
    CALL_VOID(MAILBOX_START, duo_mailbox_start());
    nvic_disable(IRQ_HSEM_CM4); /* the M7's beats */
    watch();
    if (SEEN->wish == 0) { /* the first start */
        SEEN->odd_count = 0;
        without_session();
        look_around();
        serve();
        null_calls();
        SEEN->error = 0;
    }
    for (;;) {
        beat();
        (void)CALL(CONFIRM, duo_confirm());
        CALL_VOID(FEED, duo_feed());
        show_life();
        if (SEEN->wish == 1 && duo_kept()) {
            update(phase_now());
        }
    }
}
