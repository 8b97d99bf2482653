/* SPDX-License-Identifier: MIT */
/*
 * An application of either core that is not well, each in a way of its own. SysTick goes on in all
 * of them, so whatever an interrupt does looks well.
 */
#include "duo/duo.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"

#define FAULT_crash  1 /* confirms, works, and ends in a fault handler after a moment */
#define FAULT_hang   2 /* the same, and ends in a loop with interrupts on */
#define FAULT_late   3 /* does nothing at all, not even confirm */
#define FAULT_mute   4 /* works on and never confirms */
#define FAULT_brief  5 /* confirms, and does nothing more */
#define FAULT_unwary 6 /* confirms and works on, whatever happens to the other core */

#define WELL_MS 300u

void systick_handler(void)
{
    tick_isr();
}

static _Noreturn void fail(void)
{
    if (FAULT == FAULT_crash) {
        *(volatile uint32_t *)0xDEADBEECu = 0; /* no memory there */
    }
    for (;;) {
        cpu_wfi();
    }
}

/* Without an end where the fault is not that it ends. */
static void work(void)
{
    while (FAULT == FAULT_mute || FAULT == FAULT_unwary || tick_ms() < WELL_MS) {
        (void)duo_service();
        cpu_wfi();
    }
}

int main(void)
{
    tick_start(CLOCK_RESET_HZ);
    if (FAULT == FAULT_late) {
        fail();
    }
    duo_mailbox_start();
    if (FAULT != FAULT_mute) {
        (void)duo_confirm();
    }
    if (FAULT != FAULT_brief) {
        work();
    }
    fail();
}
