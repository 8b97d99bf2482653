/* SPDX-License-Identifier: MIT */
/*
 * FDCAN1 in internal loop-back, in the order of the vendor's driver: kernel clock, INIT, CCE, bit
 * timing, message RAM, filters, start; a standard frame by interrupt, an extended FD frame of 64
 * bytes at the fast rate by polling. Then FDCAN2 answers over a wire (--can FDCAN1=FDCAN2).
 */
#include "chip.h"

#define CAN1(off) REG(0x4000A000u + (off))
#define CAN2(off) REG(0x4000A400u + (off))
#define RAM(off)  REG(0x4000AC00u + (off))
#define APB1HENR  0xECu
#define D2CCIP1R  0x50u
#define ELEMENT   72u
#define SECOND    0x1000u /* message RAM of FDCAN2 */

static volatile uint32_t received, first_id, first_data;

static void on_can1(void)
{
    CAN1(0x50) = BIT(0);
    received++;
    first_id = RAM(0x100) >> 18 & 0x7FF;
    first_data = RAM(0x108);
    CAN1(0xA8) = CAN1(0xA4) >> 8 & 63;
}

static bool configure(volatile uint32_t *can, uint32_t ram, uint32_t mode, uint32_t test)
{
    can[0x18 / 4] &= ~BIT(4);
    can[0x18 / 4] |= BIT(0);
    if (!wait_bits(&can[0x18 / 4], BIT(0), BIT(0), 10)) {
        return false;
    }
    can[0x18 / 4] |= BIT(1);
    can[0x18 / 4] |= mode;
    can[0x10 / 4] |= test;
    can[0x1C / 4] = 9u << 25 | 0u << 16 | 29u << 8 | 8u; /* 40 quanta of 8 MHz: 200 kbit/s */
    can[0x0C / 4] = 4u << 8 | 1u << 4 | 1u;              /* 8 quanta: 1 Mbit/s */
    can[0x84 / 4] = ram | 1u << 16;
    can[0x88 / 4] = (ram + 0x80) | 1u << 16;
    can[0xA0 / 4] = (ram + 0x100) | 3u << 16;
    can[0xB0 / 4] = (ram + 0x300) | 2u << 16;
    can[0xBC / 4] = 0x777;
    can[0xC0 / 4] = (ram + 0x500) | 2u << 24;
    can[0xC8 / 4] = 7;
    can[0x80 / 4] = 0x3F; /* what no filter takes is rejected */
    for (uint32_t off = 0; off < 0x800; off += 4) {
        RAM(ram + off) = 0;
    }
    RAM(ram) = 2u << 30 | 1u << 27 | 0x321u << 16 | 0x7FF;
    RAM(ram + 0x80) = 2u << 29 | 0x12345678u;
    RAM(ram + 0x84) = 2u << 30 | 0x1FFFFFFFu;
    return true;
}

static void add(volatile uint32_t *can, uint32_t ram, uint32_t id, uint32_t control, uint32_t seed)
{
    uint32_t put = can[0xC4 / 4] >> 16 & 31, at = ram + 0x500 + put * ELEMENT;

    RAM(at) = id;
    RAM(at + 4) = control;
    for (uint32_t i = 0; i < 16; i++) {
        RAM(at + 8 + 4 * i) = seed + i;
    }
    can[0xD0 / 4] = BIT(put);
}

static bool loop_back(void)
{
    irq_handlers[19] = on_can1;
    irq_enable(19);
    CAN1(0x54) = BIT(0);
    CAN1(0x5C) = 1;
    CAN1(0x18) &= ~BIT(0);
    add(&CAN1(0), 0, 0x320u << 18, 8u << 16, 1); /* not for us */
    add(&CAN1(0), 0, 0x321u << 18, 8u << 16, 0xC0DE0000);
    uint32_t from = ticks;
    while (!received && ticks - from < 10) {
    }
    expect(received == 1 && first_id == 0x321 && first_data == 0xC0DE0000, "a standard frame");
    add(&CAN1(0), 0, BIT(30) | 0x12345678u, 3u << 20 | 15u << 16, 0x100);
    if (!wait_bits(&CAN1(0xB4), 0x7F, 1, 10)) {
        return false;
    }
    return RAM(0x304) >> 16 == 0x3F && RAM(0x308 + 60) == 0x10F;
}

int main(void)
{
    hal_init();
    uart_init(64000000);
    expect(hse_bypass_on(), "HSE"); /* FDCANSEL is HSE after reset */
    RCC(APB1HENR) |= BIT(8);
    (void)RCC(APB1HENR);
    expect(configure(&CAN1(0), 0, BIT(7) | BIT(5) | BIT(8) | BIT(9), BIT(4)), "INIT");
    expect(loop_back(), "a long frame");
    expect(configure(&CAN1(0), 0, 0, 0), "INIT again");
    CAN1(0x10) &= ~BIT(4);
    CAN1(0x18) &= ~(BIT(5) | BIT(7) | BIT(0));
    expect(configure(&CAN2(0), SECOND, 0, 0), "INIT of FDCAN2");
    CAN2(0x18) &= ~BIT(0);
    add(&CAN2(0), SECOND, 0x321u << 18, 4u << 16, 0xBEEF);
    uint32_t from = ticks;
    while (received < 2 && ticks - from < 10) {
    }
    expect(received == 2 && first_data == 0xBEEF, "from FDCAN2 to FDCAN1");
    pass();
}
