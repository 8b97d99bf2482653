/* SPDX-License-Identifier: MIT */
/*
 * A NOR flash at the QUADSPI, in the order of the vendor's driver: identification, automatic
 * polling of its status, erase, a page by four lines through the FIFO, indirect and memory-mapped
 * reads.
 */
#include "chip.h"

#define QSPI(off) REG(0x52005000u + (off))
#define DATA8     (*(volatile uint8_t *)0x52005020u)
#define AHB3ENR   0xD4u
#define EN        BIT(0)
#define ABORT     BIT(1)
#define APMS      BIT(22)
#define TEF       BIT(0)
#define TCF       BIT(1)
#define FTF       BIT(2)
#define SMF       BIT(3)
#define BUSY      BIT(5)

/* Fields of CCR. */
#define INSTRUCTION(op) (1u << 8 | (op))
#define ADDRESS(lines)  ((uint32_t)(lines) << 10 | 2u << 12)
#define DATA(lines)     ((uint32_t)(lines) << 24)
#define DUMMY(n)        ((uint32_t)(n) << 18)
#define READ_IT         BIT(26)
#define POLL            (2u << 26)
#define MAP             (3u << 26)
#define FOUR            3u

static bool done(uint32_t flag)
{
    bool good = wait_bits(&QSPI(8), flag, flag, 200);

    QSPI(0xC) = flag;
    return good;
}

static bool command(uint32_t op)
{
    QSPI(0x14) = INSTRUCTION(op);
    return done(TCF);
}

static bool status_becomes(uint32_t mask, uint32_t value)
{
    QSPI(0x24) = mask;
    QSPI(0x28) = value;
    QSPI(0x2C) = 16;
    QSPI(0x10) = 0;
    QSPI(0x00) |= APMS;
    QSPI(0x14) = INSTRUCTION(0x05) | DATA(1) | POLL;
    return done(SMF) && !(QSPI(8) & BUSY);
}

static uint32_t identification(void)
{
    uint32_t id = 0;

    QSPI(0x10) = 2;
    QSPI(0x14) = INSTRUCTION(0x9F) | DATA(1) | READ_IT;
    for (unsigned i = 0; i < 3; i++) {
        while (!(QSPI(8) & (FTF | TCF))) {
        }
        id = id << 8 | DATA8;
    }
    QSPI(0xC) = TCF;
    return id;
}

static bool program(uint32_t addr)
{
    expect(command(0x06) && status_becomes(2, 2), "write enable");
    QSPI(0x10) = 255;
    QSPI(0x14) = INSTRUCTION(0x32) | ADDRESS(1) | DATA(FOUR);
    QSPI(0x18) = addr;
    for (uint32_t i = 0; i < 256; i++) {
        while (!(QSPI(8) & FTF)) {
        }
        DATA8 = (uint8_t)(i ^ 0x5A);
    }
    return done(TCF) && status_becomes(1, 0);
}

static bool read_back(uint32_t ccr, uint32_t addr)
{
    uint32_t wrong = 0;

    QSPI(0x10) = 255;
    QSPI(0x14) = ccr | READ_IT;
    QSPI(0x18) = addr;
    for (uint32_t i = 0; i < 256; i++) {
        while (!(QSPI(8) & (FTF | TCF))) {
        }
        wrong += DATA8 != (uint8_t)(i ^ 0x5A);
    }
    return done(TCF) && !(QSPI(8) & BUSY) && !wrong;
}

static bool mapped(uint32_t addr)
{
    QSPI(0x14) = INSTRUCTION(0xEB) | ADDRESS(FOUR) | DUMMY(6) | DATA(FOUR) | MAP;
    bool good =
        REG(0x90000000u + addr) == 0x59585B5A && REG(0x90000000u + addr + 252) == 0xA5A4A7A6;

    good = good && *(volatile uint16_t *)(0x90000000u + addr + 6) == 0x5D5C;
    QSPI(0x00) |= ABORT;
    return good && done(TCF) && !(QSPI(8) & BUSY);
}

int main(void)
{
    hal_init();
    uart_init(64000000);
    RCC(AHB3ENR) |= BIT(14);
    (void)RCC(AHB3ENR);
    QSPI(0x04) = 23u << 16;     /* 16 MiB */
    QSPI(0x00) = EN | 1u << 24; /* HCLK / 2 */
    expect(identification() == 0xEF4018, "identification");
    expect(command(0x06) && status_becomes(2, 2), "write enable");
    QSPI(0x14) = INSTRUCTION(0x20) | ADDRESS(1);
    QSPI(0x18) = 0x12000;
    expect(done(TCF) && status_becomes(1, 0), "erase");
    expect(program(0x12300), "a page by four lines");
    expect(read_back(INSTRUCTION(0x03) | ADDRESS(1) | DATA(1), 0x12300), "read by one line");
    expect(read_back(INSTRUCTION(0x6B) | ADDRESS(1) | DUMMY(8) | DATA(FOUR), 0x12300),
           "read by four lines");
    expect(!read_back(INSTRUCTION(0x6B) | ADDRESS(1) | DUMMY(6) | DATA(FOUR), 0x12300),
           "too few dummy cycles");
    expect(mapped(0x12300), "memory-mapped");
    QSPI(0x14) = INSTRUCTION(0x20) | ADDRESS(1);
    QSPI(0x18) = 0x1000000; /* beyond its end */
    expect(done(TEF), "an address beyond FSIZE");
    pass();
}
