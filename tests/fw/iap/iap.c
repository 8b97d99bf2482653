/* SPDX-License-Identifier: MIT */
/*
 * An application of either core that takes an update from a link in memory, while an interrupt of
 * 1 kHz measures how it is held up. IN_RAM = 1: that interrupt and its vector table lie in RAM.
 */
#include "chip/stm32h7/regs.h"
#include "duo/duo.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"
#include "tests/fw/alone/alone.h"
#include "tests/fw/iap/link.h"

#ifdef CORE_CM7
#define SELF       7u
#define METER      (&LINK->meter[0])
#define ORDER_SELF LINK->order[0]
#else
#define SELF       4u
#define METER      (&LINK->meter[1])
#define ORDER_SELF LINK->order[1]
#endif

#if IN_RAM
#define HANDLER DUO_IN_RAM
static struct duo_vectors vectors_in_ram;
#else
#define HANDLER
#endif

/* Microseconds, for both cores; it goes on while they sleep (RM0399, general-purpose timers). */
#define TIM2_CR1 (*(volatile uint32_t *)0x40000000u)
#define TIM2_EGR (*(volatile uint32_t *)0x40000014u)
#define TIM2_CNT (*(volatile uint32_t *)0x40000024u)
#define TIM2_PSC (*(volatile uint32_t *)0x40000028u)
#define TIM2_EN  1u /* in RCC_APB1LENR, of each core */

#define PIECE     256u
#define BUDGET_US 2000u

static uint32_t last_tick, last_window;

static HANDLER void note_gap(uint32_t gap, uint32_t window)
{
    METER->low += gap;
    METER->high += METER->low < gap ? 1u : 0;
    if (gap > METER->longest) {
        METER->longest = gap;
    }
    if (window == last_window && window % 2u == 0 && gap > METER->longest_else) {
        METER->longest_else = gap;
    }
}

HANDLER void systick_handler(void)
{
    const uint32_t now = TIM2_CNT;
    const uint32_t window = LINK->windows;

    tick_isr();
    if (LINK->wish == LINK_UPDATE) {
        if (METER->ticks > 0) {
            note_gap(now - last_tick, window);
        }
        METER->ticks++;
    }
    last_tick = now;
    last_window = window;
}

/* Nobody sends, but libduo interrupts the M4 when it may use its flash again. */
HANDLER void hsem_handler(void)
{
    (void)duo_mailbox_isr();
}

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

/* Any size, from one byte on (Numerical Recipes, "quick and dirty"). */
static uint32_t piece_size(void)
{
    static uint32_t seed;

    seed = seed * 1664525u + 1013904223u;
    return 1u + seed / (0xFFFFFFFFu / PIECE + 1u);
}

static enum duo_status pass_on(void)
{
    static uint8_t piece[PIECE];
    const uint32_t filled = LINK->filled;
    const uint32_t there = filled > LINK->taken ? filled - LINK->taken : 0;
    const uint32_t most = piece_size();
    const uint32_t n = there < most ? there : most;
    size_t taken = 0;

    for (uint32_t i = 0; i < n; i++) {
        piece[i] = LINK->ring[(LINK->taken + i) % LINK_RING];
    }
    const enum duo_status status = duo_update_write(piece, n, &taken);
    LINK->taken += (uint32_t)taken;
    return status;
}

static bool started; /* the file at hand */

/* The other core's image is to come, too. */
static enum duo_status go_on_with_next(void)
{
    const enum duo_status status = duo_update_next();

    if (status == DUO_OK) {
        LINK->filled = 0;
        started = false;
        LINK->wish = LINK_UPDATE;
    }
    return status;
}

/* The core that has the link. */
static void own_the_link(void)
{
    static bool is_open;
    struct duo_update_progress progress;
    enum duo_status status = DUO_OK;

    if (LINK->wish == LINK_NOTHING || LINK->owner != SELF || (is_open && LINK->status != DUO_OK)) {
        return;
    }
    if (!is_open) {
        status = open_session();
        is_open = status == DUO_OK;
    }
    duo_update_look(&progress);
    LINK->file = progress.file;
    LINK->phase = progress.phase;
    if (!started && progress.phase == DUO_UPDATE_DATA) {
        started = true;
        LINK->taken = progress.received; /* an earlier session has brought so much */
    }
    if (is_open && LINK->wish == LINK_NEXT) {
        status = go_on_with_next(); /* the phase may be DATA before the answer is there */
    } else if (is_open && progress.phase == DUO_UPDATE_DATA) {
        status = pass_on();
    } else if (progress.phase == DUO_UPDATE_FAILED) {
        status = progress.error;
    } else if (LINK->wish == LINK_INSTALL) {
        status = duo_update_install(true);
    }
    LINK->status = status == DUO_E_BUSY ? DUO_OK : status;
}

static void use_timer(void)
{
    REG(RCC, APB1LENR) |= TIM2_EN;
    (void)REG(RCC, APB1LENR);
}

#ifdef CORE_CM7
static void work(void)
{
    struct duo_update_progress progress;

    duo_update_look(&progress);
    if (progress.phase == DUO_UPDATE_WORK) {
        (void)duo_flash_guard(LINK->guard);
        LINK->windows++;
        (void)duo_update_work(DUO_UPDATE_ERASE_MS);
        LINK->windows++;
    } else if (progress.phase == DUO_UPDATE_DATA) {
        (void)duo_update_poll(BUDGET_US);
    }
}

static void start_timer(void)
{
    use_timer();
    TIM2_PSC = CLOCK_RESET_HZ / 1000000u - 1u;
    TIM2_EGR = 1; /* takes the prescaler */
    TIM2_CR1 = 1;
}

/* Before the M4's first tick matters: the test asks for nothing yet. */
static void clear_link(void)
{
    for (volatile uint32_t *word = &LINK->wish; word != (volatile uint32_t *)LINK->ring; word++) {
        *word = 0;
    }
    for (volatile uint32_t *word = (volatile uint32_t *)LINK->image;
         word != (volatile uint32_t *)(LINK + 1); word++) {
        *word = 0;
    }
}
#endif

/* Once: the RAM outlives the reset. */
static void start_alone_when_told(void)
{
    const uint32_t order = ORDER_SELF;

    if (order != 0) {
        ORDER_SELF = 0;
        (void)ORDER_SELF; /* the RAM's ECC buffer is written out by one more access */
        obey(order);
    }
}

int main(void)
{
#if IN_RAM
    duo_vectors_to_ram(&vectors_in_ram);
#endif
#ifdef CORE_CM7
    clear_link();
    (void)duo_clock(tick_ms);
    start_timer();
#endif
    duo_mailbox_start();
    use_timer();
    tick_start(CLOCK_RESET_HZ);
    for (;;) {
        (void)duo_confirm();
        (void)duo_service();
#ifdef CORE_CM7
        if (LINK->room != 0) {
            (void)duo_update_buffer(LINK->image, LINK->room); /* OPEN, once there is a session */
        }
#endif
        own_the_link();
        start_alone_when_told();
#ifdef CORE_CM7
        work();
#endif
        cpu_wfi();
    }
}
