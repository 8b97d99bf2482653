/* SPDX-License-Identifier: MIT */
/*
 * Every reset a program can cause, one after the other; a stage counter in SRAM4 tells which one
 * comes back, and RSR must name it and nothing else.
 */
#include "chip.h"

enum { CMD_RESET = 1, CMD_IWDG2 = 2 };
enum {
    F_CORES = BIT(17) | BIT(18),
    F_PIN = BIT(22),
    F_SFT1 = BIT(24),
    F_SFT2 = BIT(25),
    F_IWDG1 = BIT(26),
    F_IWDG2 = BIT(27),
    F_WWDG1 = BIT(28),
    F_POR = BIT(23),
};

__attribute__((noreturn)) static void tell(uint32_t command)
{
    SHARED->command = command;
    for (;;) {
    }
}

__attribute__((noreturn)) static void iwdg1(void)
{
    IWDG1(0x0) = 0xCCCC;
    IWDG1(0x0) = 0x5555;
    IWDG1(0x4) = 0;  /* /4: 125 us */
    IWDG1(0x8) = 79; /* 10 ms */
    expect(wait_bits(&IWDG1(0xC), 7, 0, 48), "IWDG1 takes its settings");
    IWDG1(0x0) = 0xAAAA;
    for (unsigned i = 0; i < 8; i++) {
        uint32_t from = ticks;
        while (ticks - from < 5) {
        }
        IWDG1(0x0) = 0xAAAA;
    }
    expect(true, "IWDG1 is fed");
    uart_idle();
    for (;;) {
    }
}

__attribute__((noreturn)) static void wwdg1(void)
{
    RCC(GCR) |= BIT(0); /* system scope, before the watchdog is started */
    RCC(APB3ENR) |= BIT(6);
    (void)RCC(APB3ENR);
    WWDG1(0x4) = 0x7F;
    WWDG1(0x0) = 0xFF;
    uint32_t from = ticks;
    while (ticks - from < 3) /* of 4.1 ms */ {
    }
    WWDG1(0x0) = 0xFF; /* 4.1 ms for a message of 1.3 */
    expect(true, "WWDG1 is fed");
    uart_idle();
    for (;;) {
    }
}

static uint32_t take_flags(void)
{
    uint32_t flags = RCC(RSR) & 0xFFFE0000;

    RCC(RSR) |= BIT(16);
    RCC(RSR) &= ~BIT(16);
    return flags;
}

/* What must have reset us at each stage, and what to do next. */
static void stage(uint32_t n, uint32_t flags)
{
    static const uint32_t expected[] = {0x00FE0000,
                                        F_SFT1 | F_PIN | F_CORES,
                                        F_SFT2 | F_PIN | F_CORES,
                                        F_IWDG1 | F_PIN | F_CORES,
                                        F_IWDG2 | F_PIN | F_CORES,
                                        F_WWDG1 | F_PIN | F_CORES};
    static const char *const name[] = {
        "power-on", "SYSRESETREQ of the CM7", "SYSRESETREQ of the CM4", "IWDG1", "IWDG2", "WWDG1"};

    if (flags != expected[n]) {
        print_hex(flags);
    }
    expect(flags == expected[n], name[n]);
    expect((RCC(RSR) & 0xFFFE0000) == 0, "flags are cleared");
    uart_idle();
    SHARED->stage = n + 1;
    (void)SHARED->stage; /* one more access: the write leaves the RAM's ECC buffer */
}

int main(void)
{
    hal_init();
    uart_init(64000000);
    uint32_t flags = take_flags();
    if (flags & F_POR) {
        SHARED->magic = SHARED_MAGIC;
        SHARED->stage = 0;
    }
    SHARED->command = 0;
    expect(SHARED->magic == SHARED_MAGIC, "RAM is kept");
    uint32_t n = SHARED->stage;
    expect(n <= 5, "stage");
    stage(n, flags);
    switch (n) {
    case 0:
        system_reset();
        break;
    case 1:
        tell(CMD_RESET);
        break;
    case 2:
        iwdg1();
        break;
    case 3:
        tell(CMD_IWDG2);
        break;
    case 4:
        wwdg1();
        break;
    default:
        /* The CM4 never cleared its copy of the flags: it has collected all. */
        expect((RCC(0x190) & 0xFFFE0000) == 0x1FFE0000, "RSR of the CM4");
        pass();
    }
}
