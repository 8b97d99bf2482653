/* SPDX-License-Identifier: MIT */
/*
 * Every wait loop of the vendor's initialisation code that the other programs do not go through:
 * each must end, the way it does on a board, long before its time-out. In the order of the vendor's
 * drivers: RCC, PWR, RTC, IWDG, RNG, CRC, ADC, LPTIM, I2C, SPI, timers as time base.
 */
#include "chip.h"

enum { BDCR = 0x70, CSR = 0x74, CIER_ = 0x60, CICR = 0x68, D3CCIPR = 0x58, APB1LRSTR = 0x90 };

#define RTC(off)    REG(0x58004000u + (off))
#define RNG(off)    REG(0x48021800u + (off))
#define CRC(off)    REG(0x58024C00u + (off))
#define ADC3(off)   REG(0x58026000u + (off))
#define LPTIM1(off) REG(0x40002400u + (off))
#define I2C1(off)   REG(0x40005400u + (off))
#define SPI1(off)   REG(0x40013000u + (off))
#define TIM17(off)  REG(0x40014800u + (off))

static void enable(uint32_t enr, unsigned bit)
{
    RCC(enr) |= BIT(bit);
    (void)RCC(enr);
}

static bool set_and_wait(volatile uint32_t *reg, uint32_t on, uint32_t ready, uint32_t ms)
{
    *reg |= on;
    bool good = wait_bits(reg, ready, ready, ms);
    *reg &= ~on;
    return good && wait_bits(reg, ready, 0, ms);
}

/* HAL_RCC_OscConfig: each oscillator on and off again. */
static void oscillators(void)
{
    expect(set_and_wait(&RCC(CR), BIT(7), BIT(8), 2), "CSI");
    expect(set_and_wait(&RCC(CR), BIT(12), BIT(13), 2), "HSI48");
    expect(set_and_wait(&RCC(CSR), BIT(0), BIT(1), 2), "LSI");
    PWR(PWR_CR1) |= BIT(8);
    expect(wait_bits(&PWR(PWR_CR1), BIT(8), BIT(8), 100), "DBP");
    expect(set_and_wait(&RCC(BDCR), BIT(0), BIT(1), 5000), "LSE");
}

/* RCCEx_PLL2_Config and RCCEx_PLL3_Config; the source is the one of PLL1, HSE. */
static bool small_pll(unsigned n)
{
    uint32_t on = n == 2 ? BIT(26) : BIT(28), ready = on << 1;
    unsigned cfg = n == 2 ? 4 : 8;

    RCC(CR) &= ~on;
    if (!wait_bits(&RCC(CR), ready, 0, 2)) {
        return false;
    }
    uint32_t m = n == 2 ? 12 : 20;
    RCC(PLLCKSELR) = (RCC(PLLCKSELR) & ~(0x3Fu << m)) | 4u << m; /* HSE / 4 = 2 MHz */
    RCC(PLL1DIVR + (n - 1) * 8) = 99 | 1 << 9 | 3 << 16 | 1 << 24;
    RCC(PLLCFGR) = (RCC(PLLCFGR) & ~(0xFu << cfg)) | 1u << (cfg + 2);
    RCC(PLLCFGR) &= ~(1u << cfg);
    RCC(PLL1FRACR + (n - 1) * 8) = 0;
    RCC(PLLCFGR) |= 1u << cfg;
    RCC(PLLCFGR) |= 7u << (16 + 3 * (n - 1));
    RCC(CR) |= on;
    return wait_bits(&RCC(CR), ready, ready, 2);
}

/* HAL_RCC_DeInit. */
static bool deinit(void)
{
    RCC(CR) |= BIT(0);
    bool good = wait_bits(&RCC(CR), BIT(2), BIT(2), 2);
    RCC(CFGR) = 0;
    good &= wait_bits(&RCC(CFGR), 7 << 3, 0, 5000);
    RCC(CR) &= ~(BIT(7) | BIT(9) | BIT(12) | BIT(16) | BIT(19));
    good &= wait_bits(&RCC(CR), BIT(17), 0, 100);
    static const uint32_t plls[] = {BIT(24), BIT(26), BIT(28)};
    for (unsigned i = 0; i < 3; i++) {
        RCC(CR) &= ~plls[i];
        good &= wait_bits(&RCC(CR), plls[i] << 1, 0, 2);
    }
    RCC(D1CFGR) = RCC(D2CFGR) = RCC(D3CFGR) = 0;
    RCC(PLLCKSELR) = 0x02020200;
    RCC(PLLCFGR) = 0x01FF0000;
    for (uint32_t off = PLL1DIVR; off < 0x48; off += 8) {
        RCC(off) = 0x01010280;
        RCC(off + 4) = 0;
    }
    RCC(CR) &= ~BIT(18);
    RCC(CIER_) = 0;
    RCC(CICR) = 0xFFFFFFFF;
    RCC(RSR) |= BIT(16);
    return good && cpu_hz() == 64000000;
}

