/* SPDX-License-Identifier: MIT */
/* For the tests of the host side: echoes every byte by interrupt; 'T' instead prints a letter '.'
 * each 100 ms ten times and then "ten"; 'K' starts a tick of 1 ms, as an RTOS has it. Sleeps in
 * between. */
#include "uart.h"

#define SYST_CSR REG(0xE000E010)
#define SYST_RVR REG(0xE000E014)
#define SYST_CVR REG(0xE000E018)
#define ICSR     REG(0xE000ED04)

static volatile uint8_t byte;
static volatile bool got;

void uart_irq(void)
{
    if (ISR & ORE) {
        ICR = ORE;
    }
    byte = (uint8_t)RDR;
    got = true;
}

/* Sleeps from tick to tick: with PRIMASK set a pending SysTick ends WFI without its handler. */
static void ten_dots(void)
{
    __asm__ volatile("cpsid i");
    CR1 &= ~RXNEIE;         /* or its pending interrupt would end every WFI at once */
    SYST_RVR = 6400000 - 1; /* 100 ms at 64 MHz */
    SYST_CVR = 0;
    SYST_CSR = 7;
    for (int i = 0; i < 10; i++) {
        while (!(ICSR & 1u << 26)) { /* PENDSTSET */
            __asm__ volatile("wfi");
        }
        ICSR = 1u << 25; /* PENDSTCLR */
        put_text(".");
    }
    SYST_CSR = 0;
    ICSR = 1u << 25;
    CR1 |= RXNEIE;
    __asm__ volatile("cpsie i");
    put_text("ten\n");
}

void systick(void);
void systick(void)
{
}

static void start_tick(void)
{
    SYST_RVR = 64000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

int test_main(void)
{
    uart_init(TE | RE | RXNEIE, 0);
    irq_on();
    put_text("shell ready\n");
    for (;;) {
        __asm__ volatile("cpsid i");
        if (!got) {
            __asm__ volatile("wfi");
        }
        __asm__ volatile("cpsie i\n isb" ::: "memory");
        if (!got) {
            continue;
        }
        got = false;
        if (byte == 'T') {
            ten_dots();
        } else if (byte == 'K') {
            start_tick();
        } else {
            put_byte(byte);
        }
    }
}
