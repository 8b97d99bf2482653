/* SPDX-License-Identifier: MIT */
/*
 * The smallest application that duoboot keeps: either core, one interrupt, nothing but the
 * installed library. The M4 beats to the M7 by the mailbox; the M7 counts both in RAM and says so
 * on USART3.
 */
#include "duo/duo.h"

#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define CORE_HZ  64000000u /* after reset both cores run from HSI */
#define BEAT     1u        /* kind of a message: the M4 lives */

static struct duo_vectors vectors;
static volatile uint32_t ticks, beats;

DUO_IN_RAM void SysTick_Handler(void);
DUO_IN_RAM void SysTick_Handler(void)
{
    ticks++;
}

DUO_IN_RAM void HSEM_Handler(void);
DUO_IN_RAM void HSEM_Handler(void)
{
    struct duo_message message;

    if (!duo_mailbox_isr()) {
        return; /* a semaphore of yours: HAL_HSEM_IRQHandler() */
    }
    while (duo_mailbox_receive(&message)) {
        beats += message.kind == BEAT ? 1u : 0;
    }
}

#ifdef CORE_CM7

static DUO_IN_RAM uint32_t now_ms(void)
{
    return ticks;
}

/* USART3 on PD8 at 115200 baud from HSI (RM0399: RCC, GPIO, USART), the Nucleo's virtual COM port.
 */
#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RCC_D2CCIP2R      REGISTER(0x58024454u)
#define RCC_AHB4ENR       REGISTER(0x580244E0u)
#define RCC_APB1LENR      REGISTER(0x580244E8u)
#define GPIOD_MODER       REGISTER(0x58020C00u)
#define GPIOD_AFRH        REGISTER(0x58020C24u)
#define USART3_CR1        REGISTER(0x40004800u)
#define USART3_BRR        REGISTER(0x4000480Cu)
#define USART3_ISR        REGISTER(0x4000481Cu)
#define USART3_TDR        REGISTER(0x40004828u)

static void start_uart(void)
{
    RCC_D2CCIP2R = (RCC_D2CCIP2R & ~7u) | 3u; /* hsi_ker_ck */
    RCC_AHB4ENR |= 1u << 3;                   /* GPIOD */
    RCC_APB1LENR |= 1u << 18;                 /* USART3 */
    (void)RCC_APB1LENR;                       /* the clocks need this long */
    GPIOD_AFRH = (GPIOD_AFRH & ~0xFu) | 7u;
    GPIOD_MODER = (GPIOD_MODER & ~(3u << 16)) | 2u << 16;
    USART3_BRR = CORE_HZ / 115200u;
    USART3_CR1 = 1u << 3 | 1u; /* TE, UE */
}

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        while ((USART3_ISR & 1u << 7) == 0) {
        }
        USART3_TDR = (uint8_t)*text;
    }
}

static bool all_is_well(void)
{
    return beats > 0;
}

static void tell(void)
{
    static bool said;

    if (!said && duo_kept() && all_is_well()) {
        said = true;
        say("minimal " VERSION_TEXT ": both cores run, the set is kept\r\n");
    }
}

static void start(void)
{
    start_uart();
    (void)duo_clock(now_ms);
}

#else

static void start(void)
{
}

static bool all_is_well(void)
{
    const struct duo_message message = {BEAT, {0, 0, 0}};

    return duo_mailbox_send(&message); /* the M7 takes them */
}

static void tell(void)
{
}

#endif

int main(void)
{
    uint32_t last = 0;

    duo_vectors_to_ram(&vectors);
    SYST_RVR = CORE_HZ / 1000u - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7;
    duo_mailbox_start(); /* step 3: SRAM4 uncached on the M7, and the interrupt between the cores */
    start();
    for (;;) {
        if (ticks - last >= 100u) {
            last = ticks;
            if (all_is_well()) {
                (void)duo_confirm(); /* step 4 */
            }
            tell();
        }
        (void)duo_service(); /* step 4: at least twice a second */
    }
}
