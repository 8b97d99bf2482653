/* SPDX-License-Identifier: MIT */
/*
 * HAL_UARTEx_ReceiveToIdle_DMA into a circular buffer and HAL_UART_Transmit_DMA, step by step: the
 * line of input is echoed by DMA; the processor sees only the IDLE, half, complete and TC
 * interrupts.
 */
#include "uart.h"

#define DMA1    0x40020000u
#define LIFCR   REG(DMA1 + 0x08)
#define S(n, r) REG(DMA1 + 0x10 + 0x18 * (n) + (r))
#define MUX(n)  REG(0x40020800u + 4 * (n))
enum { CR = 0, NDTR = 4, PAR = 8, M0AR = 0xC, FCR = 0x14 };
#define EN     (1u << 0)
#define TEIE   (1u << 2)
#define HTIE   (1u << 3)
#define TCIE_  (1u << 4)
#define M2P    (1u << 6)
#define CIRC   (1u << 8)
#define MINC   (1u << 10)
#define DMAR   (1u << 6)
#define DMAT   (1u << 7)
#define IDLEIE (1u << 4)
#ifdef CORE_CM7
#define REQUEST 45u
#else
#define REQUEST 41u
#endif

/* Out of the M7's TCM, which the DMA does not reach. */
#define RX  ((volatile uint8_t *)0x30040000u)
#define TX  ((volatile uint8_t *)0x30040100u)
#define LEN 64u

static volatile unsigned idle_at, completed, idles;

void uart_irq(void)
{
    uint32_t isr = ISR;

    if (isr & IDLE) {
        ICR = IDLE;
        idles++;
        idle_at = LEN - S(0, NDTR);
    }
    if ((CR1 & TCIE) && (isr & TC)) {
        CR1 &= ~TCIE;
        completed++;
    }
}

static void dma_clock(void)
{
    REG(0x580244D8) |= 1u << 0; /* DMA1EN */
#ifdef CORE_CM7
    REG(0x580244DC) |= 1u << 31; /* SRAM3EN: the M7 uses memory of D2 */
#endif
    (void)REG(0x580244D8);
}

/* HAL_DMA_Init and HAL_DMA_Start: off, wait, configure, clear flags, on. */
static void stream(unsigned n, uint32_t request, uint32_t cr, uint32_t par, uint32_t memory,
                   uint32_t items)
{
    S(n, CR) &= ~EN;
    WAIT(!(S(n, CR) & EN));
    S(n, CR) = cr;
    S(n, FCR) = 0;
    MUX(n) = request;
    LIFCR = 0x3Fu << (n ? 6 : 0);
    S(n, NDTR) = items;
    S(n, PAR) = par;
    S(n, M0AR) = memory;
    S(n, CR) |= EN;
}

static void send(unsigned count)
{
    stream(1, REQUEST + 1, M2P | MINC, UART + 0x28, (uint32_t)(uintptr_t)TX, count);
    ICR = TC;
    CR3 |= DMAT;
    WAIT(REG(DMA1) & 1u << 11); /* TCIF1 */
    LIFCR = 0x3Fu << 6;
    CR3 &= ~DMAT;
    CR1 |= TCIE;
}

int test_main(void)
{
    static const char expected[] = "hello, board: this is longer than one FIFO\n";

    dma_clock();
    uart_init(TE, 0);
    put_text("dma " NAME " ready\n");
    uart_off();
    uart_init(TE | RE, 0);
    stream(0, REQUEST, CIRC | MINC, UART + 0x24, (uint32_t)(uintptr_t)RX, LEN);
    CR3 |= EIE | DMAR;
    CR1 |= IDLEIE;
    irq_on();
    while (!idles) {
        wait_for_interrupt();
    }
    CHECK(idle_at == sizeof(expected) - 1);
    for (unsigned i = 0; i < idle_at; i++) {
        CHECK(RX[i] == (uint8_t)expected[i]);
        TX[i] = RX[i];
    }
    CHECK(REG(DMA1) & 1u << 4); /* HTIF0: half of the buffer */
    CHECK(!(REG(DMA1) & 1u << 5));
    send(idle_at);
    while (!completed) {
        wait_for_interrupt();
    }
    CHECK(S(1, NDTR) == 0 && !(S(1, CR) & EN));
    CHECK(S(0, CR) & EN); /* the receiver goes on */
    CR3 &= ~DMAR;
    S(0, CR) &= ~EN;
    return 0;
}
