/* SPDX-License-Identifier: MIT */
#include "hal.h"

#define TIMEOUT_SUPPLY 1000
#define TIMEOUT_HSE    100
#define TIMEOUT_PLL    2
#define TIMEOUT_SWITCH 5000
#define HSI_HZ         64000000u
#ifdef OVERDRIVE
#define PLL_HZ 480000000u
#else
#define PLL_HZ 400000000u
#endif

extern const uint32_t *const vector_table[];

uint32_t SystemCoreClock = HSI_HZ;
static volatile uint32_t uwTick;

/* ---- start, tick ---- */

void SystemInit(void)
{
    SCB_CPACR |= 0xFu << 20;
    SCB_SCR |= 1u << 4;                         /* SEVONPEND */
#if defined CORE_CM7 && !defined NO_RESET_STATE /* newer packages leave the clocks alone */
    RCC_CR |= 1;
    RCC_CFGR = 0;
    RCC_CR &= 0xEAF6ED7Fu;
    RCC_D1CFGR = 0;
    RCC_D2CFGR = 0;
    RCC_D3CFGR = 0;
    RCC_PLLSEL = 0x02020200;
    RCC_PLLCFG = 0x01FF0000;
    RCC_PLL1DIV = 0x01010280;
#endif
#ifdef VECT_TAB
    SCB_VTOR = VECT_TAB;
#elif !defined(NO_VTOR)
    SCB_VTOR = (uint32_t)(uintptr_t)vector_table;
#endif
}

