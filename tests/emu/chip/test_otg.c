/* SPDX-License-Identifier: MIT */
/*
 * The USB controllers by their registers: what RM0399 (OTG_HS) says of device mode, tried from both
 * sides of the plug. No driver of this project is involved.
 */
#include "emu/chip/usb_wire.h"
#include "fixture.h"

#define FS     0x40080000u
#define HS     0x40040000u
#define RCC    0x58024400u
#define CRS    0x40008400u
#define IN0    (FS + 0x900)
#define OUT0   (FS + 0xB00)
#define FIFO0  (FS + 0x1000)
#define CTL(e) (e)
#define INT(e) ((e) + 0x08)
#define SIZ(e) ((e) + 0x10)

enum { EPENA = 1u << 31, EPDIS = 1 << 30, SD0PID = 1 << 28, SNAK = 1 << 27, CNAK = 1 << 26 };

static struct otg *fs(void)
{
    return otg_get(&fx.m, 1);
}

static void set(uint32_t addr, uint32_t bits)
{
    wr(CM7, addr, rd(CM7, addr) | bits);
}

static void clock_on(void)
{
    wr(CM7, RCC + 0xD8, BIT(25) | BIT(27)); /* AHB1ENR */
    wr(CM7, RCC + 0xEC, BIT(1));            /* APB1HENR: CRS */
    set(RCC, BIT(12));                      /* HSI48ON */
    pass(VT_MS);
    wr(CM7, RCC + 0x54, 3u << 20);   /* USBSEL */
    wr_sized(CM7, 0x5802480F, 1, 1); /* PWR_CR3.USB33DEN */
    wr(CM7, RCC + 0xE0, BIT(0));     /* AHB4ENR: port A */
    wr(CM7, 0x58020024, 0xAA000);    /* PA11, PA12: AF10 */
    wr(CM7, 0x58020000, (rd(CM7, 0x58020000) & ~(0xFu << 22)) | 0xAu << 22);
    assert_true(rd(CM7, 0x5802480C) & BIT(26)); /* USB33RDY */
}

/* As every driver does it: device mode, PHY on, B session valid, full speed, connected. */
static void connect(void)
{
    clock_on();
    wr(CM7, FS + 0x0C, BIT(30) | 6u << 10 | BIT(6));
    wr(CM7, FS + 0x38, BIT(16));
    wr(CM7, FS + 0x00, BIT(6) | BIT(7));
    wr(CM7, FS + 0x800, 3);
    wr(CM7, FS + 0x24, 128);
    wr(CM7, FS + 0x28, 32u << 16 | 128);
    wr(CM7, FS + 0x810, 9);
    wr(CM7, FS + 0x814, 9);
    wr(CM7, FS + 0x81C, 0x10001);
    wr(CM7, FS + 0x804, 0);
    otg_plug(fs(), true);
}

static void reset_of_the_bus(void)
{
    otg_bus_reset(fs(), true);
    pass(10 * VT_MS);
    otg_bus_reset(fs(), false);
    pass(VT_MS / 2);
}

static void ready(void)
{
    connect();
    reset_of_the_bus();
    wr(CM7, FS + 0x14, 0xFFFFFFFF);
    clear_notes();
}

static enum usb_answer setup_packet(unsigned addr)
{
    static const uint8_t get_device[8] = {0x80, 6, 0, 1, 0, 0, 18, 0};

    return otg_setup(fs(), addr, get_device);
}

static void pop_setup(void)
{
    assert_int_equal(rd(CM7, FS + 0x20) >> 17 & 0xF, 6);
    assert_int_equal(rd(CM7, FIFO0), 0x01000680);
    assert_int_equal(rd(CM7, FIFO0), 0x00120000);
    assert_int_equal(rd(CM7, FS + 0x20) >> 17 & 0xF, 4);
}

