/* SPDX-License-Identifier: MIT */
/* What is not CubeMX's: the M4 blinks, and sends a sign of life to the M7, which takes it. */
#include "product.h"

#include "main.h"

#define BLINK_MS 250u
#define SIGN_MS  100u
#define SIGN     1u

static struct duo_vectors vectors;

/* In place of the HAL's, which lies in flash. */
DUO_IN_RAM void HAL_IncTick(void)
{
    uwTick += (uint32_t)uwTickFreq;
}

DUO_IN_RAM void product_hsem_isr(void)
{
    (void)duo_mailbox_isr(); /* false: a semaphore of yours, HAL_HSEM_IRQHandler() */
}

static void blink(void)
{
    static uint32_t last;

    if (HAL_GetTick() - last >= BLINK_MS) {
        last = HAL_GetTick();
        HAL_GPIO_TogglePin(LD3_GPIO_Port, LD3_Pin);
    }
}

/* The M7 has room again when it has taken the ones before: so it lives. */
static void sign(void)
{
    static const struct duo_message life = {SIGN, {0, 0, 0}};
    static uint32_t last;

    if (HAL_GetTick() - last >= SIGN_MS) {
        last = HAL_GetTick();
        if (duo_mailbox_send(&life)) {
            (void)duo_confirm(); /* harmless when repeated */
        }
    }
}

void product_start(void)
{
    duo_vectors_to_ram(&vectors);
    duo_mailbox_start();
}

void product_run(void)
{
    blink();
    sign();
    (void)duo_service();
}
