/* SPDX-License-Identifier: MIT */
/*
 * What comes is taken by an interrupt that lies in RAM and calls nothing of the kernel, so no byte
 * is lost while flash is erased. What goes out is written by the task, which has the lowest
 * priority: others run meanwhile.
 */
#include "line.h"

#include "duo/ram.h"

/* RM0399: RCC, GPIO, USART. */
#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RCC_D2CCIP2R      REGISTER(0x58024454u)
#define RCC_AHB4ENR       REGISTER(0x580244E0u)
#define RCC_APB1LENR      REGISTER(0x580244E8u)
#define GPIOD_MODER       REGISTER(0x58020C00u)
#define GPIOD_AFRH        REGISTER(0x58020C24u)
#define USART3_CR1        REGISTER(0x40004800u)
#define USART3_BRR        REGISTER(0x4000480Cu)
#define USART3_ISR        REGISTER(0x4000481Cu)
#define USART3_ICR        REGISTER(0x40004820u)
#define USART3_RDR        REGISTER(0x40004824u)
#define USART3_TDR        REGISTER(0x40004828u)
#define NVIC_ISER1        REGISTER(0xE000E104u)

#define HSI_HZ   64000000u
#define BAUD     115200u
#define RXNE     (1u << 5)
#define TC       (1u << 6)
#define TXE      (1u << 7)
#define ERRORS   0x0Fu /* ORE, NE, FE, PE: the next byte comes only when they are cleared */
#define RING     4096u /* a message of the client, and more */
#define IRQ_MASK (1u << (39u - 32u))

static volatile uint8_t ring[RING];
static volatile uint32_t came, taken;

void USART3_IRQHandler(void);
DUO_IN_RAM void USART3_IRQHandler(void)
{
    while ((USART3_ISR & RXNE) != 0) {
        const uint8_t byte = (uint8_t)USART3_RDR;
        if (came - taken < RING) {
            ring[came % RING] = byte;
            came++;
        }
    }
    USART3_ICR = ERRORS;
}

void line_start(void)
{
    RCC_D2CCIP2R = (RCC_D2CCIP2R & ~7u) | 3u; /* hsi_ker_ck */
    RCC_AHB4ENR |= 1u << 3;                   /* GPIOD */
    RCC_APB1LENR |= 1u << 18;                 /* USART3 */
    (void)RCC_APB1LENR;                       /* the clocks need this long */
    GPIOD_AFRH = (GPIOD_AFRH & ~0xFFu) | 0x77u;
    GPIOD_MODER = (GPIOD_MODER & ~(0xFu << 16)) | 0xAu << 16;
    USART3_BRR = (HSI_HZ + BAUD / 2u) / BAUD;
    USART3_CR1 = 1u << 5 | 1u << 3 | 1u << 2 | 1u; /* RXNEIE, TE, RE, UE */
    NVIC_ISER1 = IRQ_MASK;
}

size_t line_read(uint8_t *to, size_t max)
{
    size_t n = 0;

    while (n < max && taken != came) {
        to[n++] = ring[taken % RING];
        taken++;
    }
    return n;
}

void line_write(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        while ((USART3_ISR & TXE) == 0) {
        }
        USART3_TDR = bytes[i];
    }
}

void line_flush(void)
{
    while ((USART3_ISR & TC) == 0) {
    }
}

void line_say(const char *text)
{
    for (; *text != '\0'; text++) {
        line_write((const uint8_t *)text, 1);
    }
}