static void test_reset_values(void **state)
{
    (void)state;
    clock_on();
    for (unsigned i = 0; i < 2; i++) {
        uint32_t base = i ? FS : HS;
        assert_int_equal(rd(CM7, base + 0x10), 0x80000000); /* AHBIDL */
        assert_int_equal(rd(CM7, base + 0x14), 0x04000020);
        assert_int_equal(rd(CM7, base + 0x40) >> 16, 0x4F54); /* "OT" */
        assert_int_equal(rd(CM7, base + 0xB00), 0x8000);
    }
}

static void test_core_reset(void **state)
{
    (void)state;
    wr(CM7, RCC + 0xD8, BIT(27));
    wr(CM7, FS + 0x10, 1);
    assert_int_equal(rd(CM7, FS + 0x10) & 1, 1); /* no 48 MHz: it never ends */
    assert_note("otg.clock");
    clock_on();
    assert_int_equal(rd(CM7, FS + 0x10), 0x80000000);
    wr(CM7, FS + 0x38, BIT(16));
    wr(CM7, FS + 0x800, 3);
    wr(CM7, FS + 0x804, 2);
    wr(CM7, FS + 0x18, 0x1000);
    set(FS + 0x10, 1);
    assert_int_equal(rd(CM7, FS + 0x38), BIT(16)); /* GCCFG, DSPD and SDIS stay */
    assert_int_equal(rd(CM7, FS + 0x800) & 3, 3);
    assert_int_equal(rd(CM7, FS + 0x804), 2);
    assert_int_equal(rd(CM7, FS + 0x18), 0);
}

/* Each of these alone keeps the host from seeing a device. */
static void test_what_a_connection_needs(void **state)
{
    (void)state;
    static const struct {
        uint32_t addr, value;
    } broken[] = {
        {FS + 0x804, 2},          /* SDIS */
        {FS + 0x38, 0},           /* PHY off */
        {FS + 0x00, BIT(6)},      /* session not valid */
        {RCC + 0x54, 0},          /* no 48 MHz */
        {RCC + 0xD8, 0},          /* no bus clock */
        {0x5802480C, 0x00000006}, /* no supply of the PHY */
        {0x58020000, 0xABFFFFFF}, /* pins as after reset */
    };
    for (unsigned i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        do_reset(RESET_PIN);
        connect();
        assert_true(otg_attached(fs()));
        wr(CM7, broken[i].addr, broken[i].value);
        assert_false(otg_attached(fs()));
    }
    do_reset(RESET_PIN);
    connect();
    otg_plug(fs(), false);
    assert_false(otg_attached(fs()));
}

static void test_bus_reset_and_interrupt(void **state)
{
    (void)state;
    connect();
    wr(CM7, FS + 0x18, BIT(12) | BIT(13));
    otg_bus_reset(fs(), true);
    assert_true(rd(CM7, FS + 0x14) & BIT(12));
    assert_false(fx.core[CM7].irq[101]); /* not before GINT */
    wr(CM7, FS + 0x08, 1);
    assert_true(fx.core[CM7].irq[101] && fx.core[CM4].irq[101]);
    wr(CM7, FS + 0x14, BIT(12));
    assert_false(fx.core[CM7].irq[101]);
    assert_int_equal(setup_packet(0), USB_SILENT); /* during the reset */
    otg_bus_reset(fs(), false);
    pass(VT_MS / 2);
    assert_true(rd(CM7, FS + 0x14) & BIT(13));         /* ENUMDNE */
    assert_int_equal(rd(CM7, FS + 0x808) >> 1 & 3, 3); /* full speed */
    assert_true(fx.core[CM7].irq[101]);
}

