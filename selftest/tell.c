/* SPDX-License-Identifier: MIT */
/*
 * The line that answers go out on, and their form: one line each on USART3, 115200 baud:
 *
 *     NAME: expected WHAT, seen WHAT, ok
 *     NAME: expected WHAT, seen WHAT, DIFFERS
 */
#include "selftest/ask.h"

static void print_number(uint32_t value)
{
    char text[11] = "0x";

    for (unsigned i = 0; i < 8; i++) {
        text[2 + i] = "0123456789abcdef"[value >> (28 - 4 * i) & 0xFu];
    }
    text[10] = '\0';
    print(text);
}

void line_start(void)
{
    REG(RCC, AHB4ENR) |= RCC_AHB4ENR_GPIODEN;
    REG(RCC, APB1LENR) |= RCC_APB1LENR_USART3EN;
    (void)REG(RCC, APB1LENR);
    REG_AT(GPIOD_BASE, GPIO_MODER) =
        (REG_AT(GPIOD_BASE, GPIO_MODER) & ~(0xFu << 16)) | 0xAu << 16; /* PD8, PD9 */
    REG_AT(GPIOD_BASE, GPIO_AFRH) = (REG_AT(GPIOD_BASE, GPIO_AFRH) & ~0xFFu) | 0x77u;
    REG_AT(USART3_BASE, USART_BRR) = (64000000u + 57600u) / 115200u; /* HSI, the reset state */
    REG_AT(USART3_BASE, USART_CR1) = USART_CR1_TE | USART_CR1_RE | USART_CR1_UE;
    while (!(REG_AT(USART3_BASE, USART_ISR) & USART_ISR_TEACK)) {
    }
}

void print(const char *text)
{
    for (; *text; text++) {
        while (!(REG_AT(USART3_BASE, USART_ISR) & USART_ISR_TXE)) {
        }
        REG_AT(USART3_BASE, USART_TDR) = (uint8_t)*text;
    }
}

void line_flush(void)
{
    while (!(REG_AT(USART3_BASE, USART_ISR) & USART_ISR_TC)) {
    }
}

void tell_range(const char *name, uint32_t low, uint32_t high, uint32_t seen)
{
    const int good = seen >= low && seen <= high;

    print(name);
    print(": expected ");
    print_number(low);
    if (high != low) {
        print(" to ");
        print_number(high);
    }
    print(", seen ");
    print_number(seen);
    print(good ? ", ok\r\n" : ", DIFFERS\r\n");
    SHARED->asked++;
    SHARED->differ += good ? 0u : 1u;
}

void tell(const char *name, uint32_t expected, uint32_t seen)
{
    tell_range(name, expected, expected, seen);
}

void print_sum(void)
{
    print("selftest: done, asked ");
    print_number(SHARED->asked);
    print(", differ ");
    print_number(SHARED->differ);
    print("\r\n");
    line_flush();
}
