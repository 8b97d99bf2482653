/* SPDX-License-Identifier: MIT */
/* SPI and I2C: a rule of RM0399 each, alone and with the parts that can hang on them. */
#include "emu/chip/seam/serial.h"
#include "emu/parts/parts.h"

#include "fixture.h"

#define RCC   0x58024400u
#define PWR   0x58024800u
#define SPI4  0x40013400u
#define SPI1  0x40013000u
#define I2C1  0x40005400u
#define I2C4  0x58001C00u
#define GPIOA 0x58020000u

#define CR1    0x00u
#define CR2    0x04u
#define CFG1   0x08u
#define CFG2   0x0Cu
#define IER    0x10u
#define SR     0x14u
#define IFCR   0x18u
#define TXDR   0x20u
#define RXDR   0x30u
#define SPE    BIT(0)
#define CSTART BIT(9)
#define EOT    BIT(3)
#define MASTER BIT(22)

#define TIMINGR 0x10u
#define ISR     0x18u
#define ICR     0x1Cu
#define I_RXDR  0x24u
#define I_TXDR  0x28u
#define START   BIT(13)
#define STOP    BIT(14)
#define AUTOEND BIT(25)
#define RELOAD  BIT(24)
#define READ    BIT(10)

static int serial_setup(void **state)
{
    setup(state);
    wr(CM7, RCC + 0xE0, 1);                                  /* GPIOA */
    wr(CM7, RCC + 0xE8, BIT(21));                            /* I2C1 */
    wr(CM7, RCC + 0xF0, BIT(12) | BIT(13));                  /* SPI1, SPI4 */
    wr(CM7, RCC + 0xF4, BIT(7));                             /* I2C4 */
    wr(CM7, GPIOA + 0x18, BIT(4));                           /* PA4 high, */
    wr(CM7, GPIOA, (rd(CM7, GPIOA) & ~(3u << 8)) | 1u << 8); /* an output */
    clear_notes();
    return 0;
}

/* ---- SPI ---- */

/* 8 bits, one frame a packet, kernel clock / 2. */
static void spi_on(uint32_t spi, unsigned frames)
{
    wr(CM7, spi + CFG1, 7);
    wr(CM7, spi + CFG2, MASTER);
    wr(CM7, spi + CR2, frames);
    wr(CM7, spi + CR1, SPE);
    wr(CM7, spi + CR1, SPE | CSTART);
}

static uint8_t spi_byte(uint32_t spi, uint8_t out)
{
    wr_sized(CM7, spi + TXDR, 1, out);
    pass(100 * VT_US);
    return (uint8_t)rd_sized(CM7, spi + RXDR, 1);
}

static void a_loop_returns_what_was_sent(void **state)
{
    (void)state;
    assert_true(spi_loop(&fx.m, "SPI4"));
    spi_on(SPI4, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(spi_byte(SPI4, (uint8_t)(0xA0 + i)), 0xA0 + i);
    }
    assert_int_equal(rd(CM7, SPI4 + SR) & (EOT | BIT(12)), EOT | BIT(12));
    assert_int_equal(rd(CM7, SPI4 + CR1) & CSTART, 0);
    wr(CM7, SPI4 + IFCR, EOT);
    assert_int_equal(rd(CM7, SPI4 + SR) & EOT, 0);
    assert_no_note();
}

static void a_frame_takes_its_time(void **state)
{
    (void)state;
    assert_true(spi_loop(&fx.m, "SPI4"));
    spi_on(SPI4, 1);
    wr_sized(CM7, SPI4 + TXDR, 1, 0x5A);
    pass(249 * VT_US / 1000); /* 8 bits at 32 MHz: 250 ns */
    assert_int_equal(rd(CM7, SPI4 + SR) & 1, 0);
    pass(2 * VT_US / 1000);
    assert_int_equal(rd(CM7, SPI4 + SR) & 1, 1);
}

static void spi1_stands_still_without_its_pll(void **state)
{
    (void)state;
    assert_true(spi_loop(&fx.m, "SPI1"));
    spi_on(SPI1, 1);
    wr_sized(CM7, SPI1 + TXDR, 1, 1);
    pass(VT_S);
    assert_int_equal(rd(CM7, SPI1 + SR) & (1 | EOT), 0);
    wr(CM7, RCC + 0x50, 4u << 12); /* SPI123SEL: per_ck, which is HSI */
    pass(VT_MS);
    assert_int_equal(rd(CM7, SPI1 + SR) & (1 | EOT), 1 | EOT);
}

static void fifos_have_their_size(void **state)
{
    (void)state;
    wr(CM7, SPI4 + CFG1, 7);
    wr(CM7, SPI4 + CFG2, MASTER);
    wr(CM7, SPI4 + CR1, SPE);
    for (unsigned i = 0; i < 8; i++) { /* SPI4: 8 bytes */
        assert_int_equal(rd(CM7, SPI4 + SR) & 2, 2);
        wr_sized(CM7, SPI4 + TXDR, 1, i);
    }
    assert_int_equal(rd(CM7, SPI4 + SR) & 2, 0);
    wr(CM7, SPI4 + CR1, 0); /* switching it off empties them */
    assert_int_equal(rd(CM7, SPI4 + SR) & 2, 2);
}

