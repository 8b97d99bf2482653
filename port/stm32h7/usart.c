/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/usart.h"

#include <stdbool.h>
#include <string.h>

#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/ramfunc.h"

/* What may come while two signatures are checked, 0.4 s, at 115200 baud and more at higher rates
 * than a protocol with answers sends. */
#define RX_SIZE   8192u
#define TX_SIZE   1024u
#define UART(reg) REG_AT(BOARD_UART_BASE, USART_##reg)

#define RX_ERRORS (USART_ISR_PE | USART_ISR_FE | USART_ISR_ORE)
#define CLEAR_ALL                                                                                  \
    (USART_ICR_PECF | USART_ICR_FECF | USART_ICR_NCF | USART_ICR_ORECF | USART_ICR_IDLECF)
#define RUNNING (USART_CR1_FIFOEN | USART_CR1_TE | USART_CR1_RE | USART_CR1_UE)
/* Enough for the 16 bytes of the FIFO at 115200 even at 480 MHz; ends if the line is dead. */
#define POLL_LIMIT 2000000u
/* The slowest line sends a byte in 9 ms; at 480 MHz this is 10 times that. */
#define ROOM_LIMIT 8000000u
#define KERNEL_HSI 3u /* RCC_D2CCIP2R: hsi_ker_ck */

/* The bootloader's linker script keeps it out of what is cleared at boot: a launch, which does
 * without the line, must not wait for that. For an application it is ordinary .bss. */
__attribute__((section(".bss.work_ram"))) static uint8_t rx_ring[RX_SIZE];
static uint8_t tx_ring[TX_SIZE];
static volatile uint32_t rx_head, rx_tail, tx_head, tx_tail, lost;

static void set_pin_function(uint32_t pin)
{
    uint32_t shift = (pin % 8u) * 4u;
    volatile uint32_t *af = &REG_AT(BOARD_UART_PORT, pin < 8u ? GPIO_AFRL : GPIO_AFRH);
    volatile uint32_t *mode = &REG_AT(BOARD_UART_PORT, GPIO_MODER);

    *af = (*af & ~(0xFu << shift)) | (BOARD_UART_PIN_AF << shift);
    *mode = (*mode & ~(3u << (pin * 2u))) | (2u << (pin * 2u));
}

/* BRR, CR2, CR3 and FIFOEN can only be written with UE = 0, and the write that clears UE finds it
 * at 1 (RM0399, USART_CR1). */
static void switch_off(void)
{
    UART(CR1) &= ~USART_CR1_UE;
    UART(CR1) = 0;
}

static void set_up(uint32_t baud)
{
    REG(RCC, D2CCIP2R) = (REG(RCC, D2CCIP2R) & ~RCC_D2CCIP2R_USART234578SEL) |
                         FIELD(RCC_D2CCIP2R_USART234578SEL, KERNEL_HSI);
    REG(RCC, AHB4ENR) |= BOARD_UART_PORT_EN;
    REG(RCC, APB1LENR) |= BOARD_UART_ENABLE;
    (void)REG(RCC, APB1LENR); /* the clocks need this long (RM0399 ch. 9) */
    switch_off();
    UART(CR2) = 0;
    UART(CR3) = 0;
    UART(PRESC) = 0;
    UART(BRR) = (CLOCK_HSI_HZ + baud / 2u) / baud;
    UART(ICR) = CLEAR_ALL;
    UART(CR1) = RUNNING;
    set_pin_function(BOARD_UART_TX_PIN);
    set_pin_function(BOARD_UART_RX_PIN);
}

void usart_start(uint32_t baud)
{
    nvic_disable(BOARD_UART_IRQ);
    /* Byte writes into RAM never written would read its ECC first (RM0399, RAMECC). */
    memset(rx_ring, 0, sizeof(rx_ring));
    rx_head = rx_tail = tx_head = tx_tail = lost = 0;
    set_up(baud);
    UART(CR1) |= USART_CR1_RXNEIE;
    nvic_enable(BOARD_UART_IRQ);
}

void usart_stop(void)
{
    usart_flush();
    nvic_disable(BOARD_UART_IRQ);
    switch_off();
    REG(RCC, APB1LENR) &= ~BOARD_UART_ENABLE;
}

static RAMFUNC void receive(void)
{
    uint32_t isr = UART(ISR);

    if (isr & RX_ERRORS) {
        UART(ICR) = CLEAR_ALL; /* a standing ORE would interrupt forever */
        lost++;
    }
    while (UART(ISR) & USART_ISR_RXNE) {
        uint8_t byte = (uint8_t)UART(RDR);
        if (rx_head - rx_tail == RX_SIZE) {
            lost++;
            continue;
        }
        rx_ring[rx_head % RX_SIZE] = byte;
        rx_head++;
    }
}

static RAMFUNC void transmit(void)
{
    while (tx_tail != tx_head && (UART(ISR) & USART_ISR_TXE)) {
        UART(TDR) = tx_ring[tx_tail % TX_SIZE];
        tx_tail++;
    }
    if (tx_tail == tx_head) {
        UART(CR1) &= ~USART_CR1_TXEIE;
    }
}

RAMFUNC void usart_isr(void)
{
    receive();
    if (UART(CR1) & USART_CR1_TXEIE) {
        transmit();
    }
}

size_t usart_read(uint8_t *bytes, size_t max)
{
    size_t n = 0;

    while (n < max && rx_tail != rx_head) {
        bytes[n++] = rx_ring[rx_tail % RX_SIZE];
        rx_tail++;
    }
    return n;
}

static void start_sending(void)
{
    uint32_t mask = cpu_irq_save(); /* CR1 is also written by the interrupt */

    UART(CR1) |= USART_CR1_TXEIE;
    cpu_irq_restore(mask);
}

/* Waits once for a dead line, not for each byte that is written to it. */
static bool wait_room(void)
{
    static bool dead;

    if (usart_room() == 0) {
        start_sending();
    }
    for (uint32_t i = 0; i < ROOM_LIMIT && !dead && usart_room() == 0; i++) {
    }
    dead = usart_room() == 0;
    return !dead;
}

void usart_write(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    for (; n > 0 && wait_room(); n--) {
        tx_ring[tx_head % TX_SIZE] = *p++;
        tx_head++;
    }
    start_sending();
}

size_t usart_room(void)
{
    return TX_SIZE - (tx_head - tx_tail);
}

void usart_flush(void)
{
    for (uint32_t i = 0; i < POLL_LIMIT && tx_tail != tx_head; i++)
        ;
    for (uint32_t i = 0; i < POLL_LIMIT && !(UART(ISR) & USART_ISR_TC); i++)
        ;
}

uint32_t usart_lost(void)
{
    return lost;
}

void usart_panic(uint32_t baud, const char *text)
{
    set_up(baud);
    for (; *text != '\0'; text++) {
        for (uint32_t i = 0; i < POLL_LIMIT && !(UART(ISR) & USART_ISR_TXE); i++)
            ;
        UART(TDR) = (uint8_t)*text;
    }
    for (uint32_t i = 0; i < POLL_LIMIT && !(UART(ISR) & USART_ISR_TC); i++)
        ;
}

int usart_panic_key(void)
{
    uint32_t isr = UART(ISR);

    if (isr & RX_ERRORS) {
        UART(ICR) = CLEAR_ALL;
    }
    return isr & USART_ISR_RXNE ? (int)(UART(RDR) & 0xFFu) : -1;
}
