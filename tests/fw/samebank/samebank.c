/* SPDX-License-Identifier: MIT */
/*
 * A bootloader's way to install an image in the bank that it runs from: 60,000 flash words, each
 * programmed, waited for and read back by code in flash, with its constants in flash. Each 64th
 * word is a function that is called; the sectors are used several times, with other functions. Ends
 * asleep when all went well, else in a breakpoint, which without a debugger is a fault.
 */
#include <stdint.h>

#define FLASH(off)   (*(volatile uint32_t *)(0x52002000u + (off)))
#define KEYR         FLASH(0x04)
#define CR           FLASH(0x0c)
#define SR           FLASH(0x10)
#define CCR          FLASH(0x14)
#define CR_PG        (1u << 1)
#define CR_SER       (1u << 2)
#define CR_PSIZE_64  (3u << 4)
#define CR_START     (1u << 7)
#define SR_BUSY      7u /* BSY, WBNE, QW */
#define SR_ERRORS    0x07ee0000u
#define BASE         0x08000000u
#define SECTOR       0x20000u
#define WORD         32u
#define SECTORS_USED 7u /* all but the first, where this program is */
#define WORDS        60000u

extern uint32_t stack_top[];
void reset_handler(void);

static void failed(void)
{
    __asm__ volatile("bkpt #0");
}

static void wait(void)
{
    while (SR & SR_BUSY) {
    }
    if (SR & SR_ERRORS) {
        failed();
    }
}

static void erase(uint32_t sector)
{
    CR = CR_PSIZE_64 | CR_SER | sector << 8;
    CR = CR_PSIZE_64 | CR_SER | sector << 8 | CR_START;
    wait();
    CR = CR_PSIZE_64;
}

static void program(uint32_t addr, uint32_t first)
{
    volatile uint32_t *word = (volatile uint32_t *)addr;

    CR = CR_PSIZE_64 | CR_PG;
    for (unsigned i = 0; i < WORD / 4; i++) {
        word[i] = first + i;
    }
    wait();
    CR = CR_PSIZE_64;
    for (unsigned i = 0; i < WORD / 4; i++) {
        if (word[i] != first + i) {
            failed();
        }
    }
}

/* MOVS r0, #value; BX lr */
static uint32_t function(uint32_t value)
{
    return 0x47702000u | (value & 0xff);
}

static void call(uint32_t addr, uint32_t expected)
{
    uint32_t (*fn)(void) = (uint32_t(*)(void))(addr | 1);

    __asm__ volatile("dsb\n isb" : : : "memory");
    if (fn() != (expected & 0xff)) {
        failed();
    }
}

__attribute__((noreturn)) void reset_handler(void)
{
    KEYR = 0x45670123u;
    KEYR = 0xcdef89abu;
    for (uint32_t n = 0; n < WORDS; n++) {
        uint32_t at = n * WORD % (SECTORS_USED * SECTOR) + SECTOR;

        if (at % SECTOR == 0) {
            erase(at / SECTOR);
        }
        if (n % 64) {
            program(BASE + at, n * 0x10001u);
        } else {
            program(BASE + at, function(n / 64));
            call(BASE + at, n / 64);
        }
    }
    for (;;) {
        __asm__ volatile("wfi");
    }
}

typedef void (*entry)(void);
__attribute__((section(".vectors"), used)) static entry const vectors[16] = {
    (entry)(uintptr_t)stack_top, reset_handler, failed, failed, failed, failed, failed};
