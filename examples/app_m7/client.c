/* SPDX-License-Identifier: MIT */
#include "examples/app_m7/client.h"

#include "duo/duo.h"
#include "examples/app_m7/print.h"
#include "port/stm32h7/usart.h"

static uint8_t message[4096];
static uint8_t image[80u * 1024u]; /* in which those without a bundle are verified */

void client_start(void)
{
    const enum duo_status status = duo_server_start(message, sizeof(message));

    (void)duo_update_buffer(image, sizeof(image)); /* fails as the server does, and so does this: */
    (void)duo_server_by_address();
    if (status != DUO_OK) { /* not started by the bootloader, for one */
        print("app m7: no server for SMP: %s\r\n", duo_status_text(status));
    }
}

void client_serve(uint32_t now_ms)
{
    uint8_t bytes[64];
    size_t n;

    duo_server_work(now_ms);
    while ((n = duo_server_output(bytes, sizeof(bytes))) > 0) {
        usart_write(bytes, n);
    }
    if (duo_server_wants_reset()) {
        usart_flush();
        duo_server_reset();
    }
}

bool client_takes(uint8_t byte, uint32_t now_ms)
{
    return duo_server_input(&byte, 1, now_ms);
}

bool client_active(uint32_t now_ms)
{
    return duo_server_active(now_ms);
}