static void nobody_reads_and_data_are_lost(void **state)
{
    (void)state;
    spi_on(SPI4, 0);
    for (unsigned i = 0; i < 9; i++) {
        wr_sized(CM7, SPI4 + TXDR, 1, i);
        pass(10 * VT_US);
    }
    assert_int_equal(rd(CM7, SPI4 + SR) & BIT(6), BIT(6));
    wr(CM7, SPI4 + CR1, 0);
    wr(CM7, SPI4 + IFCR, BIT(6));
    wr(CM7, SPI4 + CR1, SPE | BIT(8)); /* MASRX: it waits instead */
    wr(CM7, SPI4 + CR1, SPE | BIT(8) | CSTART);
    for (unsigned i = 0; i < 9; i++) {
        wr_sized(CM7, SPI4 + TXDR, 1, i);
        pass(10 * VT_US);
    }
    assert_int_equal(rd(CM7, SPI4 + SR) & BIT(6), 0);
}

static void interrupts_and_requests_follow_the_flags(void **state)
{
    (void)state;
    assert_true(spi_loop(&fx.m, "SPI4"));
    wr(CM7, SPI4 + IER, 1); /* RXPIE */
    spi_on(SPI4, 2);
    assert_false(fx.core[CM7].irq[84]);
    wr_sized(CM7, SPI4 + TXDR, 1, 7);
    pass(10 * VT_US);
    assert_true(fx.core[CM7].irq[84]);
    rd_sized(CM7, SPI4 + RXDR, 1);
    assert_false(fx.core[CM7].irq[84]);
}

static void slave_mode_is_reported(void **state)
{
    (void)state;
    wr(CM7, SPI4 + CR1, SPE);
    assert_note("regfile.feature");
}

/* ---- the flash on it ---- */

static void select_flash(bool on)
{
    wr(CM7, GPIOA + 0x18, on ? BIT(20) : BIT(4));
}

static uint8_t flash_status(void)
{
    select_flash(true);
    spi_byte(SPI4, 0x05);
    uint8_t v = spi_byte(SPI4, 0);
    select_flash(false);
    return v;
}

static void flash_command(uint8_t c, uint32_t addr, bool with_addr)
{
    spi_byte(SPI4, c);
    for (int shift = 16; with_addr && shift >= 0; shift -= 8) {
        spi_byte(SPI4, (uint8_t)(addr >> shift));
    }
}

static void a_flash_keeps_what_is_programmed(void **state)
{
    (void)state;
    assert_true(parts_spi(&fx.m, "SPI4=flash@PA4"));
    spi_on(SPI4, 0);
    select_flash(true);
    flash_command(0x9F, 0, false);
    assert_int_equal(spi_byte(SPI4, 0), 0xEF);
    select_flash(false);

    select_flash(true); /* without write enable: nothing */
    flash_command(0x02, 0x1234, true);
    spi_byte(SPI4, 0x00);
    select_flash(false);
    assert_int_equal(flash_status(), 0);

    select_flash(true);
    flash_command(0x06, 0, false);
    select_flash(false);
    assert_int_equal(flash_status(), 2);
    select_flash(true);
    flash_command(0x02, 0x12FF, true);
    spi_byte(SPI4, 0x5A);
    spi_byte(SPI4, 0xA5); /* beyond the page: at its start */
    select_flash(false);
    assert_int_equal(flash_status() & 1, 1);
    pass(VT_MS);
    assert_int_equal(flash_status(), 0);

    select_flash(true);
    flash_command(0x03, 0x12FF, true);
    assert_int_equal(spi_byte(SPI4, 0), 0x5A);
    assert_int_equal(spi_byte(SPI4, 0), 0xFF);
    select_flash(false);
    select_flash(true);
    flash_command(0x03, 0x1200, true);
    assert_int_equal(spi_byte(SPI4, 0), 0xA5);
    select_flash(false);
}

static void an_unselected_flash_is_silent(void **state)
{
    (void)state;
    assert_true(parts_spi(&fx.m, "SPI4=flash@PA4"));
    spi_on(SPI4, 0);
    flash_command(0x9F, 0, false);
    assert_int_equal(spi_byte(SPI4, 0), 0xFF);
}

static void parts_that_cannot_be(void **state)
{
    (void)state;
    assert_false(parts_spi(&fx.m, "SPI7=loop"));
    assert_false(parts_spi(&fx.m, "SPI1"));
    assert_false(parts_spi(&fx.m, "SPI1=flash@PZ4"));
    assert_false(parts_spi(&fx.m, "I2C1=loop"));
    assert_false(parts_i2c(&fx.m, "I2C5=eeprom@0x50"));
    assert_false(parts_i2c(&fx.m, "I2C1=eeprom@0x80"));
    assert_false(parts_i2c(&fx.m, "I2C1=eeprom@"));
}

/* ---- I2C ---- */