static void test_setup(void **state)
{
    (void)state;
    ready();
    assert_int_equal(setup_packet(5), USB_SILENT); /* another's address */
    assert_int_equal(setup_packet(0), USB_ACK);
    assert_true(rd(CM7, FS + 0x14) & BIT(4)); /* RXFLVL */
    assert_int_equal(rd(CM7, FS + 0x1C) >> 17 & 0xF, 6);
    assert_int_equal(rd(CM7, INT(OUT0)) & BIT(3), 0); /* STUP comes with the second status word */
    pop_setup();
    assert_true(rd(CM7, INT(OUT0)) & BIT(3));
    assert_true(rd(CM7, FS + 0x14) & BIT(19)); /* OEPINT */
    assert_int_equal(rd(CM7, FS + 0x818), BIT(16));
    assert_int_equal(rd(CM7, FS + 0x14) & BIT(4), 0);
    assert_int_equal(rd(CM7, CTL(IN0)) & rd(CM7, CTL(OUT0)) & BIT(17), BIT(17)); /* NAK */
}

static void test_in(void **state)
{
    uint8_t bytes[64];
    unsigned n = sizeof(bytes);
    bool data1 = false;

    (void)state;
    ready();
    setup_packet(0);
    pop_setup();
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_NAK);
    wr(CM7, SIZ(IN0), BIT(19) | 6);
    set(CTL(IN0), EPENA | CNAK);
    wr(CM7, FIFO0, 0x44332211);
    n = sizeof(bytes);
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_NAK); /* the rest is missing */
    assert_int_equal(rd(CM7, FS + 0x918), 31);                        /* words free */
    wr(CM7, FIFO0, 0x00006655);
    n = sizeof(bytes);
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_ACK);
    assert_int_equal(n, 6);
    assert_memory_equal(bytes, "\x11\x22\x33\x44\x55\x66", 6);
    assert_true(data1); /* after a SETUP */
    assert_true(rd(CM7, INT(IN0)) & BIT(0));
    assert_int_equal(rd(CM7, CTL(IN0)) & EPENA, 0);
    wr(CM7, INT(IN0), 1);
    assert_int_equal(rd(CM7, INT(IN0)) & BIT(0), 0);
}

static void test_out(void **state)
{
    (void)state;
    ready();
    setup_packet(0);
    pop_setup();
    assert_int_equal(otg_out(fs(), 0, 0, true, (const uint8_t *)"hello", 5), USB_NAK);
    wr(CM7, SIZ(OUT0), 3u << 29 | BIT(19) | 64);
    set(CTL(OUT0), EPENA | CNAK);
    assert_int_equal(otg_out(fs(), 0, 0, false, (const uint8_t *)"again", 5), USB_ACK);
    assert_int_equal(rd(CM7, FS + 0x14) & BIT(4), 0); /* the wrong DATA: taken for a repetition */
    assert_int_equal(otg_out(fs(), 0, 0, true, (const uint8_t *)"hello", 5), USB_ACK);
    assert_int_equal(rd(CM7, FS + 0x20),
                     5u << 4 | 2u << 15 | 2u << 17 | (rd(CM7, FS + 0x808) >> 8 & 0xF) << 21);
    assert_int_equal(rd(CM7, FIFO0), 0x6C6C6568);
    assert_int_equal(rd(CM7, FIFO0), 0x6F);
    assert_int_equal(rd(CM7, INT(OUT0)) & BIT(0), 0);
    assert_int_equal(rd(CM7, FS + 0x20) >> 17 & 0xF, 3);
    assert_true(rd(CM7, INT(OUT0)) & BIT(0));
    assert_int_equal(rd(CM7, CTL(OUT0)) & EPENA, 0);
    assert_int_equal(otg_out(fs(), 0, 0, false, (const uint8_t *)"more", 4), USB_NAK);
}

static void test_stall_ends_with_the_next_setup(void **state)
{
    uint8_t bytes[64];
    unsigned n = sizeof(bytes);
    bool data1;

    (void)state;
    ready();
    set(CTL(IN0), BIT(21));
    set(CTL(OUT0), BIT(21));
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_STALL);
    assert_int_equal(otg_out(fs(), 0, 0, true, bytes, 0), USB_STALL);
    wr(CM7, CTL(IN0), rd(CM7, CTL(IN0)) & ~BIT(21)); /* firmware cannot take it back */
    n = sizeof(bytes);
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_STALL);
    assert_int_equal(setup_packet(0), USB_ACK);
    n = sizeof(bytes);
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_NAK);
}

