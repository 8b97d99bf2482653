/* SPDX-License-Identifier: MIT */
/*
 * The ADCs as vendor drivers use them: calibration with linearity, two channels begun by TIM6's
 * TRGO and carried by circular DMA with half and complete interrupts, an analog watchdog that a
 * voltage from outside trips at 60 ms, then the internal reference by ADC3's interrupt.
 */
#include "chip.h"

#define ADC1(off)  REG(0x40022000u + (off))
#define ADC3(off)  REG(0x58026000u + (off))
#define TIM6(off)  REG(0x40001000u + (off))
#define DMA1(off)  REG(0x40020000u + (off))
#define DMAMUX1(n) REG(0x40020800u + 4u * (n))
#define VREFCAL    (*(volatile uint16_t *)0x1FF1E860u)
#define RESULTS    ((volatile uint16_t *)0x30000000u)
#define COUNT      16u
#define REGEN      BIT(28)

static volatile uint32_t halves, wholes, trips, inner, inner_value;

static void on_dma(void)
{
    uint32_t flags = DMA1(0x00);

    DMA1(0x08) = flags;
    halves += flags >> 4 & 1;
    wholes += flags >> 5 & 1;
}

static void on_adc12(void)
{
    if (ADC1(0x00) & BIT(7)) {
        trips++;
        ADC1(0x04) = 0; /* once is enough */
    }
    ADC1(0x00) = BIT(7);
}

static void on_adc3(void)
{
    inner++;
    inner_value = ADC3(0x40); /* clears EOC */
}

static bool prepare(volatile uint32_t *adc)
{
    volatile uint32_t *cr = adc + 2;

    *cr = 0; /* out of deep power-down */
    *cr |= REGEN;
    if (!wait_bits(adc, BIT(12), BIT(12), 2)) {
        return false;
    }
    *cr |= BIT(31) | BIT(16);
    if (!wait_bits(cr, BIT(31), 0, 1000)) {
        return false;
    }
    adc[0] = 1;
    *cr = (*cr & ~(BIT(31) | 0x3Fu)) | 1;
    return wait_bits(adc, 1, 1, 2);
}

static void sample_by_timer(void)
{
    irq_handlers[11] = on_dma;
    irq_handlers[18] = on_adc12;
    irq_enable(11);
    irq_enable(18);
    DMAMUX1(0) = 9;
    DMA1(0x14) = COUNT;
    DMA1(0x18) = 0x40022040u;
    DMA1(0x1C) = (uint32_t)(uintptr_t)RESULTS;
    DMA1(0x10) = 1u << 13 | 1u << 11 | BIT(10) | BIT(8) | BIT(4) | BIT(3);
    DMA1(0x10) |= 1;
    ADC1(0x1C) = BIT(5) | BIT(6);
    ADC1(0x14) = 2u << 15 | 2u << 18;
    ADC1(0x30) = 1 | 5u << 6 | 6u << 12;
    ADC1(0x20) = 0x2000; /* AWD1: channel 5 is to stay below 2 V */
    ADC1(0x24) = 0x9B26;
    ADC1(0x0C) = 3 | 13u << 5 | 1u << 10 | BIT(12) | BIT(22) | BIT(23) | 5u << 26;
    ADC1(0x04) = BIT(7);
    ADC1(0x08) |= BIT(2);
    TIM6(0x28) = 63; /* 1 MHz / 100: every 100 us */
    TIM6(0x2C) = 99;
    TIM6(0x04) = 2u << 4;
    TIM6(0x00) = 1;
}

static bool inner_reference(void)
{
    irq_handlers[127] = on_adc3;
    irq_enable(127);
    ADC3(0x308) |= BIT(22);
    ADC3(0x18) = 6u << 27;
    ADC3(0x30) = 19u << 6;
    ADC3(0x04) = BIT(2);
    ADC3(0x08) |= BIT(2);
    uint32_t from = ticks;
    while (!inner && ticks - from < 10) {
    }
    return inner == 1 && inner_value == VREFCAL;
}

int main(void)
{
    hal_init();
    RCC(AHB1ENR) |= BIT(5) | BIT(0);
    RCC(AHB4ENR) |= BIT(24);
    RCC(APB1LENR) |= BIT(4);
    RCC(0x58) |= 2u << 16; /* ADCSEL: per_ck, HSI */
    RCC(0xDC) |= BIT(29);  /* SRAM1 */
    (void)RCC(AHB4ENR);
    uart_init(64000000);
    expect(prepare(&ADC1(0)), "ADC1 ready");
    expect(prepare(&ADC3(0)), "ADC3 ready");
    sample_by_timer();
    while (ticks < 55) {
    }
    uint32_t runs = wholes;
    expect(runs >= 20 && halves >= runs && halves <= runs + 1, "DMA goes round");
    expect(RESULTS[0] == 0x8000 && RESULTS[1] == 0x4000, "voltages");
    expect(RESULTS[COUNT - 2] == 0x8000 && RESULTS[COUNT - 1] == 0x4000, "to the end");
    expect(!trips, "the watchdog is silent");
    while (ticks < 120) {
    }
    expect(trips == 1 && RESULTS[0] == 59578, "the watchdog trips");
    ADC1(0x08) |= BIT(4);
    expect(wait_bits(&ADC1(0x08), BIT(2) | BIT(4), 0, 5), "ADC1 stops");
    expect(inner_reference(), "the internal reference");
    pass();
}
