/* SPDX-License-Identifier: MIT */
/* FDCAN1 and FDCAN2: a rule of RM0399 each. */
#include "fixture.h"

#include "emu/chip/seam/can.h"

#define RCC   0x58024400u
#define CAN1  0x4000A000u
#define CAN2  0x4000A400u
#define RAM   0x4000AC00u
#define CCCR  0x18u
#define ECR   0x40u
#define PSR   0x44u
#define IR    0x50u
#define GFC   0x80u
#define RXF0S 0xA4u
#define RXF0A 0xA8u
#define RXF1S 0xB4u
#define TXFQS 0xC4u
#define TXBRP 0xCCu
#define TXBAR 0xD0u
#define TXBCR 0xD4u
#define TXBTO 0xD8u
#define TXBCF 0xDCu
#define TXEFS 0xF4u
#define SHARE 0x1400u /* half of the message RAM for each */

/* Message RAM of a controller: standard filters, extended, FIFO 0 (3), FIFO 1 (2), buffers, events
 * (2), transmit: 1 dedicated and 3 more. Data of 64 bytes. */
enum { STD = 0, EXT = 64, FIFO0 = 128, FIFO1 = 400, BUFFERS = 600, EVENTS = 900, TX = 1000 };
#define ELEMENT 72u

static uint32_t ram(uint32_t can, uint32_t off)
{
    return RAM + (can == CAN2 ? SHARE : 0) + off;
}

static uint32_t place(uint32_t can, uint32_t off)
{
    return ram(can, off) - RAM;
}

static void configure(uint32_t can, uint32_t cccr, uint32_t test, uint32_t txbc)
{
    wr(CM7, can + CCCR, 1);
    wr(CM7, can + CCCR, 3);
    wr(CM7, can + CCCR, 3 | cccr);
    if (cccr & BIT(7)) {
        wr(CM7, can + 0x10, test);
    }
    wr(CM7, can + 0x1C, 0 << 16 | 12u << 8 | 1); /* 16 quanta of 8 MHz: 500 kbit/s */
    wr(CM7, can + 0x0C, 4u << 8 | 1u << 4);      /* 8 quanta: 1 Mbit/s */
    wr(CM7, can + 0x84, place(can, STD) | 4u << 16);
    wr(CM7, can + 0x88, place(can, EXT) | 2u << 16);
    wr(CM7, can + 0xA0, place(can, FIFO0) | 3u << 16 | 2u << 24);
    wr(CM7, can + 0xB0, place(can, FIFO1) | 2u << 16 | BIT(31)); /* overwriting */
    wr(CM7, can + 0xAC, place(can, BUFFERS));
    wr(CM7, can + 0xBC, 0x777);
    wr(CM7, can + 0xC0, place(can, TX) | 1u << 16 | 3u << 24 | txbc);
    wr(CM7, can + 0xC8, 7);
    wr(CM7, can + 0xF0, place(can, EVENTS) | 2u << 16);
    for (uint32_t off = 0; off < EXT + 16; off += 4) {
        wr(CM7, ram(can, off), 0);
    }
    wr(CM7, can + CCCR, 2 | cccr);
    wr(CM7, can + CCCR, cccr & ~2u);
}

static int fdcan_setup(void **state)
{
    setup(state);
    wr(CM7, RCC, rd(CM7, RCC) | BIT(18) | BIT(16)); /* HSE, 8 MHz */
    pass(VT_MS);
    wr(CM7, RCC + 0xEC, BIT(8));
    clear_notes();
    return 0;
}

static void put(uint32_t can, unsigned buffer, uint32_t id, uint32_t control, uint32_t data)
{
    uint32_t at = ram(can, TX + buffer * ELEMENT);

    wr(CM7, at, id);
    wr(CM7, at + 4, control);
    wr(CM7, at + 8, data);
    wr(CM7, at + 12, ~data);
}

#define EXTERNAL_LOOP BIT(7), BIT(4), 0