/* Firmware writes the address when SET_ADDRESS comes; its answer still goes to the old one. */
static void test_address(void **state)
{
    uint8_t bytes[64];
    unsigned n = sizeof(bytes);
    bool data1;

    (void)state;
    ready();
    setup_packet(0);
    pop_setup();
    wr(CM7, FS + 0x800, 3 | 7u << 4);
    wr(CM7, SIZ(IN0), BIT(19));
    set(CTL(IN0), EPENA | CNAK);
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_ACK);
    assert_int_equal(n, 0);
    assert_int_equal(setup_packet(0), USB_SILENT);
    assert_int_equal(setup_packet(7), USB_ACK);
    reset_of_the_bus();
    assert_int_equal(rd(CM7, FS + 0x800) >> 4 & 0x7F, 7); /* the reset does not clear it */
}

static void test_an_answer_that_nobody_fetched_stays(void **state)
{
    uint8_t bytes[64];
    unsigned n = sizeof(bytes);
    bool data1;

    (void)state;
    ready();
    wr(CM7, SIZ(IN0), BIT(19) | 4);
    set(CTL(IN0), EPENA | CNAK);
    wr(CM7, FIFO0, 0xDEADBEEF);
    setup_packet(0);
    assert_true(rd(CM7, CTL(IN0)) & EPENA);
    set(CTL(IN0), EPDIS | SNAK);
    assert_true(rd(CM7, INT(IN0)) & BIT(1)); /* EPDISD */
    assert_int_equal(rd(CM7, FS + 0x918), 31);
    wr(CM7, FS + 0x10, BIT(5)); /* TXFFLSH of FIFO 0 */
    assert_int_equal(rd(CM7, FS + 0x918), 32);
    assert_int_equal(otg_in(fs(), 0, 0, &data1, bytes, &n), USB_NAK);
}

static void test_fifos(void **state)
{
    (void)state;
    ready();
    wr(CM7, FS + 0x28, 2u << 16 | 128);
    for (unsigned i = 0; i < 3; i++) {
        wr(CM7, FIFO0, i);
    }
    assert_note("otg.fifo"); /* full */
    clear_notes();
    wr(CM7, FS + 0x28, 32u << 16 | 100); /* inside of the receive FIFO */
    set(CTL(IN0), EPENA);
    assert_note("otg.fifo");
    wr(CM7, FS + 0x24, 10); /* no room beside a first SETUP */
    assert_int_equal(setup_packet(0), USB_ACK);
    assert_int_equal(setup_packet(0), USB_ACK);
    assert_int_equal(setup_packet(0), USB_SILENT);
}

static void test_a_bulk_endpoint(void **state)
{
    const uint32_t in1 = FS + 0x920, out1 = FS + 0xB20;
    uint8_t bytes[64] = {0};
    unsigned n = sizeof(bytes);
    bool data1 = true;

    (void)state;
    ready();
    assert_int_equal(otg_in(fs(), 0, 1, &data1, bytes, &n), USB_SILENT); /* not active */
    wr(CM7, FS + 0x104, 32u << 16 | 160);
    wr(CM7, CTL(in1), BIT(15) | 2u << 18 | 1u << 22 | SD0PID | 64);
    wr(CM7, SIZ(in1), 2u << 19 | 68);
    set(CTL(in1), EPENA | CNAK);
    for (unsigned i = 0; i < 17; i++) {
        wr(CM7, FS + 0x2000, i);
    }
    assert_int_equal(otg_in(fs(), 0, 1, &data1, bytes, &n), USB_ACK);
    assert_int_equal(n, 64);
    assert_false(data1);
    n = sizeof(bytes);
    assert_int_equal(otg_in(fs(), 0, 1, &data1, bytes, &n), USB_ACK);
    assert_int_equal(n, 4);
    assert_true(data1);
    wr(CM7, CTL(out1), BIT(15) | 2u << 18 | SD0PID | 64);
    wr(CM7, SIZ(out1), 2u << 19 | 128);
    set(CTL(out1), EPENA | CNAK);
    assert_int_equal(otg_out(fs(), 0, 1, false, bytes, 64), USB_ACK);
    assert_true(rd(CM7, CTL(out1)) & EPENA); /* half of it */
    assert_int_equal(rd(CM7, SIZ(out1)) & 0x7FFFF, 64);
    assert_int_equal(otg_out(fs(), 0, 1, true, bytes, 64), USB_ACK);
    assert_int_equal(rd(CM7, CTL(out1)) & EPENA, 0);
    otg_bus_reset(fs(), true);
    assert_int_equal(rd(CM7, CTL(in1)) & BIT(15), 0); /* USBAEP */
}

