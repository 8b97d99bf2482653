/* SPDX-License-Identifier: MIT */
/* One line a check; "FLASH-TESTS PASS" or "FLASH-TESTS FAIL" at the end. */
#include "sequence.h"
#include "test.h"

#define RCC_RSR   REG(0x580244D0u)
#define SFT1RSTF  (1u << 24)
#define REMEMBER  REG(0x38000010u) /* SRAM4 keeps it over the system reset */
#define IN_SECOND 0x2A2A2A2Au

static unsigned failed;

static void put(const char *s)
{
    while (*s) {
        board_putc(*s++);
    }
}

static void put_hex(uint32_t v)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        board_putc("0123456789abcdef"[v >> shift & 15]);
    }
}

void check(const char *name, bool ok, uint32_t value)
{
    put(ok ? "ok   " : "FAIL ");
    put(name);
    put(" ");
    put_hex(value);
    put("\r\n");
    failed += !ok;
}

static void about(const char *name, uint32_t us, uint32_t expected)
{
    check(name, us >= expected && us < expected + expected / 8 + 20, us);
}

static void test_program(void)
{
    uint32_t data[8], wrong = 0;

    for (uint32_t i = 0; i < 8; i++) {
        data[i] = 0x01020304u * (i + 1);
    }
    uint32_t from = micros(), errors = flash_program_word(1, SECTOR(1, 5), data);
    about("program takes 100 us", micros() - from, 100);
    for (uint32_t i = 0; i < 8; i++) {
        wrong += REG(SECTOR(1, 5) + 4 * i) != data[i];
    }
    check("programmed word reads back", errors == 0 && wrong == 0, errors);
    check("locked again", FLASH_REG(1, F_CR) & 1, FLASH_REG(1, F_CR));
}

static void test_sequence_error(void)
{
    flash_unlock(1);
    REG(SECTOR(1, 5) + 64) = 0;
    __asm__ volatile("dsb" : : : "memory");
    check("store without PG", FLASH_REG(1, F_SR) & SR_PGSERR, FLASH_REG(1, F_SR));
    check("is dropped", REG(SECTOR(1, 5) + 64) == 0xFFFFFFFF, REG(SECTOR(1, 5) + 64));
    FLASH_REG(1, F_CCR) = SR_PGSERR;
    flash_lock(1);
}

static void test_erase(void)
{
    uint32_t from = micros(), errors = flash_erase_by_interrupt(1, 5);

    about("sector erase takes 1 s", micros() - from, 1000000);
    check("sector is blank", errors == 0 && REG(SECTOR(1, 5)) == 0xFFFFFFFF, errors);
}

static void wait_us(uint32_t us)
{
    uint32_t from = micros();

    while (micros() - from < us) {
    }
}

/* The M4 runs out of bank 2: an erase there stops it, one in bank 1 stops the M7. */
static void test_stalls(void)
{
    while (M4_ALIVE != M4_MAGIC) {
    }
    M4_GO = 1;
    wait_us(2000);
    check("M4 counts", M4_COUNT > 1000, M4_COUNT);
    flash_start_erase(1, 5);
    wait_us(10);
    uint32_t count = M4_COUNT;
    check("M7 goes on while bank 2 erases", FLASH_REG(1, F_SR) & SR_QW, FLASH_REG(1, F_SR));
    wait_us(1000);
    check("M4 stands still", M4_COUNT == count, M4_COUNT - count);
    flash_wait(1);
    FLASH_REG(1, F_CR) &= ~(4u | 0x700u);
    flash_lock(1);
    wait_us(1000);
    check("M4 runs again", M4_COUNT - count > 1000, M4_COUNT - count);

    count = M4_COUNT;
    uint32_t from = micros();
    flash_start_erase(0, 7);
    uint32_t after = micros(); /* fetched after the erase: this code is in bank 1 */
    about("M7 is stopped by an erase of bank 1", after - from, 1000000);
    check("M4 ran meanwhile", M4_COUNT - count > 1000000, M4_COUNT - count);
    M4_GO = 0;
    flash_wait(0);
    FLASH_REG(0, F_CR) &= ~(4u | 0x700u);
    flash_lock(0);
}

static void test_options(void)
{
    uint32_t data[8] = {0};

    check("options: protect", option_write_protection(1, 0x7F), FLASH_REG(1, F_WPSN_CUR));
    check("acts without a reset", FLASH_REG(1, F_WPSN_CUR) == 0x7F, FLASH_REG(1, F_WPSN_CUR));
    uint32_t errors = flash_program_word(1, SECTOR(1, 7), data);
    check("protected sector", errors == SR_WRPERR, errors);
    check("is left alone", REG(SECTOR(1, 7)) == 0xFFFFFFFF, REG(SECTOR(1, 7)));
    check("options: free", option_write_protection(1, 0xFF), FLASH_REG(1, F_WPSN_CUR));
    check("can be programmed", flash_program_word(1, SECTOR(1, 7), data) == 0, 0);
    check("and erased", flash_erase_by_interrupt(1, 7) == 0, 0);
}

static void unlock_again(void)
{
    FLASH_REG(1, F_KEYR) = 0x45670123;
    __asm__ volatile("dsb\n isb\n nop\n nop" : : : "memory");
}

static void test_double_unlock(void)
{
    flash_unlock(1);
    uint32_t before = fault.count;
    try_call(unlock_again);
    check("double unlock faults", fault.count == before + 1, fault.count);
    check("IMPRECISERR", fault.cfsr & 1u << 10, fault.cfsr);
    check("locked", FLASH_REG(1, F_CR) & 1, FLASH_REG(1, F_CR));
    try_call(unlock_again);
    check("for good", FLASH_REG(1, F_CR) & 1, FLASH_REG(1, F_CR));
}

static void second_boot(void)
{
    flash_unlock(1);
    check("a system reset opens the way again", !(FLASH_REG(1, F_CR) & 1), FLASH_REG(1, F_CR));
    flash_lock(1);
}

int main(void)
{
    SCB(0xd24) |= 1u << 17; /* bus faults have their own handler */
    clock_init();
    if (RCC_RSR & SFT1RSTF && REMEMBER >> 8 == IN_SECOND >> 8) {
        failed = REMEMBER & 0xFF;
        second_boot();
        put(failed ? "FLASH-TESTS FAIL\r\n" : "FLASH-TESTS PASS\r\n");
        board_end();
        for (;;) {
        }
    }
    test_program();
    test_sequence_error();
    test_erase();
    test_torn_words();
    test_options();
    test_stalls();
    test_double_unlock();
    REMEMBER = (IN_SECOND & ~0xFFu) | (failed > 255 ? 255 : failed);
    (void)REMEMBER;
    board_end();
    SCB(0xd0c) = 0x05FA0004; /* SYSRESETREQ */
    for (;;) {
    }
}