static void i2c_on(void)
{
    assert_true(parts_i2c(&fx.m, "I2C1=eeprom@0x50"));
    wr(CM7, I2C1 + TIMINGR, 0x00303D5B); /* about 400 kHz at 64 MHz */
    wr(CM7, I2C1 + CR1, 1);
}

static uint32_t isr(void)
{
    return rd(CM7, I2C1 + ISR);
}

static void send(uint8_t byte)
{
    pass(100 * VT_US);
    assert_int_equal(isr() & 2, 2);
    wr(CM7, I2C1 + I_TXDR, byte);
}

static void nobody_acknowledges(void **state)
{
    (void)state;
    i2c_on();
    wr(CM7, I2C1 + CR2, 0x22u << 1 | 1u << 16 | AUTOEND | START);
    assert_int_equal(isr() & BIT(15), BIT(15));
    pass(100 * VT_US);
    assert_int_equal(isr(), 1 | BIT(4) | BIT(5));
    wr(CM7, I2C1 + ICR, BIT(4) | BIT(5));
    assert_int_equal(isr(), 1);
}

static void an_eeprom_keeps_what_is_written(void **state)
{
    (void)state;
    i2c_on();
    wr(CM7, I2C1 + CR2, 0x50u << 1 | 4u << 16 | AUTOEND | START);
    send(0x01);
    send(0x10);
    send(0x5A);
    send(0xA5);
    pass(100 * VT_US);
    assert_int_equal(isr() & (BIT(5) | BIT(15)), BIT(5));
    wr(CM7, I2C1 + ICR, BIT(5));

    wr(CM7, I2C1 + CR2, 0x50u << 1 | AUTOEND | START); /* it writes: no answer */
    pass(100 * VT_US);
    assert_int_equal(isr() & BIT(4), BIT(4));
    wr(CM7, I2C1 + ICR, BIT(4) | BIT(5));
    pass(5 * VT_MS);

    wr(CM7, I2C1 + CR2, 0x50u << 1 | 2u << 16 | START);
    send(0x01);
    send(0x10);
    pass(100 * VT_US);
    assert_int_equal(isr() & BIT(6), BIT(6)); /* TC: the firmware goes on */
    wr(CM7, I2C1 + CR2, 0x50u << 1 | 3u << 16 | READ | AUTOEND | START);
    pass(VT_MS); /* nobody reads: the clock is held, nothing is lost */
    assert_int_equal(isr() & 4, 4);
    assert_int_equal(rd(CM7, I2C1 + I_RXDR), 0x5A);
    pass(100 * VT_US);
    assert_int_equal(rd(CM7, I2C1 + I_RXDR), 0xA5);
    pass(100 * VT_US);
    assert_int_equal(rd(CM7, I2C1 + I_RXDR), 0xFF);
    pass(100 * VT_US);
    assert_int_equal(isr() & (4 | BIT(5) | BIT(15)), BIT(5));
}

static void reload_takes_more_bytes(void **state)
{
    (void)state;
    i2c_on();
    wr(CM7, I2C1 + CR2, 0x50u << 1 | 2u << 16 | RELOAD | START);
    send(0);
    send(0);
    pass(100 * VT_US);
    assert_int_equal(isr() & (BIT(7) | BIT(6)), BIT(7)); /* TCR */
    wr(CM7, I2C1 + CR2, 0x50u << 1 | 1u << 16 | AUTOEND);
    assert_int_equal(isr() & BIT(7), 0);
    send(0x77);
    pass(100 * VT_US);
    assert_int_equal(isr() & BIT(5), BIT(5));
}

static void events_interrupt_when_they_are_enabled(void **state)
{
    (void)state;
    i2c_on();
    wr(CM7, I2C1 + CR1, 1 | BIT(4)); /* NACKIE */
    wr(CM7, I2C1 + CR2, 0x22u << 1 | AUTOEND | START);
    assert_false(fx.core[CM7].irq[31]);
    pass(100 * VT_US);
    assert_true(fx.core[CM7].irq[31]);
    wr(CM7, I2C1 + ICR, BIT(4));
    assert_false(fx.core[CM7].irq[31]);
}

static void switching_it_off_ends_everything(void **state)
{
    (void)state;
    i2c_on();
    wr(CM7, I2C1 + CR2, 0x50u << 1 | 1u << 16 | START);
    pass(100 * VT_US);
    wr(CM7, I2C1 + CR1, 0);
    assert_int_equal(isr(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, serial_setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_loop_returns_what_was_sent),
        TEST(a_frame_takes_its_time),
        TEST(spi1_stands_still_without_its_pll),
        TEST(fifos_have_their_size),
        TEST(nobody_reads_and_data_are_lost),
        TEST(interrupts_and_requests_follow_the_flags),
        TEST(slave_mode_is_reported),
        TEST(a_flash_keeps_what_is_programmed),
        TEST(an_unselected_flash_is_silent),
        TEST(parts_that_cannot_be),
        TEST(nobody_acknowledges),
        TEST(an_eeprom_keeps_what_is_written),
        TEST(reload_takes_more_bytes),
        TEST(events_interrupt_when_they_are_enabled),
        TEST(switching_it_off_ends_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
