/* SPDX-License-Identifier: MIT */
#include "tests/fw/calls/measure.h"

#include "chip/stm32h7/regs.h"
#include "duo/duo.h"
#include "examples/common/messages.h"
#include "port/stm32h7/clock.h"

/* Microseconds (RM0399, general-purpose timers). */
#define TIM2_CR1 (*(volatile uint32_t *)0x40000000u)
#define TIM2_EGR (*(volatile uint32_t *)0x40000014u)
#define TIM2_CNT (*(volatile uint32_t *)0x40000024u)
#define TIM2_PSC (*(volatile uint32_t *)0x40000028u)
#define TIM2_EN  1u /* in RCC_APB1LENR */

#define PAINT 0xC5C5C5C5u
#define FRAME 64u /* of paint() itself; what a call takes of these is not seen */

static uint32_t *stack;
static uint32_t painted; /* bytes */
static uint32_t since;

void start_timer(void)
{
    REG(RCC, APB1LENR) |= TIM2_EN;
    (void)REG(RCC, APB1LENR);
    TIM2_PSC = CLOCK_RESET_HZ / 1000000u - 1u;
    TIM2_EGR = 1; /* takes the prescaler */
    TIM2_CR1 = 1;
}

uint32_t timer_us(void)
{
    return TIM2_CNT;
}

__attribute__((noinline)) void paint(uint32_t bytes)
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

__attribute__((noinline)) uint32_t measured(enum call call, uint32_t result)
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

void odd(uint32_t status)
{
    if (SEEN->odd_count < ODD_CALLS) {
        SEEN->odd[SEEN->odd_count++] = status;
    }
}

/* `arg`: what was told last. Bytes that have been taken stay so while a session lasts. */
static void changed(void *arg, const struct duo_update_progress *now)
{
    struct duo_update_progress *last = arg;
    const bool none = now->phase == last->phase && now->received == last->received &&
                      now->erases == last->erases && now->error == last->error &&
                      now->total == last->total && now->set == last->set;
    const bool less = now->received < last->received && now->received != 0;

    SEEN->told++;
    SEEN->untrue += none || less;
    *last = *now;
}

void watch(void)
{
    static struct duo_update_progress last;

    duo_update_look(&last);
    (void)CALL(UPDATE_WATCH, duo_update_watch(changed, &last));
}

static void serve_request(const uint8_t request[9], uint32_t now_ms)
{
    static uint8_t answer[1024];

    (void)CALL_DEEP(SERVER_INPUT, duo_server_input(request, 9, now_ms));
    (void)CALL_DEEP(SERVER_ACTIVE, duo_server_active(now_ms));
    (void)CALL_DEEP(SERVER_OUTPUT, duo_server_output(answer, sizeof(answer)));
    (void)CALL_DEEP(SERVER_WANTS_RESET, duo_server_wants_reset());
}

void serve_client(uint32_t now_ms)
{
    /* SMP without console framing: read, group, command, an empty map */
    static const uint8_t what_runs[] = {0, 0, 0, 1, 0, 1, 0, 0, 0xA0};
    static const uint8_t status[] = {0, 0, 0, 1, 0, 64, 0, 0, 0xA0};
    static const uint8_t log[] = {0, 0, 0, 1, 0, 64, 0, 6, 0xA0};

    serve_request(what_runs, now_ms);
    serve_request(status, now_ms);
    serve_request(log, now_ms);
}

void mailbox_calls(void)
{
    struct duo_message message = {MESSAGE_BEAT, {1, 1, 0}};

    (void)CALL(MAILBOX_SEND, duo_mailbox_send(&message));
    (void)CALL(MAILBOX_ISR, duo_mailbox_isr());
    (void)CALL(MAILBOX_RECEIVE, duo_mailbox_receive(&message));
}

void null_calls(void)
{
    size_t taken = 0;

    odd(duo_update_write(&taken, sizeof(taken), NULL));
    odd(duo_update_write(NULL, sizeof(taken), &taken));
    duo_update_look(NULL);
    duo_get_status(NULL);
    odd((uint32_t)duo_get_log(NULL, DUO_LOG_EVENTS) + duo_handoff_get(NULL) +
        duo_mailbox_send(NULL) + duo_mailbox_receive(NULL) + duo_server_input(NULL, 1, 0) +
        (uint32_t)duo_server_output(NULL, sizeof(taken)));
}
