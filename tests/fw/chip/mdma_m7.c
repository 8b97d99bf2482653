/* SPDX-License-Identifier: MIT */
/*
 * MDMA and BDMA as vendor drivers use them: a block out of DTCM by software with an interrupt at
 * its end, a linked list, and BDMA that fills LPUART1 by requests of DMAMUX2, interrupt at its end.
 */
#include "chip.h"

#define MDMA(off)   REG(0x52000000u + (off))
#define BDMA(off)   REG(0x58025400u + (off))
#define LPUART(off) REG(0x58000C00u + (off))
#define GPIOA(off)  REG(0x58020000u + (off))
#define AXI         ((volatile uint32_t *)0x24000000u)
#define SRAM4       ((volatile uint32_t *)0x38000100u)
#define TRANSFER    (1u << 30 | 31u << 18 | 2u << 10 | 2u << 8 | 2u << 6 | 2u << 4 | 2u << 2 | 2u)
#define WORDS       32u

static volatile uint32_t source[WORDS], ended, sent;

static void on_mdma(void)
{
    ended += MDMA(0x40) >> 1 & 1; /* CTCIF */
    MDMA(0x44) = 0x1F;
}

static void on_bdma(void)
{
    sent += BDMA(0x00) >> 1 & 1;
    BDMA(0x04) = 1;
}

static bool wait_for(volatile uint32_t *count, uint32_t value)
{
    uint32_t from = ticks;

    while (*count != value && ticks - from < 20) {
    }
    return *count == value;
}

static bool block(uint32_t scope, uint32_t list)
{
    uint32_t before = ended;

    MDMA(0x50) = TRANSFER | scope << 28;
    MDMA(0x54) = sizeof(source) / 2;
    MDMA(0x58) = (uint32_t)(uintptr_t)source;
    MDMA(0x5C) = (uint32_t)(uintptr_t)AXI;
    MDMA(0x60) = 0;
    MDMA(0x64) = list;
    MDMA(0x4C) = BIT(2) | BIT(1);
    MDMA(0x4C) |= 1;
    MDMA(0x4C) |= BIT(16);
    return wait_for(&ended, before + 1);
}

static bool copied(uint32_t words)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        if (AXI[i] != (i < words ? source[i] : 0)) {
            return false;
        }
    }
    return true;
}

static bool second_half_by_list(void)
{
    volatile uint32_t *node = AXI + 0x400;

    node[0] = TRANSFER | 3u << 28;
    node[1] = sizeof(source) / 2;
    node[2] = (uint32_t)(uintptr_t)&source[WORDS / 2];
    node[3] = (uint32_t)(uintptr_t)&AXI[WORDS / 2];
    for (unsigned i = 4; i < 10; i++) {
        node[i] = 0;
    }
    return block(3, (uint32_t)(uintptr_t)node);
}

static bool console(void)
{
    static const char text[] = "by BDMA\n";

    for (uint32_t i = 0; i < sizeof(text) - 1; i++) {
        ((volatile uint8_t *)SRAM4)[i] = (uint8_t)text[i];
    }
    GPIOA(0x24) = (GPIOA(0x24) & ~0xF0u) | 3u << 4; /* PA9: LPUART1_TX */
    GPIOA(0x00) = (GPIOA(0x00) & ~(3u << 18)) | 2u << 18;
    LPUART(0x0C) = 142222; /* 115200 baud at 64 MHz */
    LPUART(0x08) = BIT(7);
    REG(0x58025800u) = 10;
    BDMA(0x0C) = sizeof(text) - 1;
    BDMA(0x10) = 0x58000C28u;
    BDMA(0x14) = (uint32_t)(uintptr_t)SRAM4;
    BDMA(0x08) = BIT(7) | BIT(4) | BIT(1);
    BDMA(0x08) |= 1;
    LPUART(0x00) = 1 | BIT(3);
    return wait_for(&sent, 1);
}

int main(void)
{
    hal_init();
    RCC(AHB3ENR) |= BIT(0);
    RCC(AHB4ENR) |= BIT(21) | BIT(0);
    RCC(APB4ENR) |= BIT(3);
    (void)RCC(APB4ENR);
    uart_init(64000000);
    irq_handlers[122] = on_mdma;
    irq_handlers[129] = on_bdma;
    irq_enable(122);
    irq_enable(129);
    for (uint32_t i = 0; i < WORDS; i++) {
        source[i] = 0xA5000000 + i;
        AXI[i] = 0;
    }
    expect(block(1, 0) && copied(WORDS / 2), "a block");
    expect(second_half_by_list() && copied(WORDS), "a list");
    expect(console(), "BDMA");
    pass();
}
