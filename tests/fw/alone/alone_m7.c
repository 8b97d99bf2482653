/* SPDX-License-Identifier: MIT */
/* Keys: w, j for the M7; W, J for the M4. It says when it starts, why, and that the M4 runs. */
#include "examples/app_m7/print.h"
#include "examples/common/start.h"
#include "port/stm32h7/usart.h"
#include "tests/fw/alone/alone.h"

void usart3_handler(void)
{
    usart_isr();
}

static void take_key(void)
{
    uint8_t key;

    if (usart_read(&key, 1) == 0) {
        return;
    }
    if (key >= 'a') {
        obey(key);
    } else {
        ORDER = key + ('a' - 'A');
    }
}

int main(void)
{
    uint32_t beats = BEATS;

    usart_start(DUO_UART_BAUD);
    print("app starts, reset flags 0x%x\r\n", (unsigned)REG(RCC, RSR));
    while (BEATS == beats) {
    }
    print("both run\r\n");
    for (;;) {
        take_key();
    }
}
