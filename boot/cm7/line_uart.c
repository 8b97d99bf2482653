/* SPDX-License-Identifier: MIT */
/* The board's serial line (port/stm32h7/board.h). */
#include "boot/cm7/line.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"

static void start(void)
{
    usart_start(DUO_UART_BAUD);
}

const struct duo_line line_uart = {
    .start = start,
    .read = usart_read,
    .write = usart_write,
    .room = usart_room,
    .flush = usart_flush,
    .now = tick_ms,
};