/* HAL_PWREx_EnableBkUpReg, ConfigUSBRegulator, EnableUSBVoltageDetector. */
static void regulators(void)
{
    expect(set_and_wait(&PWR(0x08), BIT(0), BIT(16), 1000), "backup regulator");
    expect(set_and_wait(&PWR(PWR_CR3), BIT(25), BIT(26), 1000), "USB regulator");
    expect(set_and_wait(&PWR(PWR_CR3), BIT(24), BIT(26), 1000), "USB voltage detector");
}

/* HAL_RCCEx_PeriphCLKConfig for the RTC, HAL_RTC_Init, HAL_RTC_SetTime. */
static void rtc(void)
{
    RCC(CSR) |= BIT(0);
    expect(wait_bits(&RCC(CSR), BIT(1), BIT(1), 2), "LSI for the RTC");
    RCC(BDCR) |= BIT(16);
    RCC(BDCR) &= ~BIT(16);
    RCC(BDCR) |= 2u << 8;
    RCC(BDCR) |= BIT(15);
    enable(APB4ENR, 16);
    RTC(0x24) = 0xCA;
    RTC(0x24) = 0x53;
    RTC(0x0C) = 0xFFFFFFFF;
    expect(wait_bits(&RTC(0x0C), BIT(6), BIT(6), 1000), "RTC INITF");
    RTC(0x10) = 249;
    RTC(0x10) |= 127u << 16; /* 32 kHz / 128 / 250 */
    RTC(0x00) = 0x00123456;
    RTC(0x0C) &= ~BIT(7);
    RTC(0x0C) &= ~(BIT(5) | BIT(7));
    expect(wait_bits(&RTC(0x0C), BIT(5), BIT(5), 1000), "RTC RSF");
    RTC(0x08) &= ~(BIT(8) | BIT(10));
    expect(wait_bits(&RTC(0x0C), BIT(0) | BIT(2), BIT(0) | BIT(2), 1000), "RTC ALRAWF, WUTWF");
    RTC(0x24) = 0xFF;
    uint32_t from = ticks;
    while (RTC(0x00) == 0x00123456 && ticks - from < 1500) {
    }
    expect(RTC(0x00) == 0x00123457 && ticks - from >= 900, "RTC counts a second");
}

/* HAL_IWDG_Init with a window. */
static void iwdg(void)
{
    IWDG1(0) = 0xCCCC;
    IWDG1(0) = 0x5555;
    IWDG1(4) = 6;
    IWDG1(8) = 0xFFF;
    expect(wait_bits(&IWDG1(0xC), 7, 0, 49), "IWDG PVU, RVU");
    IWDG1(0) = 0x5555;
    IWDG1(0x10) = 0xF00;
    expect(wait_bits(&IWDG1(0xC), 7, 0, 49), "IWDG WVU");
}

static void rng_and_crc(void)
{
    RCC(CR) |= BIT(12);
    expect(wait_bits(&RCC(CR), BIT(13), BIT(13), 2), "HSI48 for the RNG");
    enable(0xDC, 6);
    RNG(0) |= BIT(2);
    expect(wait_bits(&RNG(4), 1, 1, 2), "RNG DRDY");
    uint32_t first = RNG(8);
    expect(wait_bits(&RNG(4), 1, 1, 2) && RNG(8) != first, "RNG words differ");
    enable(AHB4ENR, 19);
    CRC(8) = 1;
    CRC(0) = 0x12345678;
    expect(CRC(0) == 0xDF8A8A2B, "CRC of a word");
}

