/* SPDX-License-Identifier: MIT */
/*
 * Prints as programs without a serial line do: through the ITM as CMSIS does, and by semihosting as
 * the C library's rdimon does; then exits with the status in a word of flash.
 */
#include <stdint.h>

#define ITM_PORT8  (*(volatile uint8_t *)0xe0000000u)
#define ITM_PORT32 (*(volatile uint32_t *)0xe0000000u)
#define ITM_TER    (*(volatile uint32_t *)0xe0000e00u)
#define ITM_TCR    (*(volatile uint32_t *)0xe0000e80u)
#define STATUS     (*(volatile uint32_t *)0x08010000u)

extern uint32_t stack_top[];
void reset_handler(void);

static uint32_t call(uint32_t op, const volatile void *arg)
{
    register uint32_t r0 __asm__("r0") = op;
    register const volatile void *r1 __asm__("r1") = arg;

    __asm__ volatile("bkpt #0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void itm_print(const char *text)
{
    for (; *text && ITM_TCR & 1 && ITM_TER & 1; text++) {
        while (!ITM_PORT32) {
        }
        ITM_PORT8 = (uint8_t)*text;
    }
}

static void semihosting(void)
{
    static const char name[] = ":tt", text[] = "written\nnot this";
    volatile uint32_t open[3] = {(uint32_t)(uintptr_t)name, 4, 3};
    uint32_t handle = call(0x01, open);
    volatile uint32_t write[3] = {handle, (uint32_t)(uintptr_t)text, 8};
    volatile char c = 'c';

    call(0x04, "string\n");
    call(0x03, &c);
    c = '\n';
    call(0x03, &c);
    if (call(0x05, write) != 0 || call(0x09, write) != 1) {
        call(0x04, "wrong answers\n");
    }
    volatile uint32_t exit[2] = {0x20026, STATUS};
    call(0x20, exit);
}

static void stop(void)
{
    for (;;) {
    }
}

__attribute__((noreturn)) void reset_handler(void)
{
    itm_print("through the ITM\n");
    semihosting();
    for (;;) {
    }
}

typedef void (*entry)(void);
__attribute__((section(".vectors"), used)) static entry const vectors[16] = {
    (entry)(uintptr_t)stack_top, reset_handler, stop, stop, stop, stop, stop};
