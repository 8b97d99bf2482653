/* SPDX-License-Identifier: MIT */
/*
 * What is not CubeMX's: the M7 blinks, listens to the M4's sign of life, confirms the set, and
 * takes updates from its serial line by SMP (duoboot update, smpmgr). Interrupts lie in RAM, so no
 * byte is lost while flash is erased.
 */
#include "product.h"

#include "main.h"

#define BLINK_MS  500u
#define BUDGET_US 2000u
#define RING      4096u /* a message of the client, and more */
#define SIGN      1u    /* kind of a message: the M4 lives */

static struct duo_vectors vectors;
static uint8_t message[2048]; /* one message of a client; the longer, the faster */
static volatile uint8_t ring[RING];
static volatile uint32_t came, taken, signs;

/* In place of the HAL's, which lies in flash. */
DUO_IN_RAM void HAL_IncTick(void)
{
    uwTick += (uint32_t)uwTickFreq;
}

static DUO_IN_RAM uint32_t now_ms(void)
{
    return uwTick;
}

DUO_IN_RAM void product_uart_isr(void)
{
    while ((USART3->ISR & USART_ISR_RXNE_RXFNE) != 0u) {
        const uint8_t byte = (uint8_t)USART3->RDR;
        if (came - taken < RING) {
            ring[came % RING] = byte;
            came++;
        }
    }
    USART3->ICR = USART_ICR_ORECF | USART_ICR_NECF | USART_ICR_FECF | USART_ICR_PECF;
}

DUO_IN_RAM void product_hsem_isr(void)
{
    struct duo_message from_m4;

    if (!duo_mailbox_isr()) {
        return; /* a semaphore of yours: HAL_HSEM_IRQHandler() */
    }
    while (duo_mailbox_receive(&from_m4)) {
        signs += from_m4.kind == SIGN ? 1u : 0u;
    }
}

static size_t line_read(uint8_t *to, size_t max)
{
    size_t n = 0;

    while (n < max && taken != came) {
        to[n++] = ring[taken % RING];
        taken++;
    }
    return n;
}

static void line_write(const uint8_t *bytes, size_t n)
{
    (void)HAL_UART_Transmit(&huart3, bytes, (uint16_t)n, HAL_MAX_DELAY);
}

static void serve(void)
{
    uint8_t bytes[64];
    size_t n = line_read(bytes, sizeof(bytes));

    (void)duo_server_input(bytes, n, now_ms()); /* nobody else listens on this line */
    duo_server_work(now_ms());
    while ((n = duo_server_output(bytes, sizeof(bytes))) > 0) {
        line_write(bytes, n);
    }
    if (duo_server_wants_reset()) {
        duo_server_reset(); /* HAL_UART_Transmit() has waited for the last bit */
    }
}

/* Erases when it is needed: nothing here must go on meanwhile but the interrupts. */
static void work(void)
{
    struct duo_update_progress progress;

    duo_update_look(&progress);
    if (progress.phase == DUO_UPDATE_DATA) {
        (void)duo_update_poll(BUDGET_US);
    } else if (progress.phase == DUO_UPDATE_WORK) {
        (void)duo_update_work(DUO_UPDATE_ERASE_MS);
    }
}

static void tell(void)
{
    static const uint8_t text[] = "cubemx " VERSION_TEXT ": both cores run, the set is kept\r\n";
    static bool told;

    if (!told && signs > 0u && duo_kept() && !duo_server_active(now_ms())) {
        told = true;
        line_write(text, sizeof(text) - 1u);
    }
}

static void blink(void)
{
    static uint32_t last;

    if (now_ms() - last >= BLINK_MS) {
        last = now_ms();
        HAL_GPIO_TogglePin(LD1_GPIO_Port, LD1_Pin);
    }
}

void product_start(void)
{
    duo_vectors_to_ram(&vectors);
    (void)duo_clock(now_ms);
    duo_mailbox_start(); /* SRAM4 uncached: MPU region 7 */
    USART3->CR1 |= USART_CR1_RXNEIE_RXFNEIE;
    if (duo_server_start(message, sizeof(message)) != DUO_OK) {
        Error_Handler(); /* not started by duoboot */
    }
}

void product_run(void)
{
    blink();
    serve();
    work();
    if (signs > 0u) {
        (void)duo_confirm(); /* harmless when repeated */
    }
    (void)duo_service();
    tell();
}