/* HAL_ADC_Init, HAL_ADCEx_Calibration_Start, HAL_ADC_Start, PollForConversion, HAL_ADC_Stop. */
static void adc(void)
{
    RCC(D3CCIPR) |= 2u << 16;
    enable(AHB4ENR, 24);
    ADC3(8) &= ~BIT(29);
    ADC3(8) |= BIT(28);
    expect(wait_bits(&ADC3(0), BIT(12), BIT(12), 2), "ADC LDORDY");
    ADC3(8) |= BIT(31);
    expect(wait_bits(&ADC3(8), BIT(31), 0, 100), "ADC calibration");
    ADC3(0) = 1;
    ADC3(8) |= 1;
    expect(wait_bits(&ADC3(0), 1, 1, 2), "ADC ADRDY");
    ADC3(8) |= BIT(2);
    expect(wait_bits(&ADC3(0), BIT(2), BIT(2), 10), "ADC EOC");
    ADC3(8) |= BIT(4);
    expect(wait_bits(&ADC3(8), BIT(2) | BIT(4), 0, 5), "ADC stop");
    ADC3(8) |= BIT(1);
    expect(wait_bits(&ADC3(8), 1, 0, 2), "ADC off");
}

static void buses(void)
{
    enable(APB1LENR, 9);
    LPTIM1(0x10) |= 1;
    LPTIM1(0x18) = 100;
    expect(wait_bits(&LPTIM1(0), BIT(4), BIT(4), 100), "LPTIM ARROK");
    LPTIM1(0x10) &= ~1u;
    enable(APB1LENR, 21);
    I2C1(0x10) = 0x10707DBC;
    I2C1(0) |= 1;
    expect(wait_bits(&I2C1(0x18), BIT(15), 0, 25), "I2C not busy");
    I2C1(4) = BIT(25) | BIT(13) | 1u << 16 | 0xA0;
    expect(wait_bits(&I2C1(0x18), BIT(4), BIT(4), 25), "I2C NACKF");
    expect(wait_bits(&I2C1(0x18), BIT(5), BIT(5), 25), "I2C STOPF");
    I2C1(0x1C) = BIT(4) | BIT(5);
    expect(!(I2C1(0x18) & (BIT(4) | BIT(5))), "I2C flags cleared");
    enable(0xF0, 12);
    RCC(0x50) |= 4u << 12; /* D2CCIP1R.SPI123SEL: per_ck, which is HSI; PLL1 is off */
    SPI1(8) = 7;           /* frames of 8 bits */
    SPI1(0xC) = BIT(22);   /* master */
    SPI1(4) = 1;
    SPI1(0) |= 1;
    SPI1(0) |= BIT(9);
    expect(wait_bits(&SPI1(0x14), BIT(1), BIT(1), 10), "SPI TXP");
    SPI1(0x20) = 0x55;
    expect(wait_bits(&SPI1(0x14), BIT(3), BIT(3), 10), "SPI EOT");
    SPI1(0) &= ~1u;
}

static volatile uint32_t timer_ticks;

static void on_tim17(void)
{
    TIM17(0x10) = ~1u;
    timer_ticks++;
}

/* The time base on a timer that the vendor's tool likes to choose. */
static void timer_base(void)
{
    enable(0xF0, 18);
    irq_handlers[118] = on_tim17;
    irq_enable(118);
    TIM17(0x2C) = 999;
    TIM17(0x28) = 63;
    TIM17(0x14) = 1;
    TIM17(0x10) = 0;
    TIM17(0x0C) |= 1;
    TIM17(0) |= 1;
    uint32_t from = ticks;
    while (ticks - from < 50) {
    }
    TIM17(0) &= ~1u;
    expect(timer_ticks >= 49 && timer_ticks <= 51, "TIM17 ticks like SysTick");
}

int main(void)
{
    hal_init();
    uart_init(64000000);
    expect(supply_smps(), "supply");
    oscillators();
    expect(voltage_scale(1) && hse_bypass_on() && pll1_from_hse(4, 400), "PLL1");
    expect(small_pll(2), "PLL2");
    expect(small_pll(3), "PLL3");
    uart_idle();
    expect(deinit(), "back to the reset state");
    regulators();
    rtc();
    iwdg();
    rng_and_crc();
    adc();
    buses();
    timer_base();
    pass();
}