static void loop_back_carries_a_frame_in_its_time(void **state)
{
    (void)state;
    configure(CAN1, EXTERNAL_LOOP);
    wr(CM7, CAN1 + 0x54, BIT(0)); /* IE: RF0N */
    wr(CM7, CAN1 + 0x5C, 1);
    assert_int_equal(rd(CM7, CAN1 + TXFQS), 3 | 1u << 8 | 1u << 16);
    put(CAN1, 1, 0x123u << 18, 0x5A000000 | BIT(23) | 8u << 16, 0x44332211);
    wr(CM7, CAN1 + TXBAR, BIT(1));
    assert_int_equal(rd(CM7, CAN1 + TXBRP), BIT(1));
    assert_int_equal(rd(CM7, CAN1 + TXFQS), 2 | 1u << 8 | 2u << 16);
    pass(220 * VT_US); /* 115 bits of 2 us */
    assert_int_equal(rd(CM7, CAN1 + RXF0S), 0);
    pass(20 * VT_US);
    assert_int_equal(rd(CM7, CAN1 + TXBRP), 0);
    assert_int_equal(rd(CM7, CAN1 + TXBTO), BIT(1));
    assert_int_equal(rd(CM7, CAN1 + RXF0S), 1 | 1u << 16);
    assert_true(fx.core[CM7].irq[19]);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0)), 0x123u << 18);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0 + 4)), BIT(31) | 8u << 16); /* no filter */
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0 + 8)), 0x44332211);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0 + 12)), ~0x44332211u);
    assert_int_equal(rd(CM7, CAN1 + TXEFS), 1 | 1u << 16);
    assert_int_equal(rd(CM7, ram(CAN1, EVENTS + 4)), 0x5A000000 | 1u << 22 | 8u << 16);
    wr(CM7, CAN1 + IR, 0xFFFFFFFF);
    assert_false(fx.core[CM7].irq[19]);
    wr(CM7, CAN1 + RXF0A, 0);
    assert_int_equal(rd(CM7, CAN1 + RXF0S), 1u << 8 | 1u << 16);
    wr(CM7, CAN1 + 0xF8, 0);
    assert_int_equal(rd(CM7, CAN1 + TXEFS), 1u << 8 | 1u << 16);
    assert_no_note();
}

static void send(uint32_t can, uint32_t id, uint32_t control)
{
    unsigned buffer = rd(CM7, can + TXFQS) >> 16 & 31;

    put(can, buffer, id, control, id);
    wr(CM7, can + TXBAR, BIT(buffer));
    pass(3 * VT_MS);
}

static void filters_choose(void **state)
{
    (void)state;
    configure(CAN1, BIT(7) | BIT(5) | BIT(8) | BIT(9), BIT(4), 0); /* internal loop-back, FD */
    wr(CM7, ram(CAN1, STD), 2u << 30 | 1u << 27 | 0x100u << 16 | 0x7F0);      /* mask: FIFO 0 */
    wr(CM7, ram(CAN1, STD + 4), 2u << 27 | 0x200u << 16 | 0x20F);             /* range: FIFO 1 */
    wr(CM7, ram(CAN1, STD + 8), 1u << 30 | 3u << 27 | 0x300u << 16 | 0x301u); /* two: rejected */
    wr(CM7, ram(CAN1, STD + 12), 7u << 27 | 0x400u << 16 | 33);               /* buffer 33 */
    wr(CM7, ram(CAN1, EXT), 6u << 29 | 0x1ABCDEF);                            /* priority, FIFO 1 */
    wr(CM7, ram(CAN1, EXT + 4), 2u << 30 | 0x1FFFFFFF);
    send(CAN1, 0x105u << 18, 8u << 16);
    send(CAN1, 0x20Fu << 18, 8u << 16);
    send(CAN1, 0x301u << 18, 8u << 16);
    assert_int_equal(rd(CM7, CAN1 + RXF0S) & 0x7F, 1);
    assert_int_equal(rd(CM7, CAN1 + RXF1S) & 0x7F, 1);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO1 + 4)) >> 24, 1); /* by the second filter */
    send(CAN1, 0x400u << 18, 15u << 16 | 3u << 20);           /* 64 bytes, fast */
    assert_int_equal(rd(CM7, CAN1 + 0x9C), BIT(1));           /* NDAT2 */
    uint32_t at = ram(CAN1, BUFFERS) - RAM;
    assert_in_range(at + 33 * ELEMENT, 0, SHARE);
    assert_int_equal(rd(CM7, RAM + at + 33 * ELEMENT + 4), 3u << 24 | 3u << 20 | 15u << 16);
    send(CAN1, BIT(30) | 0x1ABCDEF, 0);
    assert_int_equal(rd(CM7, CAN1 + RXF1S) & 0x7F, 2);
    assert_int_equal(rd(CM7, CAN1 + 0x94),
                     BIT(15) | 3u << 6 | 1u); /* HPMS: FIFO 1, its element 1 */
    assert_int_equal(rd(CM7, CAN1 + IR) & BIT(8), BIT(8));
}