static void HAL_InitTick(void)
{
    SYST_RVR = SystemCoreClock / 1000 - 1;
    SCB_SHPR3 |= 0xF0000000u;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

void HAL_Init(void)
{
    SCB_AIRCR = 0x05FA0000u | 3u << 8; /* four bits of preemption */
    HAL_InitTick();
}

void HAL_IncTick(void)
{
    uwTick++;
}

uint32_t HAL_GetTick(void)
{
    return uwTick;
}

void HAL_Delay(uint32_t ms)
{
    uint32_t start = HAL_GetTick();

    while (HAL_GetTick() - start < ms + 1)
        ;
}

static status_t wait_for(volatile uint32_t *reg, uint32_t mask, uint32_t value, uint32_t ms)
{
    uint32_t start = HAL_GetTick();

    while ((*reg & mask) != value) {
        if (HAL_GetTick() - start > ms) {
            return HAL_TIMEOUT;
        }
    }
    return HAL_OK;
}

__attribute__((weak)) void Error_Handler(void)
{
    cpsid();
    for (;;)
        ;
}

void stop_tick(void)
{
    SYST_CSR = 0;
    SYST_RVR = 0;
    SYST_CVR = 0;
    SCB_ICSR = 1u << 25;
}

void clear_interrupts(void)
{
    for (unsigned i = 0; i < 5; i++) {
        NVIC_ICER[i] = 0xFFFFFFFFu;
        NVIC_ICPR[i] = 0xFFFFFFFFu;
    }
}

/* ---- clocks ---- */

static status_t ConfigSupply(uint32_t source)
{
    if ((PWR_CR3 & 7) != 6) {
        return (PWR_CR3 & 7) == source ? HAL_OK : HAL_ERROR;
    }
    PWR_CR3 = (PWR_CR3 & ~7u) | source;
    return wait_for(&PWR_CSR1, 1u << 13, 1u << 13, TIMEOUT_SUPPLY);
}

static status_t OscConfig(void)
{
#ifdef USE_HSE
    RCC_CR |= 1u << 18; /* bypass: 8 MHz of the debugger */
    RCC_CR |= 1u << 16;
    if (wait_for(&RCC_CR, 1u << 17, 1u << 17, TIMEOUT_HSE) != HAL_OK) {
        return HAL_TIMEOUT;
    }
#endif
    if ((RCC_CFGR >> 3 & 7) == 3) {
        return HAL_ERROR; /* the PLL is the system clock */
    }
    RCC_CR &= ~(1u << 24);
    if (wait_for(&RCC_CR, 1u << 25, 0, TIMEOUT_PLL) != HAL_OK) {
        return HAL_TIMEOUT;
    }
#ifdef USE_HSE
    RCC_PLLSEL = 2 | 1u << 4; /* 8 MHz * 100 / 2 */
    RCC_PLL1DIV = 99u | 1u << 9 | 1u << 16 | 1u << 24;
    RCC_PLLCFG = 7u << 16 | 3u << 2;
#else
    RCC_PLLSEL = 4u << 4; /* 16 MHz * 50 / 2, or * 60 / 2 */
    RCC_PLL1DIV = (PLL_HZ / 8000000 - 1) | 1u << 9 | 1u << 16 | 1u << 24;
    RCC_PLLCFG = 7u << 16 | 3u << 2;
#endif
    RCC_CR |= 1u << 24;
    return wait_for(&RCC_CR, 1u << 25, 1u << 25, TIMEOUT_PLL);
}

static status_t ClockConfig(void)
{
    FLASH_ACR = 0x24; /* 4 wait states, WRHIGHFREQ 2 */
    RCC_D1CFGR = 8 | 4u << 4;
    RCC_D2CFGR = 4u << 4 | 4u << 8;
    RCC_D3CFGR = 4u << 4;
    RCC_CFGR = (RCC_CFGR & ~7u) | 3;
    if (wait_for(&RCC_CFGR, 7u << 3, 3u << 3, TIMEOUT_SWITCH) != HAL_OK) {
        return HAL_TIMEOUT;
    }
    SystemCoreClock = PLL_HZ;
    HAL_InitTick();
    return HAL_OK;
}

void SystemClock_Config(void)
{
    if (ConfigSupply(4) != HAL_OK) {
        Error_Handler();
    }
    PWR_D3CR |= 3u << 14;
    while (!(PWR_D3CR & 1u << 13))
        ;
#ifdef OVERDRIVE
    RCC_ENR(APB4) |= 2;
    (void)RCC_ENR(APB4);
    REG(0x5800042C) |= 1; /* SYSCFG_PWRCR.ODEN: VOS0 */
    while (!(PWR_D3CR & 1u << 13))
        ;
#endif
    if (OscConfig() != HAL_OK) {
        Error_Handler();
    }
    if (ClockConfig() != HAL_OK) {
        Error_Handler();
    }
}

/* As the vendor's: back to HSI, and the tick started again at that frequency. */
status_t HAL_RCC_DeInit(void)
{
    RCC_CR |= 1;
    if (wait_for(&RCC_CR, 4, 4, 2) != HAL_OK) {
        return HAL_TIMEOUT;
    }
    RCC_CFGR = 0;
    SystemCoreClock = HSI_HZ;
    HAL_InitTick();
    if (wait_for(&RCC_CFGR, 7u << 3, 0, TIMEOUT_SWITCH) != HAL_OK) {
        return HAL_TIMEOUT;
    }
    RCC_CR = 1;
    if (wait_for(&RCC_CR, 1u << 25, 0, TIMEOUT_PLL) != HAL_OK) {
        return HAL_TIMEOUT;
    }
    RCC_D1CFGR = 0;
    RCC_D2CFGR = 0;
    RCC_D3CFGR = 0;
    RCC_PLLSEL = 0x02020200;
    RCC_PLLCFG = 0x01FF0000;
    RCC_PLL1DIV = 0x01010280;
    return HAL_OK;
}

/* As the vendor's: every block is reset, but its clock stays enabled. */
void HAL_DeInit(void)
{
    static const uint32_t all[BUSES] = {0x00015031, 0x0A00C023, 0x00000271, 0x032807FF, 0x00000058,
                                        0xE8FFC3FF, 0x00000136, 0x31D73033, 0x0020DEAA};

    for (unsigned n = 0; n < BUSES; n++) {
        RCC_RSTR(n) = all[n] & ~(n == AHB3 ? 0x00000100u : 0);
        RCC_RSTR(n) = 0;
    }
}

/* ---- peripherals ---- */

void MX_USART3_Init(void)
{
    RCC_ENR(AHB4) |= 1u << 3;
    (void)RCC_ENR(AHB4);
    RCC_ENR(APB1L) |= 1u << 18;
    (void)RCC_ENR(APB1L);
    REG(GPIOD + 0x00) = (REG(GPIOD + 0x00) & ~(0xFu << 16)) | 0xAu << 16;
    REG(GPIOD + 0x24) = (REG(GPIOD + 0x24) & ~0xFFu) | 0x77u;
    REG(USART3 + 0x0C) = (SystemCoreClock > HSI_HZ ? 100000000u : HSI_HZ) / 115200;
    REG(USART3 + 0x00) = 1u | 1u << 2 | 1u << 3;
    uint32_t start = HAL_GetTick();
    while (!(REG(USART3 + 0x1C) & 1u << 21)) { /* TEACK */
        if (HAL_GetTick() - start > 100) {
            Error_Handler();
        }
    }
}

void HAL_UART_Transmit(const char *text)
{
    for (; *text; text++) {
        while (!(REG(USART3 + 0x1C) & 1u << 7))
            ;
        REG(USART3 + 0x28) = (uint8_t)*text;
    }
    while (!(REG(USART3 + 0x1C) & 1u << 6))
        ;
}

void HAL_UART_DeInit(void)
{
    REG(USART3 + 0x00) = 0;
    RCC_ENR(APB1L) &= ~(1u << 18);
    RCC_ENR(AHB4) &= ~(1u << 3);
}

void LED_Init(unsigned pin)
{
    RCC_ENR(AHB4) |= 1u << 1;
    (void)RCC_ENR(AHB4);
    REG(GPIOB) = (REG(GPIOB) & ~(3u << 2 * pin)) | 1u << 2 * pin;
}

void LED_Toggle(unsigned pin)
{
    uint32_t odr = REG(GPIOB + 0x14);

    REG(GPIOB + 0x18) = (odr & 1u << pin) << 16 | (~odr & 1u << pin);
}

void MPU_Config(void)
{
    REG(0xE000ED94) = 0;
    REG(0xE000ED98) = 0;
    REG(0xE000ED9C) = 0x38000000;
    REG(0xE000EDA0) =
        1u << 28 | 3u << 24 | 1u << 19 | 1u << 18 | 15u << 1 | 1; /* shared with the M4 */
    REG(0xE000ED94) = 5;
    barrier();
}

static void all_lines(uint32_t reg)
{
    for (uint32_t set = 0; set < 128; set++) {
        for (uint32_t way = 0; way < 4; way++) {
            REG(reg) = way << 30 | set << 5;
        }
    }
    barrier();
}

void SCB_EnableCaches(void)
{
    REG(0xE000EF50) = 0;
    barrier();
    SCB_CCR |= 1u << 17;
    all_lines(0xE000EF60);
    SCB_CCR |= 1u << 16;
    barrier();
}

void SCB_DisableCaches(void)
{
    SCB_CCR &= ~(1u << 16);
    barrier();
    all_lines(0xE000EF74);
    SCB_CCR &= ~(1u << 17);
    REG(0xE000EF50) = 0;
    barrier();
}

/* ---- the other core ---- */

void Wait_CPU2_Stopped(void)
{
    int32_t timeout = 0xFFFF;

    while (RCC_CR & 1u << 15 && timeout-- > 0)
        ;
    if (timeout < 0) {
        Error_Handler();
    }
}

void Wake_CPU2(void)
{
    int32_t timeout = 0xFFFF;

    RCC_ENR(AHB4) |= 1u << 25;
    (void)RCC_ENR(AHB4);
    (void)HSEM_RLR(0);
    HSEM_R(0) = 3u << 8;
    while (!(RCC_CR & 1u << 15) && timeout-- > 0)
        ;
    if (timeout < 0) {
        Error_Handler();
    }
}

void Stop_Until_Woken(void)
{
    RCC_ENR(AHB4) |= 1u << 25;
    (void)RCC_ENR(AHB4);
    REG(0x58026510) |= 1; /* C2IER */
    __asm volatile("sev\n wfe");
    REG(0x58024814) &= ~7u; /* PWR_CPU2CR: Stop in all domains */
    SCB_SCR |= 1u << 2;
    barrier();
    __asm volatile("wfe");
    SCB_SCR &= ~(1u << 2);
    REG(0x58026514) = 1; /* C2ICR */
}
