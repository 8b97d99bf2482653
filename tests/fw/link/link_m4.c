/* SPDX-License-Identifier: MIT */
/*
 * An M4 application with a link of its own: a block in AXI SRAM, which the test writes a bundle to.
 * It runs the update session; the M7's application does the work in its main loop. It beats and
 * confirms like the example.
 */
#include "duo/duo.h"
#include "examples/common/messages.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"

#define BEAT_MS 250u
#define PIECE   200u

/* The test writes size, bytes, and then the wish; it reads the rest. */
enum wish { WISH_NONE, WISH_UPDATE, WISH_ABORT };
struct link {
    volatile uint32_t wish;
    volatile uint32_t size;
    volatile uint32_t first;  /* byte that the session began with */
    volatile uint32_t status; /* the last error, enum duo_status */
    uint8_t bytes[0x70000];
    volatile uint32_t wrong; /* calls that did not say what they should; all bits: not known yet */
    volatile uint32_t device[12]; /* of duo_get_status(), as look() has them */
    volatile uint32_t events;     /* in the log */
    volatile uint32_t event[DUO_LOG_EVENTS][4];
};
#define LINK ((struct link *)0x24000000u)

static volatile uint32_t beats_due;
static bool is_open, started;
static uint32_t next;

/* What is the M7's. */
static uint32_t refused_here(void)
{
    size_t taken;

    return (uint32_t)(duo_update_work(0) != DUO_E_M7_ONLY) + (duo_flash_guard(0) != DUO_E_M7_ONLY) +
           (duo_clock(NULL) != DUO_E_M7_ONLY) + (duo_update_buffer(NULL, 0) != DUO_E_M7_ONLY) +
           (duo_update_poll(0) != DUO_E_STATE) + (duo_update_write(NULL, 0, &taken) != DUO_E_STATE);
}

/* What waits for an answer, in an interrupt. */
static uint32_t refused_now(void)
{
    return (uint32_t)(duo_update_begin() != DUO_E_INTERRUPT) +
           (duo_update_resume() != DUO_E_INTERRUPT) + (duo_update_next() != DUO_E_INTERRUPT) +
           (duo_update_install(false) != DUO_E_INTERRUPT) + (duo_service() != DUO_E_INTERRUPT) +
           (duo_server_start(NULL, 0) != DUO_E_INTERRUPT);
}

void systick_handler(void)
{
    static bool known;

    tick_isr();
    if (!known) {
        LINK->wrong = refused_now() + refused_here();
        known = true;
    }
    if (tick_ms() % BEAT_MS == 0) {
        beats_due++;
    }
}

void hsem_handler(void)
{
    struct duo_message message;

    if (duo_mailbox_isr()) {
        while (duo_mailbox_receive(&message)) {
        }
    }
}

/* Resume, and begin when there is nothing to go on with: one question at a time. */
static enum duo_status open_session(void)
{
    static bool nothing_left;
    enum duo_status status = nothing_left ? duo_update_begin() : duo_update_resume();

    if (status == DUO_E_NO_IMAGE) {
        nothing_left = true;
        status = DUO_E_BUSY;
    }
    return status;
}

static enum duo_status send_piece(void)
{
    struct duo_update_progress p;
    size_t taken = 0;

    duo_update_look(&p);
    if (p.phase == DUO_UPDATE_COMPLETE || p.phase == DUO_UPDATE_RELEASED) {
        return duo_update_install(true);
    }
    if (!started && p.phase != DUO_UPDATE_DATA) {
        return DUO_OK;
    }
    if (!started) {
        started = true;
        next = LINK->first = p.received;
    }
    const uint32_t left = LINK->size - next;
    const enum duo_status status =
        duo_update_write(LINK->bytes + next, left < PIECE ? left : PIECE, &taken);
    next += (uint32_t)taken;
    return status;
}

static void update(void)
{
    enum duo_status status = DUO_OK;

    if (LINK->wish != WISH_UPDATE) {
        return;
    }
    if (!is_open) {
        status = open_session();
        is_open = status == DUO_OK;
    } else {
        status = send_piece();
    }
    if (status != DUO_OK && status != DUO_E_BUSY) {
        LINK->status = status;
        LINK->wish = WISH_NONE;
        duo_update_abort();
    }
}

/* How the device is, as this core is told. */
static void look(void)
{
    static struct duo_event events[DUO_LOG_EVENTS];
    const size_t n = duo_get_log(events, DUO_LOG_EVENTS);
    struct duo_device_status s;

    duo_get_status(&s);
    const uint32_t words[] = {s.managed,      s.state,       s.set.number,       s.m7.number,
                              s.m4.number,    s.counter,     s.trial_boots_left, s.confirmed_m7,
                              s.confirmed_m4, s.reset_flags, s.reason,           s.reason_code};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        LINK->device[i] = words[i];
    }
    LINK->events = n > 0 ? (uint32_t)n : LINK->events;
    for (size_t i = 0; i < n; i++) {
        LINK->event[i][0] = events[i].kind;
        LINK->event[i][1] = events[i].set;
        LINK->event[i][2] = events[i].reason;
        LINK->event[i][3] = events[i].reason_code;
    }
}

int main(void)
{
    uint32_t beat = 0;

    duo_mailbox_start();
    tick_start(CLOCK_RESET_HZ);
    for (;;) {
        if (beat != beats_due) {
            const struct duo_message message = {MESSAGE_BEAT, {beat + 1u, VERSION, 0}};

            beat += duo_mailbox_send(&message) ? 1u : 0;
        }
        (void)duo_confirm();
        (void)duo_service();
        look();
        update();
        cpu_wfi();
    }
}
