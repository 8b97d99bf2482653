/* SPDX-License-Identifier: MIT */
#include "uart.h"

extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];
void reset_handler(void);

static void stuck(void)
{
    for (;;) {
    }
}

void systick(void);
__attribute__((weak)) void systick(void)
{
    stuck();
}

__attribute__((section(".vectors"), used)) static void *const vectors[16 + 150] = {
    stack_top,
    (void *)reset_handler,
    [2 ... 14] = (void *)stuck,
    [15] = (void *)systick,
    [16 ... 15 + UART_IRQ] = (void *)stuck,
    [16 + UART_IRQ] = (void *)uart_irq,
};

static void pins(void)
{
#ifdef CORE_CM7
    REG(0x580244E0) |= 1u << 3; /* GPIODEN */
    (void)REG(0x580244E0);
    REG(0x58020C24) = (REG(0x58020C24) & ~0xFFu) | 0x77;              /* AF7 */
    REG(0x58020C00) = (REG(0x58020C00) & ~(0xFu << 16)) | 0xAu << 16; /* PD8, PD9 */
    REG(0x580244E8) |= 1u << 18;                                      /* USART3EN */
    (void)REG(0x580244E8);
#else
    REG(0x580244E0) |= 1u << 0;
    (void)REG(0x580244E0);
    REG(0x58020024) = (REG(0x58020024) & ~0xFF0u) | 0x770;
    REG(0x58020000) = (REG(0x58020000) & ~(0xFu << 18)) | 0xAu << 18; /* PA9, PA10 */
    REG(0x580244F0) |= 1u << 4;                                       /* USART1EN */
    (void)REG(0x580244F0);
#endif
}

void uart_init(uint32_t cr1, uint32_t cr3)
{
    pins();
    CR1 &= ~UE;
    CR1 = cr1;
    CR2 = 0;
    CR3 = cr3;
    PRESC = 0;
    BRR = 556; /* 64 MHz / 115200 */
    CR1 |= UE;
    uint32_t ack = (cr1 & TE ? TEACK : 0) | (cr1 & RE ? REACK : 0);
    WAIT((ISR & ack) == ack);
}

void uart_off(void)
{
    WAIT(ISR & TC);
    CR1 &= ~UE;
}

void put_byte(uint8_t byte)
{
    WAIT(ISR & TXE);
    TDR = byte;
}

void put_text(const char *text)
{
    for (; *text; text++) {
        put_byte((uint8_t)*text);
    }
    WAIT(ISR & TC);
}

void wait_for_interrupt(void)
{
    __asm__ volatile("cpsie i\n wfi" ::: "memory");
}

void irq_on(void)
{
    REG(0xE000E100 + 4 * (UART_IRQ / 32)) = 1u << UART_IRQ % 32;
}

static void put_number(int n)
{
    char text[12];
    int i = 11;

    text[i] = 0;
    do {
        text[--i] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    put_text(text + i);
}

void reset_handler(void)
{
    uint32_t *from = data_load;

    for (uint32_t *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    int line = test_main();
    REG(0xE000E180 + 4 * (UART_IRQ / 32)) = 1u << UART_IRQ % 32;
    uart_off();
    uart_init(TE, 0);
    if (line) {
        put_text("\n" TEST " " NAME ": FAIL at line ");
        put_number(line);
        put_text("\n");
    } else {
        put_text("\n" TEST " " NAME ": PASS\n");
    }
    for (;;) {
        __asm__ volatile("wfi");
    }
}
