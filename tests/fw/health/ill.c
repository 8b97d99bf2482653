/* SPDX-License-Identifier: MIT */
/*
 * An application of either core that confirms, works for a while, and then does not. SysTick goes
 * on in all of them, so whatever an interrupt does looks well.
 */
#include "duo/duo.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"

#define FAULT_crash 1 /* ends in a fault handler after a moment */
#define FAULT_hang  2 /* loops for ever after a moment, interrupts on */
#define FAULT_late  3 /* does nothing at all, not even confirm */

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

int main(void)
{
    tick_start(CLOCK_RESET_HZ);
    if (FAULT == FAULT_late) {
        fail();
    }
    duo_mailbox_start();
    (void)duo_confirm();
    while (tick_ms() < WELL_MS) {
        (void)duo_service();
        cpu_wfi();
    }
    fail();
}
