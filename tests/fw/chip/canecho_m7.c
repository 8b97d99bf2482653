/* SPDX-License-Identifier: MIT */
/* FDCAN1 as a node of a bus: each frame that comes goes back with the next identifier. */
#include "chip.h"

#define CAN(off)  REG(0x4000A000u + (off))
#define RAM(off)  REG(0x4000AC00u + (off))
#define APB1HENR  0xECu
#define RX_FIFO   0x100u
#define TX_BUFFER 0x500u
#define ELEMENT   72u
#define EXTENDED  BIT(30)

static void start(void)
{
    CAN(0x18) |= BIT(0);
    expect(wait_bits(&CAN(0x18), BIT(0), BIT(0), 10), "INIT");
    CAN(0x18) |= BIT(1);
    CAN(0x18) |= BIT(8) | BIT(9);                    /* FD, with two rates */
    CAN(0x1C) = 0u << 25 | 0u << 16 | 12u << 8 | 1u; /* 16 quanta of 8 MHz: 500 kbit/s */
    CAN(0x0C) = 4u << 8 | 1u << 4 | 1u;
    CAN(0xA0) = RX_FIFO | 8u << 16;
    CAN(0xBC) = 0x777;
    CAN(0xC0) = TX_BUFFER | 4u << 24;
    CAN(0xC8) = 7;
    CAN(0x80) = 0; /* what no filter names goes into FIFO 0 */
    CAN(0x18) &= ~(BIT(0) | BIT(1));
}

static void echo(uint32_t from)
{
    uint32_t to = TX_BUFFER + (CAN(0xC4) >> 16 & 31) * ELEMENT, first = RAM(from);

    RAM(to) = first + (first & EXTENDED ? 1u : BIT(18));
    RAM(to + 4) = RAM(from + 4) & 0x003F0000u; /* length, FD, rate */
    for (uint32_t i = 0; i < 64; i += 4) {
        RAM(to + 8 + i) = RAM(from + 8 + i);
    }
    CAN(0xD0) = BIT(CAN(0xC4) >> 16 & 31);
}

int main(void)
{
    hal_init();
    uart_init(64000000);
    expect(hse_bypass_on(), "HSE"); /* FDCANSEL is HSE after reset */
    RCC(APB1HENR) |= BIT(8);
    (void)RCC(APB1HENR);
    start();
    print("on the bus\n");
    for (;;) {
        uint32_t state = CAN(0xA4);

        if (state & 0x7F && !(CAN(0xC4) & BIT(21))) {
            echo(RX_FIFO + (state >> 8 & 63) * ELEMENT);
            CAN(0xA8) = state >> 8 & 63;
        }
    }
}
