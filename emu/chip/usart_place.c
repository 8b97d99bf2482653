/* SPDX-License-Identifier: MIT */
/*
 * The USARTs of the chip: where each is, its clocks, interrupt, DMA requests and pins. RM0399
 * (memory map, NVIC, DMAMUX1); data sheet (alternate functions). One more is one more line.
 */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/usart.h"

#include <string.h>

static const struct kernel_clock
    usart16 = {CCIP_D2_2, 3, 3, {CLK_PCLK2, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_LSE}},
    others = {CCIP_D2_2, 0, 3, {CLK_PCLK1, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_LSE}},
    lpuart1 = {CCIP_D3, 0, 3, {CLK_PCLK4, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_LSE}};

static const struct usart_place places[UARTS] = {
    {1, "USART1", USART1_BASE, GATE(G_APB2, 4), &usart16, 37, 41, false},
    {2, "USART2", USART2_BASE, GATE(G_APB1L, 17), &others, 38, 43, false},
    {3, "USART3", USART3_BASE, GATE(G_APB1L, 18), &others, 39, 45, false},
    {4, "UART4", UART4_BASE, GATE(G_APB1L, 19), &others, 52, 63, false},
    {5, "UART5", UART5_BASE, GATE(G_APB1L, 20), &others, 53, 65, false},
    {6, "USART6", USART6_BASE, GATE(G_APB2, 5), &usart16, 71, 71, false},
    {7, "UART7", UART7_BASE, GATE(G_APB1L, 30), &others, 82, 79, false},
    {8, "UART8", UART8_BASE, GATE(G_APB1L, 31), &others, 83, 81, false},
    {UART_LP, "LPUART1", LPUART1_BASE, GATE(G_APB4, 3), &lpuart1, 142, DMAMUX2_REQUEST(9), true},
};

struct uart_pin {
    uint8_t usart;
    bool tx;
    char pin[5];
    uint8_t af;
};

static const struct uart_pin uart_pins[] = {
    {1, true, "PA9", 7},        {1, true, "PB6", 7},       {1, true, "PB14", 4},
    {1, false, "PA10", 7},      {1, false, "PB7", 7},      {1, false, "PB15", 4},
    {2, true, "PA2", 7},        {2, true, "PD5", 7},       {2, false, "PA3", 7},
    {2, false, "PD6", 7},       {3, true, "PB10", 7},      {3, true, "PC10", 7},
    {3, true, "PD8", 7},        {3, false, "PB11", 7},     {3, false, "PC11", 7},
    {3, false, "PD9", 7},       {4, true, "PA0", 8},       {4, true, "PA12", 6},
    {4, true, "PB9", 8},        {4, true, "PC10", 8},      {4, true, "PD1", 8},
    {4, true, "PH13", 8},       {4, false, "PA1", 8},      {4, false, "PA11", 6},
    {4, false, "PB8", 8},       {4, false, "PC11", 8},     {4, false, "PD0", 8},
    {4, false, "PH14", 8},      {4, false, "PI9", 8},      {5, true, "PB6", 14},
    {5, true, "PB13", 14},      {5, true, "PC12", 8},      {5, false, "PB5", 14},
    {5, false, "PB12", 14},     {5, false, "PD2", 8},      {6, true, "PC6", 7},
    {6, true, "PG14", 7},       {6, false, "PC7", 7},      {6, false, "PG9", 7},
    {7, true, "PA15", 11},      {7, true, "PB4", 11},      {7, true, "PE8", 7},
    {7, true, "PF7", 7},        {7, false, "PA8", 11},     {7, false, "PB3", 11},
    {7, false, "PE7", 7},       {7, false, "PF6", 7},      {8, true, "PE1", 8},
    {8, true, "PJ8", 8},        {8, false, "PE0", 8},      {8, false, "PJ9", 8},
    {UART_LP, true, "PA9", 3},  {UART_LP, true, "PB6", 8}, {UART_LP, false, "PA10", 3},
    {UART_LP, false, "PB7", 8},
};

/* The line outside is wired to whichever pin the firmware gives this USART: a board would fix one.
 */
bool usart_pin_connected(const struct uart *u, bool tx)
{
    if (!u->m->gpio) {
        return true;
    }
    for (size_t i = 0; i < sizeof(uart_pins) / sizeof(uart_pins[0]); i++) {
        const struct uart_pin *p = &uart_pins[i];
        if (p->usart == u->place->n && p->tx == tx && gpio_alternate(u->m->gpio, p->pin) == p->af) {
            return true;
        }
    }
    return false;
}

const char *uart_name(const struct uart *u)
{
    return u->place->name;
}

/* "UART3" is as good as "USART3". */
struct uart *uart_by_name(struct machine *m, const char *name, size_t len)
{
    size_t prefix = len == 6 && strncmp(name, "USART", 5) == 0  ? 5
                    : len == 5 && strncmp(name, "UART", 4) == 0 ? 4
                                                                : 0;

    if (prefix && name[prefix] >= '1' && name[prefix] <= '8') {
        return m->uart[name[prefix] - '0'];
    }
    return len == 7 && strncmp(name, "LPUART1", 7) == 0 ? m->uart[UART_LP] : NULL;
}

void usart_new(struct machine *m)
{
    for (unsigned i = 0; i < UARTS; i++) {
        m->uart[places[i].n] = usart_make(m, &places[i]);
    }
}
