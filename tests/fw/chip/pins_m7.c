/* SPDX-License-Identifier: MIT */
/*
 * Buttons, an LED, PWM and a console at UART8, as a board would have them: the LED at PB0 follows
 * the button at PC13 (to the supply) and the one at PA0 (to ground); PB14 carries PWM of TIM12.
 * After the third press the console at PE1 says PASS.
 */
#include "chip.h"

#define PORT(n, off) REG(0x58020000u + 0x400u * (n) + (off))
#define UART8(off)   REG(0x40007C00u + (off))
#define TIM12(off)   REG(0x40001800u + (off))

enum {
    A = 0,
    B = 1,
    C = 2,
    E = 4,
    MODER = 0x00,
    PUPDR = 0x0C,
    IDR = 0x10,
    BSRR = 0x18,
    AFR = 0x20
};

static void mode(unsigned port, unsigned pin, unsigned how)
{
    PORT(port, MODER) = (PORT(port, MODER) & ~(3u << 2 * pin)) | how << 2 * pin;
}

static void alternate(unsigned port, unsigned pin, unsigned af)
{
    PORT(port, AFR + pin / 8 * 4) |= af << 4 * (pin % 8);
    mode(port, pin, 2);
}

static void say(const char *text)
{
    for (; *text; text++) {
        while (!(UART8(0x1C) & BIT(7))) {
        }
        UART8(0x28) = (uint32_t)*text;
    }
}

static void set_up(void)
{
    RCC(AHB4ENR) |= BIT(A) | BIT(B) | BIT(C) | BIT(E);
    RCC(APB1LENR) |= BIT(6) | BIT(31); /* TIM12, UART8 */
    (void)RCC(APB1LENR);
    mode(C, 13, 0);
    PORT(C, PUPDR) |= 2u << 26;
    mode(A, 0, 0);
    PORT(A, PUPDR) |= 1u;
    mode(B, 0, 1);
    alternate(B, 14, 2);
    TIM12(0x2C) = 999;
    TIM12(0x34) = 250;
    TIM12(0x18) = 6 << 4; /* PWM mode 1 */
    TIM12(0x20) = 1;
    TIM12(0x00) = 1;
    alternate(E, 1, 8);
    UART8(0x0C) = 64000000 / 115200;
    UART8(0x00) = BIT(0) | BIT(3);
}

static bool pressed(void)
{
    return PORT(C, IDR) & BIT(13) || !(PORT(A, IDR) & BIT(0));
}

int main(void)
{
    set_up();
    say("ready\n");
    bool lit = false;
    unsigned presses = 0, high = 0, looks = 0;
    while (presses < 3) {
        bool now = pressed();
        if (now != lit) {
            PORT(B, BSRR) = now ? BIT(0) : BIT(16);
            presses += now;
            lit = now;
        }
        high += PORT(B, IDR) >> 14 & 1;
        looks++;
    }
    unsigned percent = (unsigned)(100ull * high / looks);
    say(percent >= 23 && percent <= 27 ? "PASS\n" : "FAIL PWM\n");
    for (;;) {
        __asm volatile("wfi");
    }
}
