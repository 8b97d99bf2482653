/* SPDX-License-Identifier: MIT */
/*
 * A NOR flash at SPI4 (select at PA4) and an EEPROM at I2C1, used as vendor drivers do: identify,
 * write enable, page program, read back by DMA; write with AUTOEND, poll for the acknowledge, read
 * after a repeated START by interrupt flags.
 */
#include "chip.h"

#define GPIOA(off) REG(0x58020000u + (off))
#define SPI4(off)  REG(0x40013400u + (off))
#define SPI4_TX    (*(volatile uint8_t *)0x40013420u)
#define SPI4_RX    (*(volatile uint8_t *)0x40013430u)
#define I2C1(off)  REG(0x40005400u + (off))
#define DMA1(off)  REG(0x40020000u + (off))
#define DMAMUX1(n) REG(0x40020800u + 4u * (n))
#define AXI_RAM    0x24000000u
#define APB2ENR    0xF0u
#define MASTER     BIT(22)
#define AUTOEND    BIT(25)
#define START      BIT(13)
#define DEVICE     (0x50u << 1)

/* ---- SPI ---- */

static uint8_t exchange(uint8_t out)
{
    while (!(SPI4(0x14) & 2)) {
    }
    SPI4_TX = out;
    while (!(SPI4(0x14) & 1)) {
    }
    return SPI4_RX;
}

static void select(bool on)
{
    GPIOA(0x18) = on ? BIT(20) : BIT(4);
}

static void command(uint8_t c)
{
    select(true);
    exchange(c);
    select(false);
}

static void address(uint8_t c, uint32_t at)
{
    select(true);
    exchange(c);
    exchange((uint8_t)(at >> 16));
    exchange((uint8_t)(at >> 8));
    exchange((uint8_t)at);
}

static bool identified(void)
{
    select(true);
    exchange(0x9F);
    uint32_t id = (uint32_t)exchange(0) << 16;
    id |= (uint32_t)exchange(0) << 8;
    id |= exchange(0);
    select(false);
    return id == 0xEF4014;
}

static void wait_ready(void)
{
    uint8_t status;

    do {
        select(true);
        exchange(0x05);
        status = exchange(0);
        select(false);
    } while (status & 1);
}

/* 16 bytes: both directions by DMA, stream 0 receives, stream 1 sends. */
static bool read_by_dma(uint32_t at)
{
    address(0x03, at);
    DMAMUX1(0) = 83;
    DMAMUX1(1) = 84;
    SPI4(0x00) = 0;
    SPI4(0x08) = 7 | BIT(14); /* RXDMAEN first */
    DMA1(0x14) = 16;
    DMA1(0x18) = 0x40013430u;
    DMA1(0x1C) = AXI_RAM;
    DMA1(0x10) = BIT(10) | BIT(0);
    DMA1(0x2C) = 16;
    DMA1(0x30) = 0x40013420u;
    DMA1(0x34) = AXI_RAM + 64;
    DMA1(0x28) = BIT(10) | 1u << 6 | BIT(0);
    SPI4(0x08) |= BIT(15);
    SPI4(0x04) = 16;
    SPI4(0x00) = 1;
    SPI4(0x00) = 1 | BIT(9);
    while (!(SPI4(0x14) & BIT(3))) { /* EOT */
    }
    while (!(DMA1(0x00) & BIT(5))) { /* TCIF0 */
    }
    select(false);
    for (unsigned i = 0; i < 16; i++) {
        if (((volatile uint8_t *)AXI_RAM)[i] != (uint8_t)(0x30 + i)) {
            return false;
        }
    }
    return true;
}

static bool try_spi(void)
{
    SPI4(0x08) = 7; /* 8 bits, kernel clock / 2 */
    SPI4(0x0C) = MASTER;
    SPI4(0x00) = 1;
    SPI4(0x00) = 1 | BIT(9);
    if (!identified()) {
        return false;
    }
    command(0x06);
    address(0x02, 0x4560);
    for (unsigned i = 0; i < 16; i++) {
        exchange((uint8_t)(0x30 + i));
    }
    select(false);
    wait_ready();
    return read_by_dma(0x4560);
}

/* ---- I2C ---- */

static void send(uint8_t byte)
{
    while (!(I2C1(0x18) & 2)) {
    }
    I2C1(0x28) = byte;
}

static bool acknowledged(void)
{
    while (!(I2C1(0x18) & BIT(5))) {
    }
    bool refused = I2C1(0x18) & BIT(4);
    I2C1(0x1C) = BIT(4) | BIT(5);
    return !refused;
}

static bool try_i2c(void)
{
    unsigned polls = 0;

    I2C1(0x10) = 0x00303D5B;
    I2C1(0x00) = 1;
    I2C1(0x04) = DEVICE | 4u << 16 | AUTOEND | START;
    send(0x02);
    send(0x40);
    send(0xC0);
    send(0xDE);
    if (!acknowledged()) {
        return false;
    }
    do {
        I2C1(0x04) = DEVICE | AUTOEND | START;
        polls++;
    } while (!acknowledged());
    I2C1(0x04) = DEVICE | 2u << 16 | START;
    send(0x02);
    send(0x40);
    while (!(I2C1(0x18) & BIT(6))) { /* TC */
    }
    I2C1(0x04) = DEVICE | 2u << 16 | BIT(10) | AUTOEND | START;
    while (!(I2C1(0x18) & 4)) {
    }
    uint8_t first = (uint8_t)I2C1(0x24);
    while (!(I2C1(0x18) & 4)) {
    }
    uint8_t second = (uint8_t)I2C1(0x24);
    return acknowledged() && polls > 10 && first == 0xC0 && second == 0xDE;
}

int main(void)
{
    RCC(AHB4ENR) |= BIT(0);
    RCC(AHB1ENR) |= BIT(0);
    RCC(APB1LENR) |= BIT(21);
    RCC(APB2ENR) |= BIT(13);
    (void)RCC(APB2ENR);
    select(false);
    GPIOA(0x00) = (GPIOA(0x00) & ~(3u << 8)) | 1u << 8;
    uart_init(64000000);
    print(!try_spi() ? "FAIL SPI\n" : !try_i2c() ? "FAIL I2C\n" : "PASS\n");
    for (;;) {
        __asm volatile("wfi");
    }
}
