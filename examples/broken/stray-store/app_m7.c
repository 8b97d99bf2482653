/* SPDX-License-Identifier: MIT */
/* Statistics are kept in RAM, but the pointer to them was never moved off their defaults in flash:
 * the tick stores there. An option byte change then fails now and then, with an error of that
 * store. */
#include "user.h"

#define FLASH_ERRORS 0x17EE0000u

static const uint32_t defaults[8] __attribute__((aligned(32))) = {1, 2, 3, 4, 5, 6, 7, 8};
static uint32_t in_ram[8];
static volatile uint32_t *statistics;

void SysTick_Handler(void)
{
    ticks++;
    statistics[0] = ticks;
}

static void load_defaults(void)
{
    for (int i = 0; i < 8; i++) {
        in_ram[i] = defaults[i];
    }
#ifdef REPAIRED
    statistics = in_ram;
#else
    statistics = (volatile uint32_t *)(uintptr_t)defaults;
#endif
}

static bool flash_done(void)
{
    while ((FLASH_SR1 | FLASH_SR2) & 7u)
        ;
    return !((FLASH_SR1 | FLASH_SR2) & FLASH_ERRORS);
}

static bool toggle_option(void)
{
    FLASH_OPTKEYR = 0x08192A3Bu;
    FLASH_OPTKEYR = 0x4C5D6E7Fu;
    FLASH_CCR1 = FLASH_ERRORS;
    FLASH_CCR2 = FLASH_ERRORS;
    delay(3);
    if (!flash_done()) {
        return false;
    }
    FLASH_OPTSR_PRG ^= 1u << 13;
    FLASH_OPTCR |= 2;
    return flash_done();
}

int main(void)
{
    load_defaults();
    tick_start();
    delay(20);
    if (!toggle_option()) {
        Error_Handler();
    }
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
