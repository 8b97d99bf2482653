/* SPDX-License-Identifier: MIT */
/*
 * An application that leaves everything to a client on USART3: it does not confirm, says nothing
 * but one line, and resets only when asked. The same on either core; as the M4's its partner on the
 * M7 is worker.c.
 */
#include "duo/duo.h"
#include "examples/common/start.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"
#include "tests/fw/served/work.h"

static const char hello[] = "served: up\r\n";
static uint8_t message[MESSAGE_SIZE];
static struct duo_vectors vectors_in_ram;

DUO_IN_RAM void systick_handler(void)
{
    tick_isr();
}

/* From RAM: a client asks, too, while flash is erased. */
DUO_IN_RAM void usart3_handler(void)
{
    usart_isr();
}

/* The M4's beats are of no use here. */
DUO_IN_RAM void hsem_handler(void)
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

int main(void)
{
    duo_vectors_to_ram(&vectors_in_ram);
    usart_start(DUO_UART_BAUD);
    duo_mailbox_start();
    tick_start(CLOCK_RESET_HZ);
    usart_write((const uint8_t *)hello, sizeof(hello) - 1u);
    (void)duo_server_start(message, sizeof(message));
    (void)duo_server_by_address();
    work_start();
    for (;;) {
        serve();
        work();
        (void)duo_service();
        cpu_wfi();
    }
}
