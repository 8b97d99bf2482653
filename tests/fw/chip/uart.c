/* SPDX-License-Identifier: MIT */
#include "chip.h"

void uart_init(uint32_t pclk_hz)
{
    RCC(AHB4ENR) |= BIT(3);
    RCC(APB1LENR) |= BIT(18);
    (void)RCC(APB1LENR);
    GPIOD(0x00) = (GPIOD(0x00) & ~(0xFu << 16)) | 0xAu << 16; /* PD8, PD9: AF */
    GPIOD(0x24) = (GPIOD(0x24) & ~0xFFu) | 0x77;
    USART3(0x00) &= ~1u;
    USART3(0x0C) = (pclk_hz + 57600) / 115200;
    USART3(0x00) = BIT(3) | BIT(2);
    USART3(0x00) |= 1;
    while ((USART3(0x1C) & (BIT(21) | BIT(22))) != (BIT(21) | BIT(22))) {
    }
}

/* The clock below the UART is about to change. */
void uart_off(void)
{
    uart_idle();
    USART3(0x00) &= ~1u;
}

bool uart_idle(void)
{
    return wait_bits(&USART3(0x1C), BIT(6), BIT(6), 10);
}

static void put(char c)
{
    while (!(USART3(0x1C) & BIT(7))) {
    }
    USART3(0x28) = (uint8_t)c;
}

void print(const char *text)
{
    while (*text) {
        put(*text++);
    }
}

void print_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        put("0123456789abcdef"[value >> shift & 0xF]);
    }
}

void expect(bool good, const char *what)
{
    print(good ? "ok " : "FAIL ");
    print(what);
    print("\r\n");
    if (!good) {
        for (;;) {
        }
    }
}

void pass(void)
{
    print("PASS\r\n");
    for (;;) {
        __asm volatile("wfi");
    }
}