static void a_full_fifo_loses_or_overwrites(void **state)
{
    (void)state;
    configure(CAN1, EXTERNAL_LOOP);
    for (unsigned i = 0; i < 4; i++) {
        send(CAN1, (0x10u + i) << 18, 0);
    }
    assert_int_equal(rd(CM7, CAN1 + RXF0S) & 0x303007F, 0x3000003); /* full, one lost */
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0)) >> 18, 0x10);
    assert_int_equal(rd(CM7, CAN1 + IR) & 0xF, 0xF);
    wr(CM7, CAN1 + CCCR, 1);
    wr(CM7, CAN1 + CCCR, 3 | BIT(7));
    assert_int_equal(rd(CM7, CAN1 + RXF0S), 0); /* CCE forgets */
    configure(CAN1, EXTERNAL_LOOP);
    wr(CM7, CAN1 + CCCR, 1);
    wr(CM7, CAN1 + CCCR, 3 | BIT(7));
    wr(CM7, CAN1 + 0x10, BIT(4));
    wr(CM7, CAN1 + GFC, 1u << 4); /* what no filter takes: FIFO 1 */
    wr(CM7, CAN1 + CCCR, BIT(7));
    for (unsigned i = 0; i < 3; i++) {
        send(CAN1, (0x20u + i) << 18, 0);
    }
    assert_int_equal(rd(CM7, CAN1 + RXF1S) & 0x3F7F, 2 | 1u << 8);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO1)) >> 18, 0x22); /* over the first */
}

static void the_lowest_identifier_goes_first(void **state)
{
    (void)state;
    configure(CAN1, BIT(7), BIT(4), BIT(30)); /* queue */
    assert_int_equal(rd(CM7, CAN1 + TXFQS), 1u << 16);
    put(CAN1, 1, 0x300u << 18, 0, 0);
    put(CAN1, 2, 0x100u << 18, 0, 0);
    put(CAN1, 3, BIT(30) | 0x100u << 18, 0, 0); /* the extended one of the same 11 bits later */
    wr(CM7, CAN1 + TXBAR, 0xE);
    assert_int_equal(rd(CM7, CAN1 + TXFQS) & BIT(21), BIT(21));
    pass(3 * VT_MS);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0)) >> 18, 0x100);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0 + ELEMENT)), BIT(30) | 0x100u << 18);
    assert_int_equal(rd(CM7, ram(CAN1, FIFO0 + 2 * ELEMENT)) >> 18, 0x300);
}

static void nobody_acknowledges(void **state)
{
    (void)state;
    configure(CAN1, 0, 0, 0);
    send(CAN1, 0x7Fu << 18, 0);
    assert_note("fdcan.bus");
    assert_int_equal(rd(CM7, CAN1 + TXBRP), BIT(1));
    assert_int_equal(rd(CM7, CAN1 + PSR) & 7, 3); /* LEC: acknowledge */
    assert_int_equal(rd(CM7, CAN1 + PSR) & 7, 7); /* by reading */
    pass(10 * VT_MS);
    assert_int_equal(rd(CM7, CAN1 + ECR), 128);
    assert_int_equal(rd(CM7, CAN1 + PSR) & 0xE0, 0x60); /* error passive, never bus off */
    wr(CM7, CAN1 + TXBCR, BIT(1));
    pass(VT_MS);
    assert_int_equal(rd(CM7, CAN1 + TXBRP), 0);
    assert_int_equal(rd(CM7, CAN1 + TXBCF), BIT(1));
}

static void the_two_talk_over_a_wire(void **state)
{
    (void)state;
    can_wire(&fx.m);
    configure(CAN1, 0, 0, 0);
    configure(CAN2, 0, 0, 0);
    wr(CM4, CAN2 + 0x54, BIT(0));
    wr(CM4, CAN2 + 0x58, BIT(0));
    wr(CM4, CAN2 + 0x5C, 2);
    send(CAN1, 0x7Fu << 18, 2u << 16);
    assert_int_equal(rd(CM4, CAN2 + RXF0S) & 0x7F, 1);
    assert_int_equal(rd(CM7, CAN1 + RXF0S) & 0x7F, 0);
    assert_true(fx.core[CM4].irq[22]); /* line 1 */
    assert_int_equal(rd(CM4, ram(CAN2, FIFO0)) >> 18, 0x7F);
    assert_no_note();
}

static void configuration_is_locked_while_it_runs(void **state)
{
    (void)state;
    configure(CAN1, EXTERNAL_LOOP);
    wr(CM7, CAN1 + GFC, 0x3F);
    assert_note("fdcan.protected");
    assert_int_equal(rd(CM7, CAN1 + GFC), 0);
    wr(CM7, CAN1 + CCCR, BIT(7) | BIT(4)); /* CSR */
    assert_int_equal(rd(CM7, CAN1 + CCCR) & 0x19, 0x19);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fdcan_setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(loop_back_carries_a_frame_in_its_time),
        TEST(filters_choose),
        TEST(a_full_fifo_loses_or_overwrites),
        TEST(the_lowest_identifier_goes_first),
        TEST(nobody_acknowledges),
        TEST(the_two_talk_over_a_wire),
        TEST(configuration_is_locked_while_it_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
