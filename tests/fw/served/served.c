/* SPDX-License-Identifier: MIT */
/*
 * An application of the Cortex-M7 that leaves everything to an SMP client on USART3: it does not
 * confirm, says nothing but one line, and resets only when asked.
 */
#include "duo/duo.h"
#include "examples/common/start.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"

static const char hello[] = "served: up\r\n";
static uint8_t message[DUO_SERVER_BUFFER_MIN];

void systick_handler(void)
{
    tick_isr();
}

void usart3_handler(void)
{
    usart_isr();
}

/* The M4's beats are of no use here. */
void hsem_handler(void)
{
    struct duo_message heard;

    while (duo_mailbox_isr() && duo_mailbox_receive(&heard)) {
    }
}

static void serve(void)
{
    uint8_t bytes[64];
    size_t n = usart_read(bytes, sizeof(bytes));

    (void)duo_server_input(bytes, n, tick_ms());
    duo_server_work(tick_ms());
    while ((n = duo_server_output(bytes, sizeof(bytes))) > 0) {
        usart_write(bytes, n);
    }
    if (duo_server_wants_reset()) {
        usart_flush();
        duo_server_reset();
    }
}

static void work(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    if (p.phase == DUO_UPDATE_DATA) {
        (void)duo_update_poll(2000);
    } else if (p.phase == DUO_UPDATE_WORK) {
        (void)duo_update_work(DUO_UPDATE_ERASE_MS);
    }
}

int main(void)
{
    usart_start(DUO_UART_BAUD);
    duo_mailbox_start();
    tick_start(CLOCK_RESET_HZ);
    usart_write((const uint8_t *)hello, sizeof(hello) - 1u);
    (void)duo_server_start(message, sizeof(message));
    for (;;) {
        serve();
        work();
        (void)duo_service();
        cpu_wfi();
    }
}