static void test_global_out_nak(void **state)
{
    (void)state;
    ready();
    wr(CM7, SIZ(OUT0), 3u << 29 | BIT(19) | 64);
    set(CTL(OUT0), EPENA | CNAK);
    wr(CM7, FS + 0x804, BIT(9)); /* SGONAK */
    assert_int_equal(otg_out(fs(), 0, 0, false, (const uint8_t *)"x", 1), USB_NAK);
    assert_int_equal(rd(CM7, FS + 0x14) & BIT(7), 0);
    assert_int_equal(rd(CM7, FS + 0x20) >> 17 & 0xF, 1);
    assert_true(rd(CM7, FS + 0x14) & BIT(7)); /* GONAKEFF, once its pattern was popped */
    wr(CM7, FS + 0x804, BIT(10));
    assert_int_equal(otg_out(fs(), 0, 0, false, (const uint8_t *)"x", 1), USB_ACK);
}

static void test_frames_suspend_and_clock_recovery(void **state)
{
    (void)state;
    ready();
    wr(CM7, CRS + 4, 0x3022BB7F); /* USB2's frames */
    wr(CM7, CRS, 0x2060);
    uint32_t frame = rd(CM7, FS + 0x808) >> 8;
    pass(5 * VT_MS);
    assert_in_range((rd(CM7, FS + 0x808) >> 8) - frame, 4, 6);
    assert_true(rd(CM7, FS + 0x14) & BIT(3));
    assert_int_equal(rd(CM7, CRS + 8) & 1, 1); /* SYNCOKF */
    wr(CM7, FS + 0x14, BIT(11));
    otg_idle(fs());
    pass(2 * VT_MS);
    assert_int_equal(rd(CM7, FS + 0x14) & BIT(11), 0);
    pass(2 * VT_MS);
    assert_true(rd(CM7, FS + 0x14) & BIT(11)); /* USBSUSP after 3 ms */
    assert_true(rd(CM7, FS + 0x808) & 1);
    otg_bus_reset(fs(), true);
    assert_int_equal(rd(CM7, FS + 0x808) & 1, 0);
}

static void test_what_is_not_modelled_is_said(void **state)
{
    (void)state;
    ready();
    wr(CM7, FS + 0x08, BIT(5));
    assert_note("otg.feature"); /* DMA */
    do_reset(RESET_PIN);
    ready();
    wr(CM7, FS + 0xB20, BIT(15) | 1u << 18 | 64 | EPENA);
    assert_note("otg.feature"); /* isochronous */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_reset_values),
        T(test_core_reset),
        T(test_what_a_connection_needs),
        T(test_bus_reset_and_interrupt),
        T(test_setup),
        T(test_in),
        T(test_out),
        T(test_stall_ends_with_the_next_setup),
        T(test_address),
        T(test_an_answer_that_nobody_fetched_stays),
        T(test_fifos),
        T(test_a_bulk_endpoint),
        T(test_global_out_nak),
        T(test_frames_suspend_and_clock_recovery),
        T(test_what_is_not_modelled_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
