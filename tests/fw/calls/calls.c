/* SPDX-License-Identifier: MIT */
/*
 * An application of the Cortex-M7 that calls libduo in all ways that are wrong, and then takes an
 * update; of each call it measures the time, and how far down it has painted the stack. No
 * interrupt comes meanwhile, so what is measured is libduo's.
 */
#include "tests/fw/calls/calls.h"
#include "chip/stm32h7/regs.h"
#include "duo/duo.h"
#include "examples/common/messages.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/tick.h"

/* Microseconds (RM0399, general-purpose timers). */
#define TIM2_CR1 (*(volatile uint32_t *)0x40000000u)
#define TIM2_EGR (*(volatile uint32_t *)0x40000014u)
#define TIM2_CNT (*(volatile uint32_t *)0x40000024u)
#define TIM2_PSC (*(volatile uint32_t *)0x40000028u)
#define TIM2_EN  1u /* in RCC_APB1LENR */

#define PAINT   0xC5C5C5C5u
#define PAINTED 1024u /* bytes; more than a function may take, */
#define DEEP    6144u /* and more than one that verifies or serves may */
#define FRAME   64u   /* of paint() itself; what a call takes of these is not seen */
#define PIECE   200u

static uint32_t *stack;
static uint32_t painted; /* bytes */
static uint32_t since;
static volatile bool interrupted;

static void start_timer(void)
{
    REG(RCC, APB1LENR) |= TIM2_EN;
    (void)REG(RCC, APB1LENR);
    TIM2_PSC = CLOCK_RESET_HZ / 1000000u - 1u;
    TIM2_EGR = 1; /* takes the prescaler */
    TIM2_CR1 = 1;
}

/* ---- Measuring ---- */

static __attribute__((noinline)) void paint(uint32_t bytes)
{
    uint32_t *here;

    __asm volatile("mov %0, sp" : "=r"(here));
    stack = here;
    painted = bytes;
    for (uint32_t *word = here - bytes / 4u; word < here - FRAME / 4u; word++) {
        *word = PAINT;
    }
    since = TIM2_CNT;
}

static __attribute__((noinline)) uint32_t measured(enum call call, uint32_t result)
{
    const uint32_t us = TIM2_CNT - since;
    struct cost *cost = &SEEN->cost[call];
    const uint32_t *word = stack - painted / 4u;

    while (word < stack && *word == PAINT) {
        word++;
    }
    const uint32_t used = (uint32_t)(stack - word) * 4u;
    cost->stack = used > cost->stack ? used : cost->stack;
    cost->us = us > cost->us ? us : cost->us;
    cost->count++;
    return result;
}

#define CALL(what, expression)      (paint(PAINTED), measured(CALL_##what, (uint32_t)(expression)))
#define CALL_DEEP(what, expression) (paint(DEEP), measured(CALL_##what, (uint32_t)(expression)))
#define CALL_VOID(what, expression) (paint(PAINTED), (expression), (void)measured(CALL_##what, 0))

/* ---- Calls that are wrong ---- */

static void odd(uint32_t status)
{
    if (SEEN->odd_count < ODD_CALLS) {
        SEEN->odd[SEEN->odd_count++] = status;
    }
}

static enum duo_status put(const uint8_t *bytes, size_t n)
{
    size_t taken;

    return duo_update_write(bytes, n, &taken);
}

static const uint8_t noise[600] = {'n', 'o', ' ', 'b', 'u', 'n', 'd', 'l', 'e'};
static uint8_t image[64u * 1024u], message[DUO_SERVER_BUFFER_MIN];

static void without_session(void)
{
    odd(CALL(RESUME, duo_update_resume())); /* it opens the journal, too */
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
    odd(CALL(BEGIN, duo_update_begin()));
    odd(duo_update_begin());
    odd(CALL(RESUME, duo_update_resume()));
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
    CALL_VOID(ABORT, duo_update_abort());
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

static void look_around(void)
{
    static struct duo_event events[DUO_LOG_EVENTS];
    struct duo_update_progress progress;
    struct duo_device_status status;

    (void)CALL(GET_LOG, duo_get_log(events, DUO_LOG_EVENTS));
    CALL_VOID(GET_STATUS, duo_get_status(&status));
    CALL_VOID(LOOK, duo_update_look(&progress));
    (void)CALL(BUFFER, duo_update_buffer(image, sizeof(image)));
    (void)CALL(NEXT, duo_update_next());
    (void)CALL_DEEP(SERVER_START, duo_server_start(message, sizeof(message)));
    CALL_VOID(SERVER_WORK, duo_server_work(0));
}

/* ---- An update ---- */

static enum duo_status piece(uint32_t *next)
{
    const uint32_t left = SEEN->size - *next;
    size_t taken = 0;
    enum duo_status status = (enum duo_status)CALL(
        WRITE, duo_update_write(SEEN->bundle + *next, left < PIECE ? left : PIECE, &taken));

    *next += (uint32_t)taken;
    if (status == DUO_OK) {
        status = (enum duo_status)CALL(POLL, duo_update_poll(DUO_UPDATE_BUDGET_MIN));
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
        return (enum duo_status)CALL_DEEP(WORK, duo_update_work(DUO_UPDATE_ERASE_MS));
    case DUO_UPDATE_COMPLETE:
        odd(put(noise, sizeof(noise))); /* too much: taken and ignored */
        return (enum duo_status)CALL(INSTALL, duo_update_install(false));
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
    duo_mailbox_start();
    nvic_disable(IRQ_HSEM_CM7); /* the M4's beats */
    if (SEEN->wish == 0) {      /* the first start */
        SEEN->odd_count = 0;
        without_session();
        in_session();
        after_an_error();
        in_an_interrupt();
        look_around();
        SEEN->error = 0;
    }
    for (;;) {
        (void)CALL(CONFIRM, duo_confirm());
        (void)CALL(SERVICE, duo_service());
        (void)CALL(KEPT, duo_kept());
        CALL_VOID(FEED, duo_feed());
        if (!duo_kept()) { /* the M4 confirms when it hears from this core */
            (void)duo_mailbox_send(&(struct duo_message){MESSAGE_BEAT, {1, 1, 0}});
        }
        if (SEEN->wish == 1 && duo_kept()) {
            update();
        }
    }
}
