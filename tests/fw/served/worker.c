/* SPDX-License-Identifier: MIT */
/* The M7's part when the M4 has the link: it serves the M4's clients, and does the work. It neither
 * says nor confirms anything. */
#include "duo/duo.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"
#include "tests/fw/served/work.h"

static uint8_t message[MESSAGE_SIZE];

void systick_handler(void)
{
    tick_isr();
}

int main(void)
{
    duo_mailbox_start();
    tick_start(CLOCK_RESET_HZ);
    (void)duo_server_start(message, sizeof(message));
    (void)duo_server_by_address();
    work_start();
    for (;;) {
        duo_server_work(tick_ms());
        work();
        (void)duo_service();
        cpu_wfi();
    }
}
